//! Outstanding and blacklisted tokens in Django's tables, families and successors in our own.
//!
//! Every act that decides something takes a lock first, and always in this order: the family's row; where a token has
//! none, its row in Django's table; then the user's.

use super::facts::place;
use super::fault::Failure;
use super::sessions;
use super::users::{Key, UserSql, is_storable};
use crate::failpoint;
use crate::judge::Place;
use crate::round::Round;
use crate::session::{Beginning, Client};
use crate::token;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Blacklisting, Purged, Record};
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::types::ToSql;

/// The ledger's statements that depend on the user table, and how tokens are written down.
#[derive(Debug)]
pub(super) struct LedgerSql {
    /// `$1` jti, `$2` token, `$3` created, `$4` end, `$5` user
    insert: String,
    /// The same, and `$6` family, `$7` created and `$8` end in microseconds, `$9` claims, `$10` user as a text, `$11`
    /// address, `$12` user agent, `$13` fingerprint.
    begin: String,
    /// See [`facts`](super::facts).
    pub(super) glance: String,
    /// See [`rotate`](super::rotate).
    pub(super) rotate: String,
    store_raw_tokens: bool,
}

impl LedgerSql {
    pub(super) fn of(users: &UserSql, store_raw_tokens: bool) -> Self {
        let (table, id) = (&users.table, &users.id);
        // The user is looked up, and held until the commit: a reference to nobody would fail it.
        let insert = format!(
            "INSERT INTO token_blacklist_outstandingtoken (token, created_at, expires_at, user_id, jti)
             VALUES ($2, $3, $4, (SELECT u.{id} FROM {table} AS u WHERE u.{id} = {} FOR KEY SHARE), $1)
             ON CONFLICT (jti) DO NOTHING",
            users.key.parameter(5)
        );
        let begin = format!(
            "WITH outstanding AS ({insert}),
             family AS (
                 INSERT INTO countersign_family
                     (id, user_id, created_at, used_at, expires_at, address, user_agent, fingerprint)
                 VALUES ($6, $10, $7, $7, $8, $11, $12, $13)
             )
             INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
             VALUES ($1, $6, 0, $9, $8)"
        );
        let (glance, rotate) = (super::facts::statement(users), super::rotate::statement(users));
        Self { insert, begin, glance, rotate, store_raw_tokens }
    }

    /// What stands in `outstandingtoken.token`.
    pub(super) fn stored(&self, token: &Record) -> String {
        if self.store_raw_tokens { token.token.clone() } else { token::digest(&token.token) }
    }

    /// Writes a token down, unless it is.
    pub(super) async fn write_down(
        &self,
        users: &UserSql,
        db: &impl GenericClient,
        token: &Record,
    ) -> Result<(), Failure> {
        let insert = db.prepare_cached(&self.insert).await?;
        let (stored, user) = (self.stored(token), key(users, token));
        db.execute(&insert, &[&token.jti, &stored, &token.created_at, &token.expires_at, &user]).await?;
        Ok(())
    }

    /// Writes a token down that begins a family.
    pub(super) async fn begin(
        &self,
        users: &UserSql,
        db: &impl GenericClient,
        token: &Record,
        session: &Beginning,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let begin = db.prepare_cached(&self.begin).await?;
        let (stored, user) = (self.stored(token), key(users, token));
        let (at, end) = (at.as_microsecond(), token.expires_at.as_microsecond());
        let owner = token.user.as_ref().map(ToString::to_string);
        let Record { jti, created_at, expires_at, claims, .. } = token;
        let Beginning { id, fingerprint, client: Client { address, user_agent } } = session;
        let django: [&(dyn ToSql + Sync); 5] = [jti, &stored, created_at, expires_at, &user];
        let own: [&(dyn ToSql + Sync); 8] = [id, &at, &end, claims, &owner, address, user_agent, fingerprint];
        db.execute(&begin, &[&django[..], &own[..]].concat()).await?;
        Ok(())
    }
}

/// Whose a token is, as the user table has it.
pub(super) fn key(users: &UserSql, token: &Record) -> Option<Key> {
    token.user.as_ref().and_then(|user| users.key(user))
}

