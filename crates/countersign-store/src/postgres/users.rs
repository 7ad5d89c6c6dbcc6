//! The user table: which columns it has, and the statements that follow.

use super::catalog::{columns, has_table, quote, references_to};
use super::fault::Failure;
use super::sessions;
use crate::error::OpenFault;
use crate::identifier::{EMAIL, IS_ACTIVE, Identifier, LAST_LOGIN, OPTIONAL, UserTable};
use crate::judge::Account;
use crate::pages;
use crate::uuid;
use countersign_core::clock::Timestamp;
use countersign_core::store::UserColumns;
use countersign_core::user::{User, UserId};
use deadpool_postgres::{GenericClient, Object};
use std::sync::Arc;
use tokio_postgres::Row;

/// A primary key, ready to be bound.
pub(super) use super::conditions::Value as Key;

/// The user table as it is: its columns found, its statements written once.
#[derive(Debug)]
pub(super) struct UserSql {
    pub(super) table: Identifier,
    pub(super) id: Identifier,
    pub(super) username: Identifier,
    pub(super) password: Identifier,
    /// The optional columns, in the order of [`OPTIONAL`]; `None` where the table has none.
    pub(super) optional: [Option<Identifier>; 8],
    pub(super) key: KeyKind,
    /// `SELECT … FROM … AS u`
    pub(super) select: String,
    pub(super) by_id: String,
    pub(super) by_username: String,
    pub(super) by_email: Option<String>,
    pub(super) memberships: MembershipSql,
}

/// What the primary key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// `smallint`, `integer`, `bigint`
    Integer,
    /// `uuid`
    Uuid,
    /// Anything else that prints as a text.
    Text,
}

impl UserSql {
    /// Looks at the table. Errs where it, or a column that was named, is not there.
    pub(super) async fn of(db: &impl GenericClient, users: &UserTable) -> Result<Self, OpenFault> {
        let found = columns(db, users.table.as_str()).await?;
        let kind = |column: &Identifier| {
            found.iter().find(|(name, _)| name == column.as_str()).map(|(_, kind)| kind.as_str())
        };
        let optional = users.resolve(!found.is_empty(), |column| kind(column).is_some())?;
        let key = KeyKind::of(kind(&users.id).unwrap_or_default());
        Ok(Self::written(users, key, optional, MembershipSql::of(db, users, key).await?))
    }

    /// Which columns the table has.
    pub(super) fn columns(&self) -> UserColumns {
        pages::columns(&self.optional, self.memberships.table.is_some())
    }

