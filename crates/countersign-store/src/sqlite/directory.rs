//! Looking through users and tokens, page by page, along the indexes that Django made.

use super::admin::literal;
use super::audit::{id_of, id_value};
use super::sessions::end_of;
use super::users::{
    EMAIL, FIRST_NAME, IS_ACTIVE, IS_STAFF, IS_SUPERUSER, LAST_NAME, OPTIONAL, UserSql, by_id, by_username,
    instant,
};
use super::{Sqlite, users};
use crate::error::Failure;
use crate::pages::{Sought, token_page};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, Directory, EditOutcome, OutstandingToken, TokenDirectory, TokenPage, TokenQuery, UserColumns,
    UserEdit, UserPage, UserQuery,
};
use countersign_core::user::{User, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

impl Directory for Sqlite {
    fn columns(&self) -> UserColumns {
        self.users.columns()
    }

    fn list_users<'a>(&'a self, query: UserQuery<'a>) -> Act<'a, UserPage> {
        let (users, sought) = (Arc::clone(&self.users), Sought::of(query));
        self.readers.queued(move |db| page(&users, db, &sought))
    }

    fn find_user<'a>(&'a self, id: &'a str) -> Act<'a, Option<Arc<User>>> {
        self.read(id, users::by_id_text)
    }

    fn edit_user<'a>(&'a self, id: &'a UserId, edit: &'a UserEdit, at: Timestamp) -> Act<'a, EditOutcome> {
        let (id, edit, blacklist) = (id.clone(), edit.clone(), self.ledger.is_some());
        self.write(move |users, db| {
            let outcome = change(users, db, &id, &edit)?;
            let disables = !edit.is_active && users.optional[IS_ACTIVE].is_some();
            if outcome == EditOutcome::Edited && disables {
                end_of(users, db, &id, None, at, blacklist)?;
            }
            Ok(outcome)
        })
    }

    fn list_groups(&self) -> Act<'_, Vec<String>> {
        let has_groups = self.users.groups_table().is_some();
        self.readers.queued(move |db| {
            if !has_groups {
                return Ok(Vec::new());
            }
            let mut query = db.prepare_cached("SELECT name FROM auth_group ORDER BY name")?;
            let names = query.query_map([], |row| row.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn has_superuser(&self) -> Act<'_, bool> {
        let users = Arc::clone(&self.users);
        self.readers.queued(move |db| {
            let (superuser, active) = (column(&users, IS_SUPERUSER), column(&users, IS_ACTIVE));
            let query =
                format!("SELECT EXISTS (SELECT 1 FROM {} AS u WHERE {superuser} AND {active})", users.table);
            Ok(db.query_row(&query, [], |row| row.get(0))?)
        })
    }
}

impl TokenDirectory for Sqlite {
    fn list_tokens<'a>(&'a self, query: TokenQuery<'a>) -> Act<'a, TokenPage> {
        if self.ledger.is_none() {
            return Box::pin(std::future::ready(Ok(TokenPage::default())));
        }
        let users = Arc::clone(&self.users);
        let sought = SoughtTokens::of(&users, query);
        self.readers.queued(move |db| tokens(&users, db, &sought))
    }
}

/// What stands in a statement for an optional column.
fn column(sql: &UserSql, at: usize) -> String {
    sql.optional[at].as_ref().map_or_else(|| OPTIONAL[at].1.to_owned(), |column| format!("u.{column}"))
}

/// The walks along each beginning, woven into one page.
fn page(sql: &UserSql, db: &Connection, sought: &Sought) -> Result<UserPage, Failure> {
    if sought.beginnings.is_empty() {
        return walk(sql, db, sought, None);
    }
    let walk = |beginning: &String| walk(sql, db, sought, Some(beginning));
    Ok(sought.woven(sought.beginnings.iter().map(walk).collect::<Result<_, _>>()?))
}

/// One walk along an index, from where the page before ended: as far as the budget and no further.
fn walk(sql: &UserSql, db: &Connection, sought: &Sought, begins: Option<&str>) -> Result<UserPage, Failure> {
    let column = if sought.by_name { &sql.username } else { &sql.id };
    let (direction, behind, within) =
        if sought.descending { ("DESC", "<", ">=") } else { ("ASC", ">", "<=") };
    let (mut range, mut values) = (String::from("1"), Vec::new());
    if let Some(after) = &sought.after {
        let Some(after) = cursor_value(sql, sought, after) else { return Ok(UserPage::default()) };
        let _ = write!(range, " AND u.{column} {behind} ?");
        values.push(after);
    }
    if let Some(begins) = begins {
        let _ = write!(range, " AND u.{column} >= ? AND u.{column} < ?");
        values.push(begins.to_owned().into());
        values.push(format!("{begins}\u{10ffff}").into());
    }
    let mut end = None;
    if sought.is_filtered {
        let ends = format!(
            "SELECT u.{column} FROM {} AS u WHERE {range} ORDER BY u.{column} {direction} LIMIT 2 OFFSET {}",
            sql.table,
            sought.budget - 1
        );
        let mut ends = db.prepare_cached(&ends)?;
        let found: Vec<Value> =
            ends.query_map(params_from_iter(&values), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        // Where there is one more behind the last that may be looked at, there is more to do.
        end = (found.len() == 2).then(|| found.into_iter().next()).flatten();
        if let Some(end) = &end {
            let _ = write!(range, " AND u.{column} {within} ?");
            values.push(end.clone());
        }
        range += &filters(sql, sought, &mut values);
    }
    let query =
        format!("{} WHERE {range} ORDER BY u.{column} {direction} LIMIT {}", sql.select, sought.limit + 1);
    let mut query = db.prepare_cached(&query)?;
    let rows = query.query_map(params_from_iter(&values), |row| sql.user(row).map(Arc::new))?;
    let mut users: Vec<Arc<User>> = rows.collect::<rusqlite::Result<_>>()?;
    if users.len() > sought.limit {
        users.truncate(sought.limit);
        let next = users.last().map(|last| sought.cursor(last));
        return Ok(UserPage { users, next, is_cut_short: false });
    }
    let next = end.map(|end| cursor_text(sql, sought, &end));
    Ok(UserPage { users, is_cut_short: next.is_some(), next })
}

fn filters(sql: &UserSql, sought: &Sought, values: &mut Vec<Value>) -> String {
    let mut conditions = String::new();
    for (at, wanted) in sought.truths {
        let not = match wanted {
            Some(true) => "",
            Some(false) => "NOT ",
            None => continue,
        };
        let _ = write!(conditions, " AND {not}{}", column(sql, at));
    }
    if let Some(pattern) = sought.contains.as_deref().map(literal) {
        let _ = write!(
            conditions,
            " AND (u.{} LIKE ? ESCAPE '\\' OR {} LIKE ? ESCAPE '\\')",
            sql.username,
            column(sql, EMAIL)
        );
        values.push(pattern.clone().into());
        values.push(pattern.clone().into());
    }
    conditions
}

/// A cursor as its column holds it. `None`: there can be nothing behind it.
fn cursor_value(sql: &UserSql, sought: &Sought, text: &str) -> Option<Value> {
    if sought.by_name {
        return Some(text.to_owned().into());
    }
    sql.key(&sql.parsed(text)?).map(Value::from)
}

fn cursor_text(sql: &UserSql, sought: &Sought, value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) if sought.by_name => text.clone(),
        Value::Text(text) => sql.printed(text),
        _ => String::new(),
    }
}

