//! Webhook bodies with believable texts of about 300 bytes each, half English, half Japanese, as the played channel writes
//! them.

use crate::channel::whatsapp::{Content, Customer, Event, Number, OldMessage, Thread, What, body};
use companion_crypto::random::{Random, SeededRandom};
use companion_domain::time::Timestamp;

/// The id of the company's number: the account that is granted.
pub(super) const ACCOUNT: &str = "106540352242922";
/// 2026-01-02T03:04:05Z.
pub(super) const START: i64 = 1_767_323_045;
/// How long a text is, in bytes.
const TEXT: usize = 300;

const ENGLISH: &[&str] = &[
    "quote",
    "delivery",
    "Tuesday",
    "the",
    "warehouse",
    "contract",
    "please",
    "sample",
    "and",
    "invoice",
    "colour",
    "before",
    "meeting",
    "price",
    "twelve",
    "boxes",
    "our",
    "factory",
    "confirm",
    "discount",
];
const JAPANESE: &[&str] = &[
    "見積",
    "納期",
    "火曜日",
    "倉庫",
    "契約",
    "お願いします",
    "見本",
    "請求書",
    "打ち合わせ",
    "価格",
    "箱",
    "工場",
    "確認",
    "値引き",
    "本日",
    "ありがとうございます",
];

/// Makes bodies; the same seed makes the same ones.
pub(super) struct Bodies {
    random: SeededRandom,
    made: u64,
}

impl Bodies {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: SeededRandom::new(seed),
            made: 0,
        }
    }

    /// A customer's message.
    pub(super) fn live(&mut self, customer: usize) -> Vec<u8> {
        let OldMessage { id, at, text, .. } = self.message(false);
        let content = Content::Text {
            text,
            reply_to: None,
        };
        let from = peer(customer);
        one(at, What::Inbound { from, id, content })
    }

    /// A part of the history: `count` messages of one conversation, every other one the employee's.
    pub(super) fn history(&mut self, customer: usize, count: usize) -> Vec<u8> {
        let messages = (0..count).map(|n| self.message(n % 2 == 1)).collect();
        let thread = Thread {
            peer: peer(customer),
            messages,
        };
        let part = What::History {
            phase: 0,
            chunk_order: 1,
            progress: 50,
            threads: vec![thread],
        };
        one(Timestamp::from_seconds(START), part)
    }

    fn message(&mut self, own: bool) -> OldMessage {
        self.made += 1;
        let words = if self.made.is_multiple_of(2) {
            ENGLISH
        } else {
            JAPANESE
        };
        let mut text = String::new();
        while text.len() < TEXT {
            let mut dice = [0];
            self.random.fill(&mut dice);
            let word = words.get(usize::from(dice[0]) % words.len());
            text.push_str(word.copied().unwrap_or_default());
            text.push(' ');
        }
        OldMessage {
            id: format!("wamid.HBgMODE5MDExMTEyMjIyFQIAEhg{:016X}", self.made),
            at: Timestamp::from_seconds(START.saturating_add_unsigned(self.made / 10)),
            own,
            text,
        }
    }
}

/// A customer's number.
pub(super) fn phone(customer: usize) -> String {
    format!("8190{customer:08}")
}

fn peer(customer: usize) -> Customer {
    Customer {
        phone: Some(phone(customer)),
        user_id: None,
        name: format!("山田 {customer}"),
    }
}

fn one(at: Timestamp, what: What) -> Vec<u8> {
    let number = Number {
        waba_id: "102290129340398".into(),
        phone_number_id: ACCOUNT.into(),
        phone: "815012345678".into(),
    };
    body(&number, &[Event { at, what }], |_| false).into_bytes()
}
