//! Sessions: what is read of them, how they go on and how they end.

use super::facts::{epoch, facts, instant};
use super::ledger::{LedgerSql, add_member, begin_family, blacklist_row, pair};
use super::users::UserSql;
use super::{Sqlite, blacklist_is_off};
use crate::datetime;
use crate::error::Failure;
use crate::failpoint;
use crate::judge::{Place, Presented, Verdict, judge, settled};
use crate::round::Round;
use crate::session::{Client, Filling, Renewal, SessionPage, Whose};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, EndedSessions, Ending, Renew, Rotation, Session, SessionList, SessionListing, Sessions, Standing,
    StoreError, fingerprint, handle,
};
use countersign_core::user::UserId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};

impl Sessions for Sqlite {
    fn renew<'a>(&'a self, renew: Renew<'a>) -> Act<'a, Rotation> {
        let renewal = Renewal::from(renew);
        Box::pin(async move {
            if renewal.successor.is_none()
                && let Some(outcome) = self.read(&renewal, glance).await?
            {
                return Ok(outcome);
            }
            self.enter(blacklist_is_off(), move |users, sql, db| go_on(users, sql, db, &renewal)).await
        })
    }

    fn list_sessions<'a>(&'a self, listing: SessionListing<'a>) -> Act<'a, SessionList> {
        let page = SessionPage::from(listing);
        let users = self.users.clone();
        self.readers.queued(move |db| list(&users, db, &page))
    }

    fn find_session<'a>(&'a self, id: &'a str) -> Act<'a, Option<Session>> {
        self.read(id, |users, db, id| {
            let sql = format!("{} WHERE f.id = ?1", select_any(users));
            one(users, db, &sql, &[&id])
        })
    }

    fn standing<'a>(&'a self, jti: &'a str, user: &'a UserId) -> Act<'a, Standing> {
        Box::pin(async move {
            let of = (jti.to_owned(), user.clone());
            self.read(&of, |users, db, (jti, user)| {
                let session = linked(users, db, jti, user)?;
                Ok(Standing { session, epoch: epoch(db)? })
            })
            .await
        })
    }

    fn end_session<'a>(&'a self, id: &'a str, user: Option<&'a UserId>, at: Timestamp) -> Act<'a, bool> {
        let (id, user, blacklist) = (id.to_owned(), user.cloned(), self.ledger.is_some());
        self.write(move |users, db| {
            if let Some(user) = &user {
                let Some(key) = users.key(user) else { return Ok(false) };
                let sql = "SELECT EXISTS (SELECT 1 FROM countersign_family WHERE id = ?1 AND user_id = ?2)";
                if !db.prepare_cached(sql)?.query_row((&id, key), |row| row.get(0))? {
                    return Ok(false);
                }
            }
            end(db, &id, at, blacklist)
        })
    }

    fn end_sessions<'a>(&'a self, which: Ending<'a>, at: Timestamp, limit: u32) -> Act<'a, EndedSessions> {
        let blacklist = self.ledger.is_some();
        match Whose::from(which) {
            Whose::Of(user) => self.write(move |users, db| end_of(users, db, &user, None, at, blacklist)),
            Whose::Others(user, but) => {
                self.write(move |users, db| end_of(users, db, &user, Some(&but), at, blacklist))
            }
            Whose::All { after } => Box::pin(self.end_all(at, after, limit)),
        }
    }

    fn begin_epoch(&self, at: Timestamp) -> Act<'_, ()> {
        self.write(move |_, db| {
            let sql = "INSERT INTO countersign_epoch (id, begins_at) VALUES (1, ?1)
                       ON CONFLICT (id) DO UPDATE SET begins_at = max(begins_at, excluded.begins_at)";
            db.execute(sql, [at.as_microsecond()])?;
            Ok(())
        })
    }

    fn epoch(&self) -> Act<'_, Option<Timestamp>> {
        self.read(&(), |_, db, ()| epoch(db))
    }
}

