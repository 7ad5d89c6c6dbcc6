//! Sessions: how they go on and how they end. What is read of them is in [`listed`](super::listed).

use super::fault::Failure;
use super::ledger::{LedgerSql, hold};
use super::listed;
use super::rotate::facts_of;
use super::users::{UserSql, is_storable};
use super::{Postgres, blacklist_is_off, facts};
use crate::failpoint;
use crate::judge::{Place, Presented, Verdict, judge, settled};
use crate::round::Round;
use crate::session::{Beginning, Client, Renewal, SessionPage, Whose};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, EndedSessions, Ending, Record, Renew, Rotation, Session, SessionList, SessionListing, Sessions,
    Standing, handle,
};
use countersign_core::user::UserId;
use deadpool_postgres::{GenericClient, Object};
use std::sync::Arc;
use tokio_postgres::types::ToSql;

impl Sessions for Postgres {
    fn renew<'a>(&'a self, renew: Renew<'a>) -> Act<'a, Rotation> {
        let renewal = Arc::new(Renewal::from(renew));
        Box::pin(async move {
            if renewal.successor.is_none()
                && let Some(outcome) = self.glance(&renewal.presented).await?
            {
                return Ok(outcome);
            }
            self.enter(blacklist_is_off(), move |sql, users, db| {
                let renewal = Arc::clone(&renewal);
                Box::pin(async move { go_on(&sql, &users, db, &renewal).await })
            })
            .await
        })
    }

    fn list_sessions<'a>(&'a self, listing: SessionListing<'a>) -> Act<'a, SessionList> {
        let page = Arc::new(SessionPage::from(listing));
        self.act(move |users, db| {
            let page = Arc::clone(&page);
            Box::pin(async move { listed::list(&users, db, &page).await })
        })
    }

    fn find_session<'a>(&'a self, id: &'a str) -> Act<'a, Option<Session>> {
        Box::pin(async move {
            if !is_storable(id) {
                return Ok(None);
            }
            let sql = format!("{} WHERE f.id = $1", listed::select(&self.users));
            let rows = self.link.read(&sql, &[&id]).await?;
            Ok(rows.first().map(|row| listed::session(&self.users, row)).transpose()?)
        })
    }

    fn standing<'a>(&'a self, jti: &'a str, user: &'a UserId) -> Act<'a, Standing> {
        Box::pin(async move {
            let epoch = self.epoch().await?;
            let user = user.to_string();
            let Some(handle) = handle(jti).filter(|_| is_storable(&user)) else {
                return Ok(Standing { session: None, epoch });
            };
            // After the digits come the letters up to f, and then g.
            let rows = self
                .link
                .read(&listed::linked(&self.users), &[&handle, &format!("{handle}g"), &user])
                .await?;
            let session = rows.first().map(|row| listed::session(&self.users, row)).transpose()?;
            Ok(Standing { session, epoch })
        })
    }

    fn end_session<'a>(&'a self, id: &'a str, user: Option<&'a UserId>, at: Timestamp) -> Act<'a, bool> {
        let whose = Arc::new((id.to_owned(), user.map(ToString::to_string)));
        let blacklist = self.ledger.is_some();
        self.act(move |_, db| {
            let whose = Arc::clone(&whose);
            Box::pin(async move { end_one(db, &whose.0, whose.1.as_deref(), at, blacklist).await })
        })
    }

    fn end_sessions<'a>(&'a self, which: Ending<'a>, at: Timestamp, limit: u32) -> Act<'a, EndedSessions> {
        let (whose, blacklist) = (Arc::new(Whose::from(which)), self.ledger.is_some());
        self.act(move |users, db| {
            let whose = Arc::clone(&whose);
            Box::pin(async move {
                let act = db.transaction().await?;
                let ended = match &*whose {
                    Whose::Of(user) => end_of(&users, &act, user, None, at, blacklist).await?,
                    Whose::Others(user, but) => end_of(&users, &act, user, Some(but), at, blacklist).await?,
                    Whose::All { after } => end_all(&act, at, *after, limit, blacklist).await?,
                };
                act.commit().await?;
                Ok(ended)
            })
        })
    }

    fn begin_epoch(&self, at: Timestamp) -> Act<'_, ()> {
        self.act(move |_, db| {
            Box::pin(async move {
                let sql = "INSERT INTO countersign_epoch AS e (id, begins_at) VALUES (1, $1)
                           ON CONFLICT (id) DO UPDATE SET begins_at = greatest(e.begins_at, excluded.begins_at)";
                db.execute(sql, &[&at.as_microsecond()]).await?;
                Ok(())
            })
        })
    }

    fn epoch(&self) -> Act<'_, Option<Timestamp>> {
        Box::pin(async move {
            let rows = self.link.read("SELECT begins_at FROM countersign_epoch WHERE id = 1", &[]).await?;
            Ok(rows.first().map(|row| facts::instant(row.get(0))).transpose()?)
        })
    }
}

