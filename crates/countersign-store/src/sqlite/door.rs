//! The door of the admin pages: `countersign_admin_session`, `countersign_link` and `countersign_attempt`.

use super::Sqlite;
use super::audit::{id_of, id_value, instant};
use super::users::UserSql;
use crate::error::Failure;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::{
    Act, AdminDoor, AdminSession, Attempt, AttemptLimit, LinkPurpose, OneTimeLink,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;

/// How much of what is over goes with each attempt.
const FORGOTTEN_AT_ONCE: u32 = 100;

impl AdminDoor for Sqlite {
    fn open_session<'a>(&'a self, session: &'a AdminSession) -> Act<'a, ()> {
        let session = session.clone();
        self.write(move |users, db| open(users, db, &session))
    }

    fn find_session<'a>(&'a self, digest: &'a str) -> Act<'a, Option<AdminSession>> {
        let (users, digest) = (Arc::clone(&self.users), digest.to_owned());
        self.readers.queued(move |db| find(&users, db, &digest))
    }

    fn touch_session<'a>(&'a self, digest: &'a str, seen_at: Timestamp, confirmed: bool) -> Act<'a, ()> {
        let digest = digest.to_owned();
        self.write(move |_, db| {
            let update = "UPDATE countersign_admin_session SET seen_at = ?2,
                          confirmed_at = CASE WHEN ?3 THEN ?2 ELSE confirmed_at END WHERE digest = ?1";
            db.prepare_cached(update)?.execute((digest, seen_at.as_microsecond(), confirmed))?;
            Ok(())
        })
    }

    fn close_session<'a>(&'a self, digest: &'a str) -> Act<'a, bool> {
        let digest = digest.to_owned();
        self.write(move |_, db| {
            let delete = "DELETE FROM countersign_admin_session WHERE digest = ?1";
            Ok(db.prepare_cached(delete)?.execute([digest])? == 1)
        })
    }

    fn issue_link<'a>(&'a self, link: &'a OneTimeLink) -> Act<'a, ()> {
        let link = link.clone();
        self.write(move |users, db| issue(users, db, &link))
    }

    fn find_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        let (users, digest) = (Arc::clone(&self.users), digest.to_owned());
        self.readers.queued(move |db| {
            let query = format!("SELECT {LINK} FROM countersign_link WHERE digest = ?1 AND expires_at > ?2");
            found_link(&users, db, &query, &digest, at)
        })
    }

    fn redeem_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        let digest = digest.to_owned();
        self.write(move |users, db| {
            let delete = format!(
                "DELETE FROM countersign_link WHERE digest = ?1 AND expires_at > ?2 RETURNING {LINK}"
            );
            found_link(users, db, &delete, &digest, at)
        })
    }

    fn count_attempt<'a>(
        &'a self,
        limits: &'a [AttemptLimit<'a>],
        window: SignedDuration,
        at: Timestamp,
    ) -> Act<'a, Attempt> {
        let limits: Vec<_> = limits.iter().map(|limit| (limit.key.to_owned(), limit.most)).collect();
        self.write(move |_, db| count(db, &limits, window, at))
    }

    fn forget_attempts<'a>(&'a self, keys: &'a [&'a str]) -> Act<'a, ()> {
        let keys: Vec<_> = keys.iter().map(|&key| key.to_owned()).collect();
        self.write(move |_, db| {
            let mut delete = db.prepare_cached("DELETE FROM countersign_attempt WHERE key = ?1")?;
            for key in &keys {
                delete.execute([key])?;
            }
            Ok(())
        })
    }

    fn purge_door(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.write(move |_, db| {
            let mut removed = 0;
            for table in ["countersign_admin_session", "countersign_link"] {
                let delete = format!(
                    "DELETE FROM {table} WHERE digest IN
                     (SELECT digest FROM {table} WHERE expires_at < ?1 LIMIT ?2)"
                );
                removed += db.prepare_cached(&delete)?.execute((at.as_microsecond(), limit))?;
            }
            Ok(removed as u64)
        })
    }
}

