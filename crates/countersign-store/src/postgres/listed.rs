//! Sessions as they are read.

use super::facts::instant;
use super::fault::Failure;
use super::users::{UserSql, is_storable};
use crate::session::{Filling, SessionPage};
use countersign_core::store::{Session, SessionList};
use deadpool_postgres::Object;
use tokio_postgres::Row;

/// Every column of a session, and the present hash of its user, who is looked up with `LIMIT`: a join might read the whole of
/// their table, and this way the server remembers whom it has looked up.
pub(super) fn select(users: &UserSql) -> String {
    let UserSql { table, id, password, key, .. } = users;
    format!(
        "SELECT f.id, f.user_id, f.created_at, f.used_at, f.address, f.user_agent, f.expires_at, f.revoked_at,
                f.fingerprint, u.hash
         FROM countersign_family AS f LEFT JOIN LATERAL (
             SELECT u.{password}::text AS hash FROM {table} AS u WHERE u.{id} = {} LIMIT 1
         ) AS u ON true",
        key.printed("f.user_id")
    )
}

/// The session of a user `$3` that has a refresh token whose id is from `$1` on and before `$2`.
pub(super) fn linked(users: &UserSql) -> String {
    format!(
        "{} WHERE f.user_id = $3 AND f.id IN (
             SELECT family_id FROM countersign_refresh
             WHERE jti COLLATE \"C\" >= $1::text AND jti COLLATE \"C\" < $2::text
         ) LIMIT 1",
        select(users)
    )
}

/// A session that was read by [`select`].
pub(super) fn session(users: &UserSql, row: &Row) -> Result<Session, Failure> {
    let user: Option<String> = row.try_get(1)?;
    let address: Option<String> = row.try_get(4)?;
    Ok(Session {
        id: row.try_get(0)?,
        user: user.map(|user| users.printed(&user)),
        created_at: instant(row.try_get(2)?)?,
        used_at: instant(row.try_get(3)?)?,
        address: address.and_then(|address| address.parse().ok()),
        user_agent: row.try_get(5)?,
        expires_at: instant(row.try_get(6)?)?,
        ended_at: row.try_get::<_, Option<i64>>(7)?.map(instant).transpose()?,
        fingerprint: row.try_get(8)?,
    })
}

/// Reads on until the page is full, or enough was read.
pub(super) async fn list(users: &UserSql, db: &Object, page: &SessionPage) -> Result<SessionList, Failure> {
    let user = page.user.as_ref().map(ToString::to_string);
    if user.as_deref().is_some_and(|user| !is_storable(user)) || !is_storable(&page.after) {
        return Ok(SessionList::default());
    }
    // Compared as a row, and sorted so: along the index of a user's sessions, and no other way.
    let range = match &user {
        Some(_) => "(f.user_id, f.id) > ($3, $1) AND f.user_id <= $3 ORDER BY f.user_id, f.id",
        None => "f.revoked_at IS NULL AND f.id > $1 AND $3::text IS NULL ORDER BY f.id",
    };
    let sql = db.prepare_cached(&format!("{} WHERE {range} LIMIT $2", select(users))).await?;
    let mut filling = Filling::of(page);
    loop {
        let rows = db.query(&sql, &[&filling.after, &i64::from(filling.rows()), &user]).await?;
        let read = rows.iter().map(|row| Ok::<_, Failure>((session(users, row)?, row.try_get(9)?)));
        if let Some(list) = filling.take(read.collect::<Result<_, _>>()?) {
            return Ok(list);
        }
    }
}
