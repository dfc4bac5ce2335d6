//! What a run is judged by: the target, every file, the faults and the points that it met.

use super::{
    judge::judge,
    kills,
    rounds::Rounds,
    traffic::{CANARY, Chat, Fate},
};
use crate::{network::Fault, scan, world::Failure};
use companion_domain::{id::Key, record::Envelope};
use std::collections::BTreeSet;

/// What may hold private words: what was delivered to the gateway's door.
const OUTSIDE: &[&str] = &["hooks.jsonl"];

impl Rounds {
    /// Holds the target against what was acknowledged so far.
    pub(super) async fn judge(&mut self) -> Result<(), Failure> {
        let acknowledged = self.world.whatsapp.acknowledged();
        let chats: BTreeSet<String> = self
            .bound_chats()
            .filter_map(|chat| chat.customer.phone.clone())
            .collect();
        let events = acknowledged.iter().map(|one| &one.event);
        let events = events.chain(&self.pushed);
        let mut expected = self.expect.of_chats(events, &chats);
        expected.extend(self.tickets.iter().cloned());
        let held = self.world.target_holds().await?;
        let sent = self.world.whatsapp.sent();
        let taken: Vec<String> = sent
            .iter()
            .filter_map(|one| one.opaque())
            .map(str::to_owned)
            .collect();
        let findings = judge(&expected, &held, &taken);
        self.verdict.messages = expected.len() as u64;
        self.verdict.lost = findings.lost;
        self.verdict.doubled = findings.doubled;
        self.verdict.disordered = findings.disordered;
        if findings.lost > 0 {
            self.show_lost(&held, &chats);
        }
        Ok(())
    }

    /// Names the events whose record is not there: this is made-up traffic, so it may be shown.
    fn show_lost(&self, held: &[Envelope], chats: &BTreeSet<String>) {
        let held: BTreeSet<&Key> = held.iter().map(|envelope| &envelope.id).collect();
        for acknowledged in self.world.whatsapp.acknowledged() {
            let keys = self.expect.keys(&acknowledged.event);
            if keys
                .iter()
                .any(|(phone, key)| chats.contains(phone) && !held.contains(key))
            {
                println!("torture: not there: {acknowledged:?}");
            }
        }
    }

    /// The chats that are work by now.
    fn bound_chats(&self) -> impl Iterator<Item = &Chat> {
        let rounds = self.verdict.rounds;
        self.traffic
            .chats
            .iter()
            .filter(move |chat| match chat.fate {
                Fate::Work => true,
                Fate::WorkFrom(from) => from <= rounds,
                Fate::Never => false,
            })
    }

    /// Looks for private words in every file of every process.
    pub(super) fn scan(&mut self) -> Result<(), Failure> {
        let words = [CANARY.to_owned()];
        let leaks = scan::files_holding(&self.folder, &words, OUTSIDE)?;
        self.verdict.leaked = leaks.len() as u64;
        Ok(())
    }

    /// Counts the faults. A run that has tried every fault point must have met every kind of fault and reached every
    /// point; a shorter one tries what it comes to.
    pub(super) async fn check_plan(&mut self, rounds: u32) -> Result<(), Failure> {
        let (network, graph) = (
            self.world.network.stats(),
            self.world.whatsapp.graph.stats(),
        );
        let stats = [network, graph, self.world.crm_stats().await?];
        self.verdict.faults = stats.iter().flat_map(|stats| stats.faults.values()).sum();
        if (rounds as usize) < kills::daily().len() {
            return Ok(());
        }
        let met: BTreeSet<_> = stats.iter().flat_map(|stats| stats.faults.keys()).collect();
        if let Some(fault) = Fault::PASSING.iter().find(|fault| !met.contains(fault)) {
            return Err(format!("the planned fault {fault:?} never happened").into());
        }
        let reached = std::fs::read_to_string(self.folder.join("reached"))?;
        let reached: BTreeSet<&str> = reached.lines().collect();
        let points = kills::all();
        let never: Vec<&&str> = points
            .iter()
            .filter(|point| !reached.contains(*point))
            .collect();
        if never.is_empty() {
            Ok(())
        } else {
            Err(format!("never reached: {never:?}").into())
        }
    }
}
