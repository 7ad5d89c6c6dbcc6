//! Outstanding and blacklisted tokens in Django's tables, families and successors in our own.
//!
//! Everything here runs in the writer's transaction, or in a read of its own.

use super::users::{UserSql, is_active};
use crate::datetime;
use crate::error::Failure;
use crate::token::{self, Use};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::{Blacklisting, Purged, Record, Rotation};
use rusqlite::{Connection, OptionalExtension as _};

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
    fn write_down(&self, users: &UserSql, db: &Connection, token: &Record) -> Result<i64, Failure> {
        let text = if self.store_raw_tokens { token.token.clone() } else { token::digest(&token.token) };
        let (created, expires) = (datetime::to_text(token.created_at), datetime::to_text(token.expires_at));
        let user = token.user.as_ref().and_then(|user| users.key(user));
        db.prepare_cached(&self.insert)?.execute((text, created, expires, user, &token.jti))?;
        let find = "SELECT id FROM token_blacklist_outstandingtoken WHERE jti = ?1";
        Ok(db.prepare_cached(find)?.query_row([&token.jti], |row| row.get(0))?)
    }
}

/// What our own tables know of a token.
struct Place {
    family: String,
    revoked: bool,
    generation: i64,
    /// When it was used, and for what.
    consumed: Option<(i64, String)>,
}

fn place(db: &Connection, jti: &str) -> Result<Option<Place>, Failure> {
    let sql = "SELECT r.family_id, f.revoked_at IS NOT NULL, r.generation, r.consumed_at, r.successor_jti
               FROM countersign_refresh AS r JOIN countersign_family AS f ON f.id = r.family_id WHERE r.jti = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        let consumed: Option<i64> = row.get(3)?;
        let successor: Option<String> = row.get(4)?;
        Ok(Place {
            family: row.get(0)?,
            revoked: row.get(1)?,
            generation: row.get(2)?,
            consumed: consumed.zip(successor),
        })
    };
    Ok(db.prepare_cached(sql)?.query_row([jti], row).optional()?)
}

/// See [`Ledger::rotate`](countersign_core::store::Ledger::rotate).
pub(super) fn rotate(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    used: &Use,
) -> Result<Rotation, Failure> {
    let place = place(db, &used.presented.jti)?;
    let before = place.as_ref().is_some_and(|place| place.revoked || place.consumed.is_some());
    let replay = if before || is_blacklisted(db, &used.presented.jti)? {
        match again(db, used, place.as_ref())? {
            Rotation::Replayed { claims } => Some(Rotation::Replayed { claims }),
            refusal => return Ok(refusal),
        }
    } else {
        None
    };
    if let Some(refusal) = refuse_user(users, db, used)? {
        return Ok(refusal);
    }
    replay.map_or_else(|| consume(users, ledger, db, used, place), Ok)
}

fn refuse_user(users: &UserSql, db: &Connection, used: &Use) -> Result<Option<Rotation>, Failure> {
    let Some(id) = &used.presented.user else { return Ok(None) };
    Ok(match is_active(users, db, id)? {
        None => Some(Rotation::UserGone),
        Some(false) if used.must_be_active => Some(Rotation::UserInactive),
        Some(_) => None,
    })
}

/// A token that was used or revoked before comes again.
fn again(db: &Connection, used: &Use, place: Option<&Place>) -> Result<Rotation, Failure> {
    let Some(Place { family, revoked: false, consumed: Some((consumed_at, successor)), .. }) = place else {
        return Ok(Rotation::Blacklisted);
    };
    let elapsed = SignedDuration::from_micros(used.at.as_microsecond().saturating_sub(*consumed_at));
    if !used.grace.is_zero() && elapsed <= used.grace {
        let sql = "SELECT claims FROM countersign_refresh WHERE jti = ?1 AND consumed_at IS NULL";
        let claims = db.prepare_cached(sql)?.query_row([successor], |row| row.get(0)).optional()?;
        if let Some(Some(claims)) = claims {
            // Logged out elsewhere in the meantime: that is no theft.
            let dead = is_blacklisted(db, successor)?;
            return Ok(if dead { Rotation::Blacklisted } else { Rotation::Replayed { claims } });
        }
    }
    if used.reuse_detection {
        revoke(db, family, used.at)?;
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
) -> Result<Rotation, Failure> {
    let outstanding = ledger.write_down(users, db, &used.presented)?;
    if !blacklist_row(db, outstanding, used.at)? {
        return Ok(Rotation::Blacklisted);
    }
    let (family, generation) = if let Some(place) = place {
        (place.family, place.generation)
    } else {
        begin_family(users, db, &used.presented, &used.family, used.at)?;
        (used.family.clone(), 0)
    };
    let consume = "UPDATE countersign_refresh SET consumed_at = ?2, successor_jti = ?3, claims = NULL
                   WHERE jti = ?1";
    let values = (&used.presented.jti, used.at.as_microsecond(), &used.successor.jti);
    db.prepare_cached(consume)?.execute(values)?;
    ledger.write_down(users, db, &used.successor)?;
    add_member(db, &used.successor, &family, generation + 1)?;
    let extend = "UPDATE countersign_family SET expires_at = max(expires_at, ?2) WHERE id = ?1";
    db.prepare_cached(extend)?.execute((&family, used.successor.expires_at.as_microsecond()))?;
    Ok(Rotation::Rotated)
}

/// Blacklists an outstanding token. Says whether the row is new.
fn blacklist_row(db: &Connection, outstanding: i64, at: Timestamp) -> Result<bool, Failure> {
    let sql = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) VALUES (?1, ?2)
               ON CONFLICT (token_id) DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute((outstanding, datetime::to_text(at)))? == 1)
}

