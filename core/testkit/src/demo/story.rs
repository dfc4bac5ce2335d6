//! The steps.

use super::{
    day::Day,
    finish, help_desk, now, product,
    stage::{PATIENCE, Stage, each, text, text_of},
};
use crate::{
    channel::whatsapp::{Customer, Disorder},
    clock::Pace,
    network::Plan,
    phone::Command,
    scan,
    world::{Failure, GatewayProgram, Options, Target, fresh_enrolment},
};
use companion_domain::{
    id::{AccountId, ChannelId, SourceConversationId},
    outbound::OutboundContent,
    reason::Language,
};
use companion_engine::values::{BindTo, ConversationRef};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

const PASSCODE: &str = "493817";
const NEXT_PASSCODE: &str = "582046";

struct Story {
    stage: Stage,
    day: Day,
}

pub(super) async fn tell(
    seed: u64,
    target: Target,
    folder: &Path,
    keep: bool,
) -> Result<(), Failure> {
    let now = now()?;
    let day = Day::new(seed, now);
    let options = Options {
        folder: folder.to_owned(),
        target,
        pace: Pace::starting(now, 1),
        number: day.number.clone(),
        disorder: Disorder {
            seed,
            repeat: 300,
            ..Disorder::default()
        },
        gateway: GatewayProgram::Product(product()?),
        enrolment: fresh_enrolment(),
    };
    let mut story = Story {
        stage: Stage::set(options).await?,
        day,
    };
    story.meet().await?;
    story.morning().await?;
    story.outage().await?;
    story.recovery().await?;
    story.locked().await?;
    story.forgotten(folder).await?;
    let held = finish::proof(&mut story.stage, folder).await?;
    story.nowhere(folder)?;
    finish::end(
        &story.stage,
        held,
        "; the private chat nowhere",
        folder,
        keep,
    );
    story.stage.world.stop().await;
    Ok(())
}

/// What may hold private text: what was delivered to the gateway's door, as the outside world sent it.
const OUTSIDE: &[&str] = &["hooks.jsonl"];

impl Story {
    /// The account is accepted; what the number brings waits for the employee's decision.
    async fn meet(&mut self) -> Result<(), Failure> {
        self.stage
            .teller
            .step("Nothing is work until the employee says so");
        self.stage.accept().await?;
        let history = self.day.history();
        self.stage.world.whatsapp.emit(history);
        let morning = self.day.morning();
        self.stage.world.whatsapp.emit(morning);
        self.stage
            .world
            .phone
            .ask::<Value>(&Command::Background { on: true })
            .await?;
        let waiting = self.stage.until(
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
            self.stage.teller.said(
                "undecided",
                &format!("{} ({items} items)", text(chat, "name")),
            );
        }
        Ok(())
    }

    /// Two chats are bound as work; the friend's stays where nobody of the company sees it.
    async fn morning(&mut self) -> Result<(), Failure> {
        self.stage
            .teller
            .step("Two chats become work, the private one does not");
        for customer in self.day.customers.clone() {
            let conversation = self.reference(&customer);
            let bind = Command::Bind {
                conversation,
                to: BindTo::Work,
            };
            let items: u64 = self.stage.world.phone.ask(&bind).await?;
            self.stage.teller.said(
                "bound",
                &format!("{}: {items} items released", customer.name),
            );
        }
        self.stage.show_inbox().await?;
        self.stage
            .until("the CRM confirmed all", Command::State, nothing_under_way)
            .await?;
        self.show_crm_count().await
    }

