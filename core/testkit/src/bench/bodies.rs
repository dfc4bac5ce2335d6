//! Webhook bodies with believable texts: about 300 bytes a message, half English, half Japanese.

use companion_crypto::random::{Random, SeededRandom};
use serde_json::{Value, json};

/// The business account's id.
const BUSINESS: &str = "102290129340398";
/// The company's number.
const PHONE: &str = "815012345678";
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
        let mut message = self.message();
        add(&mut message, "from", json!(phone(customer)));
        let card = json!({"profile": {"name": name(customer)}, "wa_id": phone(customer)});
        body(
            "messages",
            &json!({"contacts": [card], "messages": [message]}),
        )
    }

    /// A part of the history: `count` messages of one conversation, every other one the employee's.
    pub(super) fn history(&mut self, customer: usize, count: usize) -> Vec<u8> {
        let phone = phone(customer);
        let messages: Vec<Value> = (0..count)
            .map(|n| {
                let mut message = self.message();
                let from = if n % 2 == 0 { phone.as_str() } else { PHONE };
                add(&mut message, "from", json!(from));
                if n % 2 == 1 {
                    add(&mut message, "to", json!(phone));
                }
                add(&mut message, "history_context", json!({"status": "READ"}));
                message
            })
            .collect();
        let metadata = json!({"phase": 0, "chunk_order": 1, "progress": 50});
        let thread = json!({"id": phone, "messages": messages});
        body(
            "history",
            &json!({"history": [{"metadata": metadata, "threads": [thread]}]}),
        )
    }

    fn message(&mut self) -> Value {
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
        let at = START.saturating_add_unsigned(self.made / 10).to_string();
        let id = format!("wamid.HBgMODE5MDExMTEyMjIyFQIAEhg{:016X}", self.made);
        json!({"id": id, "timestamp": at, "type": "text", "text": {"body": text}})
    }
}

/// A customer's number.
pub(super) fn phone(customer: usize) -> String {
    format!("8190{customer:08}")
}

fn name(customer: usize) -> String {
    format!("山田 {customer}")
}

fn add(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn body(field: &str, members: &Value) -> Vec<u8> {
    let mut value = json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": PHONE, "phone_number_id": ACCOUNT}});
    for (name, member) in members.as_object().into_iter().flatten() {
        add(&mut value, name, member.clone());
    }
    let entry = json!([{"id": BUSINESS, "changes": [{"value": value, "field": field}]}]);
    json!({"object": "whatsapp_business_account", "entry": entry})
        .to_string()
        .into_bytes()
}