impl Sqlite {
    /// A round of ending everything: sessions, and once there are none left the tokens without one.
    async fn end_all(&self, at: Timestamp, after: i64, limit: u32) -> Result<EndedSessions, StoreError> {
        let blacklist = self.ledger.is_some();
        let sessions = self.write(move |_, db| end_any(db, at, limit, blacklist)).await?;
        if sessions > 0 || !blacklist {
            return Ok(EndedSessions { sessions, tokens: 0, next: (sessions > 0).then_some(after) });
        }
        let Round { found, next } = self.readers.queued(move |db| alone(db, at, after, limit)).await?;
        let tokens = self.write(move |_, db| blacklist_each(db, &found, at)).await?;
        Ok(EndedSessions { sessions, tokens, next })
    }
}

/// What can be said of a use without writing anything. `None`: there is something to write.
fn glance(users: &UserSql, db: &Connection, renewal: &Renewal) -> Result<Option<Rotation>, Failure> {
    let moment = db.unchecked_transaction()?;
    let used = &renewal.presented;
    Ok(settled(used, &facts(users, &moment, used)?))
}

/// See [`Sessions::renew`].
fn go_on(
    users: &UserSql,
    ledger: &LedgerSql,
    db: &Connection,
    renewal: &Renewal,
) -> Result<Rotation, Failure> {
    let used = &renewal.presented;
    let facts = facts(users, db, used)?;
    let verdict = judge(used, &facts);
    let place = facts.place;
    let remember = match verdict {
        Verdict::Live(remember) => remember,
        Verdict::Dead => return Ok(Rotation::Blacklisted),
        Verdict::Refused(rotation) => return Ok(rotation),
        Verdict::PasswordChanged => {
            if let Some(place) = &place {
                end(db, &place.family, used.at, true)?;
            }
            return Ok(Rotation::PasswordChanged);
        }
    };
    ledger.write_down(users, db, &used.token)?;
    let recent = place.as_ref().is_some_and(|place| place.is_recent(used.at));
    let family = enter(users, db, used, place, remember.as_deref())?;
    if let Some(successor) = &renewal.successor {
        ledger.write_down(users, db, successor)?;
        let last = "SELECT coalesce(max(generation), 0) FROM countersign_refresh WHERE family_id = ?1";
        let last: i64 = db.prepare_cached(last)?.query_row([&family], |row| row.get(0))?;
        add_member(db, successor, &family, last + 1)?;
    }
    if renewal.successor.is_some() || remember.is_some() || !recent {
        let end = renewal.successor.as_ref().unwrap_or(&used.token).expires_at;
        touch(db, &family, used, end, remember.as_deref())?;
    }
    Ok(Rotation::Rotated)
}

/// The session of a token, begun if it has none.
pub(super) fn enter(
    users: &UserSql,
    db: &Connection,
    used: &Presented,
    place: Option<Place>,
    remember: Option<&str>,
) -> Result<String, Failure> {
    if let Some(place) = place {
        return Ok(place.family);
    }
    begin_family(users, db, &used.token, &used.family, remember, &used.client, used.at)?;
    Ok(used.family.clone())
}

/// Writes a use of a session down, with the end that its tokens have now.
pub(super) fn touch(
    db: &Connection,
    family: &str,
    used: &Presented,
    end: Timestamp,
    remember: Option<&str>,
) -> Result<(), Failure> {
    let sql = "UPDATE countersign_family SET used_at = ?2, address = ?3, user_agent = ?4,
                   expires_at = max(expires_at, ?5), fingerprint = coalesce(fingerprint, ?6) WHERE id = ?1";
    let (at, end) = (used.at.as_microsecond(), end.as_microsecond());
    let Client { address, user_agent } = &used.client;
    db.prepare_cached(sql)?.execute((family, at, address, user_agent, end, remember))?;
    Ok(())
}

/// Ends a session: one row that every use of its tokens reads, and its live tokens in Django's table. Says whether it
/// had not ended.
pub(super) fn end(db: &Connection, id: &str, at: Timestamp, blacklist: bool) -> Result<bool, Failure> {
    let sql = "UPDATE countersign_family SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    let ended = db.prepare_cached(sql)?.execute((id, at.as_microsecond()))? == 1;
    failpoint::pass("after update");
    if blacklist {
        let leaves = "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
                      SELECT o.id, ?2 FROM countersign_refresh AS r
                      JOIN token_blacklist_outstandingtoken AS o ON o.jti = r.jti
                      WHERE r.family_id = ?1 AND r.consumed_at IS NULL
                      ON CONFLICT (token_id) DO NOTHING";
        db.prepare_cached(leaves)?.execute((id, datetime::to_text(at)))?;
    }
    Ok(ended)
}

