//! Connections that read: on the caller's thread where that never waits, else on threads of their own.

use super::file::DatabaseFile;
use crate::error::Failure;
use countersign_core::store::{Act, StoreError};
use rusqlite::Connection;
use std::borrow::Borrow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Threads for reads that may wait.
const THREADS: usize = 4;

/// Connections kept for reads on callers' threads: as many as ever read at once, up to this.
const KEPT: usize = 64;

type Job = Box<dyn FnOnce(&Result<Connection, Failure>) -> bool + Send>;

/// The readers of one file.
pub(crate) struct Readers {
    file: DatabaseFile,
    /// Idle connections, where reads may happen on the caller's thread.
    idle: Option<Mutex<Vec<Connection>>>,
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// `inline`: whether readers never wait for writers (our own file, with a write-ahead log).
    pub(crate) fn start(file: DatabaseFile, inline: bool, patience: Duration) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let spawn = |_| {
            let (file, jobs) = (file.clone(), Arc::clone(&jobs));
            let thread = std::thread::Builder::new().name("sqlite-reader".to_owned());
            thread.spawn(move || serve(&file, patience, &jobs))
        };
        let threads = (0..THREADS).map(spawn).collect::<std::io::Result<_>>()?;
        Ok(Self { file, idle: inline.then(Mutex::default), queue: Some(queue), threads })
    }

    /// Reads what is there for `input`: at once if that is possible without waiting.
    pub(crate) fn read<'a, C, B, T>(
        &'a self,
        context: &'a Arc<C>,
        input: &'a B,
        read: fn(&C, &Connection, &B) -> Result<T, Failure>,
    ) -> Act<'a, T>
    where
        C: Send + Sync + 'static,
        B: ToOwned<Owned: Send + 'static> + Sync + ?Sized + 'static,
        T: Send + 'static,
    {
        Box::pin(async move {
            match self.inline(|db| read(context, db, input)) {
                Some(Err(failure)) if failure.is_busy() => {}
                Some(outcome) => return Ok(outcome?),
                None => {}
            }
            let (context, input) = (Arc::clone(context), input.to_owned());
            self.queued(move |db| read(&context, db, input.borrow())).await
        })
    }

    /// Reads on the caller's thread. `None` where that could wait.
    fn inline<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Failure>) -> Option<Result<T, Failure>> {
        let idle = self.idle.as_ref()?;
        let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match kept.map_or_else(|| connect(&self.file, Duration::ZERO), Ok) {
            Ok(db) => db,
            Err(failure) => return Some(Err(failure)),
        };
        let outcome = read(&db);
        // A connection that failed is not trusted again.
        if outcome.is_ok() {
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(db);
            }
        }
        Some(outcome)
    }

    /// Reads on a thread that may wait.
    pub(crate) fn queued<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let job: Job = Box::new(move |db| {
                let outcome = db.as_ref().map_err(Clone::clone).and_then(read);
                let healthy = outcome.is_ok();
                let _ = reply.send(outcome); // Who has gone needs no answer.
                healthy
            });
            let gone = || StoreError::new("the reading threads have ended");
            if self.queue.as_ref().is_none_or(|queue| queue.send(job).is_err()) {
                return Err(gone());
            }
            Ok(answer.await.map_err(|_| gone())??)
        })
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // Nothing is lost with a reader.
        }
    }
}

fn connect(file: &DatabaseFile, patience: Duration) -> Result<Connection, Failure> {
    let db = file.connect(patience)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

/// Takes jobs until there will be no more. A connection is kept for as long as it works.
fn serve(file: &DatabaseFile, patience: Duration, jobs: &Mutex<Receiver<Job>>) {
    let mut kept = None;
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let db = kept.take().unwrap_or_else(|| connect(file, patience));
        if job(&db) {
            kept = Some(db);
        }
    }
}