    fn written(
        users: &UserTable,
        key: KeyKind,
        optional: [Option<Identifier>; 8],
        memberships: MembershipSql,
    ) -> Self {
        let UserTable { table, id, username, password, .. } = users.clone();
        let mut select = format!("SELECT u.{id}::{}, u.{username}::text, u.{password}::text", key.read());
        for (at, (column, (_, default))) in optional.iter().zip(OPTIONAL).enumerate() {
            select += ", ";
            select += &read(at, column.as_ref(), default);
        }
        let select = format!("{select} FROM {table} AS u");
        let by_id = format!("{select} WHERE u.{id} = {} LIMIT 2", key.parameter(1));
        let by = |column: &Identifier| format!("{select} WHERE u.{column} = $1::text LIMIT 2");
        let by_username = by(&username);
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

    /// Whether a user `u` is active, as a condition.
    pub(super) fn is_active(&self) -> String {
        self.reading(IS_ACTIVE)
    }

    /// How the optional column of this place is read of `u`.
    pub(super) fn reading(&self, at: usize) -> String {
        read(at, self.optional[at].as_ref(), OPTIONAL[at].1)
    }

    /// The key as the column holds it. `None`: it cannot hold it.
    pub(super) fn key(&self, id: &UserId) -> Option<Key> {
        match (self.key, id) {
            (KeyKind::Integer, UserId::Integer(number)) => Some(Key::Integer(*number)),
            (KeyKind::Uuid, UserId::Text(text)) => uuid::digits(text).map(Key::Text),
            (KeyKind::Text, UserId::Text(text)) => is_storable(text).then(|| Key::Text(text.clone())),
            _ => None,
        }
    }

    /// The key that `str()` prints like this. `None`: there is none.
    pub(super) fn parsed(&self, text: &str) -> Option<Key> {
        match self.key {
            KeyKind::Integer => text.parse().ok().map(Key::Integer),
            KeyKind::Uuid | KeyKind::Text => self.key(&UserId::Text(text.to_owned())),
        }
    }

    /// The id that prints like this, whether the table could hold it or not.
    pub(super) fn printed(&self, text: &str) -> UserId {
        match (self.key, text.parse()) {
            (KeyKind::Integer, Ok(number)) => UserId::Integer(number),
            _ => UserId::Text(text.to_owned()),
        }
    }

    /// A key that was read by [`KeyKind::read`].
    pub(super) fn id_of(&self, row: &Row, column: usize) -> Result<UserId, tokio_postgres::Error> {
        Ok(match self.key {
            KeyKind::Integer => UserId::Integer(row.try_get(column)?),
            KeyKind::Uuid | KeyKind::Text => UserId::Text(row.try_get(column)?),
        })
    }

    pub(super) fn user(&self, row: &Row) -> Result<User, Failure> {
        Ok(User {
            id: self.id_of(row, 0)?,
            username: row.try_get(1)?,
            password: row.try_get(2)?,
            is_active: row.try_get(3)?,
            is_staff: row.try_get(4)?,
            is_superuser: row.try_get(5)?,
            email: row.try_get(6)?,
            first_name: row.try_get(7)?,
            last_name: row.try_get(8)?,
            // `infinity` is no instant.
            last_login: row.try_get(9).ok().flatten(),
            date_joined: row.try_get(10).ok().flatten(),
        })
    }

    /// The only user of these rows, if there is exactly one.
    pub(super) fn one(&self, rows: &[Row]) -> Result<Option<Arc<User>>, Failure> {
        match rows {
            [row] => Ok(Some(Arc::new(self.user(row)?))),
            _ => Ok(None),
        }
    }
}

/// How an optional column of `u` is read: a truth, a text or an instant, whatever type a table of one's own has for it,
/// and the default where it has none or nothing in it.
fn read(at: usize, column: Option<&Identifier>, default: &str) -> String {
    let Some(column) = column else {
        return match at {
            IS_ACTIVE => "true".to_owned(),
            at if at < EMAIL => "false".to_owned(),
            at if at < LAST_LOGIN => format!("{default}::text"),
            _ => "NULL::timestamptz".to_owned(),
        };
    };
    match at {
        at if at < EMAIL => format!("coalesce(u.{column}::int <> 0, false)"),
        at if at < LAST_LOGIN => format!("coalesce(u.{column}::text, '')"),
        _ => format!("u.{column}::timestamptz"),
    }
}

impl KeyKind {
    fn of(kind: &str) -> Self {
        match kind {
            "smallint" | "integer" | "bigint" => Self::Integer,
            "uuid" => Self::Uuid,
            _ => Self::Text,
        }
    }

    /// The type as which a key is read.
    pub(super) const fn read(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Uuid | Self::Text => "text",
        }
    }

    /// The key that a text prints, as an expression: compared with the column as it is, so that its index is used. NULL
    /// where the text prints none.
    pub(super) fn printed(self, text: &str) -> String {
        match self {
            Self::Integer => format!("CASE WHEN {text} ~ '^-?[0-9]{{1,18}}$' THEN {text}::bigint END"),
            Self::Uuid => format!("CASE WHEN {text} ~ '^[0-9a-f-]{{36}}$' THEN {text}::uuid END"),
            Self::Text => text.to_owned(),
        }
    }

    /// A parameter that stands for a key: compared with the column as it is, so that its index is used.
    pub(super) fn parameter(self, number: usize) -> String {
        match self {
            Self::Integer => format!("${number}::bigint"),
            Self::Uuid => format!("${number}::text::uuid"),
            Self::Text => format!("${number}::text"),
        }
    }

    /// The same of a parameter in [`Conditions`](super::conditions::Conditions).
    pub(super) const fn place(self) -> &'static str {
        match self {
            Self::Integer | Self::Text => "@",
            Self::Uuid => "@::uuid",
        }
    }
}

/// Whether a column of texts can hold this one. PostgreSQL has no NUL.
pub(super) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

pub(super) async fn by_id(
    sql: &UserSql,
    db: &impl GenericClient,
    id: &UserId,
) -> Result<Option<Arc<User>>, Failure> {
    let Some(key) = sql.key(id) else { return Ok(None) };
    let by_id = db.prepare_cached(&sql.by_id).await?;
    sql.one(&db.query(&by_id, &[&key]).await?)
}