/// Ends the sessions of a user but one, or all of them with every other outstanding token.
pub(super) fn end_of(
    users: &UserSql,
    db: &Connection,
    user: &UserId,
    but: Option<&str>,
    at: Timestamp,
    blacklist: bool,
) -> Result<EndedSessions, Failure> {
    let Some(key) = users.key(user) else { return Ok(EndedSessions::default()) };
    let live = "SELECT id FROM countersign_family
                WHERE user_id = ?1 AND revoked_at IS NULL AND created_at <= ?2 AND id IS NOT ?3";
    let live = ids(db, live, &[&key, &at.as_microsecond(), &but])?;
    let sessions = end_each(db, &live, at, blacklist)?;
    if !blacklist || but.is_some() {
        return Ok(EndedSessions { sessions, tokens: 0, next: None });
    }
    let alone =
        format!("SELECT o.id FROM token_blacklist_outstandingtoken AS o WHERE o.user_id = ?2 AND {IS_ALONE}");
    let alone: Vec<i64> = column(db, &alone, &[&datetime::to_text(at), &key])?;
    Ok(EndedSessions { sessions, tokens: blacklist_each(db, &alone, at)?, next: None })
}

/// Ends any sessions that had begun by an instant. Says how many.
fn end_any(db: &Connection, at: Timestamp, limit: u32, blacklist: bool) -> Result<u64, Failure> {
    let live = "SELECT id FROM countersign_family WHERE revoked_at IS NULL AND created_at <= ?1 LIMIT ?2";
    end_each(db, &ids(db, live, &[&at.as_microsecond(), &limit])?, at, blacklist)
}

/// A round of looking for live tokens without a session: a read, which holds no lock. One that gets a session meanwhile
/// was made too early all the same.
fn alone(db: &Connection, at: Timestamp, after: i64, limit: u32) -> Result<Round, Failure> {
    let sql = format!(
        "SELECT o.id, {IS_ALONE} FROM token_blacklist_outstandingtoken AS o WHERE o.id > ?2 ORDER BY o.id LIMIT ?3"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map((datetime::to_text(at), after, Round::rows(limit)), pair)?;
    Ok(Round::of(rows.collect::<rusqlite::Result<Vec<_>>>()?, limit))
}

/// Whether a token is live, has no session and was made by the instant `?1`.
const IS_ALONE: &str = "o.expires_at >= ?1 AND (o.created_at IS NULL OR o.created_at <= ?1)
     AND NOT EXISTS (SELECT 1 FROM countersign_refresh AS r WHERE r.jti = o.jti)
     AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)";

fn end_each(db: &Connection, sessions: &[String], at: Timestamp, blacklist: bool) -> Result<u64, Failure> {
    let mut ended = 0;
    for id in sessions {
        ended += u64::from(end(db, id, at, blacklist)?);
    }
    Ok(ended)
}

fn blacklist_each(db: &Connection, tokens: &[i64], at: Timestamp) -> Result<u64, Failure> {
    let mut ended = 0;
    for id in tokens {
        ended += u64::from(blacklist_row(db, *id, at)?);
    }
    Ok(ended)
}

