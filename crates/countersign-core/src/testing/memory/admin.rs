//! The door of the admin pages in memory.

use super::MemoryStore;
use crate::clock::{SignedDuration, Timestamp};
use crate::store::{Act, AdminDoor, AdminSession, Attempt, AttemptLimit, OneTimeLink};
use std::collections::HashMap;

/// What the door keeps.
#[derive(Default)]
pub(super) struct Door {
    sessions: HashMap<String, AdminSession>,
    links: HashMap<String, OneTimeLink>,
    /// Since when, and how often.
    attempts: HashMap<String, (Timestamp, u32)>,
}

impl AdminDoor for MemoryStore {
    fn open_session<'a>(&'a self, session: &'a AdminSession) -> Act<'a, ()> {
        self.act(move |tables| {
            tables.door.sessions.insert(session.digest.clone(), session.clone());
        })
    }

    fn find_session<'a>(&'a self, digest: &'a str) -> Act<'a, Option<AdminSession>> {
        self.act(move |tables| tables.door.sessions.get(digest).cloned())
    }

    fn touch_session<'a>(&'a self, digest: &'a str, seen_at: Timestamp, confirmed: bool) -> Act<'a, ()> {
        self.act(move |tables| {
            if let Some(session) = tables.door.sessions.get_mut(digest) {
                session.seen_at = seen_at;
                if confirmed {
                    session.confirmed_at = seen_at;
                }
            }
        })
    }

    fn close_session<'a>(&'a self, digest: &'a str) -> Act<'a, bool> {
        self.act(move |tables| tables.door.sessions.remove(digest).is_some())
    }

    fn issue_link<'a>(&'a self, link: &'a OneTimeLink) -> Act<'a, ()> {
        self.act(move |tables| {
            tables.door.links.retain(|_, other| (other.purpose, &other.user) != (link.purpose, &link.user));
            tables.door.links.insert(link.digest.clone(), link.clone());
        })
    }

    fn find_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        self.act(move |tables| tables.door.links.get(digest).filter(|link| at < link.expires_at).cloned())
    }

    fn redeem_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        self.act(move |tables| tables.door.links.remove(digest).filter(|link| at < link.expires_at))
    }

    fn count_attempt<'a>(
        &'a self,
        limits: &'a [AttemptLimit<'a>],
        window: SignedDuration,
        at: Timestamp,
    ) -> Act<'a, Attempt> {
        self.act(move |tables| {
            let attempts = &mut tables.door.attempts;
            attempts.retain(|_, (since, _)| at.duration_since(*since) < window);
            let full = limits.iter().filter_map(|limit| {
                attempts.get(limit.key).filter(|(_, count)| *count >= limit.most).map(|(since, _)| *since)
            });
            if let Some(since) = full.max() {
                return Attempt::Refused { until: since.saturating_add(window).unwrap_or(Timestamp::MAX) };
            }
            for limit in limits {
                attempts.entry(limit.key.to_owned()).or_insert((at, 0)).1 += 1;
            }
            Attempt::Counted
        })
    }

    fn forget_attempts<'a>(&'a self, keys: &'a [&'a str]) -> Act<'a, ()> {
        self.act(move |tables| tables.door.attempts.retain(|key, _| !keys.contains(&&**key)))
    }

    fn purge_door(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.act(move |tables| {
            let door = &mut tables.door;
            let before = door.sessions.len() + door.links.len();
            let mut left = limit;
            let mut ended = |expires_at: Timestamp| {
                let goes = expires_at < at && left > 0;
                left -= u32::from(goes);
                goes
            };
            door.sessions.retain(|_, session| !ended(session.expires_at));
            door.links.retain(|_, link| !ended(link.expires_at));
            (before - door.sessions.len() - door.links.len()) as u64
        })
    }
}
