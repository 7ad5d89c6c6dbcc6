//! Looking after users.

use super::file::references;
use super::sessions::end_of;
use super::users::{Key, UserSql, by_id, by_username};
use crate::change::Change;
use crate::datetime;
use crate::django::{Fate, fate};
use crate::error::Failure;
use crate::identifier::{EMAIL, IS_ACTIVE};
use countersign_core::clock::Timestamp;
use countersign_core::store::{AddOutcome, Deletion};
use countersign_core::user::{User, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql, params_from_iter};
use std::sync::Arc;

/// Adds a row with a value for each column that there is.
pub(super) fn add(sql: &UserSql, db: &Connection, user: &User) -> Result<AddOutcome, Failure> {
    if by_username(sql, db, &user.username)?.is_some() {
        return Ok(AddOutcome::UsernameTaken);
    }
    let instant = |at: Option<_>| at.map_or(Value::Null, |at| Value::Text(datetime::to_text(at)));
    let optional = [
        Value::from(user.is_active),
        Value::from(user.is_staff),
        Value::from(user.is_superuser),
        Value::from(user.email.clone()),
        Value::from(user.first_name.clone()),
        Value::from(user.last_name.clone()),
        instant(user.last_login),
        instant(user.date_joined),
    ];
    let mut columns = vec![sql.username.to_string(), sql.password.to_string()];
    let mut values = vec![Value::from(user.username.clone()), Value::from(user.password.clone())];
    for (column, value) in sql.optional.iter().zip(optional) {
        if let Some(column) = column {
            columns.push(column.to_string());
            values.push(value);
        }
    }
    let insert = format!(
        "INSERT INTO {} ({}) VALUES ({}) RETURNING {}",
        sql.table,
        columns.join(", "),
        vec!["?"; columns.len()].join(", "),
        sql.id,
    );
    let id = db.query_row(&insert, params_from_iter(values), |row| sql.id_of(row, 0))?;
    let added = by_id(sql, db, &id)?.ok_or_else(|| Failure::new("the user table gave the new row no id"))?;
    Ok(AddOutcome::Added(Arc::unwrap_or_clone(added)))
}

/// A [`Listing`](countersign_core::store::Listing) that can be sent to another thread.
pub(super) struct Page {
    pub(super) search: Option<String>,
    pub(super) after: Option<UserId>,
    pub(super) limit: u32,
}

pub(super) fn list(sql: &UserSql, db: &Connection, page: &Page) -> Result<Vec<Arc<User>>, Failure> {
    let after = match page.after.as_ref().map(|after| sql.key(after)) {
        Some(None) => return Ok(Vec::new()),
        after => after.flatten(),
    };
    let email = sql.optional[EMAIL].as_ref().map_or_else(|| "''".to_owned(), |column| format!("u.{column}"));
    let query = format!(
        "{} WHERE (?1 IS NULL OR u.{} LIKE ?1 ESCAPE '\\' OR {email} LIKE ?1 ESCAPE '\\')
         AND (?2 IS NULL OR u.{id} > ?2) ORDER BY u.{id} LIMIT ?3",
        sql.select,
        sql.username,
        id = sql.id,
    );
    let mut query = db.prepare(&query)?;
    let pattern = page.search.as_deref().map(literal);
    let rows = query.query_map((pattern, after, page.limit), |row| sql.user(row).map(Arc::new))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A pattern for `LIKE` that contains the text as it is.
pub(super) fn literal(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern + "%"
}

/// `blacklist`: whether outstanding tokens can be blacklisted.
pub(super) fn update(
    sql: &UserSql,
    db: &Connection,
    id: &UserId,
    change: &Change,
    at: Timestamp,
    blacklist: bool,
) -> Result<bool, Failure> {
    let Some(key) = sql.key(id) else { return Ok(false) };
    let set = |column: &dyn std::fmt::Display, value: &dyn ToSql| -> Result<(), Failure> {
        let update = format!("UPDATE {} SET {column} = ?1 WHERE {} = ?2", sql.table, sql.id);
        db.execute(&update, [value, &key])?;
        Ok(())
    };
    if let Some(password) = &change.password {
        set(&sql.password, password)?;
    }
    if let Some(is_active) = change.is_active {
        let Some(column) = &sql.optional[IS_ACTIVE] else {
            return Err(Failure::new("the user table has no column for `is_active`"));
        };
        set(column, &is_active)?;
    }
    if change.ends_sessions {
        end_of(sql, db, id, None, at, blacklist)?;
    }
    Ok(by_id(sql, db, id)?.is_some())
}

pub(super) fn delete(
    sql: &UserSql,
    db: &Connection,
    id: &UserId,
    at: Timestamp,
    blacklist: bool,
) -> Result<Deletion, Failure> {
    if by_id(sql, db, id)?.is_none() {
        return Ok(Deletion::Unknown);
    }
    let Some(key) = sql.key(id) else { return Ok(Deletion::Unknown) };
    let pointing = pointing(db, sql.table.as_str())?;
    let tables = referencing(sql, db, &pointing, &key)?;
    if !tables.is_empty() {
        return Ok(Deletion::Referenced { tables });
    }
    end_of(sql, db, id, None, at, blacklist)?;
    for (table, column) in pointing {
        let (quoted, column) = (quote(&table), quote(&column));
        let change = match fate(sql.table.as_str(), &table) {
            Fate::Delete => format!("DELETE FROM {quoted} WHERE {column} = ?1"),
            Fate::SetNull => format!("UPDATE {quoted} SET {column} = NULL WHERE {column} = ?1"),
            Fate::Unknown => continue,
        };
        db.execute(&change, [&key])?;
    }
    let tokens = "DELETE FROM countersign_refresh
                  WHERE family_id IN (SELECT id FROM countersign_family WHERE user_id = ?1)";
    db.execute(tokens, [&key])?;
    db.execute("DELETE FROM countersign_family WHERE user_id = ?1", [&key])?;
    db.execute(&format!("DELETE FROM {} WHERE {} = ?1", sql.table, sql.id), [&key])?;
    Ok(Deletion::Deleted)
}

/// The tables that forbid the deletion, sorted.
fn referencing(
    sql: &UserSql,
    db: &Connection,
    pointing: &[(String, String)],
    key: &Key<'_>,
) -> Result<Vec<String>, Failure> {
    let mut tables = Vec::new();
    for (table, column) in pointing {
        let query = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)", quote(table), quote(column));
        if matches!(fate(sql.table.as_str(), table), Fate::Unknown)
            && db.query_row(&query, [key], |row| row.get(0))?
        {
            tables.push(table.clone());
        }
    }
    tables.sort();
    tables.dedup();
    Ok(tables)
}

/// Every table and column that refers to the user table, by the foreign keys that the database knows.
fn pointing(db: &Connection, users: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut query = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let tables: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for table in tables {
        let keys = references(db, &table)?.into_iter();
        let columns = keys.filter(|key| key.table.eq_ignore_ascii_case(users)).map(|key| key.from);
        found.extend(columns.map(|column| (table.clone(), column)));
    }
    Ok(found)
}

/// A name that the database gave us, which may hold anything.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