    /// The network goes; customers go on writing, the employee goes on answering, the phone dies.
    async fn outage(&mut self) -> Result<(), Failure> {
        self.stage
            .teller
            .step("The network goes, and the phone is killed");
        self.stage
            .world
            .phone
            .ask::<Value>(&Command::Network { online: false })
            .await?;
        let events = self.day.while_offline();
        self.stage.world.whatsapp.emit(events);
        let replies = self.day.replies();
        let work: BTreeMap<_, _> = self.stage.work.iter().cloned().collect();
        for (customer, reply) in self.day.customers.iter().zip(replies) {
            let name = &customer.name;
            let conversation = work
                .get(name)
                .cloned()
                .ok_or("a chat is not in the inbox")?;
            let content = OutboundContent::Text {
                text: reply.clone(),
                reply_to: None,
            };
            let send = Command::Send {
                conversation,
                content,
            };
            self.stage.world.phone.ask::<Value>(&send).await?;
            self.stage
                .teller
                .said("queued", &format!("to {name}: {reply}"));
        }
        self.stage.world.phone.kill().await;
        self.stage.teller.said("phone", "killed (SIGKILL)");
        self.stage.world.restart_phone(None).await?;
        self.stage
            .world
            .phone
            .ask::<Value>(&Command::Network { online: false })
            .await?;
        let state: Value = self.stage.world.phone.ask(&Command::State).await?;
        let waiting = state
            .get("waiting_messages")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        self.stage.teller.said(
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
        self.stage
            .teller
            .step("The network comes back, with faults; the gateway is killed, too");
        self.stage
            .world
            .set_crm_faults(&Plan {
                delay_ms: 50,
                retry_after_s: 1,
                ..Plan::storm(7, 40)
            })
            .await?;
        self.stage
            .world
            .network
            .set_faults(Plan {
                delay_ms: 50,
                retry_after_s: 1,
                ..Plan::storm(8, 10)
            })
            .await;
        self.stage
            .world
            .phone
            .ask::<Value>(&Command::Network { online: true })
            .await?;
        self.stage
            .world
            .phone
            .ask::<Value>(&Command::Background { on: true })
            .await?;
        self.stage.world.restart_gateway(None).await?;
        self.stage
            .teller
            .said("gateway", "killed (SIGKILL) and started again");
        let unresolved = |queue: &Value| each(queue).count() == 0;
        self.release_held().await?;
        self.stage
            .until("both answers are with WhatsApp", Command::Queue, unresolved)
            .await?;
        for sent in self.stage.world.whatsapp.sent() {
            let body = sent
                .message
                .get("text")
                .map_or("", |text| text_of(text, "body"));
            self.stage
                .teller
                .said("WhatsApp", &format!("took once: {body}"));
        }
        if self.stage.world.whatsapp.sent().len() != 2 {
            return Err("WhatsApp did not take exactly two messages".into());
        }
        self.until_settled().await?;
        let stats = self.stage.world.crm_stats().await?;
        let faults: u64 = stats.faults.values().sum();
        self.stage.teller.said(
            "CRM",
            &format!("{faults} of {} requests met a fault", stats.requests),
        );
        let stats = self.stage.world.network.stats();
        let faults: u64 = stats.faults.values().sum();
        self.stage.teller.said(
            "network",
            &format!("{faults} of {} requests met a fault", stats.requests),
        );
        self.stage.show_inbox().await
    }

    /// A customer wrote after the employee did, so the core asks; the employee says "send".
    async fn release_held(&mut self) -> Result<(), Failure> {
        let queue = self
            .stage
            .until("the answers were looked at", Command::Queue, |queue| {
                each(queue).all(|entry| text(entry, "state") != "queued")
            })
            .await?;
        for entry in each(&queue).filter(|entry| text(entry, "state") == "held") {
            let reason = text(entry, "reason");
            self.stage.teller.said(
                "held",
                &format!("the customer wrote meanwhile ({reason}); sent after a look"),
            );
            let id = entry.get("id").and_then(Value::as_i64).unwrap_or(0);
            let decide = Command::Resolve {
                id,
                decision: "send_now".into(),
            };
            self.stage.world.phone.ask::<Value>(&decide).await?;
        }
        Ok(())
    }

    /// Nobody can read, and the customers notice nothing of it.
    async fn locked(&mut self) -> Result<(), Failure> {
        self.stage.teller.step("The phone is locked, and works on");
        self.ask(&Command::SetPasscode {
            old: None,
            new: PASSCODE.into(),
        })
        .await?;
        self.ask(&Command::Lock).await?;
        let explain = Command::Explain {
            subject: "lock".into(),
            language: Language::En,
        };
        if self.ask(&Command::Inbox).await.is_ok() {
            return Err("a locked phone shows its inbox".into());
        }
        for reason in each(&self.ask(&explain).await?) {
            self.stage.teller.said("inbox", text(reason, "text"));
        }
        let events = self.day.while_locked();
        self.stage.world.whatsapp.emit(events);
        self.until_settled().await?;
        self.show_crm_count().await?;
        self.ask(&Command::Unlock {
            code: PASSCODE.into(),
        })
        .await?;
        self.stage.teller.said("phone", "unlocked");
        self.stage.show_inbox().await
    }

    /// The passcode is forgotten: the company helps, and everything is there.
    async fn forgotten(&mut self, folder: &Path) -> Result<(), Failure> {
        self.stage.teller.step("The passcode is forgotten");
        self.ask(&Command::Lock).await?;
        let asked = self.ask(&Command::RecoveryRequest).await?;
        let code = text(&asked, "code");
        let read = format!("reads the code to the help desk: {code}");
        self.stage.teller.said("employee", &read);
        let answer = help_desk::answer(folder, text(&asked, "request"), code)?;
        let line = "companionctl answers, and never sees the phone's key";
        self.stage.teller.said("company", line);
        let recover = Command::Recover {
            answer,
            new: NEXT_PASSCODE.into(),
        };
        self.ask(&recover).await?;
        self.stage
            .teller
            .said("phone", "opened with a new passcode; nothing was lost");
        self.stage.show_inbox().await
    }

    async fn ask(&mut self, command: &Command) -> Result<Value, Failure> {
        Ok(self.stage.world.phone.ask(command).await?)
    }

    async fn show_crm_count(&mut self) -> Result<(), Failure> {
        if !self.stage.world.target_is_ours() {
            return Ok(());
        }
        let held = self.stage.world.target_holds().await?;
        self.stage
            .teller
            .said("CRM", &format!("holds {} records", held.len()));
        Ok(())
    }

    /// Everything that was recorded is with the CRM, and nothing more comes.
    async fn until_settled(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self
                .stage
                .until("the CRM confirmed all", Command::State, nothing_under_way)
                .await?;
            let recorded = state.get("recorded").and_then(Value::as_u64).unwrap_or(0);
            let held = match self.stage.world.target_is_ours() {
                true => self.stage.world.target_holds().await?.len() as u64,
                false => recorded,
            };
            if held == recorded && self.stage.world.whatsapp.pending() == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("{recorded} records, but the CRM holds {held}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn reference(&self, customer: &Customer) -> ConversationRef {
        ConversationRef {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(self.day.number.phone_number_id.clone()),
            conversation: SourceConversationId::new(customer.phone.clone().unwrap_or_default()),
        }
    }

    /// The scan must first find what the company may hold, or its silence would prove nothing.
    /// The scan must first find the words where they may be, or its silence would prove nothing.
    fn nowhere(&mut self, folder: &Path) -> Result<(), Failure> {
        self.stage.teller.step("The private chat is nowhere");
        let mut words = self.day.private.clone();
        words.push(self.day.friend.name.clone());
        if scan::files_holding(folder, &words, &[])? != OUTSIDE {
            let found = scan::files_holding(folder, &words, OUTSIDE)?;
            return Err(format!("private words are in {found:?}").into());
        }
        let outside = OUTSIDE.join(", ");
        self.stage
            .teller
            .said("scan", &format!("finds it as it came in, in {outside}"));
        let line = "finds nothing of it in any other file: gateway, phone, CRM, logs";
        self.stage.teller.said("scan", line);
        Ok(())
    }
}

pub(super) fn nothing_under_way(state: &Value) -> bool {
    let number = |name: &str| state.get(name).and_then(Value::as_u64);
    number("undelivered") == Some(0) && number("recorded").is_some_and(|recorded| recorded > 0)
}
