//! What is sent to WhatsApp, and what its answers mean for the outbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use companion_adapters::{
    channel::whatsapp::outbound::{SendConfig, Unsendable, outcome, request},
    http::{Answer, Attempt, Method, Token},
};
use companion_domain::{
    event::PartyKey,
    id::{AccountId, ChannelId, ClientMessageId, SourceConversationId, SourceId},
    outbound::{OutboundContent, OutboundMessage},
    outcome::Outcome,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_reply_names_our_id_its_recipient_and_what_it_quotes() {
    let request = request(&config(), &message(text("はい", Some("wamid.Q")))).unwrap();
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        request.url,
        "https://graph.example/v23.0/106540352242922/messages"
    );
    assert!(
        request
            .headers
            .contains(&("authorization".into(), "Bearer secret".into()))
    );
    assert_eq!(
        body_of(text("はい", Some("wamid.Q"))),
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "819011112222",
            "type": "text", "text": {"body": "はい", "preview_url": false},
            "context": {"message_id": "wamid.Q"},
            "biz_opaque_callback_data": "019b0000-0000-7000-8000-000000000001",
        })
    );
    assert_eq!(body_of(text("はい", None)).get("context"), None);
}

#[test]
fn every_kind_of_content_has_its_own_object() {
    let reaction = body_of(OutboundContent::Reaction {
        target: SourceId::new("wamid.T"),
        emoji: "🙏".into(),
    });
    assert_eq!(
        reaction["reaction"],
        json!({"message_id": "wamid.T", "emoji": "🙏"})
    );
    let media = |media: &str| {
        body_of(OutboundContent::Media {
            media: media.into(),
            id: "900".into(),
            caption: Some("図面".into()),
            name: Some("plan.pdf".into()),
            reply_to: Some(SourceId::new("wamid.Q")),
        })
    };
    let document = json!({"id": "900", "caption": "図面", "filename": "plan.pdf"});
    assert_eq!(media("document")["document"], document);
    assert_eq!(
        media("image")["image"],
        json!({"id": "900", "caption": "図面"})
    );
    assert_eq!(media("audio")["audio"], json!({"id": "900"}));
    assert_eq!(media("image")["context"], json!({"message_id": "wamid.Q"}));
    let template = body_of(OutboundContent::Template {
        name: "reminder".into(),
        language: "ja".into(),
        components: vec![json!({"type": "body"})],
    });
    let expected =
        json!({"name": "reminder", "language": {"code": "ja"}, "components": [{"type": "body"}]});
    assert_eq!(
        (&template["type"], &template["template"]),
        (&json!("template"), &expected)
    );
    let read_mark = body_of(OutboundContent::ReadMark {
        target: SourceId::new("wamid.R"),
    });
    let expected =
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.R"});
    assert_eq!(read_mark, expected);
}

#[test]
fn hidden_numbers_and_groups_are_addressed_in_their_own_way() {
    let to = |kind: &str, value: &str| {
        let mut message = message(text("ok", None));
        message.to = key(kind, value);
        request(&config(), &message).map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            (
                body["recipient_type"].clone(),
                body["to"].clone(),
                body["recipient"].clone(),
            )
        })
    };
    assert_eq!(
        to("wa_user", "JP.1"),
        Ok((json!("individual"), Value::Null, json!("JP.1")))
    );
    assert_eq!(
        to("wa_group", "G1"),
        Ok((json!("group"), json!("G1"), Value::Null))
    );
    assert_eq!(to("wa_username", "hana"), Err(Unsendable::Recipient));
}

#[test]
fn what_whatsapp_would_refuse_is_not_sent() {
    let refused = |content| request(&config(), &message(content)).unwrap_err();
    assert_eq!(refused(text("", None)), Unsendable::TextLength);
    assert_eq!(
        refused(text(&"あ".repeat(4_097), None)),
        Unsendable::TextLength
    );
    assert!(request(&config(), &message(text(&"あ".repeat(4_096), None))).is_ok());
    let gif = OutboundContent::Media {
        media: "gif".into(),
        id: "1".into(),
        caption: None,
        name: None,
        reply_to: None,
    };
    assert_eq!(refused(gif), Unsendable::Media);
}

