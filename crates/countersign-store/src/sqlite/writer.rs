//! The one writer: a thread that owns the connection which writes.
//!
//! What has queued is committed together: one `BEGIN IMMEDIATE`, a savepoint for each act, one `COMMIT`, and
//! then everybody is answered. One sync to disk serves them all, and nobody waits for company.

use crate::error::Failure;
use crate::failpoint;
use countersign_core::store::{Act, StoreError};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// More acts than this are committed in rounds, so that the first need not wait for all.
const BATCH: usize = 256;

/// How often the lock is asked for while another program has it. SQLite's own handler sleeps up to 100 ms
/// at a time, and so hardly ever wakes in the moments between two commits of a program that is busy writing.
const RETRY: Duration = Duration::from_millis(1);

/// The way to the writing thread, which ends with it.
pub(crate) struct Writer {
    queue: Option<Sender<Queued>>,
    thread: Option<JoinHandle<()>>,
}

/// An act and since when it waits.
struct Queued {
    since: Instant,
    act: Box<dyn Pending>,
}

/// An act that is to be run, and then answered once it is known whether it was committed.
trait Pending: Send {
    /// Runs it inside its savepoint; `false`: what it wrote is to be undone.
    fn run(&mut self, db: &Connection) -> bool;

    /// Tells its outcome, or why nothing was committed. Nobody may be listening any more.
    fn answer(self: Box<Self>, commit: Result<(), Failure>);
}

struct Job<F, T> {
    act: Option<F>,
    outcome: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<F, T> Pending for Job<F, T>
where
    F: FnOnce(&Connection) -> Result<T, Failure> + Send,
    T: Send,
{
    fn run(&mut self, db: &Connection) -> bool {
        let Some(act) = self.act.take() else { return false };
        let outcome = catch_unwind(AssertUnwindSafe(|| act(db)));
        let outcome = outcome.unwrap_or_else(|_| Err(Failure::new("an act on the database panicked")));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>, commit: Result<(), Failure>) {
        let Self { outcome, reply, .. } = *self;
        let never = || Err(Failure::new("the act was not run"));
        // Who has gone needs no answer; what was committed stays.
        let _ = reply.send(commit.and_then(|()| outcome.unwrap_or_else(never)));
    }
}

impl Writer {
    /// Starts the thread. `patience`: how long an act may wait for other programs.
    pub(crate) fn start(db: Connection, patience: Duration) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let run = move || Thread { db, patience, jobs }.run();
        let thread = std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(run)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues an act once the future is polled; it is answered after its commit.
    pub(crate) fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let job = Job { act: Some(act), outcome: None, reply };
            let queued = Queued { since: Instant::now(), act: Box::new(job) };
            let sent = self.queue.as_ref().is_some_and(|queue| queue.send(queued).is_ok());
            let gone = || StoreError::new("the writing thread has ended");
            if !sent {
                return Err(gone());
            }
            answer.await.map_err(|_| gone())?.map_err(StoreError::from)
        })
    }
}

/// Waits for what has queued to be committed.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            // It catches the panics of acts; were there another, dropping must not add one.
            let _ = thread.join();
        }
    }
}

struct Thread {
    db: Connection,
    patience: Duration,
    jobs: Receiver<Queued>,
}

impl Thread {
    fn run(self) {
        while let Ok(first) = self.jobs.recv() {
            let mut batch = vec![first];
            batch.extend(self.jobs.try_iter().take(BATCH - 1));
            failpoint::pass("before begin");
            let commit = match self.begin(&mut batch) {
                Ok(()) => self.commit(&mut batch),
                Err(failure) => Err(failure),
            };
            for queued in batch {
                queued.act.answer(commit.clone());
            }
        }
    }

    /// Takes the write lock. Acts that have waited long enough for it are answered and leave the batch.
    fn begin(&self, batch: &mut Vec<Queued>) -> Result<(), Failure> {
        self.db.busy_timeout(Duration::ZERO)?;
        loop {
            let begun = self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
            match begun.map(drop).map_err(Failure::from) {
                Err(failure) if failure.is_busy() => {
                    let tired = |queued: &mut Queued| queued.since.elapsed() >= self.patience;
                    for queued in batch.extract_if(.., tired) {
                        queued.act.answer(Err(failure.clone()));
                    }
                    if batch.is_empty() {
                        return Err(failure);
                    }
                }
                outcome => return outcome,
            }
            std::thread::sleep(RETRY);
        }
    }

