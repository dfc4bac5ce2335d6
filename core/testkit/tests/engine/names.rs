//! One message under two names: what is told under the channel's id before anybody knows whose id that is.

use crate::{
    boundary::inbox,
    forge::{self, Forge},
    phone::{ACCOUNT, Phone, Time},
};
use companion_domain::{
    event::{DeliveryState, Direction},
    id::{Key, SourceId},
    message::Message,
    record::Record,
};
use companion_engine::values::{BindTo, ChangeHint, SendTicket};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const PEER: &str = "819011112222";
const SOURCE: &str = "wamid.own";
const AT: i64 = 1_767_323_055;

/// What names a message that was written here.
#[derive(Clone, Copy, Debug)]
pub enum By {
    SendAnswer,
    Echo,
    Status,
}

/// A phone whose message the gateway has, while the channel's answer is still to come.
pub struct Talk {
    forge: Arc<Forge>,
    pub phone: Phone,
    chat: Key,
    ticket: SendTicket,
}

impl Talk {
    pub async fn new() -> Self {
        let time = Time::new();
        let (forge, phone) = Forge::with_phone(&time).await;
        let chat = phone.bind(PEER, BindTo::Work).await.conversation;
        forge.put("event", &forge::text(PEER, "wamid.hello", "こんにちは"));
        phone.sync().await.unwrap();
        let ticket = phone.send(&chat, "明日十時").await;
        phone.sync().await.unwrap();
        Self {
            forge,
            phone,
            chat,
            ticket,
        }
    }

    pub async fn told(&self, body: &str) {
        self.forge.put("event", body);
        self.phone.sync().await.unwrap();
    }

    /// The message is named. Twice, as nothing comes only once.
    pub async fn named(&self, by: By) {
        let id = self.ticket.client_message_id.as_str();
        for _ in 0..2 {
            match by {
                By::SendAnswer => {
                    let remote = json!({"remote_id": SOURCE});
                    self.forge.put_outcome(id, "done", remote);
                    self.phone.sync().await.unwrap();
                }
                By::Echo => self.told(&forge::echo(PEER, SOURCE, "明日十時")).await,
                By::Status => self.told(&forge::status(PEER, SOURCE, "sent", id)).await,
            }
        }
    }

    pub fn own_key(&self) -> Key {
        self.ticket.message.clone().unwrap()
    }

    /// The own message, which is there once, beside the customer's.
    pub async fn own(&self) -> Message {
        let messages = self.phone.messages(&self.chat).await;
        assert_eq!(messages.len(), 2, "a message is shown twice");
        let own = messages.into_iter().nth(1).unwrap();
        assert_eq!(own.key, self.own_key());
        assert_eq!(own.direction, Direction::Outbound);
        assert_eq!(own.source_id, Some(SourceId::new(SOURCE)));
        own
    }

    pub fn records(&self, kind: &str) -> Vec<Record> {
        let envelopes = self.forge.records(kind).into_iter();
        envelopes.map(|one| one.data.record).collect()
    }

    /// The records with this change, by their keys without what is added for a version.
    pub fn changed(&self, change: &str) -> BTreeMap<String, Record> {
        let records = self.records("message").into_iter();
        records
            .filter(|record| record.change == change)
            .map(|record| {
                let key = record.key.as_str();
                (key.split('-').next().unwrap().to_owned(), record)
            })
            .collect()
    }

    /// The other name, as the one link of the mirror tells it.
    pub fn linked(&self) -> Key {
        let links = self.records("link");
        assert_eq!(links.len(), 1, "the mirror is told once");
        assert_eq!(links[0].reply_to, Some(self.own_key()));
        links[0].supersedes.clone().unwrap()
    }

    /// The mirror lost and doubled nothing: every record of the chain is there, under a key of its own.
    fn mirror_is_whole(&self) {
        let state = self.forge.state();
        let recorded = self.phone.client.state().unwrap().recorded;
        assert_eq!(state.arrivals.len() as u64, recorded);
        let keys: BTreeSet<_> = state.arrivals.iter().collect();
        assert_eq!(keys.len(), state.arrivals.len());
        let seqs = state.arrivals.iter().map(|id| state.records[id].data.seq);
        assert!(seqs.eq(1..=recorded));
    }
}

