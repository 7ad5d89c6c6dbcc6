//! The user table: which columns it has, and the statements that follow.

use super::file::{columns, has_table, references};
use crate::datetime;
use crate::error::{Failure, OpenFault};
use crate::identifier::{Identifier, UserTable};
use crate::judge::Account;
use crate::pages;
use crate::uuid;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Memberships, UserColumns};
use countersign_core::user::{User, UserId};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};
use std::sync::Arc;

pub(super) use crate::identifier::{
    EMAIL, FIRST_NAME, IS_ACTIVE, IS_STAFF, IS_SUPERUSER, LAST_LOGIN, LAST_NAME, OPTIONAL,
};

/// The user table as it is: its columns found, its statements written once.
#[derive(Debug)]
pub(super) struct UserSql {
    pub(super) table: Identifier,
    pub(super) id: Identifier,
    pub(super) username: Identifier,
    pub(super) password: Identifier,
    /// The optional columns, in the order of [`OPTIONAL`]; `None` where the table has none.
    pub(super) optional: [Option<Identifier>; 8],
    key: KeyKind,
    /// `SELECT … FROM … AS u`
    pub(super) select: String,
    by_id: String,
    by_username: String,
    by_email: Option<String>,
    memberships: MembershipSql,
}

/// What the primary key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyKind {
    Integer,
    /// `char(32)`: Django's `UUIDField`, hexadecimal digits in the file, dashes in `str()`.
    Uuid,
    Text,
}

impl UserSql {
    /// Looks at the table. Errs where it, or a column that was named, is not there.
    pub(super) fn of(db: &Connection, users: &UserTable) -> Result<Self, OpenFault> {
        let found = columns(db, users.table.as_str())?;
        let kind = |column: &Identifier| {
            let same = found.iter().find(|(name, _)| name.eq_ignore_ascii_case(column.as_str()));
            same.map(|(_, kind)| kind.to_ascii_lowercase())
        };
        let optional = users.resolve(!found.is_empty(), |column| kind(column).is_some())?;
        let key = KeyKind::of(&kind(&users.id).unwrap_or_default());
        Ok(Self::written(users, key, optional, MembershipSql::of(db, users)?))
    }

    fn written(
        users: &UserTable,
        key: KeyKind,
        optional: [Option<Identifier>; 8],
        memberships: MembershipSql,
    ) -> Self {
        let UserTable { table, id, username, password, .. } = users.clone();
        let mut select = format!("SELECT u.{id}, u.{username}, u.{password}");
        for (column, (_, default)) in optional.iter().zip(OPTIONAL) {
            select += ", ";
            select += &column.as_ref().map_or_else(|| default.to_owned(), |column| format!("u.{column}"));
        }
        let select = format!("{select} FROM {table} AS u");
        let by = |column: &Identifier| format!("{select} WHERE u.{column} = ?1 LIMIT 2");
        let (by_id, by_username) = (by(&id), by(&username));
        let by_email = optional[EMAIL].as_ref().map(by);
        Self {
            table,
            id,
            username,
            password,
            optional,
            key,
            select,
            by_id,
            by_username,
            by_email,
            memberships,
        }
    }

    /// The key as the column holds it. `None`: it cannot hold it.
    pub(super) fn key<'a>(&self, id: &'a UserId) -> Option<Key<'a>> {
        match (self.key, id) {
            (KeyKind::Integer, UserId::Integer(number)) => Some(Key::Integer(*number)),
            (KeyKind::Uuid, UserId::Text(text)) => uuid::digits(text).map(Key::Uuid),
            (KeyKind::Text, UserId::Text(text)) => Some(Key::Text(text)),
            _ => None,
        }
    }

    /// The key that `str()` prints like this. `None`: there is none.
    pub(super) fn parsed(&self, text: &str) -> Option<UserId> {
        match self.key {
            KeyKind::Integer => text.parse().ok().map(UserId::Integer),
            KeyKind::Uuid | KeyKind::Text => Some(UserId::Text(text.to_owned())),
        }
    }

    /// The key that the column holds as this text, as `str()` prints it.
    pub(super) fn printed(&self, stored: &str) -> String {
        if self.key == KeyKind::Uuid { uuid::dashed(stored) } else { stored.to_owned() }
    }

    /// Which columns the table has.
    pub(super) fn columns(&self) -> UserColumns {
        pages::columns(&self.optional, self.memberships.table.is_some())
    }

    /// The table of memberships, quoted, and the name of its column for the user; `None` where there is none.
    pub(super) fn groups_table(&self) -> Option<&(String, String)> {
        self.memberships.table.as_ref()
    }

    pub(super) fn user(&self, row: &Row<'_>) -> rusqlite::Result<User> {
        Ok(User {
            id: self.id_of(row, 0)?,
            username: text(row, 1)?,
            password: text(row, 2)?,
            is_active: truth(row, 3)?,
            is_staff: truth(row, 4)?,
            is_superuser: truth(row, 5)?,
            email: text(row, 6)?,
            first_name: text(row, 7)?,
            last_name: text(row, 8)?,
            last_login: instant(row, 9)?,
            date_joined: instant(row, 10)?,
        })
    }

    pub(super) fn id_of(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<UserId> {
        Ok(match (self.key, row.get_ref(column)?) {
            (_, ValueRef::Integer(number)) => UserId::Integer(number),
            (KeyKind::Uuid, value) => UserId::Text(uuid::dashed(&lossy(value))),
            (_, value) => UserId::Text(lossy(value)),
        })
    }
}