impl Postgres {
    /// What can be said of a use without writing anything. `None`: there is something to write.
    async fn glance(&self, used: &Presented) -> Result<Option<Rotation>, Failure> {
        let Some(sql) = self.ledger.as_ref().filter(|_| is_storable(&used.token.jti)) else {
            return Ok(None);
        };
        let bearer = used.token.user.as_ref().and_then(|bearer| self.users.key(bearer));
        let rows = self.link.read(&sql.glance, &[&used.token.jti, &bearer]).await?;
        let [row] = &*rows else { return Ok(None) };
        Ok(settled(used, &facts::found(row)?))
    }
}

/// See [`Sessions::renew`].
async fn go_on(
    sql: &LedgerSql,
    users: &UserSql,
    db: &mut Object,
    renewal: &Renewal,
) -> Result<Rotation, Failure> {
    let used = &renewal.presented;
    let act = db.transaction().await?;
    let held = hold(sql, users, &act, &used.token).await?;
    let facts = facts_of(users, &act, used, held.place).await?;
    let verdict = judge(used, &facts);
    let place = facts.place;
    let remember = match verdict {
        Verdict::Live(remember) => remember,
        Verdict::Dead => return Ok(Rotation::Blacklisted),
        Verdict::Refused(rotation) => return Ok(rotation),
        Verdict::PasswordChanged => {
            if let Some(place) = &place {
                end(&act, &[place.family.as_str()], used.at, true).await?;
            }
            act.commit().await?;
            return Ok(Rotation::PasswordChanged);
        }
    };
    let recent = place.as_ref().is_some_and(|place| place.is_recent(used.at));
    let family = enter(sql, users, &act, used, place, remember.as_deref()).await?;
    if let Some(successor) = &renewal.successor {
        sql.write_down(users, &act, successor).await?;
        let last = "SELECT coalesce(max(generation), 0) FROM countersign_refresh WHERE family_id = $1";
        let last: i64 = act.query_one(&act.prepare_cached(last).await?, &[&family]).await?.get(0);
        add_member(&act, successor, &family, last + 1).await?;
    }
    if renewal.successor.is_some() || remember.is_some() || !recent {
        let end = renewal.successor.as_ref().unwrap_or(&used.token).expires_at;
        touch(&act, &family, used, end, remember.as_deref()).await?;
    }
    act.commit().await?;
    Ok(Rotation::Rotated)
}

/// The session of a token, begun if it has none.
pub(super) async fn enter(
    sql: &LedgerSql,
    users: &UserSql,
    db: &impl GenericClient,
    used: &Presented,
    place: Option<Place>,
    remember: Option<&str>,
) -> Result<String, Failure> {
    if let Some(place) = place {
        return Ok(place.family);
    }
    let session = Beginning {
        id: used.family.clone(),
        fingerprint: remember.map(str::to_owned),
        client: used.client.clone(),
    };
    sql.begin(users, db, &used.token, &session, used.at).await?;
    Ok(session.id)
}

pub(super) async fn add_member(
    db: &impl GenericClient,
    token: &Record,
    family: &str,
    generation: i64,
) -> Result<(), Failure> {
    let sql = "INSERT INTO countersign_refresh (jti, family_id, generation, claims, expires_at)
               VALUES ($1, $2, $3, $4, $5)";
    let sql = db.prepare_cached(sql).await?;
    let end = token.expires_at.as_microsecond();
    db.execute(&sql, &[&token.jti, &family, &generation, &token.claims, &end]).await?;
    Ok(())
}

/// Writes a use of a session down, with the end that its tokens have now.
pub(super) async fn touch(
    db: &impl GenericClient,
    family: &str,
    used: &Presented,
    end: Timestamp,
    remember: Option<&str>,
) -> Result<(), Failure> {
    let sql = "UPDATE countersign_family SET used_at = $2, address = $3, user_agent = $4,
                   expires_at = greatest(expires_at, $5), fingerprint = coalesce(fingerprint, $6) WHERE id = $1";
    let sql = db.prepare_cached(sql).await?;
    let (at, end) = (used.at.as_microsecond(), end.as_microsecond());
    let Client { address, user_agent } = &used.client;
    db.execute(&sql, &[&family, &at, address, user_agent, &end, &remember]).await?;
    Ok(())
}

