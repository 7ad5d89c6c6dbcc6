//! The counters of one endpoint.

use crate::latency::{CLASSES, ENDS, class};
use http::{Method, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The methods that are told apart. What is not among them is counted as the last.
pub(super) const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];

/// The statuses that are told apart. What is not among them is counted as 0.
pub(super) const STATUSES: [u16; 20] =
    [200, 201, 204, 301, 302, 303, 304, 400, 401, 403, 404, 405, 406, 408, 415, 429, 431, 500, 503, 0];

/// What one endpoint answered: how often, and how fast.
#[derive(Debug)]
pub struct EndpointCounters {
    /// Whether it exchanges a token for its successor.
    pub(super) is_refresh: bool,
    requests: [[AtomicU64; STATUSES.len()]; METHODS.len()],
    latency: [AtomicU64; CLASSES],
    /// In nanoseconds.
    total: AtomicU64,
}

impl EndpointCounters {
    pub(super) fn new(is_refresh: bool) -> Self {
        Self {
            is_refresh,
            requests: std::array::from_fn(|_| Default::default()),
            latency: Default::default(),
            total: AtomicU64::new(0),
        }
    }

    /// A request was answered, and took so long.
    pub fn answered(&self, method: usize, status: StatusCode, took: Duration) {
        let status = status.as_u16();
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len() - 1);
        self.requests[method][status].fetch_add(1, Ordering::Relaxed);
        self.latency[class(took)].fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How often each method was answered with each status, where it ever was.
    pub(super) fn requests(&self) -> impl Iterator<Item = (&'static str, u16, u64)> {
        METHODS.iter().zip(&self.requests).flat_map(|(method, statuses)| {
            STATUSES.iter().zip(statuses).filter_map(move |(status, count)| {
                let count = count.load(Ordering::Relaxed);
                (count > 0).then_some((*method, *status, count))
            })
        })
    }

    /// How many requests took at most so many microseconds, for each end of a class, and how many there were.
    pub(super) fn latency(&self) -> (Vec<(u64, u64)>, u64) {
        let mut sum = 0;
        let buckets = ENDS.iter().zip(&self.latency).map(|(end, count)| {
            sum += count.load(Ordering::Relaxed);
            (*end, sum)
        });
        let buckets = buckets.collect();
        (buckets, sum + self.latency[ENDS.len()].load(Ordering::Relaxed))
    }

    /// How long all of them took together.
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.total.load(Ordering::Relaxed))
    }
}

/// The place of a method among those that are told apart.
pub(crate) fn place(method: &Method) -> usize {
    METHODS.iter().position(|known| method == known).unwrap_or(METHODS.len() - 1)
}
