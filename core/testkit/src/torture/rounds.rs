//! The rounds.

use super::{
    Verdict,
    expect::Expect,
    kills::{self, Victim},
    plant::{Plant, spoil},
    traffic::{Fate, Traffic},
};
use crate::{
    channel::whatsapp::{Disorder, Event, Number},
    clock::Pace,
    kill::KillAt,
    network::Plan,
    phone::Command,
    world::{Failure, GatewayProgram, Options, TargetKind, World, fresh_enrolment},
};
use companion_domain::{
    id::{AccountId, ChannelId, Key, SourceConversationId},
    outbound::OutboundContent,
    time::Timestamp,
};
use companion_engine::values::{
    BindTo, ClientState, ConversationRef, QueueEntry, SendTicket, SyncReport,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Seconds of the clock in a second of the wall.
const SPEED: u32 = 60;
/// How long a planned death or a convergence may take, in real time.
const PATIENCE: Duration = Duration::from_secs(180);
/// The point that is reached when a chat that waited becomes work.
const RELEASED: &str = "vault.quarantine.released";

/// A run.
pub(super) struct Rounds {
    pub(super) world: World,
    pub(super) folder: PathBuf,
    pub(super) traffic: Traffic,
    pub(super) expect: Expect,
    pub(super) tickets: BTreeSet<Key>,
    /// What an extension kept and nobody else received.
    pub(super) pushed: Vec<Event>,
    pub(super) verdict: Verdict,
}

impl Rounds {
    /// Starts everything; the phone dies at each step of joining first.
    pub(super) async fn start(
        seed: u64,
        target: TargetKind,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let number = Number {
            waba_id: "102290129340398".into(),
            phone_number_id: "106540352242922".into(),
            phone: "815012345678".into(),
        };
        let start = Timestamp::from_seconds(1_767_323_045);
        let account = AccountId::new(number.phone_number_id.clone());
        let disorder = Disorder {
            seed,
            repeat: 200,
            reorder: 150,
            group: 4,
            parallel: 2,
        };
        let options = Options {
            folder: folder.to_owned(),
            target: target.into(),
            pace: Pace::starting(start, SPEED),
            number,
            disorder,
            gateway: GatewayProgram::WithFaultPoints,
            enrolment: fresh_enrolment(),
        };
        let joining = kills::joining();
        let planned = joining.len() as u64;
        let world = World::start_with_kills(options, joining).await?;
        let tenant: Value = serde_json::from_slice(&std::fs::read(folder.join("tenant.json"))?)?;
        let salt: companion_domain::bytes::Digest =
            serde_json::from_value(tenant.get("key_salt").cloned().unwrap_or_default())?;
        Ok(Self {
            world,
            folder: folder.to_owned(),
            traffic: Traffic::new(seed, 0),
            expect: Expect::new(salt.0, account),
            tickets: BTreeSet::new(),
            pushed: Vec::new(),
            verdict: Verdict {
                seed,
                kills: planned,
                ..Verdict::default()
            },
        })
    }

    /// Runs all rounds and judges after each.
    pub(super) async fn all(&mut self, rounds: u32, plant: Option<Plant>) -> Result<(), Failure> {
        self.traffic = Traffic::new(self.verdict.seed, rounds);
        self.decide_under_kills().await?;
        let points = kills::daily();
        for round in 0..rounds {
            let index = round as usize % points.len();
            let (victim, point) = points.get(index).copied().ok_or("no fault points")?;
            // Releasing happens once a chat, everything else again and again.
            let nth = if point == RELEASED {
                1
            } else {
                self.traffic.pick(3) as u32 + 1
            };
            self.round(round, victim, kills::at(point, nth)).await?;
            self.verdict.rounds += 1;
        }
        if let Some(plant) = plant {
            spoil(plant, &self.world, &self.folder).await?;
        }
        self.judge().await?;
        self.scan()?;
        self.check_plan(rounds).await
    }

    /// Ends everything.
    pub(super) async fn stop(self) {
        self.world.stop().await;
    }

    /// The employee accepts the account and binds the first chats, while the phone dies at each step of it.
    async fn decide_under_kills(&mut self) -> Result<(), Failure> {
        for kill in kills::deciding() {
            self.arm(Victim::Phone, kill.clone()).await?;
            let died = self.decide(0).await.is_err();
            if !died {
                return Err(format!("the kill at {kill} did not happen").into());
            }
            self.verdict.kills += 1;
            self.revive().await?;
        }
        self.retry_decide(0).await
    }

    async fn retry_decide(&mut self, round: u32) -> Result<(), Failure> {
        while self.decide(round).await.is_err() {
            self.revive().await?;
        }
        Ok(())
    }

    /// Accepts the account and binds what is to be work by this round.
    async fn decide(&mut self, round: u32) -> Result<(), Failure> {
        let account = self.world.options.number.phone_number_id.clone();
        let accept = Command::Accept {
            channel: "whatsapp".into(),
            account: account.clone(),
        };
        self.world.phone.ask::<Value>(&accept).await?;
        for chat in &self.traffic.chats {
            let work = match chat.fate {
                Fate::Work => true,
                Fate::WorkFrom(from) => from <= round,
                Fate::Never => false,
            };
            if !work {
                continue;
            }
            let phone = chat.customer.phone.clone().unwrap_or_default();
            let conversation = ConversationRef {
                channel: ChannelId::new("whatsapp"),
                account: AccountId::new(account.clone()),
                conversation: SourceConversationId::new(phone),
            };
            let bind = Command::Bind {
                conversation,
                to: BindTo::Work,
            };
            self.world.phone.ask::<Value>(&bind).await?;
        }
        Ok(())
    }

    async fn round(&mut self, round: u32, victim: Victim, kill: KillAt) -> Result<(), Failure> {
        self.set_faults(round).await?;
        self.arm(victim, kill.clone()).await?;
        let deadline = Instant::now() + PATIENCE;
        while !self.is_dead(victim) {
            if Instant::now() > deadline {
                return Err(format!("round {round}: the kill at {kill} did not happen").into());
            }
            let events = self.traffic.events(15, self.now());
            self.push(&events)?;
            self.world.whatsapp.emit(events);
            if kill.point == RELEASED {
                self.bind_a_new_chat(round).await;
            }
            // A phone that dies while it is asked was to.
            self.send().await;
            let _ = self.resolve().await;
            self.wait_for_death(victim, Duration::from_millis(700))
                .await;
        }
        self.verdict.kills += 1;
        let other = if victim == Victim::Phone {
            Victim::Gateway
        } else {
            Victim::Phone
        };
        self.kill(other).await;
        // Whatever the dice say, each round has a message of a work chat: the victim may die before anything comes.
        let mut events = self.traffic.greeting(0, self.now());
        events.extend(self.traffic.events(8, self.now()));
        self.world.whatsapp.emit(events);
        self.revive().await?;
        self.retry_decide(round).await?;
        self.calm().await?;
        self.converge(round).await?;
        self.judge().await?;
        if round % 10 == 9 {
            self.scan()?;
        }
        if self.verdict.is_good() {
            Ok(())
        } else {
            Err(format!("round {round} is not whole").into())
        }
    }

    /// Somebody new writes, waits in quarantine and becomes work. A phone that dies meanwhile was to.
    async fn bind_a_new_chat(&mut self, round: u32) {
        let index = self.traffic.add_chat(round);
        let events = self.traffic.greeting(index, self.now());
        self.world.whatsapp.emit(events);
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            match self
                .world
                .phone
                .ask::<Vec<Value>>(&Command::Undecided)
                .await
            {
                Ok(waiting) if waiting.iter().any(|chat| self.traffic.is_chat(index, chat)) => {
                    break;
                }
                Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(_) => return,
            }
        }
        let _ = self.decide(round).await;
    }

    /// Starts the victim again so that it dies at `kill`. It may do so before it says that it is open.
    async fn arm(&mut self, victim: Victim, kill: KillAt) -> Result<(), Failure> {
        self.verdict.kills += 1;
        let started = match victim {
            Victim::Phone => self.world.restart_phone(Some(kill)).await,
            Victim::Gateway => self.world.restart_gateway(Some(kill)).await,
        };
        if started.is_err() && !self.is_dead(victim) {
            return started;
        }
        if started.is_ok() && victim == Victim::Phone {
            self.background().await;
        }
        Ok(())
    }

    async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Phone => self.world.phone.kill().await,
            Victim::Gateway => self.world.gateway.kill().await,
        }
        self.verdict.kills += 1;
    }

    fn is_dead(&mut self, victim: Victim) -> bool {
        match victim {
            Victim::Phone => self.world.phone.ended(),
            Victim::Gateway => self.world.gateway.ended(),
        }
    }

    async fn wait_for_death(&mut self, victim: Victim, limit: Duration) {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline && !self.is_dead(victim) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Starts again what is dead, without a kill.
    async fn revive(&mut self) -> Result<(), Failure> {
        if self.is_dead(Victim::Gateway) {
            self.world.restart_gateway(None).await?;
        }
        if self.is_dead(Victim::Phone) {
            self.world.restart_phone(None).await?;
            self.background().await;
        }
        Ok(())
    }

    /// A phone that dies while it is told to synchronise is as good as one that dies later.
    async fn background(&mut self) {
        let _ = self
            .world
            .phone
            .ask::<Value>(&Command::Background { on: true })
            .await;
    }

    /// The employee sends into a work chat. A phone that dies before it answers has acknowledged nothing.
    async fn send(&mut self) {
        let index = self.traffic.pick(3);
        let text = self.traffic.text(index);
        let Some(chat) = self.traffic.chats.get(index) else {
            return;
        };
        let phone = chat.customer.phone.clone().unwrap_or_default();
        let conversation = self.expect.conversation(&phone);
        let content = OutboundContent::Text {
            text,
            reply_to: None,
        };
        let send = Command::Send {
            conversation,
            content,
        };
        if let Ok(ticket) = self.world.phone.ask::<SendTicket>(&send).await {
            self.tickets
                .insert(self.expect.own(&phone, ticket.client_message_id.as_str()));
        }
    }

    async fn set_faults(&mut self, round: u32) -> Result<(), Failure> {
        let seed = self.verdict.seed.wrapping_add(u64::from(round));
        let strength = 5 + self.traffic.pick(25) as u32;
        self.world
            .network
            .set_faults(Plan::storm(seed, strength))
            .await;
        let strength = 5 + self.traffic.pick(40) as u32;
        self.world
            .set_crm_faults(&Plan::storm(seed.wrapping_add(1), strength))
            .await?;
        let mut graph = Plan::storm(seed.wrapping_add(2), 20);
        // The channel has no idempotency: a repeated request is a second message there, which is the network's doing.
        graph.rates.remove(&crate::network::Fault::Repeat);
        self.world.whatsapp.graph.set_faults(graph).await;
        Ok(())
    }

    /// No faults any more: what was promised must come true now.
    async fn calm(&mut self) -> Result<(), Failure> {
        self.world.network.set_faults(Plan::default()).await;
        self.world.whatsapp.graph.set_faults(Plan::default()).await;
        self.world.set_crm_faults(&Plan::default()).await
    }

    /// Waits until all webhooks are in, all records at the target and all sends decided.
    async fn converge(&mut self, round: u32) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let asked = self.resolve().await?;
            // In this order: what came in before the synchronisation is known to the phone when its state is asked for.
            let quiet = self.world.whatsapp.pending() == 0 && self.nothing_new().await;
            let state: ClientState = self.world.phone.ask(&Command::State).await?;
            if quiet && !asked && state.waiting_messages == 0 && state.undelivered == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                let queue: Value = self.world.phone.ask(&Command::Queue).await?;
                return Err(format!(
                    "round {round}: no convergence: {state:?}, pending {}, queue {queue}",
                    self.world.whatsapp.pending()
                )
                .into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether a synchronisation finds nothing at the gateway and leaves nothing behind.
    async fn nothing_new(&mut self) -> bool {
        let report = self.world.phone.ask::<SyncReport>(&Command::Sync).await;
        report.is_ok_and(|report| {
            report.complete && report.received + report.handed_over + report.sent == 0
        })
    }

    /// The employee decides what waits for a decision, after a look at what the customer got.
    async fn resolve(&mut self) -> Result<bool, Failure> {
        let queue: Vec<QueueEntry> = self.world.phone.ask(&Command::Queue).await?;
        let mut asked = false;
        for entry in queue {
            let decision = match entry.state.as_str() {
                "held" if entry.reason.as_deref() == Some("outbox.window_closed") => {
                    let greetings = self.traffic.greetings(self.now());
                    self.world.whatsapp.emit(greetings);
                    "send_now"
                }
                "held" => "send_now",
                "uncertain" => {
                    self.verdict.asked += 1;
                    let name = entry.client_message_id.as_str();
                    let taken = self.world.whatsapp.sent();
                    let arrived = taken.iter().any(|sent| sent.opaque() == Some(name));
                    if arrived {
                        "mark_delivered"
                    } else {
                        "send_again"
                    }
                }
                _ => continue,
            };
            asked = true;
            let resolve = Command::Resolve {
                id: entry.id,
                decision: decision.into(),
            };
            self.world.phone.ask::<Value>(&resolve).await?;
        }
        Ok(asked)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.options.pace.clock().now()
    }
}
