//! The rotation rule: which use of a refresh token wins.
//!
//! The common case, a live token of a session, is one statement. Whatever that one does not do is decided in a
//! transaction, step by step. Both take the lock on the family's row first.

use super::facts::state;
use super::fault::Failure;
use super::ledger::{Held, LedgerSql, blacklist_row, hold, is_blacklisted, key};
use super::sessions::{FINGERPRINT, add_member, end as end_session, enter, touch};
use super::users::{self, UserSql};
use crate::failpoint;
use crate::judge::{Facts, Place, Presented, Verdict, judge, judge_user};
use crate::session::Client;
use crate::token::Use;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::Rotation;
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

/// The statement that rotates a live token of a session, if it still is one once the lock is held.
///
/// Whoever waited for the lock looks at the locked rows anew (the family, the user, the token's own row), not at
/// others: so what decides is in those. The one row that is not ours, Django's blacklist entry, has a unique key: if
/// Django was faster, the whole statement fails, and nothing has happened.
pub(super) fn statement(users: &UserSql) -> String {
    let UserSql { table, id, password, key, .. } = users;
    let active = users.is_active();
    let (bearer, owner) = (key.parameter(4), key.parameter(10));
    let fingerprint =
        FINGERPRINT.replace("@id", "family.id").replace("@hash", &format!("u.{password}::text"));
    format!(
        "WITH family AS (
             SELECT f.id, f.fingerprint FROM countersign_family AS f
             WHERE f.id = (SELECT r.family_id FROM countersign_refresh AS r WHERE r.jti = $1)
             AND f.revoked_at IS NULL
             AND ($13::bigint IS NULL OR f.created_at > $13) AND ($14::bigint IS NULL OR f.used_at > $14)
             FOR NO KEY UPDATE
         ), bearer AS (
             SELECT u.{id} AS id FROM {table} AS u, family
             WHERE u.{id} = {bearer} AND ({active} OR NOT $5::boolean)
             AND family.fingerprint IS NOT NULL
             AND (NOT $15::boolean OR family.fingerprint = {fingerprint})
             FOR SHARE OF u
         ), live AS (
             SELECT o.id, family.id AS family_id FROM token_blacklist_outstandingtoken AS o, family
             WHERE o.jti = $1
             AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)
             AND NOT EXISTS (SELECT 1 FROM countersign_epoch WHERE $16::bigint IS NULL OR begins_at > $16)
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
         ), touched AS (
             UPDATE countersign_family AS f SET expires_at = greatest(f.expires_at, $12::bigint),
                    used_at = $3::bigint, address = $17::text, user_agent = $18::text
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
    // A refusal changes nothing, not even that the token is written down, unless it ends a session.
    if matches!(rotation, Rotation::Rotated | Rotation::Reused | Rotation::PasswordChanged) {
        failpoint::pass("before commit");
        act.commit().await?;
    } else {
        act.rollback().await?;
    }
    Ok(rotation)
}

