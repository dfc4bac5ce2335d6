//! A salesperson's day on WhatsApp, different with every seed: who writes, what about, when.

use crate::channel::whatsapp::{Content, Customer, Event, Number, OldMessage, Thread, What};
use companion_crypto::random::{Random, SeededRandom};
use companion_domain::time::Timestamp;
use std::time::Duration;

const CUSTOMERS: &[(&str, bool)] = &[
    ("山田 太郎", true),
    ("佐藤 花子", true),
    ("高橋 一郎", true),
    ("Maria Lopez", false),
    ("James Carter", false),
    ("Priya Nair", false),
];
const FRIENDS: &[&str] = &["ゆうこ", "けんじ", "Mika", "Tom"];
const GOODS: &[(&str, &str)] = &[
    ("会議用テーブル", "meeting tables"),
    ("椅子", "chairs"),
    ("照明", "lamps"),
    ("書棚", "shelves"),
];
const PRIVATE: &[&str] = &[
    "今夜の誕生日ケーキ、いちごのにする?",
    "来週の健康診断の結果、こわいなあ",
    "Dinner at grandma's on Sunday, bring the photo album",
    "転職の面接うまくいったよ、まだ内緒ね",
];

/// The people and what they say.
pub(super) struct Day {
    pub(super) number: Number,
    pub(super) customers: [Customer; 2],
    pub(super) friend: Customer,
    /// What must be nowhere.
    pub(super) private: Vec<String>,
    goods: (&'static str, &'static str),
    price: u32,
    now: Timestamp,
    wamid: u64,
}

