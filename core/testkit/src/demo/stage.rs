//! The processes and the voice, and what every story does with them.

use super::tell::Teller;
use crate::{
    phone::Command,
    world::{Failure, Options, World},
};
use companion_domain::id::Key;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long a step may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// What a story stands on.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) teller: Teller,
    /// The work chats: their names and keys.
    pub(super) work: Vec<(String, Key)>,
}

impl Stage {
    /// Starts a world and introduces its processes.
    pub(super) async fn set(options: Options) -> Result<Self, Failure> {
        let mut teller = Teller::new();
        teller.step("A company, its gateway, a phone and a CRM, each a process of its own");
        let mut world = World::start(options).await?;
        for (name, id) in world.processes() {
            teller.said(name, &format!("process {id}"));
        }
        let state: Value = world.phone.ask(&Command::State).await?;
        let joined = format!("joined as {}, nothing recorded", text(&state, "enrolment"));
        teller.said("phone", &joined);
        Ok(Self {
            world,
            teller,
            work: Vec::new(),
        })
    }

    /// Accepts the account of the company's number.
    pub(super) async fn accept(&mut self) -> Result<(), Failure> {
        let account = self.world.options.number.phone_number_id.clone();
        let accept = Command::Accept {
            channel: "whatsapp".into(),
            account,
        };
        self.world.phone.ask::<Value>(&accept).await?;
        Ok(())
    }

    /// Shows the inbox and remembers its chats.
    pub(super) async fn show_inbox(&mut self) -> Result<(), Failure> {
        let inbox: Value = self.world.phone.ask(&Command::Inbox).await?;
        self.work.clear();
        for chat in each(&inbox) {
            let name = text(chat, "title").to_owned();
            let unread = chat.get("unread").and_then(Value::as_u64).unwrap_or(0);
            let preview = text(chat, "preview");
            self.teller
                .said("inbox", &format!("{name} ({unread} unread): {preview}"));
            self.work.push((name, Key::new(text(chat, "key"))));
        }
        Ok(())
    }

    /// Asks the phone until the answer is good.
    pub(super) async fn until(
        &mut self,
        what: &str,
        question: Command,
        good: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer: Value = self.world.phone.ask(&question).await?;
            if good(&answer) {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain until {what}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Synchronises until a report is good; faults may end one early.
    pub(super) async fn until_synced(
        &mut self,
        what: &str,
        good: impl Fn(&Value) -> bool,
    ) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(report) = self.world.phone.ask::<Value>(&Command::Sync).await
                && good(&report)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("waited in vain until {what}").into())
    }
}

pub(super) fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    text_of(value, name)
}

pub(super) fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
