//! Sessions as they are read.

use super::facts::instant;
use super::fault::Failure;
use super::users::{UserSql, is_storable};
use crate::session::SessionPage;
use countersign_core::store::{Session, fingerprint};
use deadpool_postgres::Object;
use tokio_postgres::Row;

/// Every column of a session, and the present hash of its user.
pub(super) fn select(users: &UserSql) -> String {
    let UserSql { table, id, password, key, .. } = users;
    format!(
        "SELECT f.id, f.user_id, f.created_at, f.used_at, f.address, f.user_agent, f.expires_at, f.revoked_at,
                f.fingerprint, u.{password}::text
         FROM countersign_family AS f LEFT JOIN {table} AS u ON u.{id} = {}",
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

/// Reads on until the page is full: what is over is known only once it is read.
pub(super) async fn list(users: &UserSql, db: &Object, page: &SessionPage) -> Result<Vec<Session>, Failure> {
    let SessionPage { user, after, rule } = page;
    let (user, mut after) = (user.as_ref().map(ToString::to_string), after.clone());
    if user.as_deref().is_some_and(|user| !is_storable(user)) || !is_storable(&after) {
        return Ok(Vec::new());
    }
    let sql = format!(
        "{} WHERE f.revoked_at IS NULL AND f.id > $1 AND f.expires_at >= $2 AND ($4::text IS NULL OR f.user_id = $4)
         ORDER BY f.id LIMIT $3",
        select(users)
    );
    let sql = db.prepare_cached(&sql).await?;
    let (at, limit) = (rule.at.as_microsecond(), rule.limit as usize);
    let mut listed = Vec::new();
    loop {
        let rows = db.query(&sql, &[&after, &at, &i64::from(rule.limit), &user]).await?;
        for row in &rows {
            let session = session(users, row)?;
            let hash: Option<String> = row.try_get(9)?;
            let differs = |remembered: &String| {
                hash.as_ref().is_some_and(|hash| *remembered != fingerprint(&session.id, hash))
            };
            let changed = rule.tied_to_password && session.fingerprint.as_ref().is_some_and(differs);
            let is_over = rule.limits.are_over(session.created_at, session.used_at, rule.at);
            after.clone_from(&session.id);
            if !changed && !is_over && listed.len() < limit {
                listed.push(session);
            }
        }
        if rows.len() < limit || listed.len() >= limit {
            return Ok(listed);
        }
    }
}
