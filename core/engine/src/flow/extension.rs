//! What the app's extensions received while it did not run: from sealed files in the shared folder into the vault, once and
//! in the order of arrival.
//!
//! A batch is read, committed together with the names of its files, and removed. Between any two steps a kill leaves files
//! whose names say that they were taken. Nothing about the shared folder keeps a client from opening or synchronising: what
//! cannot be read now stays where it is.

use super::ingest::{Arrival, Intake, Unreadable};
use crate::{
    error::CompanionError,
    session::{Home, Session, blocking},
    store::{control, load, save},
    stream::Hints,
};
use companion_crypto::hpke::KeyPair;
use companion_domain::{
    id::{EnrolmentId, TenantId},
    time::Timestamp,
};
use companion_sealer::{Extension, Item, Name, Refusal, SealerError, inbox};
use companion_vault::Write;
use std::{collections::BTreeSet, path::PathBuf};

/// How much one transaction takes: files, and bytes of them beyond which no other is read.
const MOST_FILES: usize = 64;
const MANY_BYTES: usize = 1024 * 1024;

/// What was taken in at once, for whoever watches the client.
#[derive(Default)]
pub(crate) struct Arrived {
    files: u64,
    intakes: Vec<Intake>,
}

impl Arrived {
    /// Hints at what changed. How many files it was.
    pub(crate) fn tell(self, hints: &Hints) -> u64 {
        self.intakes
            .into_iter()
            .for_each(|intake| intake.tell(hints));
        self.files
    }
}

/// Tells extensions where to seal to, then takes in what they kept. A client opens whatever comes of it: what did not go now
/// goes with a synchronisation.
pub(crate) async fn at_opening(home: &Home, session: &Session) -> Arrived {
    let Some(shared) = home.shared.clone() else {
        return Arrived::default();
    };
    let told = Extension::new(
        session.grant.tenant.clone(),
        session.grant.enrolment_id.clone(),
        session.inbox.public(),
        session.rules.policy.ui_lock_screen,
    );
    match blocking("extension", move || told.write(&shared)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "extensions are not told where to seal to"),
        Err(error) => tracing::warn!(%error, "extensions are not told where to seal to"),
    }
    all(home, session).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what extensions kept is not taken in yet");
        Arrived::default()
    })
}

/// Takes in what extensions kept since. How many files it was.
pub(crate) async fn take_in(
    home: &Home,
    session: &Session,
    hints: &Hints,
) -> Result<u64, CompanionError> {
    Ok(all(home, session).await?.tell(hints))
}

async fn all(home: &Home, session: &Session) -> Result<Arrived, CompanionError> {
    let mut arrived = Arrived::default();
    let Some(shared) = &home.shared else {
        return Ok(arrived);
    };
    let faults = &home.surroundings.faults;
    loop {
        let now = home.surroundings.clock.now();
        let reader = Reader {
            shared: shared.clone(),
            tenant: session.grant.tenant.clone(),
            enrolment: session.grant.enrolment_id.clone(),
            pair: session.inbox.clone(),
            now,
        };
        let batch = match blocking("extension", move || reader.batch()).await? {
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(%error, "what extensions kept cannot be read now");
                return Ok(arrived);
            }
        };
        for reason in &batch.refused {
            tracing::warn!(reason, "what an extension kept is not taken in");
        }
        if batch.files.is_empty() {
            return Ok(arrived);
        }
        let names: Vec<Name> = batch.files.iter().map(|(name, _)| *name).collect();
        let rules = session.rules.clone();
        let job = move |write: &mut Write<'_>| {
            let mut intake = Intake::begin(write)?;
            let taken: BTreeSet<String> =
                load(write, control::EXTENSION_TAKEN)?.unwrap_or_default();
            let mut files = 0;
            // A name is forgotten once its file is gone, so that there are never more than files.
            let mut still: BTreeSet<String> = taken.intersection(&batch.waiting).cloned().collect();
            for (name, arrival) in batch.files {
                if still.insert(name.to_string()) {
                    arrival.take(write, &rules, now, &mut intake)?;
                    files += 1;
                }
            }
            save(write, control::EXTENSION_TAKEN, &still)?;
            Ok((intake, files))
        };
        let (intake, files) = session.vault.write(job).await?;
        arrived.intakes.push(intake);
        arrived.files += files;
        faults.reach("engine.extension.committed");
        let folder = shared.clone();
        let removing = move || inbox::remove(&folder, &names);
        if let Err(error) = blocking("extension", removing).await? {
            tracing::warn!(%error, "what was taken in cannot be removed now");
            return Ok(arrived);
        }
        faults.reach("engine.extension.removed");
    }
}

/// What one transaction takes.
struct Batch {
    files: Vec<(Name, Arrival)>,
    /// Why others are not in it.
    refused: Vec<Refusal>,
    /// The names of all files that are there, those of the batch among them.
    waiting: BTreeSet<String>,
}

/// Reads files on a thread that may wait for the disk.
struct Reader {
    shared: PathBuf,
    tenant: TenantId,
    enrolment: EnrolmentId,
    pair: KeyPair,
    now: Timestamp,
}

impl Reader {
    fn batch(&self) -> Result<Batch, SealerError> {
        inbox::clear_leftovers(&self.shared, self.now)?;
        let waiting = inbox::waiting(&self.shared)?;
        let mut batch = Batch {
            files: Vec::new(),
            refused: Vec::new(),
            waiting: waiting.iter().map(Name::to_string).collect(),
        };
        let mut bytes = 0;
        for name in waiting {
            if batch.files.len() >= MOST_FILES || bytes >= MANY_BYTES {
                break;
            }
            let sealed = match inbox::read(&self.shared, &name) {
                Ok(sealed) => sealed,
                Err(SealerError::NotNow) => return Err(SealerError::NotNow),
                Err(_) => {
                    // It may be readable later, and must not keep the others waiting.
                    batch.refused.push("extension.unreadable");
                    continue;
                }
            };
            match self.open(&name, sealed.as_deref()) {
                Ok(arrival) => {
                    bytes += sealed.map_or(0, |sealed| sealed.len());
                    batch.files.push((name, arrival));
                }
                Err(reason) => {
                    batch.refused.push(reason);
                    inbox::refuse(&self.shared, &name)?;
                }
            }
        }
        Ok(batch)
    }

    fn open(&self, name: &Name, sealed: Option<&[u8]>) -> Result<Arrival, Refusal> {
        let sealed = sealed.ok_or("extension.size")?;
        let item = Item::open(&self.pair, &self.tenant, &self.enrolment, name, sealed)?;
        // A clock that runs ahead in an extension must not make a customer write in the future.
        let received_at = item.received_at.min(self.now);
        Arrival::read(&item.reader, &item.raw, received_at).map_err(|unreadable| match unreadable {
            Unreadable::Reader => "extension.reader",
            Unreadable::Payload => "extension.payload",
        })
    }
}
