//! The audit trail: `countersign_audit`.

use super::Postgres;
use super::conditions::{Conditions, Value};
use super::fault::Failure;
use super::users::UserSql;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Act, AuditEntry, AuditOutcome, AuditQuery, AuditRecord, AuditTrail};
use deadpool_postgres::{GenericClient, Object};
use std::borrow::Cow;
use std::sync::Arc;
use tokio_postgres::Row;

impl AuditTrail for Postgres {
    fn begin_audit<'a>(&'a self, entry: &'a AuditEntry) -> Act<'a, i64> {
        let entry = Arc::new(entry.clone());
        self.link.act(move |db| {
            let entry = Arc::clone(&entry);
            Box::pin(async move { begin(db, &entry).await })
        })
    }

    fn finish_audit(&self, id: i64, outcome: AuditOutcome) -> Act<'_, ()> {
        self.link.act(move |db| {
            Box::pin(async move {
                let update = "UPDATE countersign_audit SET outcome = $2 WHERE id = $1 AND outcome IS NULL";
                let update = db.prepare_cached(update).await?;
                db.execute(&update, &[&id, &outcome.word()]).await?;
                Ok(())
            })
        })
    }

    fn read_audit<'a>(&'a self, query: AuditQuery<'a>) -> Act<'a, Vec<AuditRecord>> {
        let sought = Arc::new(sought(query));
        self.act(move |users, db| {
            let sought = Arc::clone(&sought);
            Box::pin(async move { read(&users, db, &sought).await })
        })
    }
}

/// An instant as our own tables hold it.
pub(super) fn instant(row: &Row, column: usize) -> Result<Timestamp, Failure> {
    let micros = row.try_get(column)?;
    Timestamp::from_microsecond(micros).map_err(|_| Failure::new("an instant is out of range"))
}

/// A text that can be written down: what PostgreSQL has no place for is replaced, for a line must be written whatever
/// somebody typed.
fn writable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

async fn begin(db: &Object, entry: &AuditEntry) -> Result<i64, Failure> {
    let insert = "INSERT INTO countersign_audit
                  (at, actor_kind, actor_id, actor, address, user_agent, act, subject_id, subject, before, after)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    let insert = db.prepare_cached(insert).await?;
    let optional = |text: &Option<String>| text.as_deref().map(|text| writable(text).into_owned());
    let row = db
        .query_one(
            &insert,
            &[
                &entry.at.as_microsecond(),
                &entry.actor.kind(),
                &entry.actor.user().map(|id| writable(&id.to_string()).into_owned()),
                &writable(entry.actor.name()),
                &optional(&entry.address),
                &optional(&entry.user_agent),
                &entry.act,
                &entry.subject.as_ref().map(|id| writable(&id.to_string()).into_owned()),
                &writable(&entry.subject_name),
                &optional(&entry.before),
                &optional(&entry.after),
            ],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// The conditions that lines meet, and their order.
///
/// What is the same in all of them is compared as a range and sorted by, too: along an index that begins with it, from
/// where the page before ended, and no other way. Left to itself the server may go through all lines for those of one
/// kind.
fn sought(query: AuditQuery<'_>) -> Conditions {
    let mut sought = Conditions::default();
    let same = match (query.subject, query.actor, query.act) {
        (Some(id), ..) => Some(("subject_id", id.to_string())),
        (None, Some(actor), None) => Some(("actor", actor.to_owned())),
        (None, actor, Some(act)) => {
            if let Some(actor) = actor {
                sought.and("actor = @", text(actor));
            }
            Some(("act", act.to_owned()))
        }
        (None, None, None) => None,
    };
    let end = query.before.map_or(Value::MAX, Value::Integer);
    if let Some((name, value)) = &same {
        sought.and(&format!("{name} >= @"), text(value));
        let (value, end) = (sought.place(text(value)), sought.place(end));
        sought.and_plainly(&format!("({name}, id) < ({value}, {end})"));
    } else {
        sought.and("id < @", end);
    }
    if let Some(since) = query.since {
        sought.and("at >= @", Value::Integer(since.as_microsecond()));
    }
    if query.subject.is_some() {
        for (condition, value) in [("act = @", query.act), ("actor = @", query.actor)] {
            if let Some(value) = value {
                sought.and(condition, text(value));
            }
        }
    }
    let order = same.map_or_else(String::new, |(name, _)| format!("{name} DESC, "));
    sought.end(&format!("ORDER BY {order}id DESC LIMIT @"), query.limit.into());
    sought
}

fn text(text: &str) -> Value {
    Value::Text(writable(text).into_owned())
}

async fn read(users: &UserSql, db: &Object, sought: &Conditions) -> Result<Vec<AuditRecord>, Failure> {
    let query = format!(
        "SELECT id, at, actor_kind, actor_id, actor, address, user_agent, act, subject_id, subject, before, after, outcome
         FROM countersign_audit WHERE {sought}"
    );
    let rows = db.query(&query, &sought.values()).await?;
    rows.iter().map(|row| record(users, row)).collect()
}

fn record(users: &UserSql, row: &Row) -> Result<AuditRecord, Failure> {
    let user = |column| Ok::<_, Failure>(row.try_get::<_, Option<&str>>(column)?.map(|id| users.printed(id)));
    Ok(AuditRecord {
        id: row.try_get(0)?,
        at: instant(row, 1)?,
        actor_kind: row.try_get(2)?,
        actor_id: user(3)?,
        actor: row.try_get(4)?,
        address: row.try_get(5)?,
        user_agent: row.try_get(6)?,
        act: row.try_get(7)?,
        subject: user(8)?,
        subject_name: row.try_get(9)?,
        before: row.try_get(10)?,
        after: row.try_get(11)?,
        outcome: row.try_get::<_, Option<&str>>(12)?.and_then(AuditOutcome::of),
    })
}
