//! The requests of one minute, counted by all threads at once.

use super::Minute;
use crate::latency::CLASSES;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Counts that nobody has to wait for. A request that is counted while the minute changes may be counted in the other
/// one of the two; none is lost.
#[derive(Default)]
pub(super) struct Tally {
    /// Which minute; there was none in 1970.
    number: AtomicI64,
    broken: AtomicU32,
    refreshes: AtomicU32,
    latency: [AtomicU32; CLASSES],
}

impl Tally {
    /// Whether it still counts an older minute than this. A clock that went back changes nothing.
    pub(super) fn is_before(&self, number: i64) -> bool {
        self.number.load(Ordering::Relaxed) < number
    }

    /// Counts for this minute from now on.
    pub(super) fn begin(&self, number: i64) {
        self.number.fetch_max(number, Ordering::Relaxed);
    }

    /// Counts one request, by the [class](crate::latency) of its latency.
    pub(super) fn count(&self, class: usize, broken: bool, refreshed: bool) {
        self.latency[class].fetch_add(1, Ordering::Relaxed);
        if broken {
            self.broken.fetch_add(1, Ordering::Relaxed);
        }
        if refreshed {
            self.refreshes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted, and counts from zero.
    pub(super) fn take(&self) -> Minute {
        let take = |count: &AtomicU32| count.swap(0, Ordering::Relaxed);
        let latency = self.latency.each_ref().map(take);
        Minute {
            number: self.number.load(Ordering::Relaxed),
            requests: latency.iter().sum(),
            broken: take(&self.broken),
            refreshes: take(&self.refreshes),
            latency,
            ..Minute::default()
        }
    }
}
