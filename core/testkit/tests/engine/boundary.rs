//! What is work and what is not, and what becomes of it.

use crate::{
    forge::{self, Forge},
    phone::{Phone, Time, chat},
};
use companion_domain::{event::Direction, grant::Mode, message::Message, time::Clock};
use companion_engine::{
    CompanionError,
    values::{BindRequest, BindTo, Conversation, IngestInput, Page},
};
use std::time::Duration;

const PEER: &str = "819011112222";
const FRIEND: &str = "819033334444";

pub async fn inbox(phone: &Phone) -> Vec<Conversation> {
    phone.client.inbox(Page::default()).await.unwrap().items
}

#[tokio::test]
async fn binding_releases_what_waited_in_order_once_and_nothing_else_ever_leaves() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    for n in 0..25 {
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{n}"), &format!("見積 {n}")),
        );
        forge.put(
            "event",
            &forge::text(FRIEND, &format!("wamid.f{n}"), "誕生日"),
        );
    }
    forge.put("event", &forge::text(PEER, "wamid.3", "見積 3"));
    phone.sync().await.unwrap();
    assert_eq!(phone.client.state().unwrap().undecided, 50);
    assert!(inbox(&phone).await.is_empty());
    let left = forge.state().arrivals.len();
    assert_eq!(left, 1, "the account's acceptance alone");
    let waiting = phone.client.undecided(Page::default()).await.unwrap().items;
    let counts: Vec<u64> = waiting.iter().map(|one| one.items).collect();
    assert_eq!(counts, [25, 25]);
    assert_eq!(waiting[0].name.as_deref(), Some("山田"));

    let report = phone.bind(PEER, BindTo::Work).await;
    assert_eq!(report.items, 25);
    assert_eq!(phone.bind(PEER, BindTo::Work).await.items, 0);
    phone.restart().await;
    phone.sync().await.unwrap();
    let texts = phone.texts(&report.conversation).await;
    let expected: Vec<String> = (0..25).map(|n| format!("見積 {n}")).collect();
    assert_eq!(texts, expected);
    let mirrored: Vec<_> = forge
        .records("message")
        .into_iter()
        .map(|one| one.data.record)
        .collect();
    let told: Vec<_> = mirrored
        .iter()
        .map(|one| one.text.clone().unwrap())
        .collect();
    assert_eq!(told, expected);
    assert!(mirrored.iter().map(|one| one.conversation_seq).is_sorted());
    let bound = forge.records("binding");
    let told: Vec<_> = bound
        .iter()
        .map(|one| one.data.record.change.as_str())
        .collect();
    assert_eq!(told, ["accepted", "bound"]);
    let leaked = forge
        .state()
        .requests
        .iter()
        .any(|(_, body)| body.contains("誕生日"));
    assert!(!leaked, "an undecided chat left the phone");

    assert_eq!(phone.bind(FRIEND, BindTo::Personal).await.items, 25);
    forge.put("event", &forge::text(FRIEND, "wamid.f99", "誕生日"));
    phone.sync().await.unwrap();
    let state = phone.client.state().unwrap();
    assert_eq!(state.undecided, 0);
    assert_eq!(inbox(&phone).await.len(), 1);
}

#[tokio::test]
async fn accepting_a_company_account_releases_what_waited_for_that_and_a_mixed_one_does_not() {
    for mode in [Mode::Company, Mode::Mixed] {
        let time = Time::new();
        let (forge, mut phone) = Forge::joined(&time, mode).await;
        for n in 0..12 {
            for peer in [PEER, FRIEND] {
                let id = format!("wamid.{peer}.{n}");
                forge.put("event", &forge::text(peer, &id, &format!("見積 {n}")));
            }
        }
        phone.sync().await.unwrap();
        assert_eq!(phone.client.state().unwrap().undecided, 24);
        assert!(forge.state().arrivals.is_empty());

        phone.accept().await;
        let left = phone.client.state().unwrap().undecided;
        assert_eq!(left, if mode == Mode::Company { 0 } else { 24 });
        phone.accept().await;
        phone.restart().await;
        phone.sync().await.unwrap();
        let accepted = &forge.records("binding")[0].data.record;
        assert_eq!(accepted.change, "accepted");
        assert_eq!(accepted.details["mode"], serde_json::json!(mode));
        assert_eq!(forge.records("binding").len(), 1, "told once");
        let work = inbox(&phone).await;
        if mode == Mode::Mixed {
            assert_eq!(phone.client.state().unwrap().undecided, 24);
            assert!(work.is_empty() && forge.records("message").is_empty());
            continue;
        }
        assert_eq!(phone.client.state().unwrap().undecided, 0);
        assert_eq!(forge.records("message").len(), 24);
        let expected: Vec<String> = (0..12).map(|n| format!("見積 {n}")).collect();
        assert_eq!(work.len(), 2);
        for conversation in work {
            assert_eq!(phone.texts(&conversation.key).await, expected);
            assert_eq!(conversation.read_only, None);
            phone.send(&conversation.key, "はい").await;
        }
        forge.put(
            "event",
            &forge::text("819077778888", "wamid.new", "初めまして"),
        );
        phone.sync().await.unwrap();
        assert_eq!(inbox(&phone).await.len(), 3);
    }
}

