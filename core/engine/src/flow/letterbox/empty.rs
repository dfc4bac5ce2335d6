//! The unlock: everything goes where it would have gone.

use super::{Arrival, Kept};
use crate::{
    flow::{desk::Desk, ingest, outcome},
    rules::Rules,
    store::{ConversationValue, HeadValue, decode, encode},
};
use companion_domain::id::Key;
use companion_vault::{VaultError, Write};
use std::collections::BTreeSet;

/// How many arrivals are taken out at once.
const PAGE: u32 = 200;

/// Empties all letterboxes into their conversations, in the order in which things came, and answers which those are. The
/// store was unlocked in this transaction. What is damaged stays where it is and holds up nothing.
pub(crate) fn empty(write: &mut Write<'_>, rules: &Rules) -> Result<BTreeSet<Key>, VaultError> {
    let (mut after, mut emptied) = (0, BTreeSet::new());
    loop {
        let rows = write.arrivals(after, PAGE)?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.id;
        for row in rows {
            let chat = write.conversation_row(row.conversation)?;
            let (Some(value), Some(chat)) = (row.value, chat) else {
                tracing::error!(place = "arrivals", "what arrived while locked is damaged");
                continue;
            };
            let chat: ConversationValue = decode("conversation", &chat.value)?;
            deliver(write, rules, &chat, decode("arrivals", &value)?)?;
            write.remove_arrival(row.id)?;
            emptied.insert(chat.key);
        }
    }
    for key in &emptied {
        if let Some(mut row) = write.conversation_head(key)? {
            let head = HeadValue::read(&row.control)?;
            let head = HeadValue {
                answer_to: None,
                ..head
            };
            row.control = encode("conversation", &head)?;
            write.update_conversation_head(&row)?;
        }
    }
    Ok(emptied)
}

fn deliver(
    write: &mut Write<'_>,
    rules: &Rules,
    chat: &ConversationValue,
    kept: Kept,
) -> Result<(), VaultError> {
    let key = &chat.key;
    match kept.what {
        Arrival::Event(event) => ingest::work(write, rules, key, &event, kept.at).map(drop),
        Arrival::Told(told) => outcome::tell(write, rules, key, told, kept.at),
        Arrival::Written(message) => {
            let mut desk = Desk::of(write, rules, key, &chat.source, kept.at)?;
            desk.written(&message)?;
            desk.close()
        }
    }
}
