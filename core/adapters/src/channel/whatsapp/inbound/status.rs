//! How far our own messages came.

use super::{
    Told, Unread, conversation, direct, envelope::Item, event, json::Object, message::error_code,
    notes, party,
};
use crate::channel::whatsapp::capabilities::remedy;
use companion_domain::{
    event::{ConversationKind, DeliveryState, EventBody, PartyKind},
    id::{SourceConversationId, SourceId},
    time::Timestamp,
};
use serde_json::Value;

/// Reads an item of `statuses[]`. Statuses arrive in any order; never stepping back is the reader's duty.
pub(super) fn read(
    item: &Item<'_>,
    status: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    let target = status.id("id").ok_or("id: missing")?;
    let word = status.text("status").ok_or("status: missing")?;
    let id = |name| status.id(name);
    let group = id("recipient_id").filter(|_| id("recipient_type").as_deref() == Some("group"));
    let keys = party::keys(match group {
        Some(_) => [
            id("recipient_participant_id"),
            id("recipient_participant_user_id"),
            None,
        ],
        None => [
            id("recipient_id"),
            id("recipient_user_id"),
            id("recipient_parent_user_id"),
        ],
    });
    let peer = party::party(item, PartyKind::Customer, keys);
    let conversation = match group {
        Some(group) => conversation(SourceConversationId::new(group), ConversationKind::Group),
        None => direct(peer.as_ref())?,
    };
    let code = error_code(status);
    let retryable = code
        .as_deref()
        .and_then(remedy)
        .map(|remedy| remedy.retryable().into());
    let pricing = status.object("pricing");
    let billable = pricing
        .as_ref()
        .and_then(|pricing| pricing.flag("billable"));
    let priced = |name| Some(Value::from(pricing.as_ref()?.text(name)?));
    let mut notes = notes([
        ("billable", billable.map(Value::from)),
        ("pricing_category", priced("category")),
        ("pricing_model", priced("pricing_model")),
        ("pricing_type", priced("type")),
        ("retryable", retryable),
    ]);
    let body = match state(&word) {
        Some(state) => EventBody::Status {
            target: SourceId::new(target),
            state,
            code,
            opaque: status.text("biz_opaque_callback_data"),
        },
        None => {
            notes.insert("kind".into(), "status".into());
            notes.insert("status".into(), word.clone().into());
            notes.insert("target_id".into(), target.into());
            EventBody::Unknown {
                kind: format!("status.{word}"),
            }
        }
    };
    let mut event = event(
        item,
        conversation,
        status.seconds("timestamp"),
        received_at,
        body,
    );
    event.recipients.extend(peer);
    Ok(Told { event, notes })
}

fn state(word: &str) -> Option<DeliveryState> {
    Some(match word {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "played" => DeliveryState::Played,
        "failed" => DeliveryState::Failed,
        _ => return None,
    })
}
