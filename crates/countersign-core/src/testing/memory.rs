//! A store in memory: the rules of the ledger in their plainest form, gone with the process.

mod admin;
mod audit;
mod directory;
mod sessions;

use self::sessions::{Presented, Verdict};
use crate::clock::Timestamp;
use crate::store::{
    Act, AddOutcome, AuditRecord, Blacklisting, Deletion, Fingerprint, KeyRecord, KeyRecords, Keys, Ledger,
    Listing, Memberships, NewSession, Purged, Record, Revocation, Revocations, Revoked, RevokedListing,
    Rotate, Rotation, Session, Store, StoreError, UserAdmin, UserChange, Users, fingerprint,
};
use crate::user::{NewUser, User, UserId, UserKey};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Users and tokens in maps behind one lock.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    users: BTreeMap<UserId, User>,
    last_id: i64,
    memberships: HashMap<UserId, Memberships>,
    outstanding: HashMap<String, Outstanding>,
    families: BTreeMap<String, Session>,
    epoch: Option<Timestamp>,
    revoked: BTreeMap<i64, Revocation>,
    last_revoked: i64,
    keys: KeyRecords,
    door: admin::Door,
    audit: Vec<AuditRecord>,
    broken: bool,
}

struct Outstanding {
    user: Option<UserId>,
    created_at: Timestamp,
    expires_at: Timestamp,
    blacklisted: bool,
    claims: String,
    family: Option<String>,
    consumed: Option<(Timestamp, String)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes every act fail from now on, or work again: for tests of what a client is told then.
    pub fn break_down(&self, broken: bool) {
        self.tables().broken = broken;
    }

    /// Gives a user a permission by a group.
    pub fn grant(&self, user: &UserId, group: &str, permission: &str) {
        let mut tables = self.tables();
        let memberships = tables.memberships.entry(user.clone()).or_default();
        memberships.groups.push(group.to_owned());
        memberships.permissions.push(permission.to_owned());
    }

    /// Changes a user and nothing else, as Django does. Says whether there is one.
    pub fn change_alone(&self, id: &UserId, change: UserChange<'_>) -> bool {
        self.tables().change(id, change)
    }

    /// Deletes a user and nothing else, as Django does. Says whether there was one.
    pub fn delete_alone(&self, id: &UserId) -> bool {
        self.tables().users.remove(id).is_some()
    }

    /// Blacklists an outstanding token and tells no session, as Django does. Says whether there is such a token.
    pub fn blacklist_alone(&self, jti: &str) -> bool {
        self.tables().outstanding.get_mut(jti).map(|token| token.blacklisted = true).is_some()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act<'a, T: Send + 'a>(&'a self, act: impl FnOnce(&mut Tables) -> T + Send + 'a) -> Act<'a, T> {
        Box::pin(async move {
            let mut tables = self.tables();
            if tables.broken {
                Err(StoreError::new("it was told to be broken"))
            } else {
                Ok(act(&mut tables))
            }
        })
    }
}

impl Keys for MemoryStore {
    fn key_version(&self) -> Act<'_, u64> {
        self.act(|tables| tables.keys.version)
    }

    fn keys(&self) -> Act<'_, KeyRecords> {
        self.act(|tables| tables.keys.clone())
    }

    fn write_keys<'a>(&'a self, version: u64, keys: &'a [KeyRecord]) -> Act<'a, bool> {
        self.act(move |tables| {
            if tables.keys.version != version {
                return false;
            }
            tables.keys.version += 1;
            let records = &mut tables.keys.keys;
            records.retain(|record| keys.iter().all(|new| new.kid != record.kid));
            records.extend_from_slice(keys);
            records.sort_by(|one, other| (one.tenure.next, &one.kid).cmp(&(other.tenure.next, &other.kid)));
            true
        })
    }
}

impl Users for MemoryStore {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        self.find_by_key(UserKey { field: "username", value: username })
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        self.act(move |tables| {
            let matching = |user: &&User| user.field(key.field).is_some_and(|value| value == key.value);
            let mut found = tables.users.values().filter(matching);
            let first = found.next();
            first.filter(|_| found.next().is_none()).cloned().map(Arc::new)
        })
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        self.act(move |tables| {
            let Some(user) = tables.users.get_mut(id).filter(|user| user.password == old) else {
                return false;
            };
            new.clone_into(&mut user.password);
            for session in tables.families.values_mut().filter(|session| session.user.as_ref() == Some(id)) {
                if session.fingerprint == Some(fingerprint(&session.id, old)) {
                    session.fingerprint = Some(fingerprint(&session.id, new));
                }
            }
            true
        })
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        self.act(move |tables| {
            if let Some(user) = tables.users.get_mut(id) {
                user.last_login = Some(at);
            }
        })
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        self.act(move |tables| tables.memberships(id))
    }
}

