//! The door of the admin pages: `countersign_admin_session`, `countersign_link` and `countersign_attempt`.

use super::Postgres;
use super::audit::instant;
use super::fault::Failure;
use super::users::UserSql;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::{
    Act, AdminDoor, AdminSession, Attempt, AttemptLimit, LinkPurpose, OneTimeLink,
};
use deadpool_postgres::{GenericClient, Object};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;

/// The columns of a link.
macro_rules! link {
    () => {
        "digest, purpose, user_id, created_at, expires_at"
    };
}

/// How much of what is over goes with each attempt.
const FORGOTTEN_AT_ONCE: i64 = 100;

impl AdminDoor for Postgres {
    fn open_session<'a>(&'a self, session: &'a AdminSession) -> Act<'a, ()> {
        let session = Arc::new(session.clone());
        self.link.act(move |db| {
            let session = Arc::clone(&session);
            Box::pin(async move { open(db, &session).await })
        })
    }

    fn find_session<'a>(&'a self, digest: &'a str) -> Act<'a, Option<AdminSession>> {
        Box::pin(async move {
            let query = "SELECT digest, user_id, password_mark, created_at, seen_at, confirmed_at, expires_at, address,
                         user_agent FROM countersign_admin_session WHERE digest = $1";
            let rows = self.link.read(query, &[&digest]).await?;
            Ok(rows.first().map(|row| session(&self.users, row)).transpose()?)
        })
    }

    fn touch_session<'a>(&'a self, digest: &'a str, seen_at: Timestamp, confirmed: bool) -> Act<'a, ()> {
        let digest: Arc<str> = digest.into();
        self.link.act(move |db| {
            let digest = Arc::clone(&digest);
            Box::pin(async move {
                let update = "UPDATE countersign_admin_session SET seen_at = $2,
                              confirmed_at = CASE WHEN $3 THEN $2 ELSE confirmed_at END WHERE digest = $1";
                let update = db.prepare_cached(update).await?;
                db.execute(&update, &[&&*digest, &seen_at.as_microsecond(), &confirmed]).await?;
                Ok(())
            })
        })
    }

    fn close_session<'a>(&'a self, digest: &'a str) -> Act<'a, bool> {
        let digest: Arc<str> = digest.into();
        self.link.act(move |db| {
            let digest = Arc::clone(&digest);
            Box::pin(async move {
                let delete = "DELETE FROM countersign_admin_session WHERE digest = $1";
                let delete = db.prepare_cached(delete).await?;
                Ok(db.execute(&delete, &[&&*digest]).await? == 1)
            })
        })
    }

    fn issue_link<'a>(&'a self, link: &'a OneTimeLink) -> Act<'a, ()> {
        let link = Arc::new(link.clone());
        self.link.act(move |db| {
            let link = Arc::clone(&link);
            Box::pin(async move { issue(db, &link).await })
        })
    }

    fn find_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        Box::pin(async move {
            let query =
                concat!("SELECT ", link!(), " FROM countersign_link WHERE digest = $1 AND expires_at > $2");
            let rows = self.link.read(query, &[&digest, &at.as_microsecond()]).await?;
            Ok(found_link(&self.users, rows.first())?)
        })
    }

    fn redeem_link<'a>(&'a self, digest: &'a str, at: Timestamp) -> Act<'a, Option<OneTimeLink>> {
        let digest: Arc<str> = digest.into();
        self.act(move |users, db| {
            let digest = Arc::clone(&digest);
            Box::pin(async move {
                let delete = concat!(
                    "DELETE FROM countersign_link WHERE digest = $1 AND expires_at > $2 RETURNING ",
                    link!()
                );
                let delete = db.prepare_cached(delete).await?;
                let row = db.query_opt(&delete, &[&&*digest, &at.as_microsecond()]).await?;
                found_link(&users, row.as_ref())
            })
        })
    }

    fn count_attempt<'a>(
        &'a self,
        limits: &'a [AttemptLimit<'a>],
        window: SignedDuration,
        at: Timestamp,
    ) -> Act<'a, Attempt> {
        let limits: Arc<[_]> = limits.iter().map(|limit| (limit.key.to_owned(), limit.most)).collect();
        self.link.act(move |db| {
            let limits = Arc::clone(&limits);
            Box::pin(async move { count(db, &limits, window, at).await })
        })
    }

    fn forget_attempts<'a>(&'a self, keys: &'a [&'a str]) -> Act<'a, ()> {
        let keys: Arc<[String]> = keys.iter().map(|&key| key.to_owned()).collect();
        self.link.act(move |db| {
            let keys = Arc::clone(&keys);
            Box::pin(async move {
                let delete = "DELETE FROM countersign_attempt WHERE key = ANY($1)";
                let delete = db.prepare_cached(delete).await?;
                db.execute(&delete, &[&&*keys]).await?;
                Ok(())
            })
        })
    }

    fn purge_door(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.link.act(move |db| {
            Box::pin(async move {
                let mut removed = 0;
                for table in ["countersign_admin_session", "countersign_link"] {
                    let delete = format!(
                        "DELETE FROM {table} WHERE digest IN
                         (SELECT digest FROM {table} WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)"
                    );
                    let delete = db.prepare_cached(&delete).await?;
                    removed += db.execute(&delete, &[&at.as_microsecond(), &i64::from(limit)]).await?;
                }
                Ok(removed)
            })
        })
    }
}

