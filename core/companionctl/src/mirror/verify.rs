//! The proof itself, over values (formats.md 4).

use companion_crypto::{
    chain,
    checkpoint::{Checkpoint, TYP},
    document,
    hash::sha256,
    sign::VerifyingKey,
};
use companion_domain::bytes::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was found. Findings name records by key or by writer and number, never by content.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Records that lie in a chain without a break up to a signed head.
    pub(crate) proven: u64,
    /// Checkpoints whose signature holds.
    pub(crate) checkpoints: u64,
    /// Numbers that a checkpoint covers and the target does not hold.
    pub(crate) missing: Vec<Place>,
    /// Records that are not what was signed.
    pub(crate) changed: Vec<Place>,
    /// Keys that the target holds more than once.
    pub(crate) doubled: Vec<String>,
    /// Records that arrived before an earlier one of their conversation.
    pub(crate) out_of_order: Vec<Place>,
    /// Numbers that the writer itself declared as refused for good.
    pub(crate) parked: Vec<Parked>,
    /// Keys that a writer holds whom nobody vouches for.
    pub(crate) other_writer: Vec<String>,
    /// Checkpoints that are forged, contradict each other or do not follow each other.
    pub(crate) bad_checkpoints: Vec<String>,
    /// Numbers that the last checkpoint says are still under way.
    pub(crate) under_way: Vec<Place>,
}

/// A number in a writer's chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    pub(crate) writer: String,
    pub(crate) seq: u64,
}

/// A number that was declared as refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Parked {
    pub(crate) writer: String,
    pub(crate) seq: u64,
    pub(crate) code: String,
}

impl Report {
    /// Whether the mirror is whole. Parked and under way are declared, so they are no surprise.
    pub(crate) fn is_clean(&self) -> bool {
        self.missing.is_empty()
            && self.changed.is_empty()
            && self.doubled.is_empty()
            && self.out_of_order.is_empty()
            && self.other_writer.is_empty()
            && self.bad_checkpoints.is_empty()
    }
}

/// An envelope as far as the proof needs it.
#[derive(Deserialize)]
struct Held {
    id: String,
    data: HeldData,
}

#[derive(Deserialize)]
struct HeldData {
    writer: String,
    seq: u64,
    head: Digest,
    record: Value,
}

/// Checks `records`, in the order in which they arrived, against `checkpoints` of `writers`.
pub(crate) fn verify(
    records: &[Value],
    checkpoints: &[String],
    writers: &BTreeMap<String, VerifyingKey>,
) -> Report {
    let mut report = Report::default();
    let signed = signed_checkpoints(checkpoints, writers, &mut report);
    let mut chains: BTreeMap<String, BTreeMap<u64, Held>> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    let mut last_in_conversation: BTreeMap<(String, String), u64> = BTreeMap::new();
    for value in records {
        let Ok(held) = serde_json::from_value::<Held>(value.clone()) else {
            report.changed.push(Place {
                writer: "?".into(),
                seq: 0,
            });
            continue;
        };
        if !keys.insert(held.id.clone()) {
            report.doubled.push(held.id);
            continue;
        }
        if !writers.contains_key(&held.data.writer) {
            report.other_writer.push(held.id);
            continue;
        }
        check_order(&held, &mut last_in_conversation, &mut report);
        let chain = chains.entry(held.data.writer.clone()).or_default();
        if let Some(other) = chain.insert(held.data.seq, held) {
            report.changed.push(place(&other));
        }
    }
    for (writer, checkpoints) in &signed {
        let chain = chains.remove(writer).unwrap_or_default();
        check_chain(writer, &chain, checkpoints, &mut report);
    }
    for (writer, chain) in chains {
        // Records of a writer who never signed a checkpoint prove nothing.
        report.missing.extend(chain.keys().map(|seq| Place {
            writer: writer.clone(),
            seq: *seq,
        }));
    }
    report
}

/// The checkpoints whose signature holds, by writer and number.
fn signed_checkpoints(
    checkpoints: &[String],
    writers: &BTreeMap<String, VerifyingKey>,
    report: &mut Report,
) -> BTreeMap<String, BTreeMap<u64, Checkpoint>> {
    let mut signed: BTreeMap<String, BTreeMap<u64, (Digest, Checkpoint)>> = BTreeMap::new();
    for text in checkpoints {
        let Some((digest, checkpoint)) = open(text, writers) else {
            report.bad_checkpoints.push("signature".into());
            continue;
        };
        let known = signed.entry(checkpoint.writer.clone()).or_default();
        match known.get(&checkpoint.seq) {
            Some((_, other)) if other.head != checkpoint.head => {
                report
                    .bad_checkpoints
                    .push(format!("two heads for {}", checkpoint.seq));
            }
            Some(_) => {}
            None => {
                report.checkpoints += 1;
                known.insert(checkpoint.seq, (digest, checkpoint));
            }
        }
    }
    let mut by_number = BTreeMap::new();
    for (writer, checkpoints) in signed {
        let mut before = Digest([0; 32]);
        let mut own = BTreeMap::new();
        for (seq, (digest, checkpoint)) in checkpoints {
            if checkpoint.prev != before.0 {
                report
                    .bad_checkpoints
                    .push(format!("a checkpoint before {seq} is not here"));
            }
            before = digest;
            own.insert(seq, checkpoint);
        }
        by_number.insert(writer, own);
    }
    by_number
}

