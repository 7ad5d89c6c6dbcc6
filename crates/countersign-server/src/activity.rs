//! What is going on, as far as this process saw it: the last day in minutes, the last events one by one.
//!
//! Bounded in memory, gone at a restart, and of this process alone: where several serve, each knows its own share.

use countersign_core::clock::Timestamp;
use countersign_core::event::{Events, LoginEvent, LoginOutcome, ReuseEvent};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The minutes that are kept: a day.
const MINUTES: usize = 24 * 60;

/// The events that are kept.
const EVENTS: usize = 1000;

/// What happened in one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Which: minutes since 1970.
    pub number: i64,
    /// Logins that succeeded.
    pub logins: u32,
    /// Logins that failed, by reason, in the order of [`REASONS`].
    pub failures: [u32; 4],
    /// Refreshes that succeeded.
    pub refreshes: u32,
    /// Refresh tokens that came again after their use.
    pub reuses: u32,
    /// Requests that were answered.
    pub requests: u32,
    /// Of these, with a status of 500 or more.
    pub broken: u32,
    /// Requests by how long they took, in the order of [`LATENCIES`], and slower ones.
    pub latency: [u32; LATENCIES.len() + 1],
}

/// Why logins fail.
pub const REASONS: [LoginOutcome; 4] = [
    LoginOutcome::UnknownUser,
    LoginOutcome::WrongPassword,
    LoginOutcome::Inactive,
    LoginOutcome::Overloaded,
];

/// The upper bounds that latencies are sorted by, in microseconds.
pub const LATENCIES: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

impl Minute {
    /// All failures.
    #[must_use]
    pub fn failed(&self) -> u32 {
        self.failures.iter().sum()
    }

    /// Adds another minute to this one.
    pub fn gather(&mut self, other: &Self) {
        let sum = |own: &mut u32, other: u32| *own = own.saturating_add(other);
        sum(&mut self.logins, other.logins);
        sum(&mut self.refreshes, other.refreshes);
        sum(&mut self.reuses, other.reuses);
        sum(&mut self.requests, other.requests);
        sum(&mut self.broken, other.broken);
        self.failures.iter_mut().zip(other.failures).for_each(|(own, other)| sum(own, other));
        self.latency.iter_mut().zip(other.latency).for_each(|(own, other)| sum(own, other));
    }

    /// How long a request took that was slower than `share` of all (0.5: the middle one): the upper bound of its class
    /// in microseconds. `None`: there was none, or it was slower than a second.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let all: u32 = self.latency.iter().sum();
        let wanted = f64::from(all) * share;
        let mut seen = 0;
        let class = self.latency.iter().position(|count| {
            seen += count;
            all > 0 && f64::from(seen) >= wanted
        });
        class.and_then(|class| LATENCIES.get(class).copied())
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// What: `login` or `reuse`.
    pub kind: Kind,
    /// The username, where it is somebody's: people type passwords into the wrong field.
    pub username: Option<String>,
    /// The user's id.
    pub user: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// By which endpoint.
    pub method: &'static str,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An attempt to log in, and what came of it.
    Login(LoginOutcome),
    /// A refresh token came again after its use.
    Reuse,
}

/// The ring, and whoever hears of events behind it.
pub struct Activity {
    behind: Arc<dyn Events>,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    minutes: VecDeque<Minute>,
    events: VecDeque<Seen>,
}

impl Activity {
    /// An empty one. Events go on to `behind`.
    #[must_use]
    pub fn new(behind: Arc<dyn Events>) -> Self {
        Self { behind, ring: Mutex::default() }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request that was answered. `refreshed`: it gave new tokens for a refresh token.
    pub fn answered(&self, at: Timestamp, status: u16, refreshed: bool, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = LATENCIES.iter().position(|bound| micros <= *bound).unwrap_or(LATENCIES.len());
        let mut ring = self.ring();
        let minute = ring.minute(at);
        minute.requests += 1;
        minute.broken += u32::from(status >= 500);
        minute.refreshes += u32::from(refreshed && status < 300);
        minute.latency[class] += 1;
    }

    /// The last `count` stretches of `minutes` minutes up to now, the oldest first. Those without anything are zero.
    #[must_use]
    pub fn stretches(&self, now: Timestamp, count: usize, minutes: usize) -> Vec<Minute> {
        let ring = self.ring();
        let width = i64::try_from(minutes).unwrap_or(1).max(1);
        let last = number(now).div_euclid(width);
        let first = last - i64::try_from(count).unwrap_or(0) + 1;
        let mut stretches: Vec<Minute> =
            (first..=last).map(|number| Minute { number: number * width, ..Minute::default() }).collect();
        for minute in &ring.minutes {
            let at = minute.number.div_euclid(width) - first;
            if let Some(stretch) = usize::try_from(at).ok().and_then(|at| stretches.get_mut(at)) {
                stretch.gather(minute);
            }
        }
        stretches
    }

    /// The last events, the latest first.
    #[must_use]
    pub fn events(&self, limit: usize, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        self.ring().events.iter().rev().filter(|seen| wanted(seen)).take(limit).cloned().collect()
    }
}

impl Ring {
    /// The minute of an instant; the latest one where a clock went back.
    fn minute(&mut self, at: Timestamp) -> &mut Minute {
        let number = number(at);
        if self.minutes.back().is_none_or(|last| last.number < number) {
            if self.minutes.len() == MINUTES {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute { number, ..Minute::default() });
        }
        self.minutes.back_mut().expect("there is one by now")
    }

