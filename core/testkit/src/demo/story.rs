//! The steps.

use super::{day::Day, finish, tell::Teller};
use crate::{
    channel::whatsapp::{Customer, Disorder},
    clock::Pace,
    network::Plan,
    phone::Command,
    world::{Failure, GatewayProgram, Options, TargetKind, World, fresh_enrolment},
};
use companion_domain::{
    id::{AccountId, ChannelId, Key, SourceConversationId},
    outbound::OutboundContent,
    time::Timestamp,
};
use companion_engine::values::{BindTo, ConversationRef};
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(40);

pub(super) struct Story {
    pub(super) world: World,
    pub(super) day: Day,
    pub(super) teller: Teller,
    /// Names and what they became, for the ends of lines.
    pub(super) work: Vec<(String, Key)>,
}

pub(super) async fn tell(
    seed: u64,
    target: TargetKind,
    folder: &Path,
    keep: bool,
) -> Result<(), Failure> {
    let mut story = begin(seed, target, folder).await?;
    story.meet().await?;
    story.morning().await?;
    story.outage().await?;
    story.recovery().await?;
    finish::proof(&mut story, folder, keep).await?;
    story.world.stop().await;
    Ok(())
}

async fn begin(seed: u64, target: TargetKind, folder: &Path) -> Result<Story, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = Timestamp::from_ms(i64::try_from(now)?);
    let day = Day::new(seed, now);
    let mut teller = Teller::new();
    teller.step("A company, its gateway, a phone and a CRM, each a process of its own");
    let program = std::env::current_exe()?.with_file_name("companion-gateway");
    let world = World::start(Options {
        folder: folder.to_owned(),
        target,
        pace: Pace::starting(now, 1),
        number: day.number.clone(),
        disorder: Disorder {
            seed,
            repeat: 300,
            ..Disorder::default()
        },
        gateway: GatewayProgram::Product(program),
        enrolment: fresh_enrolment(),
    })
    .await?;
    let mut story = Story {
        world,
        day,
        teller,
        work: Vec::new(),
    };
    for (name, id) in story.world.processes() {
        story.teller.said(name, &format!("process {id}"));
    }
    let state: Value = story.world.phone.ask(&Command::State).await?;
    story.teller.said(
        "phone",
        &format!("joined as {}, nothing recorded", text(&state, "enrolment")),
    );
    Ok(story)
}

impl Story {
    /// The account is accepted; what the number brings waits for the employee's decision.
    async fn meet(&mut self) -> Result<(), Failure> {
        self.teller
            .step("Nothing is work until the employee says so");
        let account = self.day.number.phone_number_id.clone();
        let accept = Command::Accept {
            channel: "whatsapp".into(),
            account,
        };
        self.world.phone.ask::<Value>(&accept).await?;
        let history = self.day.history();
        self.world.whatsapp.emit(history);
        let morning = self.day.morning();
        self.world.whatsapp.emit(morning);
        self.world
            .phone
            .ask::<Value>(&Command::Background { on: true })
            .await?;
        let waiting = self.until(
            "three chats wait for a decision",
            Command::Undecided,
            |waiting| {
                let items: u64 = each(waiting)
                    .filter_map(|chat| chat.get("items")?.as_u64())
                    .sum();
                each(waiting).count() == 3 && items == 13
            },
        );
        let waiting = waiting.await?;
        for chat in each(&waiting) {
            let items = chat.get("items").and_then(Value::as_u64).unwrap_or(0);
            self.teller.said(
                "undecided",
                &format!("{} ({items} items)", text(chat, "name")),
            );
        }
        Ok(())
    }

    /// Two chats are bound as work; the friend's stays where nobody of the company sees it.
    async fn morning(&mut self) -> Result<(), Failure> {
        self.teller
            .step("Two chats become work, the private one does not");
        for customer in self.day.customers.clone() {
            let conversation = self.reference(&customer);
            let bind = Command::Bind {
                conversation,
                to: BindTo::Work,
            };
            let items: u64 = self.world.phone.ask(&bind).await?;
            self.teller.said(
                "bound",
                &format!("{}: {items} items released", customer.name),
            );
        }
        self.show_inbox().await?;
        self.until("the CRM confirmed all", Command::State, nothing_under_way)
            .await?;
        self.show_crm_count().await
    }