fn ids(db: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<String>, Failure> {
    column(db, sql, parameters)
}

fn column<T: rusqlite::types::FromSql>(
    db: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<T>, Failure> {
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sessions that go with one hash of a user go with another of the same password from now on.
pub(super) fn rehash(
    users: &UserSql,
    db: &Connection,
    user: &UserId,
    old: &str,
    new: &str,
) -> Result<(), Failure> {
    let Some(key) = users.key(user) else { return Ok(()) };
    let live =
        ids(db, "SELECT id FROM countersign_family WHERE user_id = ?1 AND revoked_at IS NULL", &[&key])?;
    let sql = "UPDATE countersign_family SET fingerprint = ?3 WHERE id = ?1 AND fingerprint = ?2";
    for id in live {
        db.prepare_cached(sql)?.execute((&id, fingerprint(&id, old), fingerprint(&id, new)))?;
    }
    Ok(())
}

/// Every column of a session, and the present hash of its user.
fn select_any(users: &UserSql) -> String {
    select(users, "").replace(" INDEXED BY ", "")
}

/// The same along an index.
fn select(users: &UserSql, index: &str) -> String {
    format!(
        "SELECT f.id, f.user_id, f.created_at, f.used_at, f.address, f.user_agent, f.expires_at, f.revoked_at,
                f.fingerprint, u.{password}
         FROM countersign_family AS f INDEXED BY {index} LEFT JOIN {table} AS u ON u.{id} = f.user_id",
        password = users.password,
        table = users.table,
        id = users.id,
    )
}

/// A session, and the present hash of its user.
type Found = (Session, Option<String>);

fn found(users: &UserSql, row: &Row<'_>) -> rusqlite::Result<Result<Found, Failure>> {
    let user = match row.get_ref(1)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(users.id_of(row, 1)?),
    };
    let (created_at, used_at, expires_at) = (row.get(2)?, row.get(3)?, row.get(6)?);
    let address: Option<String> = row.get(4)?;
    let (user_agent, ended_at): (Option<String>, Option<i64>) = (row.get(5)?, row.get(7)?);
    let (id, remembered): (String, Option<String>) = (row.get(0)?, row.get(8)?);
    let hash = match row.get(9)? {
        Value::Text(hash) => Some(hash),
        _ => None,
    };
    Ok((|| {
        let session = Session {
            user,
            created_at: instant(created_at)?,
            used_at: instant(used_at)?,
            address: address.and_then(|address| address.parse().ok()),
            user_agent,
            expires_at: instant(expires_at)?,
            ended_at: ended_at.map(instant).transpose()?,
            fingerprint: remembered,
            id,
        };
        Ok((session, hash))
    })())
}

fn one(
    users: &UserSql,
    db: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
) -> Result<Option<Session>, Failure> {
    let row = db.prepare_cached(sql)?.query_row(parameters, |row| found(users, row)).optional()?;
    Ok(row.transpose()?.map(|(session, _)| session))
}

/// The session of this user that has a refresh token whose id begins like this one.
fn linked(users: &UserSql, db: &Connection, jti: &str, user: &UserId) -> Result<Option<Session>, Failure> {
    let (Some(handle), Some(key)) = (handle(jti), users.key(user)) else { return Ok(None) };
    // After the digits come the letters up to f, and then g.
    let (from, to) = (handle, format!("{handle}g"));
    let sql = format!(
        "{} WHERE f.user_id = ?3 AND f.id IN
         (SELECT family_id FROM countersign_refresh WHERE jti >= ?1 AND jti < ?2) LIMIT 1",
        select_any(users)
    );
    one(users, db, &sql, &[&from, &to, &key])
}

/// Reads on until the page is full, or enough was read.
fn list(users: &UserSql, db: &Connection, page: &SessionPage) -> Result<SessionList, Failure> {
    let owner = match page.user.as_ref().map(|user| users.key(user)) {
        Some(None) => return Ok(SessionList::default()),
        key => key.flatten(),
    };
    // Without statistics the whole table looks shorter than the index of those that go on.
    let (index, theirs) = match &owner {
        Some(_) => ("countersign_family_user", "f.user_id = ?3"),
        None => ("countersign_family_live", "f.revoked_at IS NULL AND ?3 IS NULL"),
    };
    let sql = format!("{} WHERE {theirs} AND f.id > ?1 ORDER BY f.id LIMIT ?2", select(users, index));
    let mut query = db.prepare_cached(&sql)?;
    let mut filling = Filling::of(page);
    loop {
        let rows = query.query_map((&filling.after, filling.rows(), &owner), |row| found(users, row))?;
        let read = rows.collect::<rusqlite::Result<Result<Vec<_>, _>>>()??;
        if let Some(list) = filling.take(read) {
            return Ok(list);
        }
    }
}