fn change(sql: &UserSql, db: &Connection, id: &UserId, edit: &UserEdit) -> Result<EditOutcome, Failure> {
    let (Some(user), Some(key)) = (by_id(sql, db, id)?, sql.key(id)) else { return Ok(EditOutcome::Unknown) };
    if by_username(sql, db, &edit.username)?.is_some_and(|other| other.id != user.id) {
        return Ok(EditOutcome::UsernameTaken);
    }
    let optional: [(usize, Value); 6] = [
        (EMAIL, edit.email.clone().into()),
        (FIRST_NAME, edit.first_name.clone().into()),
        (LAST_NAME, edit.last_name.clone().into()),
        (IS_ACTIVE, edit.is_active.into()),
        (IS_STAFF, edit.is_staff.into()),
        (IS_SUPERUSER, edit.is_superuser.into()),
    ];
    let (mut set, mut values) = (format!("{} = ?", sql.username), vec![Value::from(edit.username.clone())]);
    for (at, value) in optional {
        if let Some(column) = &sql.optional[at] {
            let _ = write!(set, ", {column} = ?");
            values.push(value);
        }
    }
    values.push(Value::from(key));
    let update = format!("UPDATE {} SET {set} WHERE {} = ?", sql.table, sql.id);
    db.prepare_cached(&update)?.execute(params_from_iter(values))?;
    if let Some(groups) = &edit.groups {
        regroup(sql, db, id, groups)?;
    }
    Ok(EditOutcome::Edited)
}

