//! What is going on, as far as this process saw it: the last day in minutes, the last events one by one.
//!
//! Bounded in memory, gone at a restart, and of this process alone: where several serve, each knows its own share.

mod tally;

use self::tally::Tally;
use crate::latency;
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
    /// Requests by how long they took, in their [classes](latency).
    pub latency: [u32; latency::CLASSES],
}

/// Why logins fail.
pub const REASONS: [LoginOutcome; 4] = [
    LoginOutcome::UnknownUser,
    LoginOutcome::WrongPassword,
    LoginOutcome::Inactive,
    LoginOutcome::Overloaded,
];

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

    /// How long a request took that was slower than `share` of all (0.5: the middle one): the upper end of its class
    /// in microseconds. `None`: there was none, or it was slower than the last of them.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let all: u32 = self.latency.iter().sum();
        let wanted = f64::from(all) * share;
        let mut seen = 0;
        let class = self.latency.iter().position(|count| {
            seen += count;
            all > 0 && f64::from(seen) >= wanted
        });
        class.and_then(|class| latency::ENDS.get(class).copied())
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
    /// The requests of the present minute. They come too often for a lock.
    tally: Tally,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    /// By their numbers, which may have gaps.
    minutes: VecDeque<Minute>,
    events: VecDeque<Seen>,
}

impl Activity {
    /// An empty one. Events go on to `behind`.
    #[must_use]
    pub fn new(behind: Arc<dyn Events>) -> Self {
        Self { behind, tally: Tally::default(), ring: Mutex::default() }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request that was answered. `refreshed`: it gave new tokens for a refresh token.
    pub fn answered(&self, at: Timestamp, status: u16, refreshed: bool, took: Duration) {
        let number = number(at);
        if self.tally.is_before(number) {
            self.ring().settle(&self.tally);
            self.tally.begin(number);
        }
        self.tally.count(latency::class(took), status >= 500, refreshed && status < 300);
    }

    /// The last `count` stretches of `minutes` minutes up to now, the oldest first. Those without anything are zero.
    #[must_use]
    pub fn stretches(&self, now: Timestamp, count: usize, minutes: usize) -> Vec<Minute> {
        let mut ring = self.ring();
        ring.settle(&self.tally);
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
    /// The minute of this number; the first that is kept, where it is older than all of them.
    fn minute(&mut self, number: i64) -> &mut Minute {
        let mut place = self.minutes.partition_point(|minute| minute.number < number);
        if self.minutes.get(place).is_none_or(|minute| minute.number != number) {
            if self.minutes.len() < MINUTES {
                self.minutes.insert(place, Minute { number, ..Minute::default() });
            } else if place > 0 {
                place -= 1;
                self.minutes.pop_front();
                self.minutes.insert(place, Minute { number, ..Minute::default() });
            }
        }
        &mut self.minutes[place]
    }

    /// Takes over what was counted without it.
    fn settle(&mut self, tally: &Tally) {
        let counted = tally.take();
        if counted.requests > 0 {
            self.minute(counted.number).gather(&counted);
        }
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
        let minute = ring.minute(number(event.at));
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
        ring.minute(number(event.at)).reuses += 1;
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
    fn requests_are_counted_in_the_minute_they_were_answered_in() {
        let activity = Activity::new(Arc::new(NoEvents));
        for (second, status, refreshed) in
            [(0, 200, true), (59, 503, true), (61, 200, false), (600, 401, false)]
        {
            activity.answered(at(second), status, refreshed, Duration::from_micros(50));
        }
        // Of the next minute, before the requests of the last one were taken over.
        login(&activity, 660, None, LoginOutcome::UnknownUser);
        activity.answered(at(661), 200, false, Duration::from_micros(50));
        let minutes = activity.stretches(at(661), 12, 1);
        let busy =
            minutes.iter().filter(|minute| **minute != Minute { number: minute.number, ..Minute::default() });
        assert_eq!(
            busy.map(|minute| (minute.number, minute.requests, minute.broken, minute.refreshes))
                .collect::<Vec<_>>(),
            [(0, 2, 1, 1), (1, 1, 0, 0), (10, 1, 0, 0), (11, 1, 0, 0)]
        );
        assert_eq!(activity.stretches(at(661), 12, 1), minutes, "looking changes nothing");
    }

    #[test]
    fn no_request_is_lost_or_counted_twice_by_many_at_once() {
        let activity = Activity::new(Arc::new(NoEvents));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for second in 0..10_000 {
                        activity.answered(at(second), 200, false, Duration::from_micros(50));
                    }
                });
            }
            scope.spawn(|| (0..100).for_each(|_| drop(activity.stretches(at(0), 1, 1))));
        });
        let all = activity.stretches(at(10_000), 200, 1);
        assert_eq!(all.iter().map(|minute| minute.requests).sum::<u32>(), 40_000);
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