impl UserAdmin for MemoryStore {
    fn add<'a>(&'a self, user: &'a NewUser) -> Act<'a, AddOutcome> {
        self.act(move |tables| {
            if tables.users.values().any(|other| other.username == user.user.username) {
                return AddOutcome::UsernameTaken;
            }
            tables.last_id += 1;
            let user = User { id: UserId::Integer(tables.last_id), ..user.user.clone() };
            tables.users.insert(user.id.clone(), user.clone());
            AddOutcome::Added(user)
        })
    }

    fn list<'a>(&'a self, listing: Listing<'a>) -> Act<'a, Vec<Arc<User>>> {
        self.act(move |tables| {
            let wanted = listing.search.unwrap_or_default().to_ascii_lowercase();
            let contains = |text: &str| text.to_ascii_lowercase().contains(&wanted);
            let later =
                tables.users.values().filter(|user| listing.after.is_none_or(|after| user.id > *after));
            let found = later.filter(|user| contains(&user.username) || contains(&user.email));
            found.take(listing.limit as usize).cloned().map(Arc::new).collect()
        })
    }

    fn update<'a>(&'a self, id: &'a UserId, change: UserChange<'a>, at: Timestamp) -> Act<'a, bool> {
        self.act(move |tables| {
            let found = tables.change(id, change);
            if found && change.ends_sessions() {
                tables.end_all(Some(id), None, at);
            }
            found
        })
    }

    fn delete<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, Deletion> {
        self.act(move |tables| {
            if tables.users.remove(id).is_none() {
                return Deletion::Unknown;
            }
            tables.end_all(Some(id), None, at);
            tables.families.retain(|_, session| session.user.as_ref() != Some(id));
            tables.memberships.remove(id);
            tables.revoked.retain(|_, entry| entry.user != *id);
            Deletion::Deleted
        })
    }
}

impl Ledger for MemoryStore {
    fn record<'a>(&'a self, token: &'a Record, session: Option<NewSession<'a>>) -> Act<'a, ()> {
        self.act(move |tables| {
            tables.write_down(token);
            if let Some(session) = session {
                tables.begin(token, session, token.created_at);
            }
        })
    }

    fn rotate<'a>(&'a self, rotate: Rotate<'a>) -> Act<'a, Rotation> {
        self.act(move |tables| tables.rotate(&rotate))
    }

    fn blacklist<'a>(&'a self, token: &'a Record, at: Timestamp) -> Act<'a, Blacklisting> {
        self.act(move |tables| {
            tables.write_down(token);
            tables.blacklist(&token.jti, at).expect("it has just been written down")
        })
    }

    fn blacklist_by_id<'a>(&'a self, jti: &'a str, at: Timestamp) -> Act<'a, Option<Blacklisting>> {
        self.act(move |tables| tables.blacklist(jti, at))
    }

    fn is_blacklisted<'a>(&'a self, jti: &'a str) -> Act<'a, bool> {
        self.act(move |tables| tables.outstanding.get(jti).is_some_and(|token| token.blacklisted))
    }

    fn extend<'a>(&'a self, token: &'a Record) -> Act<'a, bool> {
        self.act(move |tables| {
            let written = tables.write_down(token);
            if written.blacklisted {
                return false;
            }
            written.expires_at = token.expires_at;
            if let Some(session) = written.family.clone().and_then(|id| tables.families.get_mut(&id)) {
                session.expires_at = session.expires_at.max(token.expires_at);
            }
            true
        })
    }

    fn purge(&self, at: Timestamp, after: i64, limit: u32) -> Act<'_, Purged> {
        self.act(move |tables| tables.purge(at, after, limit as usize))
    }
}

