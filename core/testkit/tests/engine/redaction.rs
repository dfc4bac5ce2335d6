//! A policy that keeps nothing of what its author takes back.

use crate::{
    boundary::inbox,
    forge::{self, Forge},
    names::{self, By, Talk},
    phone::{ACCOUNT, Phone, Time},
};
use companion_domain::{
    message::Message,
    policy::{MirrorUnsend, Policy},
    record::Record,
};
use companion_engine::values::BindTo;
use serde_json::json;

const PEER: &str = "819011112222";
const WORDS: [&str; 2] = ["銀座一丁目", "銀座二丁目"];

fn policy(mirror_unsend: MirrorUnsend) -> Policy {
    Policy {
        mirror_unsend,
        ..Policy::default()
    }
}

/// What the customer does to `wamid.1`.
pub fn act(kind: &str, text: Option<&str>) -> String {
    let mut object = json!({"original_message_id": "wamid.1"});
    if let Some(text) = text {
        object["message"] = json!({"type": "text", "text": {"body": text}});
    }
    let mut act = json!({"from": PEER, "id": format!("wamid.{kind}"), "timestamp": "1767323055",
        "type": kind});
    act[kind] = object;
    forge::hook("messages", ACCOUNT, json!({"messages": [act]}))
}

fn says(message: &Message) -> bool {
    let text = serde_json::to_string(message).unwrap();
    WORDS.iter().any(|word| text.contains(word))
}

async fn only(phone: &Phone, chat: &companion_domain::id::Key) -> Message {
    let mut messages = phone.messages(chat).await;
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

#[tokio::test]
async fn what_a_customer_takes_back_is_dropped_here_and_told_as_redacted_in_whatever_order() {
    let said = forge::text(PEER, "wamid.1", WORDS[0]);
    let (edited, revoked) = (act("edit", Some(WORDS[1])), act("revoke", None));
    for redacts in [true, false] {
        for order in [
            [&said, &edited, &revoked],
            [&revoked, &said, &edited],
            [&edited, &revoked, &said],
        ] {
            let time = Time::new();
            let (forge, mut phone) = Forge::with_phone(&time).await;
            phone
                .restart_under(policy(match redacts {
                    true => MirrorUnsend::Redact,
                    false => MirrorUnsend::Keep,
                }))
                .await;
            let chat = phone.bind(PEER, BindTo::Work).await.conversation;
            for body in order {
                forge.put("event", body);
                phone.sync().await.unwrap();
            }
            let message = only(&phone, &chat).await;
            assert!(message.deletion.is_some());
            assert_eq!(says(&message), !redacts);
            assert_eq!(message.content.unwrap().kind, "text");
            assert_eq!(inbox(&phone).await[0].preview, None);

            let records: Vec<Record> = forge
                .records("message")
                .into_iter()
                .map(|one| one.data.record)
                .collect();
            let at = |change: &str| records.iter().position(|one| one.change == change);
            let removal = at(if redacts { "redacted" } else { "deleted" }).unwrap();
            assert!(records[removal].text.is_none());
            assert!(at(if redacts { "deleted" } else { "redacted" }).is_none());
            assert_eq!(records.len(), 3, "each is told once");
            let later = records[removal..].iter();
            let told = later.filter(|one| one.text.is_some()).count();
            assert_eq!(told, if redacts { 0 } else { 2 - removal });
        }
    }
}

#[tokio::test]
async fn what_the_employee_takes_back_before_it_has_a_name_is_dropped_with_the_name() {
    let mut talk = Talk::new().await;
    talk.phone.restart_under(policy(MirrorUnsend::Redact)).await;
    talk.told(&names::edit("銀座二丁目")).await;
    talk.told(&names::unsend()).await;
    talk.named(By::SendAnswer).await;
    let own = talk.own().await;
    assert!(own.deletion.is_some());
    assert_eq!(own.current().unwrap().text, None);
    let removal = talk.records("message").pop().unwrap();
    assert_eq!(removal.change, "redacted");
    assert_eq!(removal.supersedes, Some(talk.own_key()));
    // What was told before it was taken back stays under the other name, whose removal says that it is to be dropped.
    let edited = talk.changed("edited");
    assert_eq!(edited.len(), 1);
    let other = talk.linked();
    let of_other = &talk.changed("redacted")[other.as_str()];
    assert_eq!(
        of_other.supersedes.as_ref(),
        Some(&edited[other.as_str()].key)
    );
}
