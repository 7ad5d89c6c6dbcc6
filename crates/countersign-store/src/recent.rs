//! Users who were read a little while ago.

use countersign_core::clock::{Clock, SignedDuration, Timestamp};
use countersign_core::json::Object;
use countersign_core::store::{Act, Memberships, Users};
use countersign_core::user::{User, UserId, UserKey};
use std::fmt;
use std::sync::Arc;

/// How many users are remembered.
const USERS: usize = 100_000;

/// A user table whose users may be taken for what they were a stated time ago, where they are let in and nowhere else:
/// see [`Users::find_recent`]. One who is changed or switched off elsewhere is let in by their access token for at
/// most this long.
///
/// ```
/// use countersign_core::clock::{SignedDuration, SystemClock};
/// use countersign_core::testing::MemoryStore;
/// use countersign_store::RecentUsers;
/// use std::sync::Arc;
///
/// let users = RecentUsers::new(
///     Arc::new(MemoryStore::new()),
///     Arc::new(SystemClock),
///     SignedDuration::from_secs(5),
/// );
/// ```
pub struct RecentUsers {
    users: Arc<dyn Users>,
    clock: Arc<dyn Clock>,
    bound: SignedDuration,
    read: quick_cache::sync::Cache<String, (Timestamp, Arc<User>)>,
}

impl RecentUsers {
    /// Remembers whom it reads of these users, for so long by this clock.
    #[must_use]
    pub fn new(users: Arc<dyn Users>, clock: Arc<dyn Clock>, bound: SignedDuration) -> Self {
        Self { users, clock, bound, read: quick_cache::sync::Cache::new(USERS) }
    }
}

fn name(key: UserKey<'_>) -> String {
    format!("{}\0{}", key.field, key.value)
}

impl Users for RecentUsers {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        self.users.find_by_username(username)
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move {
            // As old as the question: what changes while it is on its way may not be in the answer.
            let (name, at) = (name(key), self.clock.now());
            let user = self.users.find_by_key(key).await?;
            match &user {
                Some(user) => self.read.insert(name, (at, Arc::clone(user))),
                None => drop(self.read.remove(&name)),
            }
            Ok(user)
        })
    }

    fn find_recent(&self, key: UserKey<'_>) -> Option<Arc<User>> {
        let (at, user) = self.read.get(&name(key))?;
        let age = self.clock.now().duration_since(at);
        // A clock that went back says nothing.
        (!age.is_negative() && age <= self.bound).then_some(user)
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        self.users.replace_password(id, old, new)
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        self.users.record_login(id, at)
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        self.users.memberships(id)
    }

    fn computed_claims<'a>(&'a self, user: &'a User) -> Act<'a, Object> {
        self.users.computed_claims(user)
    }
}

impl fmt::Debug for RecentUsers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RecentUsers").field("bound", &self.bound).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::store::UserAdmin as _;
    use countersign_core::testing::{ManualClock, MemoryStore, block_on};
    use countersign_core::user::NewUser;

    const ANN: UserKey<'static> = UserKey { field: "username", value: "ann" };
    const BOUND: SignedDuration = SignedDuration::from_secs(5);

    fn users() -> (RecentUsers, Arc<ManualClock>) {
        let store = Arc::new(MemoryStore::new());
        block_on(store.add(&NewUser { user: User::new("ann", "!") })).unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        (RecentUsers::new(store, Arc::clone(&clock) as _, BOUND), clock)
    }

    #[test]
    fn nobody_is_recent_who_was_not_read() {
        let (users, _) = users();
        assert_eq!(users.find_recent(ANN), None);
    }

    #[test]
    fn a_user_is_recent_up_to_the_bound_and_never_where_the_clock_went_back() {
        let (users, clock) = users();
        let read = block_on(users.find_by_key(ANN)).unwrap();
        for (second, is_recent) in [(0, true), (5, true), (6, false), (-1, false)] {
            clock.set(Timestamp::from_second(second).unwrap());
            assert_eq!(users.find_recent(ANN), read.clone().filter(|_| is_recent), "{second}");
        }
        assert_eq!(users.find_recent(UserKey { field: "id", ..ANN }), None);
    }
}
