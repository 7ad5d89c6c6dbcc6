//! The rotation rule: which use of a refresh token wins.
//!
//! The common case, a live token of a family, is one statement. Whatever that one does not do is decided in a
//! transaction, step by step. Both take the lock on the family's row first.

use super::fault::Failure;
use super::ledger::{Held, LedgerSql, Place, blacklist_row, hold, is_blacklisted, key, revoke};
use super::users::{self, UserSql};
use crate::token::Use;
use countersign_core::clock::SignedDuration;
use countersign_core::store::Rotation;
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::error::SqlState;

/// The statement that rotates a live token of a family, if it still is one once the lock is held.
///
/// Whoever waited for the lock looks at the locked rows anew (the family, the user, the token's own row), not at
/// others: so what decides is in those. The one row that is not ours, Django's blacklist entry, has a unique key: if
/// Django was faster, the whole statement fails, and nothing has happened.
pub(super) fn statement(users: &UserSql) -> String {
    let UserSql { table, id, key, .. } = users;
    let active = users.is_active();
    let (bearer, owner) = (key.parameter(4), key.parameter(10));
    format!(
        "WITH family AS (
             SELECT f.id FROM countersign_family AS f
             WHERE f.id = (SELECT r.family_id FROM countersign_refresh AS r WHERE r.jti = $1)
             AND f.revoked_at IS NULL
             FOR NO KEY UPDATE
         ), bearer AS (
             SELECT u.{id} AS id FROM {table} AS u, family
             WHERE u.{id} = {bearer} AND ({active} OR NOT $5::boolean)
             FOR SHARE OF u
         ), live AS (
             SELECT o.id, family.id AS family_id FROM token_blacklist_outstandingtoken AS o, family
             WHERE o.jti = $1
             AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)
             AND ({bearer} IS NULL OR EXISTS (SELECT 1 FROM bearer))
         ), used AS (
             UPDATE countersign_refresh AS r SET consumed_at = $3::bigint, successor_jti = $2, claims = NULL
             FROM live WHERE r.jti = $1 AND r.family_id = live.family_id AND r.consumed_at IS NULL
             RETURNING r.family_id, r.generation, live.id AS outstanding
         ), entry AS (
             INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT outstanding, $6::timestamptz FROM used
         ), successor AS (
             INSERT INTO token_blacklist_outstandingtoken (token, created_at, expires_at, user_id, jti)
             SELECT $7::text, $8::timestamptz, $9::timestamptz,
                    (SELECT u.{id} FROM {table} AS u WHERE u.{id} = {owner}), $2::text
             FROM used
         ), member AS (
             INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
             SELECT $2::text, family_id, generation + 1, $11::text, $12::bigint FROM used
         ), extended AS (
             UPDATE countersign_family AS f SET expires_at = greatest(f.expires_at, $12::bigint)
             FROM used WHERE f.id = used.family_id
         )
         SELECT count(*) FROM used"
    )
}

/// See [`Ledger::rotate`](countersign_core::store::Ledger::rotate).
pub(super) async fn rotate(
    sql: &LedgerSql,
    users: &UserSql,
    db: &mut Object,
    used: &Use,
) -> Result<Rotation, Failure> {
    if at_once(sql, users, db, used).await? {
        return Ok(Rotation::Rotated);
    }
    let act = db.transaction().await?;
    let rotation = decide(sql, users, &act, used).await?;
    // A refusal changes nothing, not even that the token is written down.
    if matches!(rotation, Rotation::Rotated | Rotation::Reused) {
        act.commit().await?;
    } else {
        act.rollback().await?;
    }
    Ok(rotation)
}