/// The family of a token, if it has one, with the lock on it.
async fn lock_family(db: &impl GenericClient, jti: &str) -> Result<Option<String>, Failure> {
    let sql = "SELECT f.id FROM countersign_family AS f
               WHERE f.id = (SELECT r.family_id FROM countersign_refresh AS r WHERE r.jti = $1)
               FOR NO KEY UPDATE";
    let sql = db.prepare_cached(sql).await?;
    Ok(db.query_opt(&sql, &[&jti]).await?.map(|row| row.get(0)))
}

/// The id of a token that is written down, with the lock on it.
pub(super) async fn lock_outstanding(db: &impl GenericClient, jti: &str) -> Result<Option<i64>, Failure> {
    let sql = "SELECT id FROM token_blacklist_outstandingtoken WHERE jti = $1 FOR NO KEY UPDATE";
    let sql = db.prepare_cached(sql).await?;
    Ok(db.query_opt(&sql, &[&jti]).await?.map(|row| row.get(0)))
}

/// A token whose fate nobody else decides until the transaction ends.
#[derive(Debug)]
pub(super) struct Held {
    /// Its row in Django's table.
    pub(super) outstanding: i64,
    /// `None`: it has no family.
    pub(super) place: Option<Place>,
}

/// Takes the lock of a token, writing it down by `write_down` if need be. Errs with [`Failure::Again`] where it got a
/// family meanwhile: then the lock is another one.
pub(super) async fn hold(
    sql: &LedgerSql,
    users: &UserSql,
    db: &impl GenericClient,
    token: &Record,
) -> Result<Held, Failure> {
    let family = lock_family(db, &token.jti).await?;
    sql.write_down(users, db, token).await?;
    let outstanding = lock_outstanding(db, &token.jti).await?.ok_or(Failure::Again)?;
    held(db, family.as_deref(), outstanding, &token.jti).await
}

/// What there is to know of a token, once its lock is held.
async fn held(
    db: &impl GenericClient,
    family: Option<&str>,
    outstanding: i64,
    jti: &str,
) -> Result<Held, Failure> {
    let place = place(db, jti).await?;
    if place.as_ref().map(|place| place.family.as_str()) != family {
        return Err(Failure::Again);
    }
    Ok(Held { outstanding, place })
}

/// Blacklists an outstanding token. Says whether the row is new.
pub(super) async fn blacklist_row(
    db: &impl GenericClient,
    outstanding: i64,
    at: Timestamp,
) -> Result<bool, Failure> {
    let sql = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) VALUES ($1, $2)
               ON CONFLICT (token_id) DO NOTHING";
    let sql = db.prepare_cached(sql).await?;
    let is_new = db.execute(&sql, &[&outstanding, &at]).await? == 1;
    failpoint::pass("after insert");
    Ok(is_new)
}

/// See [`Ledger::blacklist`](countersign_core::store::Ledger::blacklist).
pub(super) async fn blacklist(
    sql: &LedgerSql,
    users: &UserSql,
    db: &mut Object,
    token: &Record,
    at: Timestamp,
) -> Result<Blacklisting, Failure> {
    let act = db.transaction().await?;
    let held = hold(sql, users, &act, token).await?;
    let done = end(&act, &held, at).await?;
    failpoint::pass("before commit");
    act.commit().await?;
    Ok(done)
}

/// See [`Ledger::blacklist_by_id`](countersign_core::store::Ledger::blacklist_by_id).
pub(super) async fn blacklist_by_id(
    db: &mut Object,
    jti: &str,
    at: Timestamp,
) -> Result<Option<Blacklisting>, Failure> {
    if !is_storable(jti) {
        return Ok(None);
    }
    let act = db.transaction().await?;
    let family = lock_family(&act, jti).await?;
    let Some(outstanding) = lock_outstanding(&act, jti).await? else { return Ok(None) };
    let held = held(&act, family.as_deref(), outstanding, jti).await?;
    let done = end(&act, &held, at).await?;
    act.commit().await?;
    Ok(Some(done))
}

/// Blacklists a token and ends its family.
async fn end(db: &impl GenericClient, held: &Held, at: Timestamp) -> Result<Blacklisting, Failure> {
    let new = blacklist_row(db, held.outstanding, at).await?;
    if let Some(place) = &held.place {
        sessions::end(db, &[place.family.as_str()], at, true).await?;
    }
    Ok(if new { Blacklisting::Done } else { Blacklisting::Already })
}

