//! The rotation rule: which use of a refresh token wins.
//!
//! The common case, a live token of a session, is one statement for as many as come at once. Whatever that one does not do
//! is decided in a transaction, step by step. Both take the lock on the family's row first.

use super::facts::state;
use super::fault::Failure;
use super::ledger::{Held, LedgerSql, blacklist_row, hold, is_blacklisted, key};
use super::sessions::{FINGERPRINT, add_member, end as end_session, enter, touch};
use super::users::{self, UserSql, is_storable};
use crate::failpoint;
use crate::judge::{Facts, Place, Presented, Verdict, judge, judge_user};
use crate::token::Use;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::Rotation;
use deadpool_postgres::{GenericClient, Object};
use std::collections::HashSet;
use std::sync::Arc;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::ToSql;

/// The statement that rotates those of several live tokens whose rows nobody else holds. It answers with their
/// successors.
///
/// A family, a user and a token's own row are looked at as they are once they are locked, everything else as it was when
/// the statement began: so what decides is in those. The one row that is not ours, Django's blacklist entry, has a unique
/// key: if Django was faster, the whole statement fails, and nothing has happened.
///
/// It waits for no lock of ours: so two of them never wait for each other, and nobody waits for a stranger's token.
///
/// Of a list that ends at a parameter the planner expects one row. It finds the others by their indexes then, however
/// young a table's figures are.
pub(super) fn statement(users: &UserSql) -> String {
    let UserSql { table, id, password, key, .. } = users;
    let (active, keys) = (users.is_active(), key.read());
    let user = |column: &str| key.place().replace('@', column);
    let (bearer, owner) = (user("w.bearer"), user("used.owner"));
    let fingerprint =
        FINGERPRINT.replace("@id", "family.id").replace("@hash", &format!("u.{password}::text"));
    format!(
        "WITH wanted AS MATERIALIZED (
             SELECT * FROM unnest(
                 $1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::{keys}[], $6::boolean[],
                 $7::text[], $8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::{keys}[], $12::text[],
                 $13::bigint[], $14::bigint[], $15::boolean[], $16::bigint[], $17::text[], $18::text[]
             ) AS each (
                 jti, successor, at, used_at, bearer, must_be_active,
                 token, created_at, expires_at, ends, owner, claims,
                 begun_after, used_after, is_tied, issued_at, address, user_agent
             ) LIMIT $19
         ), live AS MATERIALIZED (
             SELECT w.*, family.id AS family, outstanding.id AS outstanding
             FROM wanted AS w CROSS JOIN LATERAL (
                 SELECT f.id, f.fingerprint FROM countersign_family AS f
                 WHERE f.id = (SELECT r.family_id FROM countersign_refresh AS r WHERE r.jti = w.jti)
                 AND f.revoked_at IS NULL AND f.fingerprint IS NOT NULL
                 AND (w.begun_after IS NULL OR f.created_at > w.begun_after)
                 AND (w.used_after IS NULL OR f.used_at > w.used_after)
                 FOR NO KEY UPDATE SKIP LOCKED
             ) AS family CROSS JOIN LATERAL (
                 SELECT FROM {table} AS u
                 WHERE u.{id} = {bearer} AND ({active} OR NOT w.must_be_active)
                 AND (NOT w.is_tied OR family.fingerprint = {fingerprint})
                 FOR SHARE SKIP LOCKED
             ) AS bearer CROSS JOIN LATERAL (
                 SELECT o.id FROM token_blacklist_outstandingtoken AS o WHERE o.jti = w.jti
                 AND NOT EXISTS (SELECT FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)
                 OFFSET 0
             ) AS outstanding
             WHERE NOT EXISTS (SELECT FROM countersign_epoch WHERE w.issued_at IS NULL OR begins_at > w.issued_at)
         ), used AS (
             UPDATE countersign_refresh AS r SET consumed_at = live.at, successor_jti = live.successor, claims = NULL
             FROM live WHERE r.jti = live.jti AND r.family_id = live.family AND r.consumed_at IS NULL
             RETURNING live.*, r.generation
         ), entry AS (
             INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT outstanding, used_at FROM used
         ), successor AS (
             INSERT INTO token_blacklist_outstandingtoken (token, created_at, expires_at, user_id, jti)
             SELECT token, created_at, expires_at, (SELECT u.{id} FROM {table} AS u WHERE u.{id} = {owner}), successor
             FROM used
         ), member AS (
             INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
             SELECT successor, family, generation + 1, claims, ends FROM used
         ), touched AS (
             UPDATE countersign_family AS f SET expires_at = greatest(f.expires_at, used.ends),
                    used_at = used.at, address = used.address, user_agent = used.user_agent
             FROM used WHERE f.id = used.family
         )
         SELECT successor FROM used"
    )
}

