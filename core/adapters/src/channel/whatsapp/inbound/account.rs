//! What concerns the account or a person's keys instead of one message.

use super::{
    Told, Unread, direct, envelope::Item, event, json::Object, no_conversation, notes, party,
};
use crate::channel::whatsapp::capabilities::{Remedy, remedy};
use companion_domain::{
    event::{AccountChange, AccountEffect, ContactChange, EventBody, Party, PartyKind},
    time::Timestamp,
};
use serde_json::Value;

/// Reads the value of `account_update`.
pub(super) fn update(
    item: &Item<'_>,
    update: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    let word = update.text("event").ok_or("event: missing")?;
    let disconnection = update.object("disconnection_info");
    let ban = update
        .object("ban_info")
        .and_then(|ban| ban.text("waba_ban_state"));
    let effect = effect(&word, ban.as_deref());
    let restriction = update.objects("restriction_info").next();
    let reason = disconnection
        .as_ref()
        .and_then(|info| info.text("reason"))
        .or(ban)
        .or_else(|| update.object("violation_info")?.text("violation_type"))
        .or_else(|| restriction?.text("restriction_type"));
    let change = AccountChange {
        event: word,
        reason,
        initiated_by: disconnection.and_then(|info| info.text("initiated_by")),
        effect,
        owner: update
            .object("waba_info")
            .and_then(|info| info.id("owner_business_id")),
    };
    Ok(account_event(item, received_at, change))
}

/// Reads an error that concerns the account, not one message.
pub(super) fn error(
    item: &Item<'_>,
    error: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    let code = error.id("code").ok_or("code: missing")?;
    let change = AccountChange {
        event: "error".into(),
        effect: match remedy(&code) {
            Some(Remedy::Alert) => AccountEffect::Restricted,
            _ => AccountEffect::None,
        },
        reason: Some(code.clone()),
        initiated_by: None,
        owner: None,
    };
    let mut told = account_event(item, received_at, change);
    told.notes = notes([
        ("kind", Some("channel_error".into())),
        ("error_code", Some(code.into())),
        ("title", error.text("title").map(Value::from)),
    ]);
    Ok(told)
}

/// Reads an entry of the Business app's phone book. It may be private: it names conversations and proves nothing.
pub(super) fn phone_book(
    item: &Item<'_>,
    entry: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    if entry.text("type").as_deref() != Some("contact") {
        return Err(Unread::Ignored("not a contact"));
    }
    let contact = entry.object("contact").ok_or("contact: missing")?;
    let ids = ["phone_number", "user_id", "parent_user_id"];
    let name = contact.text("full_name").filter(|name| !name.is_empty());
    let party = Party {
        keys: party::keys(ids.map(|name| contact.id(name))),
        name: name.or_else(|| contact.text("first_name")),
        kind: PartyKind::Unknown,
    };
    let at = entry
        .object("metadata")
        .and_then(|m| m.seconds("timestamp"));
    let conversation = direct(Some(&party))?;
    let change = match entry.text("action").as_deref() {
        Some("add") => ContactChange::Upsert(party),
        Some("remove") => ContactChange::Remove(party),
        _ => return Err(Unread::Ignored("unknown action")),
    };
    Ok(Told {
        event: event(
            item,
            conversation,
            at,
            received_at,
            EventBody::Contact(change),
        ),
        notes: notes([]),
    })
}

/// Reads a new BSUID. The parent BSUID is told by the next message; here it counts only where it stands alone.
pub(super) fn user_id(
    item: &Item<'_>,
    update: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    let ids = ["user_id", "parent_user_id"];
    let (old, new) = ids
        .iter()
        .find_map(|name| {
            let ids = update.object(name)?;
            Some((ids.id("previous")?, ids.id("current")?))
        })
        .ok_or("user_id: needs previous and current")?;
    let peer = Party {
        keys: party::keys([update.id("wa_id"), Some(old.clone())]),
        name: None,
        kind: PartyKind::Customer,
    };
    let change = ContactChange::KeyChanged {
        old: party::key(&old),
        new: party::key(&new),
    };
    let mut event = event(
        item,
        direct(Some(&peer))?,
        update.seconds("timestamp"),
        received_at,
        EventBody::Contact(change),
    );
    event.author = Some(peer);
    Ok(Told {
        event,
        notes: notes([("system_type", Some("user_id_update".into()))]),
    })
}

fn account_event(item: &Item<'_>, received_at: Timestamp, change: AccountChange) -> Told {
    let at = item.change.entry_time.and_then(super::json::seconds);
    Told {
        event: event(
            item,
            no_conversation(),
            at,
            received_at,
            EventBody::Account(change),
        ),
        notes: notes([]),
    }
}

/// What an event of `account_update` means; a ban tells its state beside.
fn effect(event: &str, ban: Option<&str>) -> AccountEffect {
    match (event, ban) {
        ("PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED", _)
        | ("ACCOUNT_OFFBOARDED" | "ACCOUNT_DELETED", _)
        | ("DISABLED_UPDATE", Some("DISABLE")) => AccountEffect::Disconnected,
        ("ACCOUNT_RECONNECTED", _) | ("DISABLED_UPDATE", Some("REINSTATE")) => {
            AccountEffect::Reconnected
        }
        ("ACCOUNT_RESTRICTION" | "ACCOUNT_VIOLATION" | "DISABLED_UPDATE", _) => {
            AccountEffect::Restricted
        }
        _ => AccountEffect::None,
    }
}