#[test]
fn an_answer_that_names_the_message_is_done() {
    let accepted = json!({"messaging_product": "whatsapp", "messages": [{"id": "wamid.NEW"}]});
    let done = |remote_id: Option<&str>| Outcome::Done {
        remote_id: remote_id.map(str::to_owned),
    };
    assert_eq!(
        outcome_of(200, &accepted.to_string()),
        done(Some("wamid.NEW"))
    );
    assert_eq!(outcome_of(200, r#"{"success":true}"#), done(None));
    for cut in ["", r#"{"messages":[{"id":"wam"#, "<html>"] {
        assert!(
            matches!(outcome_of(200, cut), Outcome::Ambiguous { .. }),
            "{cut}"
        );
    }
}

#[test]
fn without_an_answer_only_what_surely_did_not_leave_may_be_sent_again() {
    assert!(matches!(
        outcome(&Attempt::NotSent, now()),
        Outcome::NotApplied { .. }
    ));
    assert!(matches!(
        outcome(&Attempt::Lost, now()),
        Outcome::Ambiguous { .. }
    ));
    assert!(matches!(
        outcome_of(502, "bad gateway"),
        Outcome::Ambiguous { .. }
    ));
}

#[test]
fn error_codes_decide_before_the_status() {
    let of = |code: u32| {
        outcome_of(
            400,
            &json!({"error": {"code": code, "message": "…"}}).to_string(),
        )
    };
    for code in [130_429, 131_057, 4, 80_007] {
        let until = Some(now() + Duration::from_secs(30));
        assert_eq!(of(code), Outcome::Throttled { until }, "{code}");
    }
    for code in [131_056, 131_000, 131_016] {
        assert!(matches!(of(code), Outcome::NotApplied { .. }), "{code}");
    }
    for code in [190, 131_031, 131_042, 131_045, 131_048] {
        assert!(matches!(of(code), Outcome::Auth { .. }), "{code}");
    }
    for code in [131_047, 131_026, 131_049, 130_472, 132_001, 131_062, 100] {
        assert!(matches!(of(code), Outcome::Permanent { .. }), "{code}");
    }
    assert_eq!(
        of(131_047),
        Outcome::Permanent {
            code: "whatsapp.131047".into()
        }
    );
}

fn outcome_of(status: u16, body: &str) -> Outcome {
    let answer = Answer {
        status,
        headers: vec![("Retry-After".into(), "30".into())],
        body: body.into(),
    };
    outcome(&Attempt::Answered(answer), now())
}

fn body_of(content: OutboundContent) -> Value {
    let request = request(&config(), &message(content)).unwrap();
    serde_json::from_slice(&request.body).unwrap()
}

fn config() -> SendConfig {
    SendConfig {
        base_url: "https://graph.example/".into(),
        version: "v23.0".into(),
        phone_number_id: "106540352242922".into(),
        token: Token::new("secret"),
    }
}

fn message(content: OutboundContent) -> OutboundMessage {
    OutboundMessage {
        client_message_id: ClientMessageId::new("019b0000-0000-7000-8000-000000000001"),
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new("106540352242922"),
        conversation: SourceConversationId::new("819011112222"),
        to: key("phone", "819011112222"),
        content,
    }
}

fn text(text: &str, reply_to: Option<&str>) -> OutboundContent {
    OutboundContent::Text {
        text: text.into(),
        reply_to: reply_to.map(SourceId::new),
    }
}

fn key(kind: &str, value: &str) -> PartyKey {
    PartyKey {
        kind: kind.into(),
        value: value.into(),
    }
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_760_000_000)
}
