//! Customers who write to the number, and a friend who does.

use companion_domain::time::Clock;
use companion_testkit::channel::whatsapp::{Content, Customer, Event, What, WhatsApp};
use std::time::Duration;

/// Who writes, what, and how many seconds after the one before.
const LINES: &[(usize, &str, u64)] = &[
    (
        0,
        "お世話になります。会議用テーブルの見積をお願いできますか。",
        0,
    ),
    (1, "Hello! Do you still sell the oak chairs?", 0),
    (2, "今夜のケーキ、いちごでいい?", 0),
    (0, "納期もあわせて教えてください。", 40),
    (1, "And could you deliver on Friday?", 60),
    (0, "ありがとうございます。社内で確認します。", 90),
    (1, "Great, thank you.", 90),
];

const PEOPLE: &[(&str, &str)] = &[
    ("山田 太郎", "819011112222"),
    ("Maria Lopez", "34600111222"),
    ("ゆうこ", "819033334444"),
];

/// Lets everybody write in their time, then waits for ever.
pub(crate) async fn write(whatsapp: &WhatsApp, clock: &Clock) {
    for (n, (who, text, pause)) in LINES.iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(*pause)).await;
        let Some((name, phone)) = PEOPLE.get(*who) else {
            continue;
        };
        let from = Customer {
            phone: Some((*phone).to_owned()),
            user_id: None,
            name: (*name).to_owned(),
        };
        let what = What::Inbound {
            from,
            id: format!("wamid.play{n}"),
            content: Content::Text {
                text: (*text).to_owned(),
                reply_to: None,
            },
        };
        whatsapp.emit(vec![Event {
            at: clock.now(),
            what,
        }]);
    }
    std::future::pending().await
}