/// Whether the one statement did it. Where it did not, nothing has happened.
async fn at_once(sql: &LedgerSql, users: &UserSql, db: &Object, used: &Use) -> Result<bool, Failure> {
    let Use { presented, successor, .. } = used;
    let bearer = key(users, presented);
    if presented.user.is_some() && bearer.is_none() {
        return Ok(false);
    }
    let statement = db.prepare_cached(&sql.rotate).await?;
    let done = db
        .query_one(
            &statement,
            &[
                &presented.jti,
                &successor.jti,
                &used.at.as_microsecond(),
                &bearer,
                &used.must_be_active,
                &used.at,
                &sql.stored(successor),
                &successor.created_at,
                &successor.expires_at,
                &key(users, successor),
                &successor.claims,
                &successor.expires_at.as_microsecond(),
            ],
        )
        .await;
    match done {
        Ok(row) => Ok(row.get::<_, i64>(0) == 1),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The whole rule, once the token's lock is held.
async fn decide(
    sql: &LedgerSql,
    users: &UserSql,
    db: &impl GenericClient,
    used: &Use,
) -> Result<Rotation, Failure> {
    let held = hold(sql, users, db, &used.presented).await?;
    let place = held.place.as_ref();
    let before = place.is_some_and(|place| place.revoked || place.consumed.is_some());
    let replay = if before || is_blacklisted(db, &used.presented.jti).await? {
        match again(db, used, place).await? {
            Rotation::Replayed { claims } => Some(Rotation::Replayed { claims }),
            refusal => return Ok(refusal),
        }
    } else {
        None
    };
    if let Some(refusal) = refuse_user(users, db, used).await? {
        return Ok(refusal);
    }
    match replay {
        Some(replay) => Ok(replay),
        None => consume(sql, users, db, used, held).await,
    }
}

async fn refuse_user(
    users: &UserSql,
    db: &impl GenericClient,
    used: &Use,
) -> Result<Option<Rotation>, Failure> {
    let Some(id) = &used.presented.user else { return Ok(None) };
    Ok(match users::hold(users, db, id).await? {
        None => Some(Rotation::UserGone),
        Some(false) if used.must_be_active => Some(Rotation::UserInactive),
        Some(_) => None,
    })
}

/// A token that was used or revoked before comes again.
async fn again(db: &impl GenericClient, used: &Use, place: Option<&Place>) -> Result<Rotation, Failure> {
    let Some(Place { family, revoked: false, consumed: Some((consumed_at, successor)), .. }) = place else {
        return Ok(Rotation::Blacklisted);
    };
    let elapsed = SignedDuration::from_micros(used.at.as_microsecond().saturating_sub(*consumed_at));
    if !used.grace.is_zero() && elapsed <= used.grace {
        let claims = "SELECT claims FROM countersign_refresh WHERE jti = $1 AND consumed_at IS NULL";
        let claims = db.prepare_cached(claims).await?;
        let claims = db.query_opt(&claims, &[successor]).await?;
        if let Some(claims) = claims.and_then(|row| row.get::<_, Option<String>>(0)) {
            // Logged out elsewhere in the meantime: that is no theft.
            let dead = is_blacklisted(db, successor).await?;
            return Ok(if dead { Rotation::Blacklisted } else { Rotation::Replayed { claims } });
        }
    }
    if used.reuse_detection {
        revoke(db, family, used.at).await?;
        return Ok(Rotation::Reused);
    }
    Ok(Rotation::Blacklisted)
}

/// A live token is used: the one whose row in the blacklist is new wins.
async fn consume(
    sql: &LedgerSql,
    users: &UserSql,
    db: &impl GenericClient,
    used: &Use,
    held: Held,
) -> Result<Rotation, Failure> {
    if !blacklist_row(db, held.outstanding, used.at).await? {
        return Ok(Rotation::Blacklisted);
    }
    let (family, generation) = if let Some(place) = held.place {
        (place.family, place.generation)
    } else {
        sql.begin(users, db, &used.presented, &used.family, used.at).await?;
        (used.family.clone(), 0)
    };
    let end = used.successor.expires_at.as_microsecond();
    let consumed = "UPDATE countersign_refresh SET consumed_at = $2, successor_jti = $3, claims = NULL
                    WHERE jti = $1";
    let consumed = db.prepare_cached(consumed).await?;
    let (jti, successor) = (&used.presented.jti, &used.successor.jti);
    db.execute(&consumed, &[jti, &used.at.as_microsecond(), successor]).await?;
    sql.write_down(users, db, &used.successor).await?;
    let member = "INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
                  VALUES ($1, $2, $3, $4, $5)";
    let member = db.prepare_cached(member).await?;
    db.execute(&member, &[successor, &family, &(generation + 1), &used.successor.claims, &end]).await?;
    let extend = "UPDATE countersign_family SET expires_at = greatest(expires_at, $2) WHERE id = $1";
    let extend = db.prepare_cached(extend).await?;
    db.execute(&extend, &[&family, &end]).await?;
    Ok(Rotation::Rotated)
}
