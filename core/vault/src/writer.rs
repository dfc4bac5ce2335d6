//! The writing thread and its group commit. There is no timer: what queues up while one group syncs is the next group.

use crate::{
    error::{At, VaultError},
    fault,
    open::Stores,
    quarantine,
    schema::{PERSONAL, WORK},
    seal::Seals,
    transaction::{Ids, Read, Write},
};
use companion_domain::fault::FaultPoints;
use futures_channel::oneshot;
use rusqlite::Connection;
use std::{
    iter,
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, JoinHandle, Thread},
};

/// How many jobs share one commit at most.
const GROUP: usize = 64;

/// The answer to a queued job, as a future. Dropping it does not undo the job.
pub struct Ticket<R>(oneshot::Receiver<Result<R, VaultError>>);

impl<R> Future for Ticket<R> {
    type Output = Result<R, VaultError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|answer| answer.unwrap_or(Err(VaultError::Closed)))
    }
}

impl<R> Ticket<R> {
    /// Blocks the thread until the job is answered.
    ///
    /// # Errors
    /// The job's own, and `Closed` if the writer ended before.
    pub fn wait(mut self) -> Result<R, VaultError> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match Pin::new(&mut self).poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs the caller's job, or takes the reason why it cannot run.
type Job = Box<dyn FnOnce(Result<&mut Write<'_>, VaultError>) -> Ran + Send>;

/// A job that ran.
struct Ran {
    failed: Option<VaultError>,
    /// Hands the job's result over, or the group's error in its place.
    answer: Box<dyn FnOnce(Result<(), VaultError>) + Send>,
}

/// The handle of the writing thread.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<Result<(), VaultError>>>,
}

impl Writer {
    /// Starts the thread, which owns both connections.
    pub(crate) fn start(
        stores: Stores,
        seals: Arc<Seals>,
        faults: FaultPoints,
    ) -> Result<Self, VaultError> {
        let (jobs, queue) = mpsc::channel();
        let ids = Ids::load(&Read::new(&stores.work, &stores.personal, &seals))?;
        let groups = Groups {
            stores,
            seals,
            faults,
            ids,
        };
        let thread = thread::Builder::new().name("companion-vault".into());
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread.spawn(move || groups.run(&queue)).at("thread")?),
        })
    }

    /// Queues a job.
    pub(crate) fn queue<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<R, VaultError> + Send + 'static,
    ) -> Ticket<R> {
        let (answer, ticket) = oneshot::channel();
        let job: Job = Box::new(move |write| {
            let result = write.and_then(job);
            Ran {
                failed: result.as_ref().err().copied(),
                // A caller that dropped its ticket wants no answer.
                answer: Box::new(move |group| drop(answer.send(group.and(result)))),
            }
        });
        if let Some(jobs) = &self.jobs {
            // If the thread has ended, the job is dropped and its ticket says `Closed`.
            let _ = jobs.send(job);
        }
        Ticket(ticket)
    }

    /// Lets the thread do what is queued, then waits for its end.
    pub(crate) fn stop(mut self) -> Result<(), VaultError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), VaultError> {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(closed)) => closed,
            Some(Err(_)) => Err(VaultError::Closed),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            tracing::error!(%error, "the vault's writer did not close");
        }
    }
}

struct Groups {
    stores: Stores,
    seals: Arc<Seals>,
    faults: FaultPoints,
    ids: Ids,
}

impl Groups {
    fn run(mut self, queue: &mpsc::Receiver<Job>) -> Result<(), VaultError> {
        while let Ok(first) = queue.recv() {
            let group = iter::once(first).chain(queue.try_iter()).take(GROUP);
            self.group(group.collect());
        }
        let Stores { work, personal } = self.stores;
        work.close().map_err(|(_, error)| error).at(WORK.file)?;
        let closed = personal.close().map_err(|(_, error)| error);
        closed.at(PERSONAL.file)
    }

    /// Runs and commits one group, then answers all of it.
    fn group(&mut self, jobs: Vec<Job>) {
        let mut answers = Vec::with_capacity(jobs.len());
        let mut released = Vec::new();
        let mut state = self.begin();
        for job in jobs {
            let ran = match state {
                Ok(()) => self.savepoint(job, &mut released, &mut state),
                Err(error) => job(Err(error)),
            };
            answers.push(ran.answer);
        }
        let done = state.and_then(|()| self.commit());
        if done.is_err() {
            self.rollback();
        } else if !released.is_empty() {
            self.release(&released);
        }
        for answer in answers {
            answer(done);
        }
        self.faults.reach(fault::GROUP_ANSWERED);
    }

    /// Runs one job between savepoints. `state` turns bad if the group as a whole is lost.
    fn savepoint(
        &mut self,
        job: Job,
        released: &mut Vec<i64>,
        state: &mut Result<(), VaultError>,
    ) -> Ran {
        if let Err(error) = self.both("SAVEPOINT job") {
            *state = Err(error);
            return job(Err(error));
        }
        let mut write = self.write();
        let ran = job(Ok(&mut write));
        let of_this_job = write.released;
        let Stores { work, personal } = &self.stores;
        // SQLite ends the whole transaction by itself when the disk is full or fails.
        if work.is_autocommit() || personal.is_autocommit() {
            *state = Err(ran.failed.unwrap_or(VaultError::Closed));
            return ran;
        }
        *state = match ran.failed {
            None => self.both("RELEASE job"),
            Some(_) => self
                .both("ROLLBACK TO job")
                .and_then(|()| self.both("RELEASE job")),
        };
        if ran.failed.is_none() {
            released.extend(of_this_job);
        }
        ran
    }