impl Day {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        let random = SeededRandom::new(seed);
        let pick = |count: usize| {
            let mut bytes = [0u8; 8];
            random.fill(&mut bytes);
            usize::try_from(u64::from_be_bytes(bytes) % count.max(1) as u64).unwrap_or(0)
        };
        let digits = |prefix: &str| format!("{prefix}{:08}", pick(100_000_000));
        let person = |name: &str, phone: String| Customer {
            user_id: Some(format!("JP.{}", digits("1349"))),
            phone: Some(phone),
            name: name.to_owned(),
        };
        let (japanese, english): (Vec<_>, Vec<_>) = CUSTOMERS.iter().partition(|(_, ja)| *ja);
        let first = japanese
            .get(pick(japanese.len()))
            .map_or("山田", |(name, _)| name);
        let second = english
            .get(pick(english.len()))
            .map_or("Maria", |(name, _)| name);
        let friend = FRIENDS.get(pick(FRIENDS.len())).copied().unwrap_or("Mika");
        let private = PRIVATE
            .get(pick(PRIVATE.len()))
            .copied()
            .unwrap_or_default();
        Self {
            number: Number {
                waba_id: digits("1022"),
                phone_number_id: digits("1065"),
                phone: digits("8150"),
            },
            customers: [
                person(first, digits("8190")),
                person(second, digits("3460")),
            ],
            friend: person(friend, digits("8180")),
            private: vec![private.to_owned()],
            goods: GOODS
                .get(pick(GOODS.len()))
                .copied()
                .unwrap_or(("椅子", "chairs")),
            price: 100 * (50 + u32::try_from(pick(400)).unwrap_or(0)),
            now,
            wamid: u64::try_from(pick(1 << 30)).unwrap_or(0),
        }
    }

    /// What was there before the account was connected.
    pub(super) fn history(&mut self) -> Vec<Event> {
        let [first, second] = self.customers.clone();
        let (ja, en) = self.goods;
        let old = |day: &mut Self, days: u64, own: bool, text: String| OldMessage {
            id: day.id(),
            at: day.now - Duration::from_secs(days * 86_400),
            own,
            text,
        };
        let threads = vec![
            Thread {
                messages: vec![
                    old(self, 9, false, format!("{ja}の見積をお願いします")),
                    old(self, 9, true, "本日中に送ります".into()),
                ],
                peer: first,
            },
            Thread {
                messages: vec![old(self, 4, false, format!("Do you still sell {en}?"))],
                peer: second,
            },
        ];
        let what = What::History {
            phase: 1,
            chunk_order: 1,
            progress: 100,
            threads,
        };
        vec![Event { at: self.now, what }]
    }

    /// The morning: customers write, the employee answers in the Business app, a friend writes too.
    pub(super) fn morning(&mut self) -> Vec<Event> {
        let [first, second] = self.customers.clone();
        let friend = self.friend.clone();
        let (ja, en) = self.goods;
        let price = self.price;
        let asked = self.id();
        let typo = self.id();
        let slip = self.id();
        let own = text(&format!("{ja}は1台 {price} 円です"));
        let wrong = text("Delivery takes thre weeks");
        let corrected = "Delivery takes three weeks".to_owned();
        let private = self.private.first().cloned().unwrap_or_default();
        vec![
            self.inbound(
                190,
                &first,
                &asked,
                text(&format!("おはようございます。{ja}の納期を教えてください")),
            ),
            self.inbound_new(
                185,
                &second,
                text(&format!("Hello! How much are the {en}?")),
            ),
            self.inbound_new(180, &friend, text(&private)),
            self.echo_new(170, &first, own),
            self.echo(165, &second, &typo, wrong),
            self.echo_new(
                164,
                &second,
                Content::Edit {
                    target: typo.clone(),
                    text: corrected,
                },
            ),
            self.inbound(150, &first, &slip, text("担当は田中さんですか?")),
            self.inbound_new(
                149,
                &first,
                Content::Revoke {
                    target: slip.clone(),
                },
            ),
            self.echo_new(
                140,
                &first,
                Content::Reaction {
                    target: asked.clone(),
                    emoji: "👍".into(),
                },
            ),
            self.inbound_new(
                135,
                &second,
                Content::Image {
                    caption: Some("Our meeting room".into()),
                },
            ),
        ]
    }

    /// While the phone has no network.
    pub(super) fn while_offline(&mut self) -> Vec<Event> {
        let [first, second] = self.customers.clone();
        let friend = self.friend.clone();
        let more =
            "ここだけの話だよ、".to_owned() + self.private.first().map_or("", String::as_str);
        self.private.push("ここだけの話だよ".into());
        vec![
            self.inbound_new(30, &first, text("契約書は木曜日までに確認します")),
            self.inbound_new(28, &friend, text(&more)),
            self.inbound_new(25, &second, text("Can you hold twelve of them for us?")),
        ]
    }

    /// While nobody can read.
    pub(super) fn while_locked(&mut self) -> Vec<Event> {
        let [first, second] = self.customers.clone();
        vec![
            self.inbound_new(3, &first, text("契約書を確認しました。進めてください")),
            self.inbound_new(2, &second, text("Perfect, thank you!")),
        ]
    }

    /// What the employee answers from the SDK's app.
    pub(super) fn replies(&self) -> [String; 2] {
        [
            "承知しました。木曜日の午後に改めてご連絡します。".into(),
            format!("Of course, twelve are reserved at {} yen each.", self.price),
        ]
    }

    fn inbound_new(&mut self, minutes: u64, from: &Customer, content: Content) -> Event {
        let id = self.id();
        self.inbound(minutes, from, &id, content)
    }

    fn inbound(&self, minutes: u64, from: &Customer, id: &str, content: Content) -> Event {
        let what = What::Inbound {
            from: from.clone(),
            id: id.to_owned(),
            content,
        };
        Event {
            at: self.ago(minutes),
            what,
        }
    }

    fn echo_new(&mut self, minutes: u64, to: &Customer, content: Content) -> Event {
        let id = self.id();
        self.echo(minutes, to, &id, content)
    }

    fn echo(&self, minutes: u64, to: &Customer, id: &str, content: Content) -> Event {
        let what = What::Echo {
            to: to.clone(),
            id: id.to_owned(),
            content,
        };
        Event {
            at: self.ago(minutes),
            what,
        }
    }

    fn ago(&self, minutes: u64) -> Timestamp {
        self.now - Duration::from_secs(minutes * 60)
    }

    fn id(&mut self) -> String {
        self.wamid += 1;
        format!("wamid.{:010X}", self.wamid)
    }
}

fn text(text: &str) -> Content {
    Content::Text {
        text: text.to_owned(),
        reply_to: None,
    }
}
