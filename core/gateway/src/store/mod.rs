//! The one SQLite file of a gateway: a thread that writes, connections that read, and nothing of either elsewhere.

mod enrolments;
mod inbox;
mod posts;
mod receipts;
mod tokens;

pub(crate) use enrolments::{Enrolment, NewEnrolment, device_keys};
pub(crate) use inbox::{Ack, Page, Row, RowBody, Taken, TakenEvent, renew, sweep};
pub(crate) use posts::{
    Claim, Kind, NewPost, Post, SHARES, Settled, Verdict, Word, load_target, next_due, save_target,
};
pub(crate) use receipts::{NewReceipt, checkpoints};
pub(crate) use rusqlite::Connection;
pub(crate) use tokens::{NewToken, holder};

use companion_domain::{fault::FaultPoints, time::Timestamp};
use rusqlite::{OpenFlags, Savepoint, Transaction, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Semaphore, oneshot};

/// The version of `schema.sql`.
const SCHEMA: i64 = 1;
/// How many waiting writes share one commit at most.
const GROUP: usize = 64;
/// How many reads run at once; each has a connection, and so open files, of its own.
const READERS: usize = 16;
/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

/// Why the store could not do its work. Names the place and never the content.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("database: {0}")]
    Database(rusqlite::Error),
    /// A number is larger than the store's, which only a request can hold.
    #[error("database: a number out of range")]
    OutOfRange,
    /// A newer release wrote the file.
    #[error("database: written by a newer release (schema {0})")]
    Newer(i64),
    /// An item could not be signed or sealed.
    #[error("sealing: {0}")]
    Sealing(#[from] companion_crypto::CryptoError),
    /// A stored value is not what this release writes.
    #[error("database: {0} is malformed")]
    Malformed(&'static str),
    /// The store is closing or could not commit.
    #[error("database: unavailable")]
    Unavailable,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::ToSqlConversionFailure(_) => Self::OutOfRange,
            error => Self::Database(error),
        }
    }
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> Answer + Send>;

/// The store. Writes are queued to one thread, which commits all that wait at once; reads use their own connections.
pub(crate) struct Store {
    path: PathBuf,
    jobs: Mutex<Option<Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Mutex<Vec<Connection>>,
    reading: Arc<Semaphore>,
}

impl Store {
    /// Opens the file, creating it if it is not there, and starts the writer.
    pub(crate) fn open(path: &Path, faults: FaultPoints) -> Result<Self, StoreError> {
        let mut connection = connect(path)?;
        upgrade(&mut connection)?;
        let (jobs, queue) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_loop(connection, &queue, &faults))
            .map_err(|_| StoreError::Unavailable)?;
        Ok(Self {
            path: path.to_owned(),
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(writer)),
            readers: Mutex::new(Vec::new()),
            reading: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Runs `work` in a transaction of its own fate and answers once it is durable. Others may share the commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, done) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = in_savepoint(transaction, work);
            Box::new(move |committed| {
                // A caller that went away needs no answer.
                let _ = answer.send(committed.and(result));
            })
        });
        lock(&self.jobs)
            .as_ref()
            .and_then(|jobs| jobs.send(job).ok())
            .ok_or(StoreError::Unavailable)?;
        done.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Runs `work` on a reading connection, away from the runtime's threads.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        let turn = turn.map_err(|_| StoreError::Unavailable)?;
        let store = Arc::clone(self);
        let result = tokio::task::spawn_blocking(move || {
            // Ends with the read, not with a caller that went away.
            let _turn = turn;
            let spare = lock(&store.readers).pop();
            let connection = match spare {
                Some(connection) => connection,
                None => connect(&store.path)?,
            };
            let result = work(&connection);
            lock(&store.readers).push(connection);
            result
        });
        result.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Finishes the queued writes and closes the file.
    pub(crate) fn close(&self) {
        lock(&self.jobs).take();
        if let Some(writer) = lock(&self.writer).take() {
            let _ = writer.join();
        }
        lock(&self.readers).clear();
    }
}

/// Opens the file of this release that is there, whoever else works on it, and changes nothing in it.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    match version(&connection)? {
        SCHEMA => Ok(connection),
        0 => Err(StoreError::Malformed("schema")),
        newer => Err(StoreError::Newer(newer)),
    }
}

/// Milliseconds as SQLite keeps them.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn upgrade(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        0 => {
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.pragma_update(None, "user_version", SCHEMA)?;
        }
        SCHEMA => {}
        newer => return Err(StoreError::Newer(newer)),
    }
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn write_loop(mut connection: Connection, queue: &Receiver<Job>, faults: &FaultPoints) {
    while let Ok(first) = queue.recv() {
        let jobs = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1));
        let mut answers = Vec::new();
        let committed = commit(&mut connection, jobs, &mut answers, faults);
        if committed.is_err() {
            tracing::error!("a commit failed");
        }
        for answer in answers {
            answer(match &committed {
                Ok(()) => Ok(()),
                Err(_) => Err(StoreError::Unavailable),
            });
        }
    }
}

fn commit(
    connection: &mut Connection,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
    faults: &FaultPoints,
) -> Result<(), StoreError> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        answers.push(job(&mut transaction));
    }
    faults.reach("gateway.store.commit");
    transaction.commit()?;
    faults.reach("gateway.store.committed");
    Ok(())
}

fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    work: impl FnOnce(&Savepoint<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let savepoint = transaction.savepoint()?;
    let value = work(&savepoint)?;
    savepoint.commit()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn many_readers_share_few_connections() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.db");
        let store = Arc::new(Store::open(&path, FaultPoints::default()).unwrap());
        let mut reads = tokio::task::JoinSet::new();
        for _ in 0..10 * READERS {
            let store = Arc::clone(&store);
            reads.spawn(async move {
                let read = store.read(|connection| {
                    std::thread::sleep(Duration::from_millis(5));
                    version(connection)
                });
                read.await.unwrap()
            });
        }
        assert_eq!(reads.join_all().await, vec![SCHEMA; 10 * READERS]);
        assert!(lock(&store.readers).len() <= READERS);
    }
}