    /// The network goes; customers go on writing, the employee goes on answering, the phone dies.
    async fn outage(&mut self) -> Result<(), Failure> {
        self.teller
            .step("The network goes, and the phone is killed");
        self.world
            .phone
            .ask::<Value>(&Command::Network { online: false })
            .await?;
        let events = self.day.while_offline();
        self.world.whatsapp.emit(events);
        let replies = self.day.replies();
        for ((name, conversation), reply) in self.work.clone().into_iter().zip(replies) {
            let content = OutboundContent::Text {
                text: reply.clone(),
                reply_to: None,
            };
            let send = Command::Send {
                conversation,
                content,
            };
            self.world.phone.ask::<Value>(&send).await?;
            self.teller.said("queued", &format!("to {name}: {reply}"));
        }
        self.world.phone.kill().await;
        self.teller.said("phone", "killed (SIGKILL)");
        self.world.restart_phone(None).await?;
        self.world
            .phone
            .ask::<Value>(&Command::Network { online: false })
            .await?;
        let state: Value = self.world.phone.ask(&Command::State).await?;
        let waiting = state
            .get("waiting_messages")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        self.teller.said(
            "phone",
            &format!("started again: {waiting} messages wait in the queue"),
        );
        if waiting == 2 {
            Ok(())
        } else {
            Err("the queue did not survive the kill".into())
        }
    }

    /// The network comes back with faults on the way and at the CRM; the gateway is killed, too.
    async fn recovery(&mut self) -> Result<(), Failure> {
        self.teller
            .step("The network comes back, with faults; the gateway is killed, too");
        self.world
            .set_crm_faults(&Plan {
                delay_ms: 50,
                retry_after_s: 1,
                ..Plan::storm(7, 40)
            })
            .await?;
        self.world.network.set_faults(Plan {
            delay_ms: 50,
            retry_after_s: 1,
            ..Plan::storm(8, 20)
        });
        self.world
            .phone
            .ask::<Value>(&Command::Network { online: true })
            .await?;
        self.world
            .phone
            .ask::<Value>(&Command::Background { on: true })
            .await?;
        self.world.restart_gateway(None).await?;
        self.teller
            .said("gateway", "killed (SIGKILL) and started again");
        let unresolved = |queue: &Value| each(queue).count() == 0;
        self.release_held().await?;
        self.until("both answers are with WhatsApp", Command::Queue, unresolved)
            .await?;
        for sent in self.world.whatsapp.sent() {
            let body = sent
                .message
                .get("text")
                .map_or("", |text| text_of(text, "body"));
            self.teller.said("WhatsApp", &format!("took once: {body}"));
        }
        if self.world.whatsapp.sent().len() != 2 {
            return Err("WhatsApp did not take exactly two messages".into());
        }
        self.until_settled().await?;
        let stats = self.world.crm_stats().await?;
        let faults: u64 = stats.faults.values().sum();
        self.teller.said(
            "CRM",
            &format!("{faults} of {} requests met a fault", stats.requests),
        );
        let stats = self.world.network.stats();
        let faults: u64 = stats.faults.values().sum();
        self.teller.said(
            "network",
            &format!("{faults} of {} requests met a fault", stats.requests),
        );
        self.show_inbox().await
    }

    /// A customer wrote after the employee did, so the core asks; the employee says "send".
    async fn release_held(&mut self) -> Result<(), Failure> {
        let queue = self
            .until("the answers were looked at", Command::Queue, |queue| {
                each(queue).all(|entry| text(entry, "state") != "queued")
            })
            .await?;
        for entry in each(&queue).filter(|entry| text(entry, "state") == "held") {
            let reason = text(entry, "reason");
            self.teller.said(
                "held",
                &format!("the customer wrote meanwhile ({reason}); sent after a look"),
            );
            let id = entry.get("id").and_then(Value::as_i64).unwrap_or(0);
            let decide = Command::Resolve {
                id,
                decision: "send_now".into(),
            };
            self.world.phone.ask::<Value>(&decide).await?;
        }
        Ok(())
    }

    async fn show_inbox(&mut self) -> Result<(), Failure> {
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
        self.work.sort_by_key(|(name, _)| {
            self.day
                .customers
                .iter()
                .position(|customer| customer.name == *name)
        });
        Ok(())
    }

    async fn show_crm_count(&mut self) -> Result<(), Failure> {
        let held = self.world.target_holds().await?;
        self.teller
            .said("CRM", &format!("holds {} records", held.len()));
        Ok(())
    }

    /// Everything that was recorded is with the CRM, and nothing more comes.
    async fn until_settled(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self
                .until("the CRM confirmed all", Command::State, nothing_under_way)
                .await?;
            let recorded = state.get("recorded").and_then(Value::as_u64).unwrap_or(0);
            let held = self.world.target_holds().await?.len() as u64;
            if held == recorded && self.world.whatsapp.pending() == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("{recorded} records, but the CRM holds {held}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
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

    fn reference(&self, customer: &Customer) -> ConversationRef {
        ConversationRef {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(self.day.number.phone_number_id.clone()),
            conversation: SourceConversationId::new(customer.phone.clone().unwrap_or_default()),
        }
    }
}

fn nothing_under_way(state: &Value) -> bool {
    let number = |name: &str| state.get(name).and_then(Value::as_u64);
    number("undelivered") == Some(0) && number("recorded").is_some_and(|recorded| recorded > 0)
}

pub(super) fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    text_of(value, name)
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