/// Each way to be named, with and without a restart before it.
const WAYS: [(By, bool); 6] = [
    (By::SendAnswer, false),
    (By::SendAnswer, true),
    (By::Echo, false),
    (By::Echo, true),
    (By::Status, false),
    (By::Status, true),
];

/// A talk in which `body` came before the message was named.
async fn told_before(body: &str, (by, restarts): (By, bool)) -> Talk {
    let mut talk = Talk::new().await;
    talk.told(body).await;
    if restarts {
        talk.phone.restart().await;
    }
    talk.named(by).await;
    // The same once more is known by now.
    talk.told(body).await;
    talk.mirror_is_whole();
    assert!(talk.phone.queue().await.is_empty(), "{by:?}");
    talk
}

/// What the employee does in the channel's own app.
fn own_act(kind: &str, object: Value) -> String {
    let mut act = json!({"from": "815012345678", "to": PEER, "id": format!("wamid.{kind}"),
        "timestamp": AT.to_string(), "type": kind});
    act[kind] = object;
    forge::hook(
        "smb_message_echoes",
        ACCOUNT,
        json!({"message_echoes": [act]}),
    )
}

pub fn edit(text: &str) -> String {
    let message = json!({"type": "text", "text": {"body": text}});
    let edit = json!({"original_message_id": SOURCE, "message": message});
    own_act("edit", edit)
}

pub fn unsend() -> String {
    own_act("revoke", json!({"original_message_id": SOURCE}))
}

fn reaction(id: &str, emoji: &str) -> String {
    let message = json!({"from": PEER, "id": id, "timestamp": AT.to_string(), "type": "reaction",
        "reaction": {"message_id": SOURCE, "emoji": emoji}});
    forge::hook("messages", ACCOUNT, json!({"messages": [message]}))
}

#[tokio::test]
async fn a_reaction_to_a_message_that_is_not_named_yet_ends_at_that_message() {
    for way in WAYS {
        let talk = told_before(&reaction("wamid.r", "👍"), way).await;
        let own = talk.own().await;
        assert_eq!(own.standing_reactions().len(), 1);
        assert_eq!(own.current().unwrap().text.as_deref(), Some("明日十時"));
        let records = talk.records("reaction");
        let concerned: Vec<_> = records
            .iter()
            .map(|one| one.reply_to.clone().unwrap())
            .collect();
        assert_eq!(concerned, [talk.linked(), talk.own_key()]);
    }
}

#[tokio::test]
async fn an_edit_of_a_message_that_is_not_named_yet_is_its_version() {
    for way in WAYS {
        let talk = told_before(&edit("明日十一時"), way).await;
        let own = talk.own().await;
        assert_eq!(own.edits.len(), 1);
        assert_eq!(own.current().unwrap().text.as_deref(), Some("明日十一時"));
        let list = inbox(&talk.phone).await;
        assert_eq!(list[0].preview.as_deref(), Some("明日十一時"));
        assert_eq!(list[0].unread, 0);
        let edited = talk.changed("edited");
        let keys: BTreeSet<_> = edited.keys().cloned().collect();
        let expected = [talk.linked(), talk.own_key()].map(|key| key.as_str().to_owned());
        assert_eq!(keys, BTreeSet::from(expected));
        let version = &edited[talk.own_key().as_str()];
        assert_eq!(version.supersedes, Some(talk.own_key()));
        assert_eq!(version.text.as_deref(), Some("明日十一時"));

        // A later version follows the one that is recorded under the same name.
        let (before, later) = (version.key.clone(), edit("正午"));
        let later = later.replace(&AT.to_string(), &(AT + 60).to_string());
        talk.told(&later.replace("wamid.edit", "wamid.edit2")).await;
        let last = talk.records("message").pop().unwrap();
        assert_eq!(last.supersedes, Some(before));
    }
}