    fn note(&mut self, seen: Seen) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(seen);
    }
}

fn number(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

impl Events for Activity {
    fn login(&self, event: &LoginEvent<'_>) {
        self.behind.login(event);
        let mut ring = self.ring();
        let minute = ring.minute(event.at);
        match REASONS.iter().position(|reason| *reason == event.outcome) {
            Some(reason) => minute.failures[reason] += 1,
            None => minute.logins += 1,
        }
        ring.note(Seen {
            at: event.at,
            kind: Kind::Login(event.outcome),
            username: event.user.map(|_| event.username.to_owned()),
            user: event.user.map(ToString::to_string),
            address: event.origin.address.map(|address| address.to_string()),
            method: event.method,
        });
    }

    fn reuse(&self, event: &ReuseEvent<'_>) {
        self.behind.reuse(event);
        let mut ring = self.ring();
        ring.minute(event.at).reuses += 1;
        ring.note(Seen {
            at: event.at,
            kind: Kind::Reuse,
            username: None,
            user: event.user.map(ToString::to_string),
            address: event.origin.address.map(|address| address.to_string()),
            method: "refresh",
        });
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Activity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::event::{NoEvents, Origin};
    use countersign_core::user::UserId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn login(activity: &Activity, second: i64, user: Option<&UserId>, outcome: LoginOutcome) {
        let (username, method) = ("what was typed", "simple_jwt");
        activity.login(&LoginEvent {
            at: at(second),
            username,
            user,
            origin: Origin::default(),
            method,
            outcome,
        });
    }

    #[test]
    fn minutes_are_gathered_into_stretches_that_end_now() {
        let activity = Activity::new(Arc::new(NoEvents));
        let user = UserId::Integer(1);
        login(&activity, 0, Some(&user), LoginOutcome::Success);
        login(&activity, 61, Some(&user), LoginOutcome::WrongPassword);
        login(&activity, 600, Some(&user), LoginOutcome::Success);
        let minutes = activity.stretches(at(659), 11, 1);
        assert_eq!(
            minutes.iter().map(|minute| minute.logins).collect::<Vec<_>>(),
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        );
        let stretches = activity.stretches(at(659), 2, 10);
        assert_eq!(
            stretches.iter().map(|one| (one.logins, one.failed())).collect::<Vec<_>>(),
            [(1, 1), (1, 0)]
        );
        assert_eq!(activity.stretches(at(100_000), 1, 60)[0], Minute { number: 1620, ..Minute::default() });
    }

    #[test]
    fn the_name_that_was_typed_is_kept_only_where_it_is_somebodys() {
        let activity = Activity::new(Arc::new(NoEvents));
        login(&activity, 0, None, LoginOutcome::UnknownUser);
        login(&activity, 1, Some(&UserId::Integer(7)), LoginOutcome::Success);
        let events = activity.events(10, |_| true);
        assert_eq!(events[0].username.as_deref(), Some("what was typed"));
        assert_eq!(events[1].username, None);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let activity = Activity::new(Arc::new(NoEvents));
        for minute in 0..2000 {
            login(&activity, minute * 60, None, LoginOutcome::UnknownUser);
        }
        assert_eq!(activity.events(5000, |_| true).len(), EVENTS);
        let all: u32 = activity.stretches(at(1999 * 60), 2000, 1).iter().map(Minute::failed).sum();
        assert_eq!(all as usize, MINUTES);
    }

    #[test]
    fn a_quantile_is_the_bound_of_its_class() {
        let activity = Activity::new(Arc::new(NoEvents));
        for micros in [50, 80, 400, 9_000, 90_000_000] {
            activity.answered(at(0), 200, false, Duration::from_micros(micros));
        }
        let minute = &activity.stretches(at(0), 1, 1)[0];
        assert_eq!(
            (minute.quantile(0.5), minute.quantile(0.8), minute.quantile(1.0)),
            (Some(500), Some(10_000), None)
        );
        assert_eq!(Minute::default().quantile(0.5), None);
    }
}
