//! What the tables say of a refresh token that is used.

use super::ledger::is_blacklisted;
use super::users::{UserSql, account};
use crate::error::Failure;
use crate::judge::{Facts, Place, Presented};
use countersign_core::clock::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

pub(super) fn facts(users: &UserSql, db: &Connection, used: &Presented) -> Result<Facts, Failure> {
    let jti = &used.token.jti;
    let account = used.token.user.as_ref().map(|user| account(users, db, user)).transpose()?;
    Ok(Facts {
        place: place(db, jti)?,
        is_blacklisted: is_blacklisted(db, jti)?,
        epoch: epoch(db)?,
        account: account.flatten(),
    })
}

pub(super) fn place(db: &Connection, jti: &str) -> Result<Option<Place>, Failure> {
    let sql = "SELECT r.family_id, f.revoked_at IS NOT NULL, r.generation, r.consumed_at, r.successor_jti,
                      f.created_at, f.used_at, f.fingerprint
               FROM countersign_refresh AS r JOIN countersign_family AS f ON f.id = r.family_id WHERE r.jti = ?1";
    let place = |row: &rusqlite::Row<'_>| {
        let (consumed, successor): (Option<i64>, Option<String>) = (row.get(3)?, row.get(4)?);
        let (family, revoked, generation) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (created_at, used_at, fingerprint) = (row.get(5)?, row.get(6)?, row.get(7)?);
        Ok((|| {
            let consumed = consumed.map(instant).transpose()?.zip(successor);
            let (created_at, used_at) = (instant(created_at)?, instant(used_at)?);
            Ok(Place { family, generation, consumed, revoked, created_at, used_at, fingerprint })
        })())
    };
    db.prepare_cached(sql)?.query_row([jti], place).optional()?.transpose()
}

/// An instant of our own tables. Errs where somebody else wrote it.
pub(super) fn instant(microseconds: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_microsecond(microseconds).map_err(|_| Failure::new("an instant is out of the calendar"))
}

pub(super) fn epoch(db: &Connection) -> Result<Option<Timestamp>, Failure> {
    let sql = "SELECT begins_at FROM countersign_epoch WHERE id = 1";
    let found: Option<i64> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    found.map(instant).transpose()
}