/// Whether the one statement did it. Where it did not, nothing has happened.
async fn at_once(sql: &LedgerSql, users: &UserSql, db: &Object, used: &Use) -> Result<bool, Failure> {
    let Use { presented: Presented { token, at, terms, client, must_be_active, .. }, successor, .. } = used;
    let bearer = key(users, token);
    if token.user.is_some() && bearer.is_none() {
        return Ok(false);
    }
    let instant = |at: Timestamp| at.as_microsecond();
    let later_than = |limit: Option<SignedDuration>| {
        limit.map(|limit| at.saturating_sub(limit).map_or(i64::MIN, Timestamp::as_microsecond))
    };
    let Client { address, user_agent } = client;
    let statement = db.prepare_cached(&sql.rotate).await?;
    let rotation: [&(dyn ToSql + Sync); 12] = [
        &token.jti,
        &successor.jti,
        &instant(*at),
        &bearer,
        must_be_active,
        at,
        &sql.stored(successor),
        &successor.created_at,
        &successor.expires_at,
        &key(users, successor),
        &successor.claims,
        &instant(successor.expires_at),
    ];
    let session: [&(dyn ToSql + Sync); 6] = [
        &later_than(terms.limits.absolute),
        &later_than(terms.limits.idle),
        &terms.tied_to_password,
        &terms.issued_at.map(instant),
        address,
        user_agent,
    ];
    match db.query_one(&statement, &[&rotation[..], &session[..]].concat()).await {
        Ok(row) => Ok(row.get::<_, i64>(0) == 1),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What is known of a token whose lock is held. Takes the user's, too.
pub(super) async fn facts_of(
    users: &UserSql,
    db: &impl GenericClient,
    used: &Presented,
    place: Option<Place>,
) -> Result<Facts, Failure> {
    let account = match &used.token.user {
        Some(bearer) => users::hold(users, db, bearer).await?,
        None => None,
    };
    let (is_blacklisted, epoch) = state(db, &used.token.jti).await?;
    Ok(Facts { place, is_blacklisted, epoch, account })
}

/// The whole rule, once the token's lock is held.
async fn decide(
    sql: &LedgerSql,
    users: &UserSql,
    db: &impl GenericClient,
    used: &Use,
) -> Result<Rotation, Failure> {
    let Held { outstanding, place } = hold(sql, users, db, &used.presented.token).await?;
    let facts = facts_of(users, db, &used.presented, place).await?;
    let mut verdict = judge(&used.presented, &facts);
    let mut replay = None;
    if matches!(verdict, Verdict::Dead) {
        match again(db, used, facts.place.as_ref()).await? {
            again @ Rotation::Replayed { .. } => replay = Some(again),
            refusal => return Ok(refusal),
        }
        verdict = judge_user(&used.presented, &facts);
    }
    match (verdict, replay) {
        (Verdict::Live(_), Some(replay)) => Ok(replay),
        (Verdict::Live(remember), None) => {
            let held = Held { outstanding, place: facts.place };
            consume(sql, users, db, used, held, remember.as_deref()).await
        }
        (Verdict::Refused(rotation), _) => Ok(rotation),
        (Verdict::PasswordChanged, _) => {
            if let Some(place) = facts.place {
                end_session(db, &[place.family.as_str()], used.presented.at, true).await?;
            }
            Ok(Rotation::PasswordChanged)
        }
        (Verdict::Dead, _) => Ok(Rotation::Blacklisted),
    }
}

/// A token that was used or revoked before comes again.
async fn again(db: &impl GenericClient, used: &Use, place: Option<&Place>) -> Result<Rotation, Failure> {
    let Some(Place { family, revoked: false, consumed: Some((consumed_at, successor)), .. }) = place else {
        return Ok(Rotation::Blacklisted);
    };
    let at = used.presented.at;
    if !used.grace.is_zero() && at.duration_since(*consumed_at) <= used.grace {
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
        end_session(db, &[family.as_str()], at, true).await?;
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
    remember: Option<&str>,
) -> Result<Rotation, Failure> {
    let (presented, successor) = (&used.presented, &used.successor);
    if !blacklist_row(db, held.outstanding, presented.at).await? {
        return Ok(Rotation::Blacklisted);
    }
    let generation = held.place.as_ref().map_or(0, |place| place.generation);
    let family = enter(sql, users, db, presented, held.place, remember).await?;
    let consumed = "UPDATE countersign_refresh SET consumed_at = $2, successor_jti = $3, claims = NULL
                    WHERE jti = $1";
    let consumed = db.prepare_cached(consumed).await?;
    let (jti, at) = (&presented.token.jti, presented.at.as_microsecond());
    db.execute(&consumed, &[jti, &at, &successor.jti]).await?;
    failpoint::pass("after update");
    sql.write_down(users, db, successor).await?;
    add_member(db, successor, &family, generation + 1).await?;
    touch(db, &family, presented, successor.expires_at, remember).await?;
    Ok(Rotation::Rotated)
}
