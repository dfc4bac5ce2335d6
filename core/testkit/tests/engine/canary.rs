//! No log line and no error text holds content, names or numbers.

use crate::{
    forge::{self, Forge},
    phone::Time,
};
use companion_engine::values::{BindTo, IngestInput};
use companion_sealer::InboxSealer;
use companion_testkit::scan;
use serde_json::json;
use std::{
    io,
    sync::{Arc, Mutex},
};

const WORK: &str = "819011112222";
const FRIEND: &str = "819033334444";
const WORDS: [&str; 5] = [WORK, FRIEND, "誕生日ケーキ", "見積三百万円", "山田"];

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn holds(&self, word: &str) -> bool {
        scan::holds(&self.0.lock().unwrap(), word.as_bytes())
    }
}

#[tokio::test]
async fn the_log_at_its_finest_and_all_errors_keep_what_people_say() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    let mut errors = Vec::new();
    let chat = phone.bind(WORK, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(WORK, "wamid.1", WORDS[3]));
    forge.put("event", &forge::text(FRIEND, "wamid.2", WORDS[2]));
    forge.put("event", &format!("{{\"{}\":1}}", WORDS[2]));
    forge.put("outcome", &format!("{{\"id\":\"{}\"", WORDS[3]));
    phone.sync().await.unwrap();
    let extension = InboxSealer::open(phone.options.shared.clone().unwrap());
    for raw in [
        forge::text(WORK, "wamid.3", WORDS[3]),
        forge::text(FRIEND, "wamid.4", WORDS[2]),
        format!("{{\"{}\":1}}", WORDS[2]),
    ] {
        extension.append("whatsapp_cloud", raw.as_bytes()).unwrap();
    }
    extension.append(WORDS[2], WORDS[3].as_bytes()).unwrap();
    let ticket = phone.send(&chat, WORDS[3]).await;
    let id = ticket.client_message_id.as_str();
    phone.sync().await.unwrap();
    forge.put_outcome(id, "permanent", json!({"code": "channel.131026"}));
    forge.put("event", &forge::echo(WORK, "wamid.3", WORDS[3]));
    phone.sync().await.unwrap();
    for (status, body) in [(200, WORDS[3]), (403, WORDS[3]), (500, WORDS[3])] {
        forge.state().always = Some((status, json!({"code": body}).to_string()));
        errors.push(phone.sync().await.unwrap_err());
    }
    forge.state().always = None;
    for raw in [format!("{{\"{}\"", WORDS[2]), WORDS[4].to_owned()] {
        let input = IngestInput {
            reader: "whatsapp_cloud".into(),
            raw: raw.into_bytes(),
        };
        errors.push(phone.client.ingest(input).await.unwrap_err());
    }
    errors.push(
        phone
            .client
            .explain(WORDS[4], companion_domain::reason::Language::En)
            .unwrap_err(),
    );
    errors.push(phone.resolve(1, WORDS[4]).await.unwrap_err());
    phone.restart().await;
    let told: Vec<String> = errors
        .iter()
        .map(|error| format!("{error} {error:?}"))
        .collect();
    for word in WORDS {
        assert!(!log.holds(word), "the log holds {word}");
        let tells = told.iter().find(|text| text.contains(word));
        assert_eq!(tells, None);
    }
    // The log was written, and the same look finds a word that is in it.
    assert!(log.holds("an inbox item was refused"));
    tracing::trace!("planted: {}", WORDS[2]);
    assert!(log.holds(WORDS[2]));
}
