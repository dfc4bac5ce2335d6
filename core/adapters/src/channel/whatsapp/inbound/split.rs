//! Cuts a body into parts that hold one item each.

use super::{
    BadPayload, Part,
    envelope::{Item, Kind, walk},
};
use companion_domain::id::AccountId;
use serde_json::{json, value::RawValue};

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
    let parts = walk(raw)?.items.into_iter().map(|item| {
        let head = head(&item);
        Part {
            account: item.change.account.clone(),
            event_key: item.digest().0,
            nameless: item.is_nameless().then_some(head.len() + 1),
            raw: (head + &value(&item) + "}]}]}").into_bytes(),
        }
    });
    Ok(parts.collect())
}

impl Part {
    /// The part in the name of `number`, one of its business account's. News of a person's ids may name no number; whoever
    /// knows the account's numbers says so for each, since a phone takes only what is about its own.
    pub fn in_name_of(&self, number: &AccountId) -> Vec<u8> {
        let Some((head, rest)) = self.nameless.and_then(|at| self.raw.split_at_checked(at)) else {
            return self.raw.clone();
        };
        let metadata = json!({ "phone_number_id": number });
        [head, format!(r#""metadata":{metadata},"#).as_bytes(), rest].concat()
    }
}

/// A body's bytes before the value of its one change.
fn head(item: &Item<'_>) -> String {
    let entry = member("id", item.change.entry_id) + &member("time", item.change.entry_time);
    let field = item.change.field;
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{{entry}"changes":[{{"field":{field},"value":"#
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
    let metadata = item.change.metadata.filter(|_| !item.is_nameless());
    let metadata = member("metadata", metadata);
    let contacts: Vec<_> = item.contacts.iter().map(|raw| raw.get()).collect();
    let contacts = contacts.join(",");
    format!(r#"{{{metadata}"contacts":[{contacts}],{items}}}"#)
}

fn member(name: &str, raw: Option<&RawValue>) -> String {
    raw.map(|raw| format!(r#""{name}":{raw},"#))
        .unwrap_or_default()
}
