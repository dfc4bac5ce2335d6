//! What we send: one request per message, and what its answer means.

use super::{
    GROUP, PARENT_USER, PHONE, USER,
    capabilities::{MAX_TEXT, Remedy, max_media_bytes, remedy},
};
use crate::http::{self, Answer, Attempt, Method, Request, Token};
use companion_domain::{
    event::PartyKey,
    id::SourceId,
    outbound::{OutboundContent, OutboundMessage},
    outcome::Outcome,
    time::Timestamp,
};
use serde_json::{Value, json};

/// Where and as whom to send.
#[derive(Clone, Debug)]
pub struct SendConfig {
    /// The Graph API, for example `https://graph.facebook.com`.
    pub base_url: String,
    /// Its version, for example `v23.0`.
    pub version: String,
    /// The number that sends.
    pub phone_number_id: String,
    /// The access token of the WhatsApp business account.
    pub token: Token,
}

/// Why a message cannot be sent in any form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// Text is empty or longer than 4,096 characters.
    #[error("the text is empty or longer than 4,096 characters")]
    TextLength,
    /// The kind of medium does not exist here.
    #[error("the kind of medium is not image, video, audio, document or sticker")]
    Media,
    /// The recipient's key is of a kind that cannot be written to.
    #[error("the recipient's key is not a phone number, a BSUID or a group")]
    Recipient,
}

/// The request that sends `message`.
///
/// The API has no idempotency key: our `client_message_id` goes as `biz_opaque_callback_data`, which statuses bring back.
/// The window rule is [`super::capabilities::may_send`]'s.
///
/// # Errors
/// [`Unsendable`] names the rule that the message breaks.
pub fn request(config: &SendConfig, message: &OutboundMessage) -> Result<Request, Unsendable> {
    Ok(Request {
        method: Method::Post,
        url: format!(
            "{}/{}/{}/messages",
            config.base_url.trim_end_matches('/'),
            config.version,
            config.phone_number_id
        ),
        headers: vec![
            (
                "authorization".into(),
                format!("Bearer {}", config.token.expose()),
            ),
            ("content-type".into(), "application/json".into()),
        ],
        body: body(message)?.to_string().into_bytes(),
    })
}

/// What an attempt came to.
///
/// `now` is when it ended. A 2xx answer whose message id cannot be read, like a timeout, is ambiguous: an echo or a status
/// tells what became of it. Codes are those of the API; where there is none, those of [`http::outcome`].
pub fn outcome(attempt: &Attempt, now: Timestamp) -> Outcome {
    let Attempt::Answered(answer) = attempt else {
        return http::outcome(attempt, now);
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return accepted(&body);
    }
    let code = body.pointer("/error/code").and_then(Value::as_i64);
    let code = code.map(|code| code.to_string()).unwrap_or_default();
    match remedy(&code) {
        Some(remedy) => refused(remedy, code, answer, now),
        None => http::outcome(attempt, now),
    }
}

fn body(message: &OutboundMessage) -> Result<Value, Unsendable> {
    let (kind, object, reply_to) = match &message.content {
        OutboundContent::Text { text, reply_to } => {
            if text.is_empty() || text.chars().count() > MAX_TEXT {
                return Err(Unsendable::TextLength);
            }
            (
                "text",
                json!({"body": text, "preview_url": false}),
                reply_to,
            )
        }
        OutboundContent::Reaction { target, emoji } => (
            "reaction",
            json!({"message_id": target.as_str(), "emoji": emoji}),
            &None,
        ),
        OutboundContent::Media {
            media,
            id,
            caption,
            name,
            reply_to,
        } => {
            max_media_bytes(media, false).ok_or(Unsendable::Media)?;
            let caption = caption
                .as_ref()
                .filter(|_| !matches!(media.as_str(), "audio" | "sticker"));
            let name = name.as_ref().filter(|_| media == "document");
            let mut object = json!({"id": id});
            set(&mut object, "caption", caption.map(String::as_str));
            set(&mut object, "filename", name.map(String::as_str));
            (media.as_str(), object, reply_to)
        }
        OutboundContent::Template {
            name,
            language,
            components,
        } => (
            "template",
            json!({"name": name, "language": {"code": language}, "components": components}),
            &None,
        ),
        OutboundContent::ReadMark { target } => {
            return Ok(json!({
                "messaging_product": "whatsapp", "status": "read", "message_id": target.as_str(),
            }));
        }
    };
    let (recipient_type, member) = address(&message.to)?;
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": recipient_type,
        "type": kind,
        "biz_opaque_callback_data": message.client_message_id.as_str(),
    });
    set(&mut body, member, Some(message.to.value.as_str()));
    set(&mut body, kind, Some(object));
    let context = reply_to
        .as_ref()
        .map(SourceId::as_str)
        .map(|id| json!({"message_id": id}));
    set(&mut body, "context", context);
    Ok(body)
}

/// The recipient's type and the member that carries the address. A BSUID in `to` would be taken for a phone number and the
/// message accepted, yet delivered to nobody.
fn address(to: &PartyKey) -> Result<(&'static str, &'static str), Unsendable> {
    match to.kind.as_str() {
        PHONE => Ok(("individual", "to")),
        USER | PARENT_USER => Ok(("individual", "recipient")),
        GROUP => Ok(("group", "to")),
        _ => Err(Unsendable::Recipient),
    }
}

fn set(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value.into());
    }
}

fn accepted(body: &Value) -> Outcome {
    let id = body.pointer("/messages/0/id").and_then(Value::as_str);
    let read_mark = body.get("success") == Some(&Value::Bool(true));
    if id.is_none() && !read_mark {
        return Outcome::Ambiguous {
            code: "whatsapp.unreadable_answer".into(),
        };
    }
    Outcome::Done {
        remote_id: id.map(str::to_owned),
    }
}

fn refused(remedy: Remedy, code: String, answer: &Answer, now: Timestamp) -> Outcome {
    let code = format!("whatsapp.{code}");
    match remedy {
        Remedy::Throttle => Outcome::Throttled {
            until: http::retry_after(answer, now),
        },
        Remedy::Retry => Outcome::NotApplied { code },
        Remedy::Alert => Outcome::Auth { code },
        Remedy::Template | Remedy::Final => Outcome::Permanent { code },
    }
}