fn open(text: &str, writers: &BTreeMap<String, VerifyingKey>) -> Option<(Digest, Checkpoint)> {
    let payload = document::payload(text).ok()?;
    let claimed: Checkpoint = serde_json::from_slice(&payload).ok()?;
    let key = writers.get(&claimed.writer)?;
    let verified = document::verify(text, TYP, &[key]).ok()?;
    Some((Digest(sha256(&verified.payload)), verified.parse().ok()?))
}

fn check_order(held: &Held, last: &mut BTreeMap<(String, String), u64>, report: &mut Report) {
    let text = |name: &str| held.data.record.get(name).and_then(Value::as_str);
    let number = held
        .data
        .record
        .get("conversation_seq")
        .and_then(Value::as_u64);
    let (Some(conversation), Some(number)) = (text("conversation"), number) else {
        report.changed.push(place(held));
        return;
    };
    let newest = last
        .entry((held.data.writer.clone(), conversation.to_owned()))
        .or_default();
    if number <= *newest {
        report.out_of_order.push(place(held));
    }
    *newest = number.max(*newest);
}

fn check_chain(
    writer: &str,
    chain: &BTreeMap<u64, Held>,
    checkpoints: &BTreeMap<u64, Checkpoint>,
    report: &mut Report,
) {
    let Some((&end, last)) = checkpoints.last_key_value() else {
        return;
    };
    let at = |seq| Place {
        writer: writer.to_owned(),
        seq,
    };
    let parked: BTreeMap<u64, &str> = last
        .parked
        .iter()
        .map(|parked| (parked.seq, parked.code.as_str()))
        .collect();
    let mut missing = Vec::new();
    // The head before the next record, while it is known: a hole hides it.
    let mut before = Some(chain::start(writer));
    let mut unsigned = 0;
    for seq in 1..=end.max(chain.last_key_value().map_or(0, |(seq, _)| *seq)) {
        let Some(held) = chain.get(&seq) else {
            match parked.get(&seq) {
                Some(code) => report.parked.push(Parked {
                    writer: writer.to_owned(),
                    seq,
                    code: (*code).to_owned(),
                }),
                None if seq <= end => missing.push(at(seq)),
                None => {}
            }
            before = None;
            unsigned = 0;
            continue;
        };
        let true_to_itself = chain::digest(&held.data.record).ok().is_some_and(|digest| {
            before.is_none_or(|before| chain::next(&before, seq, &digest) == held.data.head.0)
        }) && held.data.record.get("key").and_then(Value::as_str)
            == Some(held.id.as_str());
        let signed = checkpoints
            .get(&seq)
            .is_none_or(|signed| signed.head == held.data.head.0);
        if !true_to_itself || !signed {
            report.changed.push(at(seq));
            unsigned = 0;
        } else {
            unsigned += 1;
        }
        if checkpoints.contains_key(&seq) && signed {
            report.proven += std::mem::take(&mut unsigned);
        }
        before = Some(held.data.head.0);
    }
    // The newest ones may still be under way, as many as the last checkpoint says.
    let under_way = usize::try_from(last.undelivered).unwrap_or(usize::MAX);
    let keep = missing.len().saturating_sub(under_way);
    report.under_way.extend(missing.split_off(keep));
    report.missing.extend(missing);
}

