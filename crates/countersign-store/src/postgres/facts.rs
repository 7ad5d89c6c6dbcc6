//! What the tables say of a refresh token that is used.

use super::fault::Failure;
use super::users::UserSql;
use crate::judge::{Account, Facts, Place};
use countersign_core::clock::Timestamp;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

/// Of which a [`Place`] is read, from tables `r` and `f`.
const PLACE: &str = "r.family_id, f.revoked_at IS NOT NULL, r.generation, r.consumed_at, r.successor_jti,
                     f.created_at, f.used_at, f.fingerprint";

/// Whether the token `$1` is in Django's blacklist, and the epoch.
const STATE: &str = "EXISTS (
        SELECT 1 FROM token_blacklist_outstandingtoken AS o
        JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id WHERE o.jti = $1
    ), (SELECT begins_at FROM countersign_epoch WHERE id = 1)";

/// All at one moment, without a lock. `$1`: the token's id, `$2`: its user.
pub(super) fn statement(users: &UserSql) -> String {
    let UserSql { table, id, password, key, .. } = users;
    format!(
        "SELECT {PLACE}, {STATE}, {active}, u.{password}::text
         FROM (VALUES (1)) AS one (one)
         LEFT JOIN (countersign_refresh AS r JOIN countersign_family AS f ON f.id = r.family_id) ON r.jti = $1
         LEFT JOIN {table} AS u ON u.{id} = {user}",
        active = users.is_active(),
        user = key.parameter(2),
    )
}

/// Reads what [`statement`] found.
pub(super) fn found(row: &Row) -> Result<Facts, Failure> {
    let password: Option<String> = row.try_get(11)?;
    let is_active: bool = row.try_get(10)?;
    let is_placed = row.try_get::<_, Option<String>>(0)?.is_some();
    Ok(Facts {
        place: is_placed.then(|| place_of(row)).transpose()?,
        is_blacklisted: row.try_get(8)?,
        epoch: row.try_get::<_, Option<i64>>(9)?.map(instant).transpose()?,
        account: password.map(|password| Account { is_active, password }),
    })
}

fn place_of(row: &Row) -> Result<Place, Failure> {
    let (consumed, successor): (Option<i64>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
    Ok(Place {
        family: row.try_get(0)?,
        revoked: row.try_get(1)?,
        generation: row.try_get(2)?,
        consumed: consumed.map(instant).transpose()?.zip(successor),
        created_at: instant(row.try_get(5)?)?,
        used_at: instant(row.try_get(6)?)?,
        fingerprint: row.try_get(7)?,
    })
}

pub(super) async fn place(db: &impl GenericClient, jti: &str) -> Result<Option<Place>, Failure> {
    let sql = format!(
        "SELECT {PLACE} FROM countersign_refresh AS r
         JOIN countersign_family AS f ON f.id = r.family_id WHERE r.jti = $1"
    );
    let sql = db.prepare_cached(&sql).await?;
    db.query_opt(&sql, &[&jti]).await?.map(|row| place_of(&row)).transpose()
}

/// Whether a token is in Django's blacklist, and the epoch.
pub(super) async fn state(db: &impl GenericClient, jti: &str) -> Result<(bool, Option<Timestamp>), Failure> {
    let sql = db.prepare_cached(&format!("SELECT {STATE}")).await?;
    let row = db.query_one(&sql, &[&jti]).await?;
    Ok((row.try_get(0)?, row.try_get::<_, Option<i64>>(1)?.map(instant).transpose()?))
}

/// An instant of our own tables. Errs where somebody else wrote it.
pub(super) fn instant(microseconds: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_microsecond(microseconds).map_err(|_| Failure::new("an instant is out of the calendar"))
}
