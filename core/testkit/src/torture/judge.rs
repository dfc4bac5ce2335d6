//! What the target holds against what was acknowledged.

use companion_domain::{id::Key, record::Envelope};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with what a target holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) disordered: u64,
}

/// Judges `held`, in the order in which it first arrived. `taken` are the names under which the channel took sends, each
/// as often as it did.
pub(super) fn judge(expected: &BTreeSet<Key>, held: &[Envelope], taken: &[String]) -> Findings {
    let keys: BTreeSet<&Key> = held.iter().map(|envelope| &envelope.id).collect();
    Findings {
        lost: expected.iter().filter(|key| !keys.contains(key)).count() as u64,
        doubled: (held.len() - keys.len()) as u64 + same_texts(held) + repeats(taken),
        disordered: disordered(held),
    }
}

/// No two messages of a run have the same text, so two records of one are the same message under two keys.
fn same_texts(held: &[Envelope]) -> u64 {
    let mut texts = BTreeMap::new();
    for envelope in held {
        let record = &envelope.data.record;
        if let Some(text) = &record.text {
            texts
                .entry((&record.change, text))
                .or_insert_with(BTreeSet::new)
                .insert(&envelope.id);
        }
    }
    texts.values().map(|keys| keys.len() as u64 - 1).sum()
}

fn repeats(taken: &[String]) -> u64 {
    let once: BTreeSet<&String> = taken.iter().collect();
    (taken.len() - once.len()) as u64
}

fn disordered(held: &[Envelope]) -> u64 {
    let mut newest: BTreeMap<&Key, u64> = BTreeMap::new();
    let mut count = 0;
    for envelope in held {
        let record = &envelope.data.record;
        let last = newest.entry(&record.conversation).or_default();
        if record.conversation_seq <= *last {
            count += 1;
        }
        *last = record.conversation_seq.max(*last);
    }
    count
}
