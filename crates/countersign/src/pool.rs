//! The threads that hash passwords.

mod hand;
mod job;
mod queue;
mod worker;

use self::job::{Job, Task};
use self::queue::Queue;
use countersign_core::hashing::{Hashed, Hashing, Overloaded};
use countersign_core::password::{Check, Hashers, PasswordTooLong};
use countersign_core::random::Random;
use countersign_core::secret::Secret;
use countersign_pbkdf2::Engine;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};
use tokio::sync::oneshot;

/// Hashes passwords on threads of its own, and refuses what would have to wait too long.
///
/// A password costs a tenth of a second of a core, a thousand times what any other request costs. So that a
/// flood of logins slows down nothing else:
///
/// - there are as many threads as cores, and on Linux they yield to all others (nice +10);
/// - where all threads are at work, one takes a second PBKDF2-HMAC-SHA256 job in beside its own, at any time: on a
///   processor with SHA instructions two take hardly longer than one. No job ever waits for company;
/// - a job waits only if its turn should come within a second, judged by how many are ahead and how long jobs
///   have lately taken; otherwise it is [`Overloaded`] there and then. On four cores some forty logins can arrive
///   at once and all be served;
/// - however short jobs are, no more than 1,024 wait, so that memory is bounded;
/// - a job whose caller has gone is never begun, or left off where it goes forward in steps, and its place is given
///   to the next.
///
/// Jobs are served in the order of their arrival, whoever sent them. That one client may not take the place of
/// all others is for a throttle in front of the pool to see to.
///
/// A panic in a job (there should be none) ends that job as [`Overloaded`], not its thread. Dropping the pool
/// ends the threads when they have done what they have in hand.
pub struct HashingPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the callers and the threads see.
struct Shared {
    hashers: Arc<Hashers>,
    random: Arc<dyn Random>,
    engine: Engine,
    /// Whether a thread may take two jobs in hand.
    pairs: bool,
    queue: Mutex<Queue>,
    arrived: Condvar,
    refused: AtomicU64,
}

impl HashingPool {
    /// A pool of so many threads.
    ///
    /// Each may need the memory of one hash: 100 MiB where `argon2` is used, next to nothing with PBKDF2.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(hashers: Arc<Hashers>, random: Arc<dyn Random>, threads: NonZero<usize>) -> io::Result<Self> {
        Self::pairing(hashers, random, threads, Engine::detect().pays_for_two())
    }

    fn pairing(
        hashers: Arc<Hashers>,
        random: Arc<dyn Random>,
        threads: NonZero<usize>,
        pairs: bool,
    ) -> io::Result<Self> {
        let queue = Mutex::new(Queue::new(threads));
        let (engine, arrived, refused) = (Engine::detect(), Condvar::new(), AtomicU64::new(0));
        let shared = Arc::new(Shared { hashers, random, engine, pairs, queue, arrived, refused });
        let mut pool = Self { shared, threads: Vec::with_capacity(threads.get()) };
        for number in 0..threads.get() {
            let shared = Arc::clone(&pool.shared);
            let thread = thread::Builder::new().name(format!("hashing-{number}"));
            // On failure the pool is dropped, and with it the threads that there are.
            pool.threads.push(thread.spawn(move || worker::work(&shared))?);
        }
        Ok(pool)
    }

    /// A pool of one thread for each core that this process may use.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn per_core(hashers: Arc<Hashers>, random: Arc<dyn Random>) -> io::Result<Self> {
        Self::new(hashers, random, thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
    }

    /// How many jobs wait for a thread now, those included whose callers have gone: a gauge.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.queue().waiting()
    }

    fn enqueue(&self, job: Job) -> Result<(), Overloaded> {
        let admitted = self.shared.queue().admit(job);
        match admitted {
            Ok(()) => self.shared.arrived.notify_one(),
            Err(_) => {
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        admitted
    }

    fn close(&mut self) -> Vec<JoinHandle<()>> {
        self.shared.queue().close();
        self.shared.arrived.notify_all();
        std::mem::take(&mut self.threads)
    }
}

/// A job joins the queue when its future is first polled.
impl Hashing for HashingPool {
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let in_steps = self.shared.hashers.checks_in_steps(encoded.as_deref());
            self.enqueue(Job { task: Task::Check { password, encoded, answer }, in_steps })?;
            answered.await.map_err(|_| UNANSWERED)
        })
    }

    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let in_steps = self.shared.hashers.encodes_in_steps();
            self.enqueue(Job { task: Task::Encode { password, answer }, in_steps })?;
            answered.await.map_err(|_| UNANSWERED)
        })
    }

    fn waiting(&self) -> usize {
        Self::waiting(self)
    }

    fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }
}

/// For a job that panicked. It gives no verdict, which might be wrong.
const UNANSWERED: Overloaded = Overloaded { retry_after: Duration::from_secs(1) };

impl Drop for HashingPool {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for HashingPool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HashingPool").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds the queue")
    }
}

#[cfg(test)]
mod tests;
