//! What a push brings while the app may not run: an extension keeps it.

use super::rounds::Rounds;
use crate::{
    channel::whatsapp::{Event, body},
    world::Failure,
};
use companion_crypto::random::SystemRandom;
use companion_domain::fault::FaultPoints;
use companion_sealer::InboxSealer;
use std::sync::Arc;

impl Rounds {
    /// Brings `events`, which come over the gateway too, and a message of each chat that comes no other way.
    pub(super) fn push(&mut self, events: &[Event]) -> Result<(), Failure> {
        let now = self.now();
        let alone = self.traffic.greetings(now);
        let options = &self.world.options;
        let sealer = InboxSealer::open_with(
            options.shared(),
            options.pace.clock(),
            Arc::new(SystemRandom),
            FaultPoints::default(),
        );
        for events in [events, &alone] {
            let raw = body(&options.number, events, |_| false);
            sealer.append("whatsapp_cloud", raw.as_bytes())?;
        }
        self.pushed.extend(alone);
        Ok(())
    }
}