/// What a token of the user of this id depends on: `None`, there is none. The row stays as it is until the transaction
/// ends.
pub(super) async fn hold(
    sql: &UserSql,
    db: &impl GenericClient,
    id: &UserId,
) -> Result<Option<Account>, Failure> {
    let Some(key) = sql.key(id) else { return Ok(None) };
    let UserSql { table, id, password, key: kind, .. } = sql;
    let hold = format!(
        "SELECT {}, u.{password}::text FROM {table} AS u WHERE u.{id} = {} FOR SHARE",
        sql.is_active(),
        kind.parameter(1)
    );
    let hold = db.prepare_cached(&hold).await?;
    let found = db.query_opt(&hold, &[&key]).await?;
    Ok(found.map(|row| Account { is_active: row.get(0), password: row.get(1) }))
}

/// Where it is replaced, the sessions that go with the old hash go with the new one.
pub(super) async fn replace_password(
    sql: &UserSql,
    db: &mut Object,
    user: &UserId,
    old: &str,
    new: &str,
) -> Result<bool, Failure> {
    let Some(key) = sql.key(user) else { return Ok(false) };
    let act = db.transaction().await?;
    sessions::lock_all(&act, user).await?;
    let UserSql { table, id, password, key: kind, .. } = sql;
    let update = format!(
        "UPDATE {table} SET {password} = $1::text WHERE {id} = {} AND {password} = $3::text",
        kind.parameter(2)
    );
    let update = act.prepare_cached(&update).await?;
    if act.execute(&update, &[&new, &key, &old]).await? != 1 {
        return Ok(false);
    }
    sessions::rehash(&act, user, old, new).await?;
    act.commit().await?;
    Ok(true)
}

pub(super) async fn record_login(
    sql: &UserSql,
    db: &impl GenericClient,
    id: &UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    let (Some(key), Some(last_login)) = (sql.key(id), &sql.optional[LAST_LOGIN]) else { return Ok(()) };
    let UserSql { table, id, key: kind, .. } = sql;
    let update =
        format!("UPDATE {table} SET {last_login} = $1::timestamptz WHERE {id} = {}", kind.parameter(2));
    let update = db.prepare_cached(&update).await?;
    db.execute(&update, &[&at, &key]).await?;
    Ok(())
}

/// The statements about groups and permissions; `None` where there are no such tables.
#[derive(Debug, Default)]
pub(super) struct MembershipSql {
    pub(super) groups: Option<String>,
    pub(super) permissions: Option<String>,
    pub(super) all_permissions: Option<String>,
    /// The table of memberships, and its column for the user; both in quotes.
    pub(super) table: Option<(String, String)>,
}

impl MembershipSql {
    /// `PermissionsMixin` names its tables after the user's: `auth_user_groups`, `auth_user_user_permissions`. Sorted
    /// byte by byte, whatever the database's collation.
    async fn of(db: &impl GenericClient, users: &UserTable, key: KeyKind) -> Result<Self, Failure> {
        if !has_table(db, "auth_permission").await? || !has_table(db, "django_content_type").await? {
            return Ok(Self::default());
        }
        let all = "SELECT DISTINCT (c.app_label || '.' || p.codename)::text COLLATE \"C\" AS name
                   FROM auth_permission AS p JOIN django_content_type AS c ON c.id = p.content_type_id";
        let table = users.table.as_str();
        let pointing = references_to(db, table).await?;
        let member = |suffix: &str| {
            let name = format!("{table}_{suffix}");
            let found = pointing.iter().find(|reference| reference.table == name);
            found.map(|found| (found.quoted.clone(), quote(&found.column)))
        };
        let mut own = Self { all_permissions: Some(format!("{all} ORDER BY 1")), ..Self::default() };
        if let (Some((groups, user)), Some((direct, holder))) = (member("groups"), member("user_permissions"))
        {
            let key = key.parameter(1);
            own.groups = Some(format!(
                "SELECT g.name::text COLLATE \"C\" AS name FROM auth_group AS g
                 JOIN {groups} AS m ON m.group_id = g.id WHERE m.{user} = {key} ORDER BY 1"
            ));
            own.permissions = Some(format!(
                "{all} WHERE p.id IN (
                     SELECT d.permission_id FROM {direct} AS d WHERE d.{holder} = {key}
                     UNION SELECT gp.permission_id FROM auth_group_permissions AS gp
                     JOIN {groups} AS m ON m.group_id = gp.group_id WHERE m.{user} = {key}
                 ) ORDER BY 1"
            ));
            own.table = Some((groups, user));
        }
        Ok(own)
    }
}