/// Leaves memberships that stay as they are, so that their rows keep their ids.
fn regroup(sql: &UserSql, db: &Connection, id: &UserId, groups: &[String]) -> Result<(), Failure> {
    let Some((table, user)) = sql.groups_table() else { return Ok(()) };
    let key = id_value(sql, id);
    let mut named = db.prepare_cached("SELECT id FROM auth_group WHERE name = ?1")?;
    let mut wanted = BTreeSet::new();
    for name in groups {
        let found = named.query_map([name], |row| row.get::<_, i64>(0))?;
        wanted.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    let mut query = db.prepare(&format!("SELECT group_id FROM {table} WHERE \"{user}\" = ?1"))?;
    let present: BTreeSet<i64> =
        query.query_map([&key], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for group in present.difference(&wanted) {
        db.execute(&format!("DELETE FROM {table} WHERE \"{user}\" = ?1 AND group_id = ?2"), (&key, group))?;
    }
    for group in wanted.difference(&present) {
        db.execute(&format!("INSERT INTO {table} (\"{user}\", group_id) VALUES (?1, ?2)"), (&key, group))?;
    }
    Ok(())
}

/// A [`TokenQuery`] that can be sent to another thread.
struct SoughtTokens {
    blacklisted: bool,
    before: Option<i64>,
    user: Option<Value>,
    jti: Option<String>,
    limit: usize,
    budget: u32,
}

impl SoughtTokens {
    fn of(users: &UserSql, query: TokenQuery<'_>) -> Self {
        let (user, jti) = (query.user.map(|id| id_value(users, id)), query.jti.map(str::to_owned));
        let TokenQuery { blacklisted, before, limit, budget, .. } = query;
        Self { blacklisted, before, user, jti, limit: limit as usize, budget: budget.max(1) }
    }
}

/// Outstanding tokens of a user are in order in the index. Blacklisted ones are read and sorted where the user has few
/// tokens; else the list is gone through, and no further than it may take.
fn tokens(sql: &UserSql, db: &Connection, sought: &SoughtTokens) -> Result<TokenPage, Failure> {
    let Some(user) = sought.user.as_ref().filter(|_| sought.blacklisted && sought.jti.is_none()) else {
        return fetch(sql, db, sought, sought.jti.is_some(), None);
    };
    let count =
        "SELECT count(*) FROM (SELECT 1 FROM token_blacklist_outstandingtoken WHERE user_id = ?1 LIMIT ?2)";
    let count: u32 =
        db.prepare_cached(count)?.query_row((user, i64::from(sought.budget) + 1), |row| row.get(0))?;
    if count <= sought.budget {
        return fetch(sql, db, sought, true, None);
    }
    let end =
        "SELECT id FROM token_blacklist_blacklistedtoken WHERE id < ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2";
    let from = (sought.before.unwrap_or(i64::MAX), sought.budget - 1);
    let end = db.prepare_cached(end)?.query_row(from, |row| row.get(0)).optional()?;
    fetch(sql, db, sought, false, end)
}

/// A page of them. `by_token`: from tokens to their entries, not the other way round.
fn fetch(
    sql: &UserSql,
    db: &Connection,
    sought: &SoughtTokens,
    by_token: bool,
    end: Option<i64>,
) -> Result<TokenPage, Failure> {
    let (number, tables) = match (sought.blacklisted, by_token) {
        (false, _) => (
            "o.id",
            "token_blacklist_outstandingtoken AS o LEFT JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id",
        ),
        (true, true) => (
            "b.id",
            "token_blacklist_outstandingtoken AS o CROSS JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id",
        ),
        (true, false) => (
            "b.id",
            "token_blacklist_blacklistedtoken AS b CROSS JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id",
        ),
    };
    let conditions = [
        (format!("{number} < ?"), sought.before.map(Value::from)),
        (format!("{number} >= ?"), end.map(Value::from)),
        ("o.user_id = ?".to_owned(), sought.user.clone()),
        ("o.jti = ?".to_owned(), sought.jti.clone().map(Value::from)),
    ];
    let (mut range, mut values) = (String::from("1"), Vec::new());
    for (condition, value) in conditions {
        if let Some(value) = value {
            let _ = write!(range, " AND {condition}");
            values.push(value);
        }
    }
    let query = format!(
        "SELECT {number}, o.id, o.jti, o.user_id, o.created_at, o.expires_at, b.blacklisted_at FROM {tables}
         WHERE {range} ORDER BY {number} DESC LIMIT {}",
        sought.limit + 1
    );
    let mut query = db.prepare_cached(&query)?;
    let rows = query.query_map(params_from_iter(&values), |row| {
        let token = OutstandingToken {
            id: row.get(1)?,
            jti: row.get(2)?,
            user: id_of(sql, row, 3)?,
            created_at: instant(row, 4)?,
            expires_at: instant(row, 5)?,
            blacklisted_at: instant(row, 6)?,
        };
        Ok((row.get::<_, i64>(0)?, token))
    })?;
    Ok(token_page(rows.collect::<rusqlite::Result<_>>()?, sought.limit, end))
}