    fn write(&mut self) -> Write<'_> {
        let Stores { work, personal } = &self.stores;
        Write {
            read: Read::new(work, personal, &self.seals),
            ids: &mut self.ids,
            faults: &self.faults,
            released: Vec::new(),
        }
    }

    fn begin(&self) -> Result<(), VaultError> {
        run(&self.stores.work, WORK.file, "BEGIN IMMEDIATE")?;
        // Deferred: a group that leaves the personal file alone neither locks nor syncs it.
        run(&self.stores.personal, PERSONAL.file, "BEGIN")
    }

    /// The first two steps of the order that the crate's documentation gives.
    fn commit(&mut self) -> Result<(), VaultError> {
        self.write().keep_ids()?;
        self.faults.reach(fault::GROUP_BEFORE_COMMIT);
        run(&self.stores.personal, PERSONAL.file, "COMMIT")?;
        self.faults.reach(fault::GROUP_BETWEEN_COMMITS);
        run(&self.stores.work, WORK.file, "COMMIT")?;
        self.ids.kept();
        self.faults.reach(fault::GROUP_COMMITTED);
        Ok(())
    }

    /// The third step. If it fails the items stay and are released again, so the group's answer does not change.
    fn release(&self, ids: &[i64]) {
        let personal = &self.stores.personal;
        let removed = run(personal, PERSONAL.file, "BEGIN")
            .and_then(|()| quarantine::remove(personal, ids))
            .and_then(|()| run(personal, PERSONAL.file, "COMMIT"));
        match removed {
            Ok(()) => self.faults.reach(fault::QUARANTINE_RELEASED),
            Err(error) => {
                tracing::warn!(%error, "released items stay in quarantine");
                self.rollback();
            }
        }
    }

    /// Ends whatever transaction is still open; one that SQLite ended by itself is gone already.
    fn rollback(&self) {
        let Stores { work, personal } = &self.stores;
        for (db, file) in [(work, WORK.file), (personal, PERSONAL.file)] {
            if !db.is_autocommit()
                && let Err(error) = run(db, file, "ROLLBACK")
            {
                tracing::error!(%error, "a group could not be rolled back");
            }
        }
    }

    fn both(&self, sql: &str) -> Result<(), VaultError> {
        run(&self.stores.work, WORK.file, sql)?;
        run(&self.stores.personal, PERSONAL.file, sql)
    }
}

fn run(db: &Connection, file: &'static str, sql: &str) -> Result<(), VaultError> {
    crate::db::change(db, file, sql, []).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VaultConfig, VaultKeys, open};
    use companion_crypto::{hpke::KeyPair, random::SystemRandom, secret::Key as SecretKey};
    use companion_domain::id::{EnrolmentId, Key, TenantId, WriterId};

    #[test]
    fn a_full_disk_is_told_and_costs_nothing_that_was_answered() {
        let folder = tempfile::tempdir().unwrap();
        let config = VaultConfig {
            folder: folder.path().to_owned(),
            enrolment: EnrolmentId::new("e"),
            tenant: TenantId::new("t"),
            writer: WriterId::new("e"),
            escrow: KeyPair::derive(&SecretKey::new([4; 32])).public(),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
        };
        let keys = VaultKeys {
            d: Some(SecretKey::new([1; 32])),
            t: SecretKey::new([2; 32]),
            personal: SecretKey::new([3; 32]),
        };
        let seals = Arc::new(Seals::new(&config, &keys));
        let stores = open::open(&config, &keys, &seals).unwrap();
        // The file may grow to 400 kB, then the disk counts as full.
        stores
            .work
            .pragma_update(None, "max_page_count", 100)
            .unwrap();
        let writer = Writer::start(stores, seals, FaultPoints::default()).unwrap();
        let job = writer.queue(|write| write.add_conversation(&Key::new("c1"), b"", b"{}"));
        let chat = job.wait().unwrap().id;
        let add = |n: u32| {
            let key = Key::new(format!("m1-{n}"));
            writer.queue(move |write| write.add_message(chat, &key, &[0; 20_000]).map(drop))
        };
        let answers: Vec<_> = (0..40).map(|n| add(n).wait()).collect();
        let kept = answers.iter().take_while(|answer| answer.is_ok()).count();
        assert!((1..40).contains(&kept), "{kept} fitted");
        let burst: Vec<_> = (40..80).map(add).collect();
        let rest = burst.into_iter().map(Ticket::wait);
        for answer in answers.into_iter().skip(kept).chain(rest) {
            assert_eq!(answer, Err(VaultError::Full));
        }
        let stored = writer.queue(move |write| {
            write.check_conversation(chat)?;
            Ok(write.messages(chat, None, 100)?.len())
        });
        assert_eq!(stored.wait(), Ok(kept));
    }
}
