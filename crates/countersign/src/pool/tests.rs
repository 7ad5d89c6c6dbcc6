//! The pool at work. What must be seen half done is held at a gate, not raced against a clock.

use super::*;
use countersign_core::password::Algorithm;
use countersign_core::random::SystemRandom;
use countersign_core::settings::Passwords;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Randomness that is not given out before the gate is opened, or not at all: a new hash needs some.
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    open: bool,
    panics: usize,
    /// How often it was asked.
    asked: usize,
}

impl Gate {
    fn closed() -> Arc<Self> {
        let state = State { open: false, panics: 0, asked: 0 };
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
        self.change(|state| state.asked += 1);
        let mut state = self.changed.wait_while(self.state.lock().unwrap(), |state| !state.open).unwrap();
        if state.panics > 0 {
            state.panics -= 1;
            drop(state);
            panic!("as a test wants it");
        }
        SystemRandom.fill(bytes);
    }
}

fn pool(random: Arc<dyn Random>, threads: usize) -> HashingPool {
    let settings = Passwords { hashers: vec![Algorithm::Md5, Algorithm::Bcrypt], ..Passwords::default() };
    HashingPool::new(Arc::new(Hashers::new(&settings)), random, NonZero::new(threads).unwrap()).unwrap()
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
    gate.change(|state| (state.open, state.panics) = (true, 3));
    let pool = pool(gate, 1);
    for _ in 0..3 {
        assert_eq!(pool.encode("secret".into()).await, Err(UNANSWERED));
    }
    assert!(pool.encode("secret".into()).await.is_ok());
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