async fn open(db: &Object, session: &AdminSession) -> Result<(), Failure> {
    let insert = "INSERT INTO countersign_admin_session
                  (digest, user_id, password_mark, created_at, seen_at, confirmed_at, expires_at, address, user_agent)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let insert = db.prepare_cached(insert).await?;
    db.execute(
        &insert,
        &[
            &session.digest,
            &session.user.to_string(),
            &session.password_mark,
            &session.created_at.as_microsecond(),
            &session.seen_at.as_microsecond(),
            &session.confirmed_at.as_microsecond(),
            &session.expires_at.as_microsecond(),
            &session.address,
            &session.user_agent,
        ],
    )
    .await?;
    Ok(())
}

fn session(users: &UserSql, row: &Row) -> Result<AdminSession, Failure> {
    Ok(AdminSession {
        digest: row.try_get(0)?,
        user: users.printed(row.try_get(1)?),
        password_mark: row.try_get(2)?,
        created_at: instant(row, 3)?,
        seen_at: instant(row, 4)?,
        confirmed_at: instant(row, 5)?,
        expires_at: instant(row, 6)?,
        address: row.try_get(7)?,
        user_agent: row.try_get(8)?,
    })
}

/// Of two at once the slower one meets the other's row in the index of purposes and users, and begins anew.
async fn issue(db: &mut Object, link: &OneTimeLink) -> Result<(), Failure> {
    let (purpose, user) = (link.purpose.word(), link.user.as_ref().map(ToString::to_string));
    let act = db.transaction().await?;
    let delete =
        "DELETE FROM countersign_link WHERE purpose = $1 AND coalesce(user_id, '') = coalesce($2, '')";
    let delete = act.prepare_cached(delete).await?;
    act.execute(&delete, &[&purpose, &user]).await?;
    let insert = concat!("INSERT INTO countersign_link (", link!(), ") VALUES ($1, $2, $3, $4, $5)");
    let insert = act.prepare_cached(insert).await?;
    let (created_at, expires_at) = (link.created_at.as_microsecond(), link.expires_at.as_microsecond());
    act.execute(&insert, &[&link.digest, &purpose, &user, &created_at, &expires_at]).await?;
    Ok(act.commit().await?)
}

fn found_link(users: &UserSql, row: Option<&Row>) -> Result<Option<OneTimeLink>, Failure> {
    let Some(row) = row else { return Ok(None) };
    let Some(purpose) = LinkPurpose::of(row.try_get(1)?) else { return Ok(None) };
    Ok(Some(OneTimeLink {
        digest: row.try_get(0)?,
        purpose,
        user: row.try_get::<_, Option<&str>>(2)?.map(|id| users.printed(id)),
        created_at: instant(row, 3)?,
        expires_at: instant(row, 4)?,
    }))
}

/// The rows that are counted on are made where there are none, and locked in one order: whoever else counts on one of
/// them waits. A refusal leaves nothing behind.
async fn count(
    db: &mut Object,
    limits: &[(String, u32)],
    window: SignedDuration,
    at: Timestamp,
) -> Result<Attempt, Failure> {
    let begin = at.saturating_sub(window).unwrap_or(Timestamp::MIN).as_microsecond();
    let forget = "DELETE FROM countersign_attempt WHERE key IN
                  (SELECT key FROM countersign_attempt WHERE since <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let forget = db.prepare_cached(forget).await?;
    db.execute(&forget, &[&begin, &FORGOTTEN_AT_ONCE]).await?;
    let keys: Vec<&str> = limits.iter().map(|(key, _)| &**key).collect();
    let at = at.as_microsecond();
    let act = db.transaction().await?;
    let make = "INSERT INTO countersign_attempt (key, since, count)
                SELECT key, $2, 0 FROM unnest($1::text[]) AS wanted (key) ORDER BY key COLLATE \"C\"
                ON CONFLICT (key) DO NOTHING";
    let make = act.prepare_cached(make).await?;
    act.execute(&make, &[&keys, &at]).await?;
    let lock = "SELECT key, since, count FROM countersign_attempt WHERE key = ANY($1)
                ORDER BY key COLLATE \"C\" FOR UPDATE";
    let lock = act.prepare_cached(lock).await?;
    let rows = act.query(&lock, &[&keys]).await?;
    let counted: HashMap<&str, (i64, i64)> =
        rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let mut full = None;
    for (key, most) in limits {
        // One that was over went away in between.
        let (since, count) = *counted.get(&**key).ok_or(Failure::Again)?;
        if since > begin && count >= i64::from(*most) {
            full = full.max(Some(since));
        }
    }
    if let Some(since) = full {
        act.rollback().await?;
        let since =
            Timestamp::from_microsecond(since).map_err(|_| Failure::new("an instant is out of range"))?;
        return Ok(Attempt::Refused { until: since.saturating_add(window).unwrap_or(Timestamp::MAX) });
    }
    let more = "UPDATE countersign_attempt SET
                since = CASE WHEN since > $3 THEN since ELSE $2 END,
                count = CASE WHEN since > $3 THEN count + 1 ELSE 1 END
                WHERE key = ANY($1)";
    let more = act.prepare_cached(more).await?;
    act.execute(&more, &[&keys, &at, &begin]).await?;
    act.commit().await?;
    Ok(Attempt::Counted)
}