impl Revocations for MemoryStore {
    fn revoke<'a>(&'a self, entry: &'a Revocation, _: Timestamp) -> Act<'a, Blacklisting> {
        self.act(move |tables| {
            if tables.is_revoked(entry.fingerprint()) || !tables.users.contains_key(&entry.user) {
                return Blacklisting::Already;
            }
            tables.last_revoked += 1;
            tables.revoked.insert(tables.last_revoked, entry.clone());
            Blacklisting::Done
        })
    }

    fn is_revoked<'a>(&'a self, of: Fingerprint<'a>) -> Act<'a, bool> {
        self.act(move |tables| tables.is_revoked(of))
    }

    fn list_revoked<'a>(&'a self, listing: RevokedListing<'a>) -> Act<'a, Vec<Revoked>> {
        self.act(move |tables| {
            let later =
                tables.revoked.iter().filter(|(id, _)| listing.after.is_none_or(|after| **id > after));
            let found = later.filter(|(_, entry)| listing.user.is_none_or(|user| entry.user == *user));
            let page = found.take(listing.limit as usize);
            page.map(|(id, entry)| Revoked { id: *id, entry: entry.clone() }).collect()
        })
    }

    fn find_revoked<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, Option<Revoked>> {
        self.act(move |tables| {
            let entry = tables.revoked.get(&id).filter(|entry| user.is_none_or(|user| entry.user == *user));
            entry.map(|entry| Revoked { id, entry: entry.clone() })
        })
    }

    fn withdraw<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, bool> {
        self.act(move |tables| {
            let entry = tables.revoked.get(&id).filter(|entry| user.is_none_or(|user| entry.user == *user));
            entry.is_some() && tables.revoked.remove(&id).is_some()
        })
    }

    fn forget_revoked(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.act(move |tables| {
            let ended = tables.revoked.iter().filter(|(_, entry)| entry.expires_at < at).map(|(id, _)| *id);
            let ended: Vec<_> = ended.take(limit as usize).collect();
            tables.revoked.retain(|id, _| !ended.contains(id));
            ended.len() as u64
        })
    }
}

impl Store for MemoryStore {
    fn ping(&self) -> Act<'_, ()> {
        self.act(|_| ())
    }
}

