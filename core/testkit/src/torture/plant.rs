//! Spoils one record behind the run's back, to see that the judge finds it.

use super::traffic::CANARY;
use crate::world::{Failure, World};
use companion_domain::{id::Key, record::Envelope};
use std::{fs::OpenOptions, io::Write, path::Path};

/// What to spoil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// A record goes.
    Lost,
    /// A message stands there under a second key.
    Doubled,
    /// A record arrives behind a later one.
    Disordered,
    /// A private word lies in a log.
    Leaked,
}

/// Spoils it.
///
/// # Errors
/// If the target does not let itself be spoiled.
pub(super) async fn spoil(plant: Plant, world: &World, folder: &Path) -> Result<(), Failure> {
    if plant == Plant::Leaked {
        let mut log = OpenOptions::new()
            .append(true)
            .open(folder.join("logs/gateway.log"))?;
        writeln!(log, "{CANARY}")?;
        return Ok(());
    }
    let held = world.target_holds().await?;
    // Only what a later record of its conversation followed can come too late.
    let followed = |envelope: &Envelope| {
        let last = held.iter().rfind(|other| other.subject == envelope.subject);
        last.is_some_and(|last| last.id != envelope.id)
    };
    let message = held.iter().find(|envelope| match plant {
        Plant::Disordered => followed(envelope),
        _ => envelope.data.record.text.is_some(),
    });
    let message = message.ok_or("nothing to spoil")?;
    match plant {
        Plant::Lost => world.erase(&message.id).await,
        Plant::Disordered => {
            world.erase(&message.id).await?;
            world.put(message).await
        }
        Plant::Doubled => {
            let mut copy = message.clone();
            copy.id = Key::new(format!("{}x", copy.id.as_str()));
            copy.data.record.key = copy.id.clone();
            copy.data.record.conversation_seq = u64::from(u32::MAX);
            world.put(&copy).await
        }
        Plant::Leaked => Ok(()),
    }
}
