//! What the world holds, told flat; and what happens to a phone's files.

use super::{
    file::{Damage, Which},
    house::{ACCOUNTS, House, PhoneProgram},
};
use crate::world::{Failure, fresh_enrolment};
use companion_domain::{id::EnrolmentId, record::Record};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, io};

/// The records at the CRM that fit, in the order in which they came; first looks whether they are whole.
pub(super) async fn records(house: &House, which: &Which) -> Result<Value, Failure> {
    let held = house.held().await?;
    let records = held.iter().map(|envelope| &envelope.data.record);
    let numbers = records
        .clone()
        .map(|record| (record.conversation.as_str(), record.conversation_seq));
    whole(numbers)?;
    Ok(records
        .filter(|record| fits(which, record))
        .map(flat)
        .collect())
}

/// In each conversation the numbers run from 1 without a hole, so that nothing is lost, doubled or out of order.
fn whole<'a>(held: impl Iterator<Item = (&'a str, u64)>) -> Result<(), String> {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for (conversation, seq) in held {
        let before = last.entry(conversation).or_default();
        if seq != *before + 1 {
            return Err(format!(
                "a record with conversation_seq {seq} came after {before}"
            ));
        }
        *before = seq;
    }
    Ok(())
}

fn fits(which: &Which, record: &Record) -> bool {
    let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|one| one == is);
    fits(&which.kind, &record.kind)
        && fits(&which.change, &record.change)
        && fits(&which.conversation, record.conversation.as_str())
}

/// A record whose author and details stand beside its other members.
fn flat(record: &Record) -> Value {
    let mut members: Map<String, Value> = match json!(record) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if let Some(author) = &record.author {
        members.insert("author".into(), json!(author.name));
        members.insert("role".into(), json!(author.role));
    }
    members.extend(record.details.clone());
    members.into()
}

/// What WhatsApp was given to send, by number and then in order.
pub(super) fn sent(house: &House) -> Value {
    let mut all = Vec::new();
    for (account, number) in ACCOUNTS.iter().zip(&house.numbers) {
        for sent in number.sent() {
            let at = |path: &str| sent.message.pointer(path).cloned();
            all.push(json!({
                "account": account,
                "to": at("/to"),
                "recipient": at("/recipient"),
                "text": at("/text/body"),
                "reply_to": at("/context/message_id"),
                "emoji": at("/reaction/emoji"),
                "target": at("/reaction/message_id"),
            }));
        }
    }
    all.into()
}

/// Does to the files of a phone that is not running what happens to real ones.
pub(super) async fn damage(
    house: &House,
    phone: &PhoneProgram,
    enrolment: &EnrolmentId,
    damage: Damage,
) -> Result<(), Failure> {
    let vault = house
        .path("phone")
        .join(enrolment.as_str())
        .join("vault.db");
    match damage {
        Damage::NewerFile => {
            let vault = rusqlite::Connection::open(vault)?;
            vault.pragma_update(None, "user_version", 1_000_000)?;
        }
        Damage::KeysGone => {
            let keystore = house.path("keystore");
            fs::remove_dir_all(&keystore)?;
            fs::create_dir(&keystore)?;
        }
        Damage::OtherVault => {
            let other = fresh_enrolment();
            let mut child = house.start_phone(phone, other.as_str(), "other", None)?;
            let _: Value = child.hear().await?;
            let _: Value = child.ask(&json!({"do": "close"})).await?;
            child.kill().await;
            for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
                let from = house.path("other").join(other.as_str()).join(name);
                replace(&from, &vault.with_file_name(name))?;
            }
        }
    }
    Ok(())
}

/// Puts `from`, or nothing where that is missing, in the place of `to`.
fn replace(from: &std::path::Path, to: &std::path::Path) -> io::Result<()> {
    if from.exists() {
        return fs::copy(from, to).map(drop);
    }
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_lost_doubled_or_out_of_order_shows() {
        let held = |numbers: &[u64]| {
            let other = std::iter::once(("c1b", 1));
            whole(numbers.iter().map(|seq| ("c1a", *seq)).chain(other))
        };
        assert_eq!(held(&[1, 2, 3]), Ok(()));
        for wrong in [&[2, 3][..], &[1, 3], &[1, 2, 2], &[2, 1]] {
            assert!(held(wrong).is_err(), "{wrong:?}");
        }
    }
}