impl Tables {
    fn write_down(&mut self, token: &Record) -> &mut Outstanding {
        self.outstanding.entry(token.jti.clone()).or_insert_with(|| Outstanding {
            user: token.user.clone(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            blacklisted: false,
            claims: token.claims.clone(),
            family: None,
            consumed: None,
        })
    }

    fn change(&mut self, id: &UserId, change: UserChange<'_>) -> bool {
        let Some(user) = self.users.get_mut(id) else { return false };
        if let Some(password) = change.password {
            password.clone_into(&mut user.password);
        }
        user.is_active = change.is_active.unwrap_or(user.is_active);
        true
    }

    fn blacklist(&mut self, jti: &str, at: Timestamp) -> Option<Blacklisting> {
        let written = self.outstanding.get_mut(jti)?;
        let before = std::mem::replace(&mut written.blacklisted, true);
        if let Some(family) = written.family.clone() {
            self.end(&family, at);
        }
        Some(if before { Blacklisting::Already } else { Blacklisting::Done })
    }

    fn rotate(&mut self, rotate: &Rotate<'_>) -> Rotation {
        let Rotate { presented, must_be_active, at, terms, .. } = *rotate;
        let use_of = Presented { token: presented, must_be_active, at, terms };
        match self.judge(&use_of) {
            Verdict::Refused(rotation) => rotation,
            Verdict::Dead => {
                let again = self.again(rotate);
                if matches!(again, Rotation::Replayed { .. }) {
                    return self.refuse(&use_of).unwrap_or(again);
                }
                again
            }
            Verdict::Live => self.consume(rotate),
        }
    }

    /// A token that was used or revoked before comes again.
    fn again(&mut self, rotate: &Rotate<'_>) -> Rotation {
        let Some((consumed_at, successor, family)) =
            self.outstanding.get(&rotate.presented.jti).and_then(|token| {
                let (consumed_at, successor) = token.consumed.as_ref()?;
                Some((*consumed_at, self.outstanding.get(successor)?, token.family.clone()?))
            })
        else {
            return Rotation::Blacklisted;
        };
        let in_time = !rotate.grace.is_zero() && rotate.at.duration_since(consumed_at) <= rotate.grace;
        if self.families.get(&family).is_none_or(|session| session.ended_at.is_some()) {
            return Rotation::Blacklisted;
        }
        if in_time && successor.consumed.is_none() {
            let claims = successor.claims.clone();
            return if successor.blacklisted { Rotation::Blacklisted } else { Rotation::Replayed { claims } };
        }
        if rotate.reuse_detection {
            self.end(&family, rotate.at);
            return Rotation::Reused;
        }
        Rotation::Blacklisted
    }

    fn consume(&mut self, rotate: &Rotate<'_>) -> Rotation {
        let family = self.enter(rotate.presented, rotate.family, rotate.origin, rotate.at);
        let presented = self.write_down(rotate.presented);
        presented.blacklisted = true;
        presented.consumed = Some((rotate.at, rotate.successor.jti.clone()));
        self.write_down(rotate.successor).family = Some(family.clone());
        self.touch(&family, rotate.origin, rotate.at, rotate.successor.expires_at);
        Rotation::Rotated
    }

    fn is_revoked(&self, of: Fingerprint<'_>) -> bool {
        self.revoked.values().any(|entry| {
            let same_token = of.token.is_some() && entry.token.as_deref() == of.token;
            same_token || (of.token_id.is_some() && entry.token_id == of.token_id)
        })
    }

    fn purge(&mut self, at: Timestamp, after: i64, limit: usize) -> Purged {
        let ended = self.outstanding.iter().filter(|(_, token)| token.expires_at < at);
        let ended: Vec<_> = ended.take(limit).map(|(jti, _)| jti.clone()).collect();
        let removed: Vec<_> = ended.iter().filter_map(|jti| self.outstanding.remove(jti)).collect();
        let own = removed.iter().filter(|token| token.family.is_some()).count();
        let used: HashSet<_> = self.outstanding.values().filter_map(|token| token.family.as_ref()).collect();
        self.families.retain(|family, _| used.contains(family));
        // Nothing here has a number, and there is never much of it.
        let next = (removed.len() == limit).then_some(after);
        Purged { outstanding: removed.len() as u64, own: own as u64, next }
    }

    fn memberships(&self, id: &UserId) -> Memberships {
        let Some(user) = self.users.get(id) else { return Memberships::default() };
        let own = self.memberships.get(id).cloned().unwrap_or_default();
        let everybodys = || self.memberships.values().flat_map(|given| given.permissions.clone()).collect();
        let permissions: BTreeSet<String> = match (user.is_active, user.is_superuser) {
            (false, _) => BTreeSet::new(),
            (true, true) => everybodys(),
            (true, false) => own.permissions.into_iter().collect(),
        };
        let groups: BTreeSet<String> = own.groups.into_iter().collect();
        Memberships { groups: groups.into_iter().collect(), permissions: permissions.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, contract::Fixture};

    #[derive(Default)]
    struct InMemory(Arc<MemoryStore>);

    impl Fixture for InMemory {
        type Store = MemoryStore;

        fn store(&self) -> Arc<MemoryStore> {
            self.0.clone()
        }

        async fn blacklist_alone(&self, jti: &str) {
            assert!(self.0.blacklist_alone(jti), "only what is outstanding can be blacklisted");
        }

        async fn change_alone(&self, user: &UserId, change: UserChange<'_>) {
            assert!(self.0.change_alone(user, change), "only who is there can be changed");
        }

        async fn delete_alone(&self, user: &UserId) {
            assert!(self.0.delete_alone(user), "only who is there can be deleted");
        }

        async fn grant(&self, user: &UserId, group: &str, permission: &str) {
            self.0.grant(user, group, permission);
        }
    }

    crate::store_contract!(block_on, InMemory::default());
    crate::sessions_contract!(block_on, InMemory::default());
    crate::revocations_contract!(block_on, InMemory::default());
    crate::keys_contract!(block_on, InMemory::default());
    crate::admin_contract!(block_on, InMemory::default());

    #[test]
    fn three_hundred_histories_go_as_the_model_says() {
        for seed in 0..300 {
            block_on(crate::testing::model::agree(&InMemory::default(), seed, 60));
        }
    }

    #[test]
    fn a_broken_store_answers_nothing() {
        let store = MemoryStore::new();
        store.break_down(true);
        assert!(block_on(store.ping()).is_err());
        store.break_down(false);
        assert!(block_on(store.ping()).is_ok());
    }
}