impl KeyKind {
    fn of(declared: &str) -> Self {
        match declared {
            "char(32)" => Self::Uuid,
            kind if kind.contains("int") => Self::Integer,
            _ => Self::Text,
        }
    }
}

/// A primary key, ready to be bound.
#[derive(Debug)]
pub(super) enum Key<'a> {
    Integer(i64),
    Uuid(String),
    Text(&'a str),
}

impl ToSql for Key<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Uuid(digits) => ToSqlOutput::Borrowed(ValueRef::Text(digits.as_bytes())),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl From<Key<'_>> for Value {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::Integer(number) => Self::Integer(number),
            Key::Uuid(digits) => Self::Text(digits),
            Key::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

/// The user of exactly this username.
pub(super) fn by_username(
    sql: &UserSql,
    db: &Connection,
    username: &str,
) -> Result<Option<Arc<User>>, Failure> {
    one(sql, db, &sql.by_username, &username)
}

/// The user of this email address, if it is one user's.
pub(super) fn by_email(sql: &UserSql, db: &Connection, email: &str) -> Result<Option<Arc<User>>, Failure> {
    let Some(by_email) = &sql.by_email else {
        return Err(Failure::new("the user table has no column for `email`"));
    };
    one(sql, db, by_email, &email)
}

/// The user of the id that prints like this.
pub(super) fn by_id_text(sql: &UserSql, db: &Connection, id: &str) -> Result<Option<Arc<User>>, Failure> {
    sql.parsed(id).map_or(Ok(None), |id| by_id(sql, db, &id))
}

pub(super) fn by_id(sql: &UserSql, db: &Connection, id: &UserId) -> Result<Option<Arc<User>>, Failure> {
    sql.key(id).map_or(Ok(None), |key| one(sql, db, &sql.by_id, &key))
}

/// The only row, if there is exactly one.
fn one(sql: &UserSql, db: &Connection, query: &str, value: &dyn ToSql) -> Result<Option<Arc<User>>, Failure> {
    let mut query = db.prepare_cached(query)?;
    let mut rows = query.query([value])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let user = sql.user(row)?;
    Ok(rows.next()?.is_none().then(|| Arc::new(user)))
}

pub(super) fn replace_password(
    sql: &UserSql,
    db: &Connection,
    user: &UserId,
    old: &str,
    new: &str,
) -> Result<bool, Failure> {
    let Some(key) = sql.key(user) else { return Ok(false) };
    let UserSql { table, id, password, .. } = sql;
    let update = format!("UPDATE {table} SET {password} = ?1 WHERE {id} = ?2 AND {password} = ?3");
    if db.prepare_cached(&update)?.execute((new, key, old))? != 1 {
        return Ok(false);
    }
    super::sessions::rehash(sql, db, user, old, new)?;
    Ok(true)
}

pub(super) fn record_login(
    sql: &UserSql,
    db: &Connection,
    id: &UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    let (Some(key), Some(last_login)) = (sql.key(id), &sql.optional[LAST_LOGIN]) else { return Ok(()) };
    let update = format!("UPDATE {} SET {last_login} = ?1 WHERE {} = ?2", sql.table, sql.id);
    db.prepare_cached(&update)?.execute((datetime::to_text(at), key))?;
    Ok(())
}

