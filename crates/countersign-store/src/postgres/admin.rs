//! Looking after users.

use super::catalog::{Reference, quote, references_to};
use super::fault::Failure;
use super::sessions::{end_of, lock_all};
use super::users::{Key, UserSql, by_id, is_storable};
use crate::change::Change;
use crate::django::{Fate, fate};
use crate::identifier::{EMAIL, IS_ACTIVE, Identifier};
use countersign_core::clock::Timestamp;
use countersign_core::store::{AddOutcome, Deletion};
use countersign_core::user::{User, UserId};
use deadpool_postgres::{Object, Transaction};
use std::sync::Arc;
use tokio_postgres::types::ToSql;

/// Adds a row with a value for each column that there is.
pub(super) async fn add(sql: &UserSql, db: &mut Object, user: &User) -> Result<AddOutcome, Failure> {
    let act = db.transaction().await?;
    // Two at once: where the name is unique, the slower one fails there and is told the next time.
    if !act.query(&sql.by_username, &[&user.username]).await?.is_empty() {
        return Ok(AddOutcome::UsernameTaken);
    }
    let optional: [&(dyn ToSql + Sync); 8] = [
        &user.is_active,
        &user.is_staff,
        &user.is_superuser,
        &user.email,
        &user.first_name,
        &user.last_name,
        &user.last_login,
        &user.date_joined,
    ];
    let mut columns = vec![sql.username.to_string(), sql.password.to_string()];
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&user.username, &user.password];
    for (column, value) in sql.optional.iter().zip(optional) {
        if let Some(column) = column {
            columns.push(column.to_string());
            values.push(value);
        }
    }
    let places: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    let insert = format!(
        "INSERT INTO {} ({}) VALUES ({}) RETURNING {}::{}",
        sql.table,
        columns.join(", "),
        places.join(", "),
        sql.id,
        sql.key.read(),
    );
    let id = sql.id_of(&act.query_one(&insert, &values).await?, 0)?;
    let added = by_id(sql, &act, &id).await?;
    let added = added.ok_or_else(|| Failure::new("the user table gave the new row no id"))?;
    act.commit().await?;
    Ok(AddOutcome::Added(Arc::unwrap_or_clone(added)))
}

/// A [`Listing`](countersign_core::store::Listing) that can be sent to another thread.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) search: Option<String>,
    pub(super) after: Option<UserId>,
    pub(super) limit: u32,
}

pub(super) async fn list(sql: &UserSql, db: &Object, page: &Page) -> Result<Vec<Arc<User>>, Failure> {
    let after = match page.after.as_ref().map(|after| sql.key(after)) {
        Some(None) => return Ok(Vec::new()),
        after => after.flatten(),
    };
    let pattern = page.search.as_deref().map(literal);
    if pattern.as_deref().is_some_and(|pattern| !is_storable(pattern)) {
        return Ok(Vec::new());
    }
    // In the collation "C" only ASCII letters have a case.
    let has = |column: &str| format!("lower({column} COLLATE \"C\") LIKE lower($1::text COLLATE \"C\")");
    let email = sql.optional[EMAIL]
        .as_ref()
        .map_or_else(|| "false".to_owned(), |email| has(&format!("u.{email}::text")));
    let query = format!(
        "{} WHERE ($1::text IS NULL OR {} OR {email}) AND ({after} IS NULL OR u.{id} > {after})
         ORDER BY u.{id} LIMIT $3",
        sql.select,
        has(&format!("u.{}::text", sql.username)),
        id = sql.id,
        after = sql.key.parameter(2),
    );
    let rows = db.query(&query, &[&pattern, &after, &i64::from(page.limit)]).await?;
    rows.iter().map(|row| sql.user(row).map(Arc::new)).collect()
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

/// Changes a user, with the locks on their families: a refresh is before the change or after it.
pub(super) async fn update(
    sql: &UserSql,
    db: &mut Object,
    id: &UserId,
    change: &Change,
    at: Timestamp,
    blacklist: bool,
) -> Result<bool, Failure> {
    let Some(key) = sql.key(id) else { return Ok(false) };
    let act = db.transaction().await?;
    lock_all(&act, id).await?;
    if change.ends_sessions {
        end_of(sql, &act, id, None, at, blacklist).await?;
    }
    if let Some(password) = &change.password {
        set(sql, &act, &key, &sql.password, password).await?;
    }
    if let Some(is_active) = change.is_active {
        let column = sql.optional[IS_ACTIVE].as_ref();
        let column = column.ok_or_else(|| Failure::new("the user table has no column for `is_active`"))?;
        set(sql, &act, &key, column, &is_active).await?;
    }
    let is_there = by_id(sql, &act, id).await?.is_some();
    act.commit().await?;
    Ok(is_there)
}

async fn set(
    sql: &UserSql,
    db: &Transaction<'_>,
    key: &Key,
    column: &Identifier,
    value: &(dyn ToSql + Sync),
) -> Result<(), Failure> {
    let id = sql.key.parameter(2);
    let update = format!("UPDATE {} SET {column} = $1 WHERE {} = {id}", sql.table, sql.id);
    db.execute(&update, &[value, key]).await?;
    Ok(())
}

pub(super) async fn delete(
    sql: &UserSql,
    db: &mut Object,
    id: &UserId,
    at: Timestamp,
    blacklist: bool,
) -> Result<Deletion, Failure> {
    let Some(key) = sql.key(id) else { return Ok(Deletion::Unknown) };
    let act = db.transaction().await?;
    lock_all(&act, id).await?;
    if by_id(sql, &act, id).await?.is_none() {
        return Ok(Deletion::Unknown);
    }
    let pointing = references_to(&act, sql.table.as_str()).await?;
    let tables = referencing(sql, &act, &pointing, &key).await?;
    if !tables.is_empty() {
        return Ok(Deletion::Referenced { tables });
    }
    end_of(sql, &act, id, None, at, blacklist).await?;
    let is = sql.key.parameter(1);
    for reference in &pointing {
        let (table, column) = (&reference.quoted, quote(&reference.column));
        let change = match fate(sql.table.as_str(), &reference.table) {
            Fate::Delete => format!("DELETE FROM {table} WHERE {column} = {is}"),
            Fate::SetNull => format!("UPDATE {table} SET {column} = NULL WHERE {column} = {is}"),
            Fate::Unknown => continue,
        };
        act.execute(&change, &[&key]).await?;
    }
    let name = id.to_string();
    let tokens = "DELETE FROM countersign_refresh
                  WHERE family_id IN (SELECT id FROM countersign_family WHERE user_id = $1)";
    act.execute(tokens, &[&name]).await?;
    act.execute("DELETE FROM countersign_family WHERE user_id = $1", &[&name]).await?;
    act.execute(&format!("DELETE FROM {} WHERE {} = {is}", sql.table, sql.id), &[&key]).await?;
    act.commit().await?;
    Ok(Deletion::Deleted)
}

/// The tables that forbid the deletion, sorted.
async fn referencing(
    sql: &UserSql,
    db: &Transaction<'_>,
    pointing: &[Reference],
    key: &Key,
) -> Result<Vec<String>, Failure> {
    let mut tables = Vec::new();
    for reference in pointing {
        if !matches!(fate(sql.table.as_str(), &reference.table), Fate::Unknown) {
            continue;
        }
        let query = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = {})",
            reference.quoted,
            quote(&reference.column),
            sql.key.parameter(1)
        );
        if db.query_one(&query, &[key]).await?.get(0) {
            tables.push(reference.table.clone());
        }
    }
    tables.sort();
    tables.dedup();
    Ok(tables)
}
