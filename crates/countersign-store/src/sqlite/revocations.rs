//! drf-jwt's blacklist: `blacklist_blacklistedtoken`.

use super::Sqlite;
use super::users::UserSql;
use crate::datetime;
use crate::error::Failure;
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, Blacklisting, Fingerprint, Revocation, Revocations, Revoked, RevokedListing, StoreError,
};
use countersign_core::user::UserId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row};
use std::sync::Arc;

/// What is looked for, in a form that can be sent to another thread.
#[derive(Clone)]
struct Sought {
    token: Option<String>,
    token_id: Option<String>,
}

impl From<Fingerprint<'_>> for Sought {
    fn from(of: Fingerprint<'_>) -> Self {
        Self { token: of.token.map(str::to_owned), token_id: of.token_id.map(digits) }
    }
}

/// A UUID as Django keeps it where the database has no type for it: 32 hexadecimal digits.
fn digits(id: u128) -> String {
    format!("{id:032x}")
}

impl Revocations for Sqlite {
    fn revoke<'a>(&'a self, entry: &'a Revocation, at: Timestamp) -> Act<'a, Blacklisting> {
        let entry = entry.clone();
        self.write_revoked(move |users, db| revoke(users, db, &entry, at))
    }

    fn is_revoked<'a>(&'a self, of: Fingerprint<'a>) -> Act<'a, bool> {
        Box::pin(async move {
            self.needs_revocations()?;
            let sought = Sought::from(of);
            self.read(&sought, |_, db, sought| is_revoked(db, sought)).await
        })
    }

    fn list_revoked<'a>(&'a self, listing: RevokedListing<'a>) -> Act<'a, Vec<Revoked>> {
        let (user, after, limit) = (listing.user.cloned(), listing.after, listing.limit);
        self.read_revoked(move |users, db| list(users, db, user.as_ref(), after, limit))
    }

    fn find_revoked<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, Option<Revoked>> {
        let user = user.cloned();
        self.read_revoked(move |users, db| find(users, db, id, user.as_ref()))
    }

    fn withdraw<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, bool> {
        let user = user.cloned();
        self.write_revoked(move |users, db| {
            let found = find(users, db, id, user.as_ref())?.is_some();
            let delete = "DELETE FROM blacklist_blacklistedtoken WHERE id = ?1";
            Ok(found && db.prepare_cached(delete)?.execute([id])? == 1)
        })
    }

    fn forget_revoked(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.write_revoked(move |_, db| {
            let delete = "DELETE FROM blacklist_blacklistedtoken WHERE id IN
                          (SELECT id FROM blacklist_blacklistedtoken WHERE expires_at < ?1 LIMIT ?2)";
            Ok(db.prepare_cached(delete)?.execute((datetime::to_text(at), limit))? as u64)
        })
    }
}

impl Sqlite {
    fn needs_revocations(&self) -> Result<(), StoreError> {
        if self.revocations { Ok(()) } else { Err(StoreError::new("drf-jwt's blacklist is switched off")) }
    }

    fn write_revoked<T: Send + 'static>(
        &self,
        act: impl FnOnce(&UserSql, &Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        match self.needs_revocations() {
            Ok(()) => self.write(act),
            Err(off) => Box::pin(std::future::ready(Err(off))),
        }
    }

    fn read_revoked<T: Send + 'static>(
        &self,
        read: impl FnOnce(&UserSql, &Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        match self.needs_revocations() {
            Ok(()) => {
                let users = Arc::clone(&self.users);
                self.readers.queued(move |db| read(&users, db))
            }
            Err(off) => Box::pin(std::future::ready(Err(off))),
        }
    }
}

/// The table has no unique column: it is the writer's transaction that lets one of many entries in.
fn revoke(
    users: &UserSql,
    db: &Connection,
    entry: &Revocation,
    at: Timestamp,
) -> Result<Blacklisting, Failure> {
    let Some(key) = users.key(&entry.user) else { return Ok(Blacklisting::Already) };
    let insert = format!(
        "INSERT INTO blacklist_blacklistedtoken (token, expires_at, blacklisted_at, user_id, token_id)
         SELECT ?1, ?2, ?3, u.{id}, ?5 FROM {table} AS u
         WHERE u.{id} = ?4
         AND NOT EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token = ?1)
         AND NOT EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token_id = ?5)",
        id = users.id,
        table = users.table,
    );
    let (expires, now) = (datetime::to_text(entry.expires_at), datetime::to_text(at));
    let values = (&entry.token, expires, now, key, entry.token_id.map(digits));
    let is_new = db.prepare_cached(&insert)?.execute(values)? == 1;
    Ok(if is_new { Blacklisting::Done } else { Blacklisting::Already })
}

fn is_revoked(db: &Connection, sought: &Sought) -> Result<bool, Failure> {
    // What is not looked for is NULL, which equals nothing. Two look-ups, so that each has its index.
    let sql = "SELECT EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token_id = ?1)
               OR EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token = ?2)";
    Ok(db.prepare_cached(sql)?.query_row((&sought.token_id, &sought.token), |row| row.get(0))?)
}

const SELECT: &str = "SELECT id, token, token_id, user_id, expires_at FROM blacklist_blacklistedtoken";

fn list(
    users: &UserSql,
    db: &Connection,
    user: Option<&UserId>,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Revoked>, Failure> {
    let after = after.unwrap_or(i64::MIN);
    let revoked = |row: &Row<'_>| revoked(users, row);
    let rows = match user.map(|user| users.key(user)) {
        // The column cannot hold such a key: nobody's.
        Some(None) => Vec::new(),
        Some(Some(key)) => {
            let sql = format!("{SELECT} WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
            db.prepare_cached(&sql)?
                .query_map((key, after, limit), revoked)?
                .collect::<rusqlite::Result<_>>()?
        }
        None => {
            let sql = format!("{SELECT} WHERE id > ?1 ORDER BY id LIMIT ?2");
            db.prepare_cached(&sql)?.query_map((after, limit), revoked)?.collect::<rusqlite::Result<_>>()?
        }
    };
    Ok(rows)
}

fn find(
    users: &UserSql,
    db: &Connection,
    id: i64,
    user: Option<&UserId>,
) -> Result<Option<Revoked>, Failure> {
    let sql = format!("{SELECT} WHERE id = ?1");
    let found = db.prepare_cached(&sql)?.query_row([id], |row| revoked(users, row)).optional()?;
    Ok(found.filter(|revoked| user.is_none_or(|user| revoked.entry.user == *user)))
}

fn revoked(users: &UserSql, row: &Row<'_>) -> rusqlite::Result<Revoked> {
    let token_id: Option<String> = row.get(2)?;
    let expires_at: Value = row.get(4)?;
    // Whatever Django did not write has ended long ago.
    let expires_at = match expires_at {
        Value::Text(text) => datetime::from_text(&text),
        _ => None,
    };
    Ok(Revoked {
        id: row.get(0)?,
        entry: Revocation {
            token: row.get(1)?,
            token_id: token_id.and_then(|digits| u128::from_str_radix(&digits, 16).ok()),
            user: users.id_of(row, 3)?,
            expires_at: expires_at.unwrap_or(Timestamp::MIN),
        },
    })
}
