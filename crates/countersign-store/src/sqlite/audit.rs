//! The audit trail: `countersign_audit`.

use super::Sqlite;
use super::users::UserSql;
use crate::error::Failure;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Act, AuditEntry, AuditOutcome, AuditQuery, AuditRecord, AuditTrail};
use countersign_core::user::UserId;
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, Row, params, params_from_iter};
use std::sync::Arc;

impl AuditTrail for Sqlite {
    fn begin_audit<'a>(&'a self, entry: &'a AuditEntry) -> Act<'a, i64> {
        let entry = entry.clone();
        self.write(move |users, db| begin(users, db, &entry))
    }

    fn finish_audit(&self, id: i64, outcome: AuditOutcome) -> Act<'_, ()> {
        self.write(move |_, db| {
            let update = "UPDATE countersign_audit SET outcome = ?2 WHERE id = ?1 AND outcome IS NULL";
            db.prepare_cached(update)?.execute((id, outcome.word()))?;
            Ok(())
        })
    }

    fn read_audit<'a>(&'a self, query: AuditQuery<'a>) -> Act<'a, Vec<AuditRecord>> {
        let sought = Sought::of(&self.users, query);
        let users = Arc::clone(&self.users);
        self.readers.queued(move |db| read(&users, db, &sought))
    }
}

/// An id as its column holds it; one that the user table could not hold, as text.
pub(super) fn id_value(users: &UserSql, id: &UserId) -> Value {
    users.key(id).map_or_else(|| Value::Text(id.to_string()), Value::from)
}

/// An instant as our own tables hold it.
pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let micros = row.get(column)?;
    Timestamp::from_microsecond(micros)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error)))
}

/// An id that may be nobody's.
pub(super) fn id_of(users: &UserSql, row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UserId>> {
    if row.get_ref(column)?.data_type() == Type::Null {
        return Ok(None);
    }
    users.id_of(row, column).map(Some)
}

fn begin(users: &UserSql, db: &Connection, entry: &AuditEntry) -> Result<i64, Failure> {
    let insert = "INSERT INTO countersign_audit
                  (at, actor_kind, actor_id, actor, address, user_agent, act, subject_id, subject, before, after)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    db.prepare_cached(insert)?.execute(params![
        entry.at.as_microsecond(),
        entry.actor.kind(),
        entry.actor.user().map(|id| id_value(users, id)),
        entry.actor.name(),
        entry.address,
        entry.user_agent,
        entry.act,
        entry.subject.as_ref().map(|id| id_value(users, id)),
        entry.subject_name,
        entry.before,
        entry.after,
    ])?;
    Ok(db.last_insert_rowid())
}

/// What is looked for, in a form that can be sent to another thread.
struct Sought {
    conditions: String,
    values: Vec<Value>,
}

impl Sought {
    fn of(users: &UserSql, query: AuditQuery<'_>) -> Self {
        let filters = [
            ("id < ?", query.before.map(Value::from)),
            ("at >= ?", query.since.map(|since| Value::from(since.as_microsecond()))),
            ("act = ?", query.act.map(|act| Value::from(act.to_owned()))),
            ("subject_id = ?", query.subject.map(|id| id_value(users, id))),
            ("actor = ?", query.actor.map(|actor| Value::from(actor.to_owned()))),
        ];
        let (mut conditions, mut values) = (String::from("1"), Vec::new());
        for (condition, value) in filters {
            if let Some(value) = value {
                conditions += " AND ";
                conditions += condition;
                values.push(value);
            }
        }
        values.push(Value::from(i64::from(query.limit)));
        Self { conditions, values }
    }
}

fn read(users: &UserSql, db: &Connection, sought: &Sought) -> Result<Vec<AuditRecord>, Failure> {
    let query = format!(
        "SELECT id, at, actor_kind, actor_id, actor, address, user_agent, act, subject_id, subject, before, after, outcome
         FROM countersign_audit WHERE {} ORDER BY id DESC LIMIT ?",
        sought.conditions
    );
    let mut query = db.prepare_cached(&query)?;
    let rows = query.query_map(params_from_iter(&sought.values), |row| record(users, row))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn record(users: &UserSql, row: &Row<'_>) -> rusqlite::Result<AuditRecord> {
    Ok(AuditRecord {
        id: row.get(0)?,
        at: instant(row, 1)?,
        actor_kind: row.get(2)?,
        actor_id: id_of(users, row, 3)?,
        actor: row.get(4)?,
        address: row.get(5)?,
        user_agent: row.get(6)?,
        act: row.get(7)?,
        subject: id_of(users, row, 8)?,
        subject_name: row.get(9)?,
        before: row.get(10)?,
        after: row.get(11)?,
        outcome: row.get::<_, Option<String>>(12)?.as_deref().and_then(AuditOutcome::of),
    })
}