/// What [`fingerprint`](countersign_core::store::fingerprint) makes of `@id` and `@hash`, here because the statement that
/// rotates asks for it under the locks that it takes.
pub(super) const FINGERPRINT: &str = "encode(substring(sha256(
    convert_to(@id, 'UTF8') || '\\x00'::bytea || convert_to(@hash, 'UTF8')
) FROM 1 FOR 16), 'hex')";

/// Takes the locks on all sessions of a user, in one order, so that two who do so meet and do not cross.
pub(super) async fn lock_all(db: &impl GenericClient, user: &UserId) -> Result<(), Failure> {
    let lock = "SELECT id FROM countersign_family WHERE user_id = $1 ORDER BY id FOR NO KEY UPDATE";
    let lock = db.prepare_cached(lock).await?;
    db.query(&lock, &[&user.to_string()]).await?;
    Ok(())
}

/// Sessions that go with one hash of a user go with another of the same password from now on. Their locks are held.
pub(super) async fn rehash(
    db: &impl GenericClient,
    user: &UserId,
    old: &str,
    new: &str,
) -> Result<(), Failure> {
    let of = |hash: &str| FINGERPRINT.replace("@id", "id").replace("@hash", hash);
    let sql = format!(
        "UPDATE countersign_family SET fingerprint = {} WHERE user_id = $1 AND revoked_at IS NULL AND fingerprint = {}",
        of("$3::text"),
        of("$2::text"),
    );
    let sql = db.prepare_cached(&sql).await?;
    db.execute(&sql, &[&user.to_string(), &old, &new]).await?;
    Ok(())
}

/// Ends sessions whose locks are held: one row each that every use of their tokens reads, and their live tokens in Django's
/// table. Says how many had not ended.
pub(super) async fn end(
    db: &impl GenericClient,
    ids: &[&str],
    at: Timestamp,
    blacklist: bool,
) -> Result<u64, Failure> {
    if ids.is_empty() {
        return Ok(0);
    }
    let sql = "UPDATE countersign_family SET revoked_at = $2 WHERE id = ANY ($1) AND revoked_at IS NULL";
    let sql = db.prepare_cached(sql).await?;
    let ended = db.execute(&sql, &[&ids, &at.as_microsecond()]).await?;
    failpoint::pass("after update");
    if blacklist {
        let leaves = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
                      SELECT o.id, $2 FROM countersign_refresh AS r
                      JOIN token_blacklist_outstandingtoken AS o ON o.jti = r.jti
                      WHERE r.family_id = ANY ($1) AND r.consumed_at IS NULL ORDER BY o.id
                      ON CONFLICT (token_id) DO NOTHING";
        let leaves = db.prepare_cached(leaves).await?;
        db.execute(&leaves, &[&ids, &at]).await?;
    }
    Ok(ended)
}

async fn end_one(
    db: &mut Object,
    id: &str,
    user: Option<&str>,
    at: Timestamp,
    blacklist: bool,
) -> Result<bool, Failure> {
    if !is_storable(id) || user.is_some_and(|user| !is_storable(user)) {
        return Ok(false);
    }
    let act = db.transaction().await?;
    let lock = "SELECT id FROM countersign_family WHERE id = $1 AND ($2::text IS NULL OR user_id = $2)
                FOR NO KEY UPDATE";
    let lock = act.prepare_cached(lock).await?;
    if act.query_opt(&lock, &[&id, &user]).await?.is_none() {
        return Ok(false);
    }
    let ended = end(&act, &[id], at, blacklist).await? == 1;
    act.commit().await?;
    Ok(ended)
}

/// Ends the sessions of a user but one, or all of them with every other outstanding token.
pub(super) async fn end_of(
    users: &UserSql,
    db: &impl GenericClient,
    user: &UserId,
    but: Option<&str>,
    at: Timestamp,
    blacklist: bool,
) -> Result<EndedSessions, Failure> {
    let Some(key) = users.key(user) else { return Ok(EndedSessions::default()) };
    let live = "SELECT id FROM countersign_family
                WHERE user_id = $1 AND revoked_at IS NULL AND created_at <= $2 AND id IS DISTINCT FROM $3
                ORDER BY id FOR NO KEY UPDATE";
    let (name, begun) = (user.to_string(), at.as_microsecond());
    let live: (&str, [&(dyn ToSql + Sync); 3]) = (live, [&name, &begun, &but]);
    let mut ended = EndedSessions {
        sessions: end_locked(db, live.0, &live.1, at, blacklist).await?,
        tokens: 0,
        next: None,
    };
    if blacklist && but.is_none() {
        let alone = format!("{ALONE} AND o.user_id = {} {LOCKED}", users.key.parameter(2));
        ended.tokens = blacklist_locked(db, &alone, &[&at, &key], at).await?;
        // What was without a session may have got one while its lock was waited for.
        ended.sessions += end_locked(db, live.0, &live.1, at, blacklist).await?;
    }
    Ok(ended)
}

