//! Outstanding and blacklisted tokens in Django's tables, families and successors in our own.
//!
//! Everything here runs in the writer's transaction, or in a read of its own.

use super::facts::{facts, place};
use super::sessions::{end as end_session, enter, touch};
use super::users::UserSql;
use crate::datetime;
use crate::error::Failure;
use crate::failpoint;
use crate::judge::{Place, Verdict, judge, judge_user};
use crate::round::Round;
use crate::session::{Beginning, Client};
use crate::token::{self, Use};
use countersign_core::clock::Timestamp;
use countersign_core::store::{Blacklisting, Purged, Record, Rotation};
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The ledger's statements that depend on the user table, and how tokens are written down.
#[derive(Debug)]
pub(super) struct LedgerSql {
    insert: String,
    store_raw_tokens: bool,
}

impl LedgerSql {
    pub(super) fn of(users: &UserSql, store_raw_tokens: bool) -> Self {
        // The user is looked up: a reference to nobody would fail the commit, and with it everybody else's.
        let insert = format!(
            "INSERT INTO token_blacklist_outstandingtoken (token, created_at, expires_at, user_id, jti)
             VALUES (?1, ?2, ?3, (SELECT u.{id} FROM {table} AS u WHERE u.{id} = ?4), ?5)
             ON CONFLICT (jti) DO NOTHING",
            id = users.id,
            table = users.table,
        );
        Self { insert, store_raw_tokens }
    }

    /// Writes a token down, unless it is. Its row's id.
    pub(super) fn write_down(
        &self,
        users: &UserSql,
        db: &Connection,
        token: &Record,
    ) -> Result<i64, Failure> {
        let text = if self.store_raw_tokens { token.token.clone() } else { token::digest(&token.token) };
        let (created, expires) = (datetime::to_text(token.created_at), datetime::to_text(token.expires_at));
        let user = token.user.as_ref().and_then(|user| users.key(user));
        db.prepare_cached(&self.insert)?.execute((text, created, expires, user, &token.jti))?;
        let find = "SELECT id FROM token_blacklist_outstandingtoken WHERE jti = ?1";
        Ok(db.prepare_cached(find)?.query_row([&token.jti], |row| row.get(0))?)
    }
}

/// See [`Ledger::rotate`](countersign_core::store::Ledger::rotate).
pub(super) fn rotate(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    used: &Use,
) -> Result<Rotation, Failure> {
    let facts = facts(users, db, &used.presented)?;
    let mut verdict = judge(&used.presented, &facts);
    let mut replay = None;
    if matches!(verdict, Verdict::Dead) {
        match again(db, used, facts.place.as_ref())? {
            again @ Rotation::Replayed { .. } => replay = Some(again),
            refusal => return Ok(refusal),
        }
        verdict = judge_user(&used.presented, &facts);
    }
    match (verdict, replay) {
        (Verdict::Live(_), Some(replay)) => Ok(replay),
        (Verdict::Live(remember), None) => consume(users, ledger, db, used, facts.place, remember.as_deref()),
        (Verdict::Refused(rotation), _) => Ok(rotation),
        (Verdict::PasswordChanged, _) => {
            if let Some(place) = facts.place {
                end_session(db, &place.family, used.presented.at, true)?;
            }
            Ok(Rotation::PasswordChanged)
        }
        (Verdict::Dead, _) => Ok(Rotation::Blacklisted),
    }
}

/// A token that was used or revoked before comes again.
fn again(db: &Connection, used: &Use, place: Option<&Place>) -> Result<Rotation, Failure> {
    let Some(Place { family, revoked: false, consumed: Some((consumed_at, successor)), .. }) = place else {
        return Ok(Rotation::Blacklisted);
    };
    let at = used.presented.at;
    if !used.grace.is_zero() && at.duration_since(*consumed_at) <= used.grace {
        let sql = "SELECT claims FROM countersign_refresh WHERE jti = ?1 AND consumed_at IS NULL";
        let claims = db.prepare_cached(sql)?.query_row([successor], |row| row.get(0)).optional()?;
        if let Some(Some(claims)) = claims {
            // Logged out elsewhere in the meantime: that is no theft.
            let dead = is_blacklisted(db, successor)?;
            return Ok(if dead { Rotation::Blacklisted } else { Rotation::Replayed { claims } });
        }
    }
    if used.reuse_detection {
        end_session(db, family, at, true)?;
        return Ok(Rotation::Reused);
    }
    Ok(Rotation::Blacklisted)
}