/// `$1`: the token's id.
pub(super) const IS_BLACKLISTED: &str = "SELECT EXISTS (
    SELECT 1 FROM token_blacklist_outstandingtoken AS o
    JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id WHERE o.jti = $1
)";

pub(super) async fn is_blacklisted(db: &impl GenericClient, jti: &str) -> Result<bool, Failure> {
    let sql = db.prepare_cached(IS_BLACKLISTED).await?;
    Ok(db.query_one(&sql, &[&jti]).await?.get(0))
}

/// See [`Ledger::extend`](countersign_core::store::Ledger::extend).
pub(super) async fn extend(
    sql: &LedgerSql,
    users: &UserSql,
    db: &mut Object,
    token: &Record,
) -> Result<bool, Failure> {
    let act = db.transaction().await?;
    let held = hold(sql, users, &act, token).await?;
    if is_blacklisted(&act, &token.jti).await? {
        return Ok(false);
    }
    let update = "UPDATE token_blacklist_outstandingtoken SET expires_at = $2 WHERE id = $1";
    let update = act.prepare_cached(update).await?;
    act.execute(&update, &[&held.outstanding, &token.expires_at]).await?;
    if let Some(place) = held.place {
        let end = token.expires_at.as_microsecond();
        let own = "UPDATE countersign_refresh SET expires_at = $2 WHERE jti = $1";
        act.execute(&act.prepare_cached(own).await?, &[&token.jti, &end]).await?;
        let session = "UPDATE countersign_family SET expires_at = greatest(expires_at, $2) WHERE id = $1";
        act.execute(&act.prepare_cached(session).await?, &[&place.family, &end]).await?;
    }
    act.commit().await?;
    Ok(true)
}

/// A round of removing what ended, which locks nothing but what it removes.
pub(super) async fn purge(
    db: &mut Object,
    has_blacklist: bool,
    at: Timestamp,
    after: i64,
    limit: u32,
) -> Result<Purged, Failure> {
    let act = db.transaction().await?;
    act.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let mut purged = Purged::default();
    if has_blacklist {
        let Round { found, next } = look(&act, at, after, limit).await?;
        purged.next = next;
        let ended = "WITH ended AS MATERIALIZED (
                         SELECT id FROM token_blacklist_outstandingtoken
                         WHERE id = ANY ($2::bigint[]) AND expires_at < $1 FOR UPDATE SKIP LOCKED
                     ), entries AS (
                         DELETE FROM token_blacklist_blacklistedtoken AS b USING ended WHERE b.token_id = ended.id
                     )
                     DELETE FROM token_blacklist_outstandingtoken AS o USING ended WHERE o.id = ended.id";
        let ended = act.prepare_cached(ended).await?;
        purged.outstanding = act.execute(&ended, &[&at, &found]).await?;
    }
    let tokens = "DELETE FROM countersign_refresh WHERE jti IN
                  (SELECT jti FROM countersign_refresh WHERE expires_at < $1 LIMIT $2)";
    let families = "DELETE FROM countersign_family WHERE id IN
                    (SELECT f.id FROM countersign_family AS f WHERE f.expires_at < $1
                     AND NOT EXISTS (SELECT 1 FROM countersign_refresh AS r WHERE r.family_id = f.id) LIMIT $2)";
    // A session goes once none of its tokens is left, for which to look before would be in vain.
    for sql in [tokens, families] {
        let sql = act.prepare_cached(sql).await?;
        let removed = act.execute(&sql, &[&at.as_microsecond(), &i64::from(limit)]).await?;
        purged.own += removed;
        if removed == u64::from(limit) {
            // Behind the end of Django's table a round finds nothing more there.
            purged.next = purged.next.or(Some(i64::MAX));
            break;
        }
    }
    act.commit().await?;
    Ok(purged)
}

/// A round of looking for outstanding tokens that ended before `at`.
async fn look(db: &impl GenericClient, at: Timestamp, after: i64, limit: u32) -> Result<Round, Failure> {
    let sql = "SELECT id::bigint, expires_at < $1 FROM token_blacklist_outstandingtoken
               WHERE id > $2::bigint ORDER BY id LIMIT $3";
    let sql = db.prepare_cached(sql).await?;
    let rows = db.query(&sql, &[&at, &after, &Round::rows(limit)]).await?;
    Ok(Round::of(rows.iter().map(|row| (row.get(0), row.get(1))), limit))
}