    /// Runs the batch and commits it. Whatever fails here, no transaction stays open.
    fn commit(&self, batch: &mut [Queued]) -> Result<(), Failure> {
        let oldest = batch.iter().map(|queued| queued.since.elapsed()).max().unwrap_or_default();
        // In rollback mode readers may still hold the file: they get what is left of an act's patience, and
        // a moment in any case.
        let left = self.patience.saturating_sub(oldest).max(self.patience / 5);
        let outcome = self.db.busy_timeout(left).map_err(Failure::from);
        let outcome = outcome
            .and_then(|()| self.run_all(batch))
            .inspect(|()| failpoint::pass("before commit"))
            .and_then(|()| self.db.prepare_cached("COMMIT")?.execute([]).map(drop).map_err(Failure::from))
            .inspect(|()| failpoint::pass("after commit"));
        if outcome.is_err() && !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK")?;
        }
        outcome
    }

    fn run_all(&self, batch: &mut [Queued]) -> Result<(), Failure> {
        for queued in batch {
            self.db.prepare_cached("SAVEPOINT act")?.execute([])?;
            let keep = queued.act.run(&self.db);
            // On a full disk or a failing one SQLite has rolled everything back by itself.
            if self.db.is_autocommit() {
                return Err(Failure::new("the transaction was rolled back: the disk is full or failed"));
            }
            if !keep {
                self.db.prepare_cached("ROLLBACK TO act")?.execute([])?;
            }
            self.db.prepare_cached("RELEASE act")?.execute([])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::testing::{block_on, join_all};

    fn writer() -> Writer {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (x INTEGER UNIQUE)").unwrap();
        Writer::start(db, Duration::from_secs(1)).unwrap()
    }

    fn insert(x: i64) -> impl FnOnce(&Connection) -> Result<(), Failure> + Send + 'static {
        move |db| Ok(db.execute("INSERT INTO t VALUES (?1)", [x]).map(drop)?)
    }

    fn count(writer: &Writer) -> i64 {
        let count = |db: &Connection| Ok(db.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?);
        block_on(writer.act(count)).unwrap()
    }

    #[test]
    fn an_act_that_fails_undoes_itself_and_nothing_else() {
        let writer = writer();
        let twice = |db: &Connection| insert(7)(db).and_then(|()| insert(1)(db));
        let acts = vec![writer.act(insert(1)), writer.act(twice), writer.act(insert(2))];
        let outcomes = block_on(join_all(acts));
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(count(&writer), 2);
    }

    #[test]
    fn a_full_disk_is_an_error_and_what_was_there_stays() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (x UNIQUE); PRAGMA max_page_count = 10").unwrap();
        let writer = Writer::start(db, Duration::from_secs(1)).unwrap();
        block_on(writer.act(insert(1))).unwrap();
        let big =
            |db: &Connection| Ok(db.execute("INSERT INTO t VALUES (zeroblob(100000))", []).map(drop)?);
        let refused = block_on(writer.act(big)).unwrap_err().to_string();
        assert!(refused.contains("the disk is full"), "{refused}");
        block_on(writer.act(insert(2))).unwrap();
        assert_eq!(count(&writer), 2);
    }

    #[test]
    fn an_act_that_panics_is_an_error_and_the_next_one_works() {
        let writer = writer();
        let panicking = |db: &Connection| -> Result<(), Failure> {
            insert(1)(db)?;
            panic!("on purpose");
        };
        assert!(block_on(writer.act(panicking)).is_err());
        assert_eq!(count(&writer), 0);
    }

    #[test]
    fn acts_that_nobody_waits_for_are_committed_and_dropping_waits_for_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE t (x INTEGER UNIQUE)").unwrap();
        let writer = Writer::start(db, Duration::from_secs(1)).unwrap();
        for x in 0..50 {
            let mut act = writer.act(insert(x));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = act.as_mut().poll(&mut context);
        }
        drop(writer);
        let rows: i64 = Connection::open(path)
            .unwrap()
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 50);
    }
}