/// A live token is used: the one whose row in the blacklist is new wins.
fn consume(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    used: &Use,
    place: Option<Place>,
    remember: Option<&str>,
) -> Result<Rotation, Failure> {
    let (presented, successor) = (&used.presented, &used.successor);
    let outstanding = ledger.write_down(users, db, &presented.token)?;
    if !blacklist_row(db, outstanding, presented.at)? {
        return Ok(Rotation::Blacklisted);
    }
    let generation = place.as_ref().map_or(0, |place| place.generation);
    let family = enter(users, db, presented, place, remember)?;
    let consume = "UPDATE countersign_refresh SET consumed_at = ?2, successor_jti = ?3, claims = NULL
                   WHERE jti = ?1";
    let values = (&presented.token.jti, presented.at.as_microsecond(), &successor.jti);
    db.prepare_cached(consume)?.execute(values)?;
    failpoint::pass("after update");
    ledger.write_down(users, db, successor)?;
    add_member(db, successor, &family, generation + 1)?;
    touch(db, &family, presented, successor.expires_at, remember)?;
    Ok(Rotation::Rotated)
}

/// Blacklists an outstanding token. Says whether the row is new.
pub(super) fn blacklist_row(db: &Connection, outstanding: i64, at: Timestamp) -> Result<bool, Failure> {
    let sql = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) VALUES (?1, ?2)
               ON CONFLICT (token_id) DO NOTHING";
    let is_new = db.prepare_cached(sql)?.execute((outstanding, datetime::to_text(at)))? == 1;
    failpoint::pass("after insert");
    Ok(is_new)
}

pub(super) fn begin_family(
    users: &UserSql,
    db: &Connection,
    first: &Record,
    family: &str,
    fingerprint: Option<&str>,
    client: &Client,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "INSERT INTO countersign_family
                   (id, user_id, created_at, used_at, expires_at, address, user_agent, fingerprint)
               VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)";
    let user = first.user.as_ref().and_then(|user| users.key(user));
    let (at, end) = (at.as_microsecond(), first.expires_at.as_microsecond());
    let Client { address, user_agent } = client;
    db.prepare_cached(sql)?.execute((family, user, at, end, address, user_agent, fingerprint))?;
    add_member(db, first, family, 0)
}

pub(super) fn add_member(
    db: &Connection,
    token: &Record,
    family: &str,
    generation: i64,
) -> Result<(), Failure> {
    let sql = "INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let end = token.expires_at.as_microsecond();
    db.prepare_cached(sql)?.execute((&token.jti, family, generation, &token.claims, end))?;
    Ok(())
}

/// See [`Ledger::record`](countersign_core::store::Ledger::record).
pub(super) fn record(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    token: &Record,
    session: Option<&Beginning>,
) -> Result<(), Failure> {
    ledger.write_down(users, db, token)?;
    let Some(Beginning { id, fingerprint, client }) = session else { return Ok(()) };
    begin_family(users, db, token, id, fingerprint.as_deref(), client, token.created_at)
}

/// See [`Ledger::blacklist`](countersign_core::store::Ledger::blacklist).
pub(super) fn blacklist(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    token: &Record,
    at: Timestamp,
) -> Result<Blacklisting, Failure> {
    let outstanding = ledger.write_down(users, db, token)?;
    end(db, outstanding, &token.jti, at)
}

/// See [`Ledger::blacklist_by_id`](countersign_core::store::Ledger::blacklist_by_id).
pub(super) fn blacklist_by_id(
    db: &Connection,
    jti: &str,
    at: Timestamp,
) -> Result<Option<Blacklisting>, Failure> {
    let find = "SELECT id FROM token_blacklist_outstandingtoken WHERE jti = ?1";
    let outstanding: Option<i64> = db.prepare_cached(find)?.query_row([jti], |row| row.get(0)).optional()?;
    outstanding.map(|outstanding| end(db, outstanding, jti, at)).transpose()
}

/// Blacklists an outstanding token and ends its family.
fn end(db: &Connection, outstanding: i64, jti: &str, at: Timestamp) -> Result<Blacklisting, Failure> {
    let new = blacklist_row(db, outstanding, at)?;
    if let Some(place) = place(db, jti)? {
        end_session(db, &place.family, at, true)?;
    }
    Ok(if new { Blacklisting::Done } else { Blacklisting::Already })
}