/// Whether a token may be among those of [`together`]: it has a user.
pub(super) fn is_common(users: &UserSql, used: &Use) -> bool {
    key(users, &used.presented.token).is_some() && is_storable(&used.presented.token.jti)
}

/// Does those of [common](is_common) uses that are the usual case: a live token of a session, locked by nobody else. The
/// ids of their successors; of a use that is not among them nothing has happened.
pub(super) async fn together(
    sql: &LedgerSql,
    users: &UserSql,
    db: &Object,
    batch: &[Arc<Use>],
) -> Result<HashSet<String>, Failure> {
    let statement = db.prepare_cached(&sql.rotate).await?;
    let count = i64::try_from(batch.len()).unwrap_or(i64::MAX);
    let instant = |at: Timestamp| at.as_microsecond();
    let later_than = |used: &Use, limit: Option<SignedDuration>| {
        limit.map(|limit| used.presented.at.saturating_sub(limit).map_or(i64::MIN, instant))
    };
    let old: [&(dyn ToSql + Sync); 6] = [
        &each(batch, |used| &*used.presented.token.jti),
        &each(batch, |used| &*used.successor.jti),
        &each(batch, |used| instant(used.presented.at)),
        &each(batch, |used| used.presented.at),
        &each(batch, |used| key(users, &used.presented.token)),
        &each(batch, |used| used.presented.must_be_active),
    ];
    let new: [&(dyn ToSql + Sync); 6] = [
        &each(batch, |used| sql.stored(&used.successor)),
        &each(batch, |used| used.successor.created_at),
        &each(batch, |used| used.successor.expires_at),
        &each(batch, |used| instant(used.successor.expires_at)),
        &each(batch, |used| key(users, &used.successor)),
        &each(batch, |used| &*used.successor.claims),
    ];
    let session: [&(dyn ToSql + Sync); 7] = [
        &each(batch, |used| later_than(used, used.presented.terms.limits.absolute)),
        &each(batch, |used| later_than(used, used.presented.terms.limits.idle)),
        &each(batch, |used| used.presented.terms.tied_to_password),
        &each(batch, |used| used.presented.terms.issued_at.map(instant)),
        &each(batch, |used| used.presented.client.address.as_deref()),
        &each(batch, |used| used.presented.client.user_agent.as_deref()),
        &count,
    ];
    match db.query(&statement, &[&old[..], &new[..], &session[..]].concat()).await {
        Ok(rows) => rows.iter().map(|row| Ok(row.try_get(0)?)).collect(),
        // The server did none of it. Whose fault that is will be seen when each goes alone. Where it has ended the
        // connection, too, nobody knows what it did before.
        Err(error) if error.as_db_error().and_then(DbError::parsed_severity) == Some(Severity::Error) => {
            Ok(HashSet::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// What each use says of something.
fn each<'a, T>(batch: &'a [Arc<Use>], of: impl Fn(&'a Use) -> T) -> Vec<T> {
    batch.iter().map(|used| of(used)).collect()
}

/// Does one use, whatever its case: see [`Ledger::rotate`](countersign_core::store::Ledger::rotate).
pub(super) async fn alone(
    sql: &LedgerSql,
    users: &UserSql,
    db: &mut Object,
    used: &Use,
) -> Result<Rotation, Failure> {
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
