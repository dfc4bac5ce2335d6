//! An open store: one thread that writes, up to two connections that read beside it.

use crate::{
    db,
    error::{At, VaultError},
    open,
    schema::{PERSONAL, WORK},
    seal::Seals,
    transaction::{Read, Write},
    writer::{Ticket, Writer},
};
use companion_crypto::{hpke::PublicKey, random::Random, secret::Key};
use companion_domain::{
    fault::FaultPoints,
    id::{EnrolmentId, TenantId, WriterId},
};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

/// The keys of one enrolment's store.
pub struct VaultKeys {
    /// Opened by a slot: content. Without it an existing store opens locked.
    pub d: Option<Key>,
    /// Opened by hardware without a prompt: control rows, epoch keys.
    pub t: Key,
    /// The employee's own: `personal.db`.
    pub personal: Key,
}

/// What a store needs to know.
pub struct VaultConfig {
    /// The enrolment's private folder; made if it is not there.
    pub folder: PathBuf,
    /// The enrolment, which salts all its keys.
    pub enrolment: EnrolmentId,
    /// The tenant, as envelopes name it.
    pub tenant: TenantId,
    /// Whose chain is written.
    pub writer: WriterId,
    /// The company's escrow key; each outbox epoch is sealed to it from its beginning.
    pub escrow: PublicKey,
    /// Randomness for keys, nonces and salts.
    pub random: Arc<dyn Random>,
    /// Where tests may stop the process.
    pub faults: FaultPoints,
}

/// An open store.
pub struct Vault {
    /// Opened when they are first needed, and dropped before the writer, whose connections empty the WAL as the last.
    readers: [Mutex<Option<Reader>>; 2],
    writer: Writer,
    seals: Arc<Seals>,
    folder: PathBuf,
}

impl Vault {
    /// Opens the store in a folder; creates it, or brings an older one up to this release.
    ///
    /// # Errors
    /// `WrongKey` and `Newer` before anything is written; `Locked` if a new store, or the first upgrade of one that a locked
    /// phone cannot write to, needs `D`; `Corrupt`, `Full` and those of the file system.
    pub fn open(config: VaultConfig, keys: VaultKeys) -> Result<Self, VaultError> {
        let seals = Arc::new(Seals::new(&config, &keys));
        let stores = open::open(&config, &keys, &seals)?;
        Ok(Self {
            readers: Default::default(),
            writer: Writer::start(stores, Arc::clone(&seals), config.faults)?,
            seals,
            folder: config.folder,
        })
    }

    /// Queues a job for the writer. It answers once the job is durable, or with the job's own error, after which
    /// nothing of it is left. Jobs run in the order in which they were queued; those that queued up during a commit
    /// share the next one, and a full disk fails them together. Dropping the ticket does not undo the job. A job must
    /// not wait for another job.
    pub fn write<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<R, VaultError> + Send + 'static,
    ) -> Ticket<R> {
        self.writer.queue(job)
    }

    /// Reads one consistent state of each file beside the writer. At most two reads run at a time; a third waits, so a read must
    /// not start another.
    ///
    /// # Errors
    /// The job's own, and those of opening a connection.
    pub fn read<R>(
        &self,
        job: impl FnOnce(&Read<'_>) -> Result<R, VaultError>,
    ) -> Result<R, VaultError> {
        let mut place = lock(&self.readers);
        let reader = match &mut *place {
            Some(reader) => reader,
            free => free.insert(Reader::open(&self.folder)?),
        };
        let _work = reader.work.unchecked_transaction().at(WORK.file)?;
        let _personal = reader.personal.unchecked_transaction().at(PERSONAL.file)?;
        job(&Read::new(&reader.work, &reader.personal, &self.seals))
    }

    /// Forgets `D` and what derives from it: they are gone when this returns. What is being read or written answers
    /// `Locked`, or seals to the public half of `D` from here on. [`Write::unlock`] ends it.
    pub fn lock(&self) {
        self.seals.content.forget();
    }

    /// Whether `D` is not there.
    pub fn is_locked(&self) -> bool {
        self.seals.content.is_locked()
    }

    /// Does all queued jobs, then closes the files. Dropping the store does the same without an answer.
    ///
    /// # Errors
    /// `Closed` if the writer had ended before.
    pub fn close(self) -> Result<(), VaultError> {
        drop(self.readers);
        self.writer.stop()
    }
}

struct Reader {
    work: Connection,
    personal: Connection,
}

impl Reader {
    fn open(folder: &Path) -> Result<Self, VaultError> {
        Ok(Self {
            work: db::reader(&folder.join(WORK.file), WORK.file)?,
            personal: db::reader(&folder.join(PERSONAL.file), PERSONAL.file)?,
        })
    }
}

/// A free place of the two, or the first one once it is free.
fn lock(places: &[Mutex<Option<Reader>>; 2]) -> MutexGuard<'_, Option<Reader>> {
    let [first, second] = places;
    for place in [first, second] {
        match place.try_lock() {
            Ok(free) => return free,
            Err(TryLockError::Poisoned(free)) => return free.into_inner(),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    first.lock().unwrap_or_else(PoisonError::into_inner)
}