#[tokio::test]
async fn a_message_that_was_taken_back_before_it_is_named_is_gone() {
    for way in WAYS {
        let talk = told_before(&unsend(), way).await;
        assert!(talk.own().await.deletion.is_some());
        assert_eq!(inbox(&talk.phone).await[0].preview, None);
        let deleted = talk.changed("deleted");
        assert_eq!(deleted.len(), 2);
        let removal = &deleted[talk.own_key().as_str()];
        assert_eq!(removal.supersedes, Some(talk.own_key()));
        assert!(deleted.contains_key(talk.linked().as_str()));
    }
}

#[tokio::test]
async fn all_that_came_before_the_name_is_kept_in_its_order() {
    for (by, _) in WAYS {
        let mut talk = Talk::new().await;
        for body in [
            forge::status(PEER, SOURCE, "delivered", ""),
            reaction("wamid.r1", "👍"),
            edit("明日十一時"),
            reaction("wamid.r2", ""),
            unsend(),
        ] {
            talk.told(&body).await;
            talk.phone.restart().await;
        }
        talk.named(by).await;
        let own = talk.own().await;
        assert_eq!(own.reactions.len(), 2);
        assert_eq!(own.edits.len(), 1);
        assert!(own.deletion.is_some());
        assert_eq!(own.delivery().unwrap().state, DeliveryState::Delivered);
        talk.mirror_is_whole();
        let removal = talk.records("message").pop().unwrap();
        assert_eq!(removal.change, "deleted");
        let edited = &talk.changed("edited")[talk.own_key().as_str()];
        assert_eq!(removal.supersedes.as_ref(), Some(&edited.key));
    }
}

#[tokio::test]
async fn a_watcher_of_the_conversation_hears_that_its_message_has_a_name() {
    let talk = Talk::new().await;
    talk.told(&reaction("wamid.r", "👍")).await;
    let changes = talk.phone.client.changes();
    talk.named(By::SendAnswer).await;
    talk.phone.client.close().await.unwrap();
    let mut hints = Vec::new();
    while let Some(hint) = changes.next().await {
        hints.push(hint);
    }
    let key = talk.chat.clone();
    assert!(hints.contains(&ChangeHint::Conversation { key }));
}

/// The copy's text differs, so that only the send's answer tells whose copy it is.
#[tokio::test]
async fn a_copy_that_nobody_recognised_becomes_the_message_once_it_is_named() {
    let talk = Talk::new().await;
    talk.told(&forge::echo(PEER, SOURCE, "明日 十時")).await;
    assert_eq!(talk.phone.messages(&talk.chat).await.len(), 3);
    let list = inbox(&talk.phone).await;
    assert_eq!(list[0].preview.as_deref(), Some("明日 十時"));
    talk.named(By::SendAnswer).await;
    let own = talk.own().await;
    assert_eq!(own.content.unwrap().text.as_deref(), Some("明日十時"));
    let list = inbox(&talk.phone).await;
    assert_eq!(list[0].preview.as_deref(), Some("明日十時"));
    let created = talk.changed("created");
    assert!(created.contains_key(talk.linked().as_str()));
    talk.mirror_is_whole();
    // What comes next is the newest, and takes a number of its own.
    talk.told(&forge::text(PEER, "wamid.next", "了解")).await;
    let list = inbox(&talk.phone).await;
    assert_eq!(list[0].preview.as_deref(), Some("了解"));
    assert_eq!(talk.phone.messages(&talk.chat).await.len(), 3);
}

#[tokio::test]
async fn two_messages_with_one_text_stay_two_whichever_echo_comes_first() {
    let talk = Talk::new().await;
    talk.forge.put_outcome(
        talk.ticket.client_message_id.as_str(),
        "ambiguous",
        json!({"code": "lost"}),
    );
    talk.phone.sync().await.unwrap();
    let second = talk.phone.send(&talk.chat, "明日十時").await;
    talk.told(&forge::echo(PEER, "wamid.second", "明日十時"))
        .await;
    talk.phone.sync().await.unwrap();
    let remote = json!({"remote_id": "wamid.second"});
    let id = second.client_message_id.as_str();
    talk.forge.put_outcome(id, "done", remote);
    talk.phone.sync().await.unwrap();
    let texts = talk.phone.texts(&talk.chat).await;
    assert_eq!(texts, ["こんにちは", "明日十時", "明日十時"]);
    assert!(talk.records("link").is_empty());
}