/// A round of ending everything: sessions, and once there are none left the tokens without one.
async fn end_all(
    db: &impl GenericClient,
    at: Timestamp,
    after: i64,
    limit: u32,
    blacklist: bool,
) -> Result<EndedSessions, Failure> {
    let live = "SELECT id FROM countersign_family WHERE revoked_at IS NULL AND created_at <= $1
                ORDER BY id LIMIT $2 FOR NO KEY UPDATE";
    let sessions = end_locked(db, live, &[&at.as_microsecond(), &i64::from(limit)], at, blacklist).await?;
    if sessions > 0 || !blacklist {
        return Ok(EndedSessions { sessions, tokens: 0, next: (sessions > 0).then_some(after) });
    }
    let Round { found, next } = alone(db, at, after, limit).await?;
    let still = format!("{ALONE} AND o.id = ANY ($2::bigint[]) {LOCKED}");
    Ok(EndedSessions { sessions, tokens: blacklist_locked(db, &still, &[&at, &found], at).await?, next })
}

/// A round of looking for live tokens without a session. Each row is looked up by itself, with `LIMIT`: a join might read
/// the whole of the other tables.
async fn alone(db: &impl GenericClient, at: Timestamp, after: i64, limit: u32) -> Result<Round, Failure> {
    let sql = "SELECT o.id::bigint, o.is_live AND r.jti IS NULL AND b.id IS NULL
               FROM (
                   SELECT id, jti, expires_at >= $1 AND (created_at IS NULL OR created_at <= $1) AS is_live
                   FROM token_blacklist_outstandingtoken WHERE id > $2::bigint ORDER BY id LIMIT $3
               ) AS o
               LEFT JOIN LATERAL (SELECT jti FROM countersign_refresh WHERE jti = o.jti LIMIT 1) AS r ON true
               LEFT JOIN LATERAL (
                   SELECT id FROM token_blacklist_blacklistedtoken WHERE token_id = o.id LIMIT 1
               ) AS b ON true
               ORDER BY o.id";
    let sql = db.prepare_cached(sql).await?;
    let rows = db.query(&sql, &[&at, &after, &Round::rows(limit)]).await?;
    Ok(Round::of(rows.iter().map(|row| (row.get(0), row.get(1))), limit))
}

/// Behind [`ALONE`]: those that are found are held, in one order.
const LOCKED: &str = "ORDER BY o.id FOR NO KEY UPDATE";

/// The live tokens without a session that were made by the instant `$1`.
const ALONE: &str = "SELECT o.id FROM token_blacklist_outstandingtoken AS o
     WHERE o.expires_at >= $1 AND (o.created_at IS NULL OR o.created_at <= $1)
     AND NOT EXISTS (SELECT 1 FROM countersign_refresh AS r WHERE r.jti = o.jti)
     AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)";

/// Ends the sessions that a query finds and locks.
async fn end_locked(
    db: &impl GenericClient,
    query: &str,
    values: &[&(dyn ToSql + Sync)],
    at: Timestamp,
    blacklist: bool,
) -> Result<u64, Failure> {
    let query = db.prepare_cached(query).await?;
    let rows = db.query(&query, values).await?;
    let ids: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    end(db, &ids, at, blacklist).await
}

/// Blacklists the tokens that a query finds and locks. Says how many were not.
async fn blacklist_locked(
    db: &impl GenericClient,
    query: &str,
    values: &[&(dyn ToSql + Sync)],
    at: Timestamp,
) -> Result<u64, Failure> {
    let query = db.prepare_cached(query).await?;
    let ids: Vec<i64> = db.query(&query, values).await?.iter().map(|row| row.get(0)).collect();
    let sql = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
               SELECT id, $2 FROM unnest($1::bigint[]) AS id ORDER BY id ON CONFLICT (token_id) DO NOTHING";
    let sql = db.prepare_cached(sql).await?;
    Ok(db.execute(&sql, &[&ids, &at]).await?)
}
