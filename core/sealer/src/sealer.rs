//! Appending: the extensions' side of the folder.

use crate::{
    error::SealerError,
    extension::{Extension, sync_folder},
    inbox::{self, TEMPORARY},
    item::Item,
    name::Name,
};
use companion_crypto::random::{Random, SystemRandom};
use companion_domain::{
    fault::FaultPoints,
    policy::LockScreen,
    time::{Clock, Timestamp},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// How many items may wait.
pub const MOST_ITEMS: usize = 1_000;
/// How many bytes they may have together.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Keeps what an extension receives until the app takes it in. It reads nothing back, and looks into the folder at each
/// append: an enrolment may come, change or go while an extension's process lives.
pub struct InboxSealer {
    shared: PathBuf,
    clock: Clock,
    random: Arc<dyn Random>,
    faults: FaultPoints,
}

impl InboxSealer {
    /// A sealer for the folder that the app shares, by the phone's own clock and randomness.
    pub fn open(shared: PathBuf) -> Self {
        let clock = Clock::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let ms = since.unwrap_or_default().as_millis();
            Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
        });
        Self::open_with(
            shared,
            clock,
            Arc::new(SystemRandom),
            FaultPoints::default(),
        )
    }

    /// As [`InboxSealer::open`], with a clock, randomness and fault points of the caller's.
    pub fn open_with(
        shared: PathBuf,
        clock: Clock,
        random: Arc<dyn Random>,
        faults: FaultPoints,
    ) -> Self {
        Self {
            shared,
            clock,
            random,
            faults,
        }
    }

    /// Keeps `raw` for `reader`. Durable when it returns; taken in once, in the order of arrival, when the app next opens,
    /// resumes or synchronises.
    ///
    /// # Errors
    /// As [`append`].
    pub fn append(&self, reader: &str, raw: &[u8]) -> Result<(), SealerError> {
        let item = Item::new(reader, self.clock.now(), raw);
        append(&self.shared, &item, self.random.as_ref(), &self.faults)?;
        Ok(())
    }

    /// What a locked screen may show of what arrives.
    ///
    /// # Errors
    /// `NotEnrolled` and `NotNow` as [`append`]; then nothing may be shown.
    pub fn show(&self) -> Result<LockScreen, SealerError> {
        Ok(Extension::read(&self.shared)?.show)
    }
}

/// Keeps `item` in the folder `shared` and answers under which name. Durable when it returns.
///
/// # Errors
/// `NotEnrolled` without a sound `extension.json`, `NotNow` before the first unlock, `Full` beyond [`MOST_ITEMS`],
/// [`MOST_BYTES`] or the phone's storage. Nothing is overwritten, and what was not kept is not there.
pub fn append(
    shared: &Path,
    item: &Item,
    random: &dyn Random,
    faults: &FaultPoints,
) -> Result<Name, SealerError> {
    let to = Extension::read(shared)?;
    let held = inbox::held(shared)?;
    let name = Name::after(held.last.as_ref(), item.received_at, random);
    let sealed = item.seal(&to, &name, random);
    let sealed = sealed.map_err(|_| SealerError::NotEnrolled)?;
    // Two extensions at once may each take the last place: the bound is about a phone's storage, not about one file.
    if held.items >= MOST_ITEMS || held.bytes + sealed.len() as u64 > MOST_BYTES {
        return Err(SealerError::Full);
    }
    keep(&inbox::folder(shared), &name, &sealed, faults)?;
    Ok(name)
}

/// Writes, syncs, renames, and syncs the folder.
fn keep(
    folder: &Path,
    name: &Name,
    sealed: &[u8],
    faults: &FaultPoints,
) -> Result<(), SealerError> {
    let kept = folder.join(name.to_string());
    let half = kept.with_extension(TEMPORARY);
    let written = write_new(&half, sealed).and_then(|()| {
        faults.reach("sealer.item.written");
        fs::rename(&half, &kept)
    });
    if let Err(error) = written {
        // What cannot be removed either goes with the next leftovers.
        let _ = fs::remove_file(&half);
        return Err(SealerError::of("item", &error));
    }
    faults.reach("sealer.item.renamed");
    sync_folder(folder).map_err(|error| SealerError::of("folder", &error))?;
    faults.reach("sealer.item.synced");
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