#[tokio::test]
async fn nothing_of_an_account_that_was_not_accepted_can_be_bound() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let mut conversation = chat(PEER);
    conversation.account = companion_domain::id::AccountId::new("another");
    let request = BindRequest {
        conversation,
        to: BindTo::Work,
    };
    let bound = phone.client.bind(request).await;
    assert!(matches!(bound, Err(CompanionError::NotPermitted { .. })));
}

#[tokio::test]
async fn decisions_within_one_millisecond_are_all_told() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    let now = time.now();
    phone.surroundings.clock = Clock::new(move || now);
    phone.restart().await;
    for to in [BindTo::Work, BindTo::Personal, BindTo::Work] {
        phone.bind(PEER, to).await;
    }
    phone.sync().await.unwrap();
    let told = forge.records("binding").into_iter();
    let told: Vec<_> = told.map(|one| one.data.record.change).collect();
    assert_eq!(told, ["accepted", "bound", "unbound", "bound"]);
}

#[tokio::test]
async fn what_nobody_decides_is_dropped_after_thirty_days() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    phone.restart().await;
    assert_eq!(phone.client.state().unwrap().undecided, 1);
    time.pass(Duration::from_secs(32 * 24 * 60 * 60));
    phone.restart().await;
    assert_eq!(phone.client.state().unwrap().undecided, 0);
}

#[tokio::test]
async fn a_phone_that_is_never_restarted_drops_what_nobody_decides_too() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    time.pass(Duration::from_secs(29 * 24 * 60 * 60));
    phone.sync().await.unwrap();
    assert_eq!(phone.client.state().unwrap().undecided, 1);
    time.pass(Duration::from_secs(3 * 24 * 60 * 60));
    forge.state().always = Some((503, "{}".into()));
    assert!(phone.sync().await.is_err());
    assert_eq!(phone.client.state().unwrap().undecided, 0);
}

#[tokio::test]
async fn what_the_host_hands_over_passes_the_same_boundary() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let ingest = async |raw: String| {
        let input = IngestInput {
            reader: "whatsapp_cloud".into(),
            raw: raw.into_bytes(),
        };
        phone.client.ingest(input).await
    };
    let report = ingest(forge::text(PEER, "wamid.1", "見積")).await.unwrap();
    assert_eq!(report.work, 1);
    let report = ingest(forge::text(PEER, "wamid.1", "見積")).await.unwrap();
    assert_eq!((report.work, report.known), (0, 1));
    let report = ingest(forge::text(FRIEND, "wamid.2", "誕生日"))
        .await
        .unwrap();
    assert_eq!(report.undecided, 1);
    let report = ingest(forge::text_to("999", FRIEND, "wamid.3", "x"))
        .await
        .unwrap();
    assert_eq!(report.denied, 1);
    let nobody = forge::hook(
        "messages",
        "106540352242922",
        serde_json::json!({"messages": [7]}),
    );
    assert_eq!(ingest(nobody).await.unwrap().rejected, 1);
    let bad = ingest("{".into()).await;
    assert!(matches!(bad, Err(CompanionError::InvalidInput { .. })));
    assert_eq!(phone.texts(&chat).await, ["見積"]);
}

#[tokio::test]
async fn a_group_is_nobodys_and_its_speakers_stand_in_its_records() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let group = "group-1";
    let chat = phone.bind(group, BindTo::Work).await.conversation;
    for (n, (from, name)) in [("819011112222", "山田"), ("819033334444", "佐藤")]
        .iter()
        .enumerate()
    {
        let message = serde_json::json!({"from": from, "group_id": group, "id": format!("wamid.{n}"),
            "timestamp": "1767323045", "type": "text", "text": {"body": "了解"}});
        let members = serde_json::json!({"contacts": [{"profile": {"name": name}, "wa_id": from}],
            "messages": [message]});
        forge.put(
            "event",
            &forge::hook("messages", crate::phone::ACCOUNT, members),
        );
    }
    phone.sync().await.unwrap();
    assert_eq!(phone.messages(&chat).await.len(), 2);
    let records = forge.records("message");
    let contacts: Vec<_> = records
        .iter()
        .map(|one| one.data.record.contact.clone().unwrap())
        .collect();
    assert_ne!(contacts[0], contacts[1]);
    assert_eq!(inbox(&phone).await[0].title, None);
}

#[tokio::test]
async fn an_answer_marks_a_conversation_as_read_and_a_quote_points_at_its_record() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    assert_eq!(inbox(&phone).await[0].unread, 1);
    let ticket = phone.send(&chat, "はい").await;
    assert_eq!(inbox(&phone).await[0].unread, 0);
    phone.sync().await.unwrap();
    let id = ticket.client_message_id.as_str();
    forge.put_outcome(id, "done", serde_json::json!({"remote_id": "wamid.own"}));
    let quoting = serde_json::json!({"from": PEER, "id": "wamid.2", "timestamp": "1767323070",
        "type": "text", "text": {"body": "どうも"}, "context": {"id": "wamid.own"}});
    let body = forge::hook(
        "messages",
        crate::phone::ACCOUNT,
        serde_json::json!({"messages": [quoting]}),
    );
    forge.put("event", &body);
    phone.sync().await.unwrap();
    let records = forge.records("message");
    let quote = &records.last().unwrap().data.record;
    assert_eq!(quote.text.as_deref(), Some("どうも"));
    assert_eq!(quote.reply_to, ticket.message);
    let messages: Vec<Message> = phone.messages(&chat).await;
    let own = messages
        .iter()
        .filter(|one| one.direction == Direction::Outbound);
    assert_eq!(own.count(), 1);
}