fn open(users: &UserSql, db: &Connection, session: &AdminSession) -> Result<(), Failure> {
    let insert = "INSERT INTO countersign_admin_session
                  (digest, user_id, password_mark, created_at, seen_at, confirmed_at, expires_at, address, user_agent)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    db.prepare_cached(insert)?.execute(params![
        session.digest,
        id_value(users, &session.user),
        session.password_mark,
        session.created_at.as_microsecond(),
        session.seen_at.as_microsecond(),
        session.confirmed_at.as_microsecond(),
        session.expires_at.as_microsecond(),
        session.address,
        session.user_agent,
    ])?;
    Ok(())
}

fn find(users: &UserSql, db: &Connection, digest: &str) -> Result<Option<AdminSession>, Failure> {
    let query =
        "SELECT digest, user_id, password_mark, created_at, seen_at, confirmed_at, expires_at, address,
                 user_agent FROM countersign_admin_session WHERE digest = ?1";
    let session = |row: &Row<'_>| {
        Ok(AdminSession {
            digest: row.get(0)?,
            user: users.id_of(row, 1)?,
            password_mark: row.get(2)?,
            created_at: instant(row, 3)?,
            seen_at: instant(row, 4)?,
            confirmed_at: instant(row, 5)?,
            expires_at: instant(row, 6)?,
            address: row.get(7)?,
            user_agent: row.get(8)?,
        })
    };
    Ok(db.prepare_cached(query)?.query_row([digest], session).optional()?)
}

const LINK: &str = "digest, purpose, user_id, created_at, expires_at";

fn issue(users: &UserSql, db: &Connection, link: &OneTimeLink) -> Result<(), Failure> {
    let user = link.user.as_ref().map(|id| id_value(users, id));
    let purpose = link.purpose.word();
    let delete = "DELETE FROM countersign_link WHERE purpose = ?1 AND user_id IS ?2";
    db.prepare_cached(delete)?.execute((purpose, &user))?;
    let insert = format!("INSERT INTO countersign_link ({LINK}) VALUES (?1, ?2, ?3, ?4, ?5)");
    let (created_at, expires_at) = (link.created_at.as_microsecond(), link.expires_at.as_microsecond());
    db.prepare_cached(&insert)?.execute((&link.digest, purpose, user, created_at, expires_at))?;
    Ok(())
}

fn found_link(
    users: &UserSql,
    db: &Connection,
    query: &str,
    digest: &str,
    at: Timestamp,
) -> Result<Option<OneTimeLink>, Failure> {
    let link = |row: &Row<'_>| {
        let Some(purpose) = LinkPurpose::of(&row.get::<_, String>(1)?) else { return Ok(None) };
        Ok(Some(OneTimeLink {
            digest: row.get(0)?,
            purpose,
            user: id_of(users, row, 2)?,
            created_at: instant(row, 3)?,
            expires_at: instant(row, 4)?,
        }))
    };
    let found = db.prepare_cached(query)?.query_row((digest, at.as_microsecond()), link).optional()?;
    Ok(found.flatten())
}

fn count(
    db: &Connection,
    limits: &[(String, u32)],
    window: SignedDuration,
    at: Timestamp,
) -> Result<Attempt, Failure> {
    let begin = at.saturating_sub(window).unwrap_or(Timestamp::MIN).as_microsecond();
    let forget = "DELETE FROM countersign_attempt WHERE key IN
                  (SELECT key FROM countersign_attempt WHERE since <= ?1 LIMIT ?2)";
    db.prepare_cached(forget)?.execute((begin, FORGOTTEN_AT_ONCE))?;
    let full = "SELECT since FROM countersign_attempt WHERE key = ?1 AND since > ?2 AND count >= ?3";
    let mut latest = None;
    for (key, most) in limits {
        let since =
            db.prepare_cached(full)?.query_row((key, begin, most), |row| instant(row, 0)).optional()?;
        latest = latest.max(since);
    }
    if let Some(since) = latest {
        return Ok(Attempt::Refused { until: since.saturating_add(window).unwrap_or(Timestamp::MAX) });
    }
    let more = "INSERT INTO countersign_attempt (key, since, count) VALUES (?1, ?2, 1)
                ON CONFLICT (key) DO UPDATE SET
                since = CASE WHEN since > ?3 THEN since ELSE excluded.since END,
                count = CASE WHEN since > ?3 THEN count + 1 ELSE 1 END";
    for (key, _) in limits {
        db.prepare_cached(more)?.execute((key, at.as_microsecond(), begin))?;
    }
    Ok(Attempt::Counted)
}
