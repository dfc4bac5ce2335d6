//! Cuts a body into parts that hold one item each.

use super::{
    BadPayload, Part,
    envelope::{Item, Kind, walk},
};
use serde_json::value::RawValue;

/// Cuts a webhook body into one part per message, status, echo, phone-book entry, history message, id update, error and
/// account change, so that each can go to whom its account and chat belong.
///
/// A part is a small webhook body that [`super::read`] understands like the whole one: the item's own bytes, unchanged, in
/// the envelope of its account, with the contacts that it names and nothing of another account or chat. Each message of the
/// history carries the progress of its chunk; a chunk without messages is a part that tells only its progress, a refused
/// history one that tells only its error.
///
/// No part is made of what cannot be told apart safely: fields we do not know, and changes without an account. `read` of the
/// whole body counts them.
///
/// # Errors
/// [`BadPayload`] if the body as a whole cannot be read; a bad item is a part like others, and `read` rejects it.
pub fn split(raw: &[u8]) -> Result<Vec<Part>, BadPayload> {
    let parts = walk(raw)?.items.into_iter().map(|item| Part {
        account: item.change.account.clone(),
        event_key: item.digest().0,
        raw: body(&item).into_bytes(),
    });
    Ok(parts.collect())
}

fn body(item: &Item<'_>) -> String {
    let entry = member("id", item.change.entry_id) + &member("time", item.change.entry_time);
    let field = item.change.field;
    let value = value(item);
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{{entry}"changes":[{{"field":{field},"value":{value}}}]}}]}}"#
    )
}

fn value(item: &Item<'_>) -> String {
    let raw = item.raw;
    let items = match item.kind {
        Kind::Account => return raw.get().to_owned(),
        Kind::Message | Kind::HistoryMedia => format!(r#""messages":[{raw}]"#),
        Kind::Status => format!(r#""statuses":[{raw}]"#),
        Kind::Error => format!(r#""errors":[{raw}]"#),
        Kind::Echo => format!(r#""message_echoes":[{raw}]"#),
        Kind::PhoneBook => format!(r#""state_sync":[{raw}]"#),
        Kind::UserId => format!(r#""user_id_update":[{raw}]"#),
        Kind::HistoryMessage(thread) => {
            let chunk = member("metadata", thread.chunk);
            let thread = member("id", thread.id) + &member("context", thread.context);
            format!(r#""history":[{{{chunk}"threads":[{{{thread}"messages":[{raw}]}}]}}]"#)
        }
        Kind::HistoryError => format!(r#""history":[{{"errors":[{raw}]}}]"#),
        Kind::HistoryProgress => format!(r#""history":[{{"metadata":{raw}}}]"#),
    };
    let metadata = member("metadata", item.change.metadata);
    let contacts: Vec<_> = item.contacts.iter().map(|raw| raw.get()).collect();
    let contacts = contacts.join(",");
    format!(r#"{{{metadata}"contacts":[{contacts}],{items}}}"#)
}

fn member(name: &str, raw: Option<&RawValue>) -> String {
    raw.map(|raw| format!(r#""{name}":{raw},"#))
        .unwrap_or_default()
}
