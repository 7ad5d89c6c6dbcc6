//! The pool at work. What must be seen half done is held at a gate, not raced against a clock.

use super::*;
use countersign_core::password::Algorithm;
use countersign_core::random::SystemRandom;
use countersign_core::settings::Passwords;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Randomness that is not given out before the gate is opened, or not at all: a new hash needs some.
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    open: bool,
    /// Which askings, counted from zero, end in a panic. Settled as they ask, so that a test that has seen an asking
    /// may already speak of the next one.
    panics: Range<usize>,
    /// How often it was asked.
    asked: usize,
}

impl Gate {
    fn closed() -> Arc<Self> {
        let state = State { open: false, panics: 0..0, asked: 0 };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    fn wait_until_asked(&self, times: usize) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| state.asked < times).unwrap());
    }
}

impl Random for Gate {
    fn fill(&self, bytes: &mut [u8]) {
        let mut panics = false;
        self.change(|state| {
            panics = state.panics.contains(&state.asked);
            state.asked += 1;
        });
        drop(self.changed.wait_while(self.state.lock().unwrap(), |state| !state.open).unwrap());
        assert!(!panics, "as a test wants it");
        SystemRandom.fill(bytes);
    }
}

fn pool(random: Arc<dyn Random>, threads: usize) -> HashingPool {
    let settings = Passwords { hashers: vec![Algorithm::Md5, Algorithm::Bcrypt], ..Passwords::default() };
    HashingPool::new(Arc::new(Hashers::new(&settings)), random, NonZero::new(threads).unwrap()).unwrap()
}

/// One that hashes with PBKDF2 of so many iterations, and takes two in hand on any machine.
fn pairing_pool(random: Arc<dyn Random>, iterations: u32) -> HashingPool {
    let settings = Passwords { pbkdf2_iterations: iterations, ..Passwords::default() };
    HashingPool::pairing(Arc::new(Hashers::new(&settings)), random, NonZero::<usize>::MIN, true).unwrap()
}

fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_password_is_hashed_and_known_again() {
    let pool = pool(Arc::new(SystemRandom), 2);
    let encoded = pool.encode("secret".into()).await.unwrap().unwrap();
    let verdict = pool.check("secret".into(), Some(encoded.clone())).await;
    assert_eq!(verdict, Ok(Check::Matched { upgrade: None }));
    assert_eq!(pool.check("other".into(), Some(encoded)).await, Ok(Check::Refused));
    assert_eq!(pool.check("secret".into(), None).await, Ok(Check::Refused));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_serves_whom_it_admitted() {
    let gate = Gate::closed();
    let pool = pool(gate.clone(), 1);
    let mut admitted = Vec::new();
    let refused = loop {
        let mut job = pool.encode("secret".into());
        match poll(&mut job) {
            Poll::Pending => admitted.push(job),
            Poll::Ready(answer) => break answer,
        }
    };
    assert_eq!(refused, Err(Overloaded { retry_after: Duration::from_secs(2) }));
    assert_eq!(admitted.len(), 11);
    gate.change(|state| state.open = true);
    for job in admitted {
        assert!(job.await.unwrap().unwrap().starts_with("md5$"));
    }
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn work_is_not_begun_once_its_caller_has_gone() {
    let gate = Gate::closed();
    let pool = pool(gate.clone(), 1);
    let mut in_hand = pool.encode("first".into());
    assert!(poll(&mut in_hand).is_pending());
    gate.wait_until_asked(1);
    let mut left = pool.encode("second".into());
    assert!(poll(&mut left).is_pending());
    assert_eq!(pool.waiting(), 1);
    drop(left);
    let mut third = pool.encode("third".into());
    assert!(poll(&mut third).is_pending());
    gate.change(|state| state.open = true);
    assert!(in_hand.await.is_ok());
    assert!(third.await.is_ok());
    assert_eq!(gate.asked(), 2);
}

#[tokio::test]
async fn a_panic_ends_its_job_and_no_thread() {
    let gate = Gate::closed();
    gate.change(|state| (state.open, state.panics) = (true, 0..3));
    let pool = pool(gate, 1);
    for _ in 0..3 {
        assert_eq!(pool.encode("secret".into()).await, Err(UNANSWERED));
    }
    assert!(pool.encode("secret".into()).await.is_ok());
}

/// More iterations than any test lives to see.
const ENDLESS: u32 = u32::MAX;

#[tokio::test]
async fn a_second_job_joins_one_that_is_in_hand_and_a_third_waits() {
    let gate = Gate::closed();
    gate.change(|state| state.open = true);
    let mut pool = pairing_pool(gate.clone(), ENDLESS);
    let mut jobs: Vec<_> = (0..3).map(|_| pool.encode("secret".into())).collect();
    assert!(poll(&mut jobs[0]).is_pending());
    gate.wait_until_asked(1);
    assert!(poll(&mut jobs[1]).is_pending());
    // The first is not done before all this is forgotten.
    gate.wait_until_asked(2);
    assert!(poll(&mut jobs[2]).is_pending());
    assert_eq!(pool.waiting(), 1);
    // One that nobody waits for is left off, and makes room.
    drop(jobs.remove(0));
    gate.wait_until_asked(3);
    assert_eq!(pool.waiting(), 0);
    drop(jobs);
    for thread in pool.close() {
        thread.join().unwrap();
    }
}

#[tokio::test]
async fn a_panic_leaves_the_job_beside_it_alone() {
    let gate = Gate::closed();
    gate.change(|state| (state.open, state.panics) = (true, 1..2));
    let pool = pairing_pool(gate.clone(), ENDLESS);
    let mut stays = pool.encode("secret".into());
    assert!(poll(&mut stays).is_pending());
    gate.wait_until_asked(1);
    assert_eq!(pool.encode("secret".into()).await, Err(UNANSWERED));
    assert!(poll(&mut stays).is_pending());
}

#[tokio::test]
async fn two_side_by_side_get_the_verdicts_that_each_would_get_alone() {
    let gate = Gate::closed();
    let pool = pairing_pool(gate.clone(), 40_000);
    let encoded = |password: &str, pbkdf2_iterations| {
        let settings = Passwords { pbkdf2_iterations, ..Passwords::default() };
        Hashers::new(&settings).encode(&password.into(), &SystemRandom).unwrap()
    };
    let (own, other) = (encoded("own", 40_000), encoded("other", 9_000));
    // The thread is at the gate until all are in the queue, so that they meet.
    let mut before = pool.encode("before".into());
    assert!(poll(&mut before).is_pending());
    gate.wait_until_asked(1);
    let mut checks = Vec::new();
    for (password, encoded) in
        [("own", Some(&own)), ("other", Some(&other)), ("own", Some(&other)), ("own", None)]
    {
        for _ in 0..2 {
            let mut check = pool.check(password.into(), encoded.cloned());
            assert!(poll(&mut check).is_pending());
            checks.push(check);
        }
    }
    gate.change(|state| state.open = true);
    before.await.unwrap().unwrap();
    let mut verdicts = Vec::new();
    for check in checks {
        verdicts.push(match check.await.unwrap() {
            Check::Matched { upgrade: None } => "matched",
            Check::Matched { upgrade: Some(upgrade) } => {
                assert!(pool.check("other".into(), Some(upgrade)).await.unwrap() != Check::Refused);
                "upgraded"
            }
            Check::Refused => "refused",
        });
    }
    let expected = ["matched", "matched", "upgraded", "upgraded", "refused", "refused", "refused", "refused"];
    assert_eq!(verdicts, expected);
}

#[test]
fn threads_work_side_by_side() {
    let gate = Gate::closed();
    let pool = pool(gate.clone(), 3);
    let mut jobs: Vec<_> = (0..3).map(|_| pool.encode("secret".into())).collect();
    assert!(jobs.iter_mut().all(|job| poll(job).is_pending()));
    // Were there fewer threads, the third would never ask.
    gate.wait_until_asked(3);
    assert_eq!(pool.waiting(), 0);
    gate.change(|state| state.open = true);
}

#[test]
fn threads_end_with_the_pool_and_begin_nothing_more() {
    let gate = Gate::closed();
    let mut pool = pool(gate.clone(), 2);
    let mut jobs: Vec<_> = (0..5).map(|_| pool.encode("secret".into())).collect();
    assert!(jobs.iter_mut().all(|job| poll(job).is_pending()));
    gate.wait_until_asked(2);
    drop(jobs);
    let threads = pool.close();
    gate.change(|state| state.open = true);
    assert_eq!(threads.len(), 2);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(gate.asked(), 2);
}