/// The statements about groups and permissions; `None` where there are no such tables.
#[derive(Debug, Default)]
struct MembershipSql {
    table: Option<(String, String)>,
    groups: Option<String>,
    permissions: Option<String>,
    all_permissions: Option<String>,
}

impl MembershipSql {
    /// `PermissionsMixin` names its tables after the user's: `auth_user_groups`, `auth_user_user_permissions`.
    fn of(db: &Connection, users: &UserTable) -> rusqlite::Result<Self> {
        if !has_table(db, "auth_permission")? || !has_table(db, "django_content_type")? {
            return Ok(Self::default());
        }
        let all = "SELECT DISTINCT c.app_label || '.' || p.codename FROM auth_permission AS p
                   JOIN django_content_type AS c ON c.id = p.content_type_id";
        let table = users.table.as_str();
        let member = |suffix: &str| -> rusqlite::Result<Option<(String, String)>> {
            let name = format!("{table}_{suffix}");
            let user = references(db, &name)?.into_iter().find(|key| key.table.eq_ignore_ascii_case(table));
            Ok(user.map(|key| (format!("\"{name}\""), key.from)))
        };
        let mut own = Self { all_permissions: Some(format!("{all} ORDER BY 1")), ..Self::default() };
        if let (Some((groups, user)), Some((direct, holder))) =
            (member("groups")?, member("user_permissions")?)
        {
            own.groups = Some(format!(
                "SELECT g.name FROM auth_group AS g JOIN {groups} AS m ON m.group_id = g.id
                 WHERE m.\"{user}\" = ?1 ORDER BY g.name"
            ));
            own.table = Some((groups.clone(), user.clone()));
            own.permissions = Some(format!(
                "{all} WHERE p.id IN (
                     SELECT d.permission_id FROM {direct} AS d WHERE d.\"{holder}\" = ?1
                     UNION SELECT gp.permission_id FROM auth_group_permissions AS gp
                     JOIN {groups} AS m ON m.group_id = gp.group_id WHERE m.\"{user}\" = ?1
                 ) ORDER BY 1"
            ));
        }
        Ok(own)
    }
}

/// Groups and permissions, as Django's `ModelBackend` sees them, of one moment.
pub(super) fn memberships(sql: &UserSql, db: &Connection, id: &UserId) -> Result<Memberships, Failure> {
    let moment = db.unchecked_transaction()?;
    let (Some(user), Some(key)) = (by_id(sql, &moment, id)?, sql.key(id)) else {
        return Ok(Memberships::default());
    };
    let texts = |query: &Option<String>, parameters: &[&dyn ToSql]| -> Result<Vec<String>, Failure> {
        let Some(query) = query else { return Ok(Vec::new()) };
        let mut query = moment.prepare_cached(query)?;
        let rows = query.query_map(parameters, |row| text(row, 0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let permissions = match (user.is_active, user.is_superuser) {
        (false, _) => Vec::new(),
        (true, true) => texts(&sql.memberships.all_permissions, &[])?,
        (true, false) => texts(&sql.memberships.permissions, &[&key])?,
    };
    Ok(Memberships { groups: texts(&sql.memberships.groups, &[&key])?, permissions })
}

/// The account of a user, if there is one.
pub(super) fn account(sql: &UserSql, db: &Connection, id: &UserId) -> Result<Option<Account>, Failure> {
    let Some(key) = sql.key(id) else { return Ok(None) };
    let column =
        sql.optional[IS_ACTIVE].as_ref().map_or_else(|| "1".to_owned(), |column| format!("u.{column}"));
    let query =
        format!("SELECT {column}, u.{} FROM {} AS u WHERE u.{} = ?1", sql.password, sql.table, sql.id);
    let account = |row: &Row<'_>| Ok(Account { is_active: truth(row, 0)?, password: text(row, 1)? });
    Ok(db.prepare_cached(&query)?.query_row([key], account).optional()?)
}

/// A text, whatever the column holds: SQLite keeps any value in any column.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get_ref(column).map(lossy)
}

fn lossy(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Anything but a number that is not zero is `false`, so that a damaged row opens no door.
fn truth(row: &Row<'_>, column: usize) -> rusqlite::Result<bool> {
    Ok(matches!(row.get_ref(column)?, ValueRef::Integer(number) if number != 0))
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) => str::from_utf8(bytes).ok().and_then(datetime::from_text),
        _ => None,
    })
}