fn place(held: &Held) -> Place {
    Place {
        writer: held.data.writer.clone(),
        seq: held.data.seq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use companion_crypto::{hash::jcs, secret::Key, sign::SigningKey};
    use serde_json::json;

    const WRITER: &str = "phone-1";

    struct Mirror {
        records: Vec<Value>,
        checkpoints: Vec<String>,
        writers: BTreeMap<String, VerifyingKey>,
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&Key::new([7; 32])).unwrap()
    }

    /// Twelve records in two conversations, with a checkpoint after each four.
    fn mirror() -> Mirror {
        let key = key();
        let mut head = chain::start(WRITER);
        let mut prev = [0; 32];
        let (mut records, mut checkpoints) = (Vec::new(), Vec::new());
        for seq in 1..=12u64 {
            let id = format!("m1record{seq}");
            let record = json!({
                "v": 1, "key": id, "conversation": format!("c1{}", seq % 2),
                "conversation_seq": seq.div_ceil(2), "text": format!("text {seq}"), "salt": "c2FsdA",
            });
            head = chain::next(&head, seq, &chain::digest(&record).unwrap());
            let data = json!({
                "writer": WRITER, "seq": seq, "head": Digest(head), "record": record,
            });
            records.push(json!({"id": id, "data": data}));
            if seq % 4 == 0 {
                let checkpoint = Checkpoint {
                    v: 1,
                    writer: WRITER.into(),
                    seq,
                    head,
                    time: "2026-01-02T03:04:05.000Z".into(),
                    undelivered: 0,
                    parked: Vec::new(),
                    prev,
                };
                let payload = jcs(&checkpoint).unwrap();
                prev = sha256(&payload);
                checkpoints.push(document::sign(TYP, payload, &[&key]).unwrap());
            }
        }
        let writers = BTreeMap::from([(WRITER.to_owned(), key.public().clone())]);
        Mirror {
            records,
            checkpoints,
            writers,
        }
    }

    impl Mirror {
        fn verify(&self) -> Report {
            verify(&self.records, &self.checkpoints, &self.writers)
        }
    }

    fn at(seq: u64) -> Place {
        Place {
            writer: WRITER.into(),
            seq,
        }
    }

    #[test]
    fn a_whole_mirror_is_proven_to_its_last_record() {
        let report = mirror().verify();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.proven, report.checkpoints), (12, 3));
    }

    #[test]
    fn a_missing_record_is_named_wherever_it_was() {
        for index in 0..12 {
            let mut mirror = mirror();
            mirror.records.remove(index);
            let report = mirror.verify();
            assert_eq!(report.missing, [at(index as u64 + 1)]);
            assert!(!report.is_clean());
        }
    }

    #[test]
    fn a_changed_record_is_named() {
        let mut mirror = mirror();
        mirror.records[5]["data"]["record"]["text"] = "something else".into();
        assert_eq!(mirror.verify().changed, [at(6)]);
    }

    #[test]
    fn a_chain_that_was_computed_anew_breaks_at_the_signed_head() {
        let mut mirror = mirror();
        mirror.records[5]["data"]["record"]["text"] = "something else".into();
        let mut head = chain::start(WRITER);
        for (index, held) in mirror.records.iter_mut().enumerate() {
            let digest = chain::digest(&held["data"]["record"]).unwrap();
            head = chain::next(&head, index as u64 + 1, &digest);
            held["data"]["head"] = json!(Digest(head));
        }
        assert_eq!(mirror.verify().changed, [at(8), at(12)]);
    }

    #[test]
    fn doubled_and_reordered_records_are_named() {
        let mut doubled = mirror();
        doubled.records.push(doubled.records[2].clone());
        assert_eq!(doubled.verify().doubled, ["m1record3"]);

        let mut reordered = mirror();
        reordered.records.swap(1, 3);
        assert_eq!(reordered.verify().out_of_order, [at(2)]);
    }

    #[test]
    fn a_stranger_and_a_forged_checkpoint_are_named() {
        let mut stranger = mirror();
        stranger.records[3]["data"]["writer"] = "phone-2".into();
        let report = stranger.verify();
        assert_eq!(report.other_writer, ["m1record4"]);
        assert_eq!(report.missing, [at(4)]);

        let mut forged = mirror();
        forged.checkpoints[1] =
            forged.checkpoints[1].replacen("\"signature\":\"", "\"signature\":\"AAAA", 1);
        let report = forged.verify();
        assert!(
            report.bad_checkpoints.contains(&"signature".to_owned()),
            "{report:?}"
        );
    }

    #[test]
    fn what_the_writer_declared_is_no_surprise() {
        let mut mirror = mirror();
        let key = key();
        let last = document::payload(&mirror.checkpoints[2]).unwrap();
        let mut checkpoint: Checkpoint = serde_json::from_slice(&last).unwrap();
        checkpoint.undelivered = 1;
        checkpoint
            .parked
            .push(companion_crypto::checkpoint::Parked {
                seq: 3,
                code: "http.422".into(),
            });
        mirror.checkpoints[2] = document::sign(TYP, jcs(&checkpoint).unwrap(), &[&key]).unwrap();
        mirror.records.remove(11);
        mirror.records.remove(2);
        let report = mirror.verify();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.under_way, [at(12)]);
        assert_eq!(report.parked.len(), 1);
    }
}