pub(super) fn is_blacklisted(db: &Connection, jti: &str) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (
                   SELECT 1 FROM token_blacklist_outstandingtoken AS o
                   JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id WHERE o.jti = ?1
               )";
    Ok(db.prepare_cached(sql)?.query_row([jti], |row| row.get(0))?)
}

/// See [`Ledger::extend`](countersign_core::store::Ledger::extend).
pub(super) fn extend(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    token: &Record,
) -> Result<bool, Failure> {
    if is_blacklisted(db, &token.jti)? {
        return Ok(false);
    }
    let outstanding = ledger.write_down(users, db, token)?;
    let sql = "UPDATE token_blacklist_outstandingtoken SET expires_at = ?2 WHERE id = ?1";
    db.prepare_cached(sql)?.execute((outstanding, datetime::to_text(token.expires_at)))?;
    let end = token.expires_at.as_microsecond();
    let own = "UPDATE countersign_refresh SET expires_at = ?2 WHERE jti = ?1";
    if db.prepare_cached(own)?.execute((&token.jti, end))? == 1 {
        let session = "UPDATE countersign_family SET expires_at = max(expires_at, ?2)
                       WHERE id = (SELECT family_id FROM countersign_refresh WHERE jti = ?1)";
        db.prepare_cached(session)?.execute((&token.jti, end))?;
    }
    Ok(true)
}

/// A round of looking for outstanding tokens that ended before `at`: a read, which holds no lock.
pub(super) fn ended(db: &Connection, at: Timestamp, after: i64, limit: u32) -> Result<Round, Failure> {
    let mut query = db.prepare_cached(
        "SELECT id, expires_at < ?1 FROM token_blacklist_outstandingtoken WHERE id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let rows = query.query_map((datetime::to_text(at), after, Round::rows(limit)), pair)?;
    Ok(Round::of(rows.collect::<rusqlite::Result<Vec<_>>>()?, limit))
}

/// Removes the tokens that a round found, as far as they still have ended, and what has ended of our own.
pub(super) fn purge(db: &Connection, ended: &Round, at: Timestamp, limit: u32) -> Result<Purged, Failure> {
    let text = datetime::to_text(at);
    let entry = "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id =
                 (SELECT id FROM token_blacklist_outstandingtoken WHERE id = ?1 AND expires_at < ?2)";
    let token = "DELETE FROM token_blacklist_outstandingtoken WHERE id = ?1 AND expires_at < ?2";
    let mut outstanding = 0;
    for id in &ended.found {
        db.prepare_cached(entry)?.execute((id, &text))?;
        outstanding += db.prepare_cached(token)?.execute((id, &text))?;
    }
    let own = purge_own(db, at, ended.next, limit)?;
    Ok(Purged { outstanding: outstanding as u64, ..own })
}

/// Removes what has ended of our own: a session once none of its tokens is left, for which to look before would be in vain.
/// `next`: where to go on in Django's table.
pub(super) fn purge_own(
    db: &Connection,
    at: Timestamp,
    next: Option<i64>,
    limit: u32,
) -> Result<Purged, Failure> {
    let tokens = "DELETE FROM countersign_refresh WHERE jti IN
                  (SELECT jti FROM countersign_refresh WHERE expires_at < ?1 LIMIT ?2)";
    let families = "DELETE FROM countersign_family WHERE id IN
                    (SELECT f.id FROM countersign_family AS f WHERE f.expires_at < ?1
                     AND NOT EXISTS (SELECT 1 FROM countersign_refresh AS r WHERE r.family_id = f.id) LIMIT ?2)";
    let (most, mut own) = (limit as usize, 0);
    for sql in [tokens, families] {
        let removed = db.prepare_cached(sql)?.execute((at.as_microsecond(), limit))?;
        own += removed;
        if removed == most {
            // Behind the end of Django's table a round finds nothing more there.
            return Ok(Purged { outstanding: 0, own: own as u64, next: next.or(Some(i64::MAX)) });
        }
    }
    Ok(Purged { outstanding: 0, own: own as u64, next })
}

/// An id, and whether it is one that is sought.
pub(super) fn pair(row: &Row<'_>) -> rusqlite::Result<(i64, bool)> {
    Ok((row.get(0)?, row.get(1)?))
}
