//! What has happened since the start, as numbers: `/metrics`, in the text format of Prometheus.
//!
//! Counting costs a request three additions to memory that belongs to its endpoint. No name in here is one that a
//! client chose: endpoints, methods, statuses and outcomes are a fixed number, so there is nothing to fill up, and no
//! user and no secret to see.

pub(crate) mod counters;
pub(crate) mod text;

pub use self::counters::EndpointCounters;

use countersign_core::clock::Timestamp;
use countersign_core::event::{Events, LoginEvent, LoginOutcome, ReuseEvent};
use countersign_core::hashing::Hashing;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// By which endpoint somebody logged in. What is not among them is counted as `other`.
const LOGIN_METHODS: [&str; 5] = ["simple_jwt", "sliding", "jwt_auth", "cookie_auth", "other"];

const OUTCOMES: [(LoginOutcome, &str); 5] = [
    (LoginOutcome::Success, "success"),
    (LoginOutcome::UnknownUser, "unknown_user"),
    (LoginOutcome::WrongPassword, "wrong_password"),
    (LoginOutcome::Inactive, "inactive"),
    (LoginOutcome::Overloaded, "overloaded"),
];

/// Everything that is counted. It outlives a reload of the configuration.
#[derive(Debug)]
pub struct Metrics {
    began: Timestamp,
    /// By group and path. Locked where an application is made and where the numbers are read, never by a request.
    endpoints: Mutex<BTreeMap<(String, String), Arc<EndpointCounters>>>,
    logins: [[AtomicU64; OUTCOMES.len()]; LOGIN_METHODS.len()],
    reuses: AtomicU64,
    timeouts: AtomicU64,
    store_failures: Arc<AtomicU64>,
}

/// What is measured at the moment when it is asked for.
pub struct Gauges<'a> {
    /// Who hashes.
    pub hashing: &'a dyn Hashing,
}

impl Metrics {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(began: Timestamp) -> Self {
        Self {
            began,
            endpoints: Mutex::default(),
            logins: Default::default(),
            reuses: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            store_failures: Arc::default(),
        }
    }

    /// The counters of an endpoint: the same ones whenever it is mounted again. An empty path is for everything that
    /// no endpoint answers.
    #[must_use]
    pub fn endpoint(&self, group: &str, path: &str, is_refresh: bool) -> Arc<EndpointCounters> {
        let mut endpoints = self.endpoints.lock().expect("nothing panics while it holds the counters");
        let counters = endpoints.entry((group.to_owned(), path.to_owned()));
        Arc::clone(counters.or_insert_with(|| Arc::new(EndpointCounters::new(is_refresh))))
    }

    /// A request took too long and was given up.
    pub fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    /// Where answers are counted that failed for the database.
    #[must_use]
    pub fn store_failures(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.store_failures)
    }
}

/// Counts each event, and hands it on.
pub struct CountedEvents {
    metrics: Arc<Metrics>,
    next: Arc<dyn Events>,
}

impl CountedEvents {
    /// Counts there, and hands on to `next`.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>, next: Arc<dyn Events>) -> Self {
        Self { metrics, next }
    }
}

impl Events for CountedEvents {
    fn login(&self, event: &LoginEvent<'_>) {
        self.next.login(event);
        let other = LOGIN_METHODS.len() - 1;
        let method = LOGIN_METHODS.iter().position(|method| *method == event.method).unwrap_or(other);
        if let Some(outcome) = OUTCOMES.iter().position(|(outcome, _)| *outcome == event.outcome) {
            self.metrics.logins[method][outcome].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn reuse(&self, event: &ReuseEvent<'_>) {
        self.next.reuse(event);
        self.metrics.reuses.fetch_add(1, Ordering::Relaxed);
    }
}