fn begin_family(
    users: &UserSql,
    db: &Connection,
    first: &Record,
    family: &str,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "INSERT INTO countersign_family (id, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
    let user = first.user.as_ref().and_then(|user| users.key(user));
    let (at, end) = (at.as_microsecond(), first.expires_at.as_microsecond());
    db.prepare_cached(sql)?.execute((family, user, at, end))?;
    add_member(db, first, family, 0)
}

fn add_member(db: &Connection, token: &Record, family: &str, generation: i64) -> Result<(), Failure> {
    let sql = "INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let end = token.expires_at.as_microsecond();
    db.prepare_cached(sql)?.execute((&token.jti, family, generation, &token.claims, end))?;
    Ok(())
}

/// Ends a family: one row that every use of its tokens reads, and its live leaf in Django's table.
fn revoke(db: &Connection, family: &str, at: Timestamp) -> Result<(), Failure> {
    let end = "UPDATE countersign_family SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";
    db.prepare_cached(end)?.execute((family, at.as_microsecond()))?;
    let leaves = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
                  SELECT o.id, ?2 FROM countersign_refresh AS r
                  JOIN token_blacklist_outstandingtoken AS o ON o.jti = r.jti
                  WHERE r.family_id = ?1 AND r.consumed_at IS NULL
                  ON CONFLICT (token_id) DO NOTHING";
    db.prepare_cached(leaves)?.execute((family, datetime::to_text(at)))?;
    Ok(())
}

/// See [`Ledger::record`](countersign_core::store::Ledger::record).
pub(super) fn record(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    token: &Record,
    family: Option<&str>,
) -> Result<(), Failure> {
    ledger.write_down(users, db, token)?;
    family.map_or(Ok(()), |family| begin_family(users, db, token, family, token.created_at))
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
        revoke(db, &place.family, at)?;
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
    Ok(true)
}

/// The outstanding tokens that ended before `at`. Django's table has no index for it: this may take a while,
/// and so it is a read, and holds no lock.
pub(super) fn ended(db: &Connection, at: Timestamp, limit: u32) -> Result<Vec<i64>, Failure> {
    let mut query =
        db.prepare_cached("SELECT id FROM token_blacklist_outstandingtoken WHERE expires_at < ?1 LIMIT ?2")?;
    let rows = query.query_map((datetime::to_text(at), limit), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Removes these tokens, as far as they still have ended, and what has ended of our own.
pub(super) fn purge(db: &Connection, ended: &[i64], at: Timestamp, limit: u32) -> Result<Purged, Failure> {
    let text = datetime::to_text(at);
    let entry = "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id =
                 (SELECT id FROM token_blacklist_outstandingtoken WHERE id = ?1 AND expires_at < ?2)";
    let token = "DELETE FROM token_blacklist_outstandingtoken WHERE id = ?1 AND expires_at < ?2";
    let mut outstanding = 0;
    for id in ended {
        db.prepare_cached(entry)?.execute((id, &text))?;
        outstanding += db.prepare_cached(token)?.execute((id, &text))?;
    }
    Ok(Purged { outstanding: outstanding as u64, own: purge_own(db, at, limit)? })
}

pub(super) fn purge_own(db: &Connection, at: Timestamp, limit: u32) -> Result<u64, Failure> {
    let tokens = "DELETE FROM countersign_refresh WHERE jti IN
                  (SELECT jti FROM countersign_refresh WHERE expires_at < ?1 LIMIT ?2)";
    let families = "DELETE FROM countersign_family WHERE id IN
                    (SELECT f.id FROM countersign_family AS f WHERE f.expires_at < ?1
                     AND NOT EXISTS (SELECT 1 FROM countersign_refresh AS r WHERE r.family_id = f.id) LIMIT ?2)";
    let mut own = 0;
    for sql in [tokens, families] {
        own += db.prepare_cached(sql)?.execute((at.as_microsecond(), limit))?;
    }
    Ok(own as u64)
}
