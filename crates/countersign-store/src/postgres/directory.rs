//! Looking through users and tokens, page by page, along the indexes that Django made.

use super::Postgres;
use super::admin::literal;
use super::conditions::{Conditions, Value};
use super::fault::Failure;
use super::sessions::{end_of, lock_all};
use super::users::{UserSql, by_id, is_storable};
use crate::identifier::{EMAIL, FIRST_NAME, IS_ACTIVE, IS_STAFF, IS_SUPERUSER, LAST_NAME};
use crate::pages::{Sought, token_page};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, Directory, EditOutcome, OutstandingToken, TokenDirectory, TokenPage, TokenQuery, UserColumns,
    UserEdit, UserPage, UserQuery,
};
use countersign_core::user::{User, UserId};
use deadpool_postgres::{GenericClient, Object};
use std::fmt::Write as _;
use std::sync::Arc;
use tokio_postgres::types::ToSql;

impl Directory for Postgres {
    fn columns(&self) -> UserColumns {
        self.users.columns()
    }

    fn list_users<'a>(&'a self, query: UserQuery<'a>) -> Act<'a, UserPage> {
        let sought = Arc::new(Sought::of(query));
        self.act(move |users, db| {
            let sought = Arc::clone(&sought);
            Box::pin(async move { page(&users, db, &sought).await })
        })
    }

    fn find_user<'a>(&'a self, id: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move {
            let Some(key) = self.users.parsed(id) else { return Ok(None) };
            Ok(self.users.one(&self.link.read(&self.users.by_id, &[&key]).await?)?)
        })
    }

    fn edit_user<'a>(&'a self, id: &'a UserId, edit: &'a UserEdit, at: Timestamp) -> Act<'a, EditOutcome> {
        let (wish, blacklist) = (Arc::new((id.clone(), edit.clone())), self.ledger.is_some());
        self.act(move |users, db| {
            let wish = Arc::clone(&wish);
            Box::pin(async move {
                let act = db.transaction().await?;
                let outcome = change(&users, &act, &wish.0, &wish.1, at, blacklist).await?;
                act.commit().await?;
                Ok(outcome)
            })
        })
    }

    fn list_groups(&self) -> Act<'_, Vec<String>> {
        Box::pin(async move {
            if self.users.memberships.table.is_none() {
                return Ok(Vec::new());
            }
            let query = "SELECT name::text COLLATE \"C\" FROM auth_group ORDER BY 1";
            Ok(self.link.read(query, &[]).await?.iter().map(|row| row.get(0)).collect())
        })
    }

    fn has_superuser(&self) -> Act<'_, bool> {
        self.act(move |users, db| {
            let (superuser, active) = (users.reading(IS_SUPERUSER), users.is_active());
            let query =
                format!("SELECT EXISTS (SELECT 1 FROM {} AS u WHERE {superuser} AND {active})", users.table);
            Box::pin(async move { Ok(db.query_one(&query, &[]).await?.get(0)) })
        })
    }
}

impl TokenDirectory for Postgres {
    fn list_tokens<'a>(&'a self, query: TokenQuery<'a>) -> Act<'a, TokenPage> {
        let Some(sought) = SoughtTokens::of(&self.users, query).filter(|_| self.ledger.is_some()) else {
            return Box::pin(std::future::ready(Ok(TokenPage::default())));
        };
        let sought = Arc::new(sought);
        self.act(move |users, db| {
            let sought = Arc::clone(&sought);
            Box::pin(async move { tokens(&users, db, &sought).await })
        })
    }
}

async fn page(sql: &UserSql, db: &Object, sought: &Sought) -> Result<UserPage, Failure> {
    let texts = sought.beginnings.iter().chain(&sought.contains).chain(&sought.after);
    if !texts.clone().all(|text| is_storable(text)) {
        return Ok(UserPage::default());
    }
    if sought.beginnings.is_empty() {
        return walk(sql, db, sought, None).await;
    }
    let mut walks = Vec::new();
    for beginning in &sought.beginnings {
        walks.push(walk(sql, db, sought, Some(beginning)).await?);
    }
    Ok(sought.woven(walks))
}

/// How a walk compares what it walks along, as the index does: behind, before or at, and the order.
struct Order {
    behind: &'static str,
    within: &'static str,
    sorted: &'static str,
}

impl Order {
    /// A beginning is walked along byte by byte: Django gives every column of unique texts an index for that too
    /// (`…_like`), for the other one follows the database's own rules, by which a beginning is no range.
    const fn of(begins: bool, descending: bool) -> Self {
        let (behind, within, sorted) = match (begins, descending) {
            (false, false) => (">", "<=", "ASC"),
            (false, true) => ("<", ">=", "DESC"),
            (true, false) => ("~>~", "~<=~", "USING ~<~"),
            (true, true) => ("~<~", "~>=~", "USING ~>~"),
        };
        Self { behind, within, sorted }
    }
}

/// One walk along an index, from where the page before ended: as far as the budget and no further.
///
/// Its statements are planned anew each time, with their values: a plan for any value may read the whole table.
async fn walk(
    sql: &UserSql,
    db: &Object,
    sought: &Sought,
    begins: Option<&String>,
) -> Result<UserPage, Failure> {
    let Order { behind, within, sorted } = Order::of(begins.is_some(), sought.descending);
    let (column, kind) = if sought.by_name { (&sql.username, "text") } else { (&sql.id, sql.key.read()) };
    let parameter = if sought.by_name { "@" } else { sql.key.place() };
    let mut range = Conditions::default();
    if let Some(after) = &sought.after {
        let after = if sought.by_name { Some(Value::Text(after.clone())) } else { sql.parsed(after) };
        let Some(after) = after else { return Ok(UserPage::default()) };
        range.and(&format!("u.{column} {behind} {parameter}"), after);
    }
    if let Some(begins) = begins {
        range.and(&format!("u.{column} ~>=~ @"), Value::Text(begins.clone()));
        range.and(&format!("u.{column} ~<~ @"), Value::Text(format!("{begins}\u{10ffff}")));
    }
    let mut end = None;
    if sought.is_filtered {
        let mut ends = range.clone();
        ends.end(&format!("ORDER BY u.{column} {sorted} LIMIT 2 OFFSET @"), (sought.budget - 1).into());
        let ends_of = format!("SELECT u.{column}::{kind} FROM {} AS u WHERE {ends}", sql.table);
        let rows = db.query(&ends_of, &ends.values()).await?;
        // Where there is one more behind the last that may be looked at, there is more to do.
        if let [last, _] = rows.as_slice() {
            let last = match kind {
                "bigint" => Value::Integer(last.try_get(0)?),
                _ => Value::Text(last.try_get(0)?),
            };
            range.and(&format!("u.{column} {within} {parameter}"), last.clone());
            end = Some(last.to_string());
        }
        filter(sql, sought, &mut range);
    }
    range.end(&format!("ORDER BY u.{column} {sorted} LIMIT @"), Value::one_more(sought.limit));
    let rows = db.query(&format!("{} WHERE {range}", sql.select), &range.values()).await?;
    let mut users = rows.iter().map(|row| sql.user(row).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    if users.len() > sought.limit {
        users.truncate(sought.limit);
        let next = users.last().map(|last| sought.cursor(last));
        return Ok(UserPage { users, next, is_cut_short: false });
    }
    Ok(UserPage { users, is_cut_short: end.is_some(), next: end })
}

fn filter(sql: &UserSql, sought: &Sought, range: &mut Conditions) {
    for (at, wanted) in sought.truths {
        match wanted {
            Some(true) => range.and_plainly(&sql.reading(at)),
            Some(false) => range.and_plainly(&format!("NOT {}", sql.reading(at))),
            None => {}
        }
    }
    if let Some(text) = &sought.contains {
        // In the collation "C" only ASCII letters have a case.
        let has = |read: &str| format!("lower(({read}) COLLATE \"C\") LIKE lower(@ COLLATE \"C\")");
        let (name, email) = (has(&format!("u.{}::text", sql.username)), has(&sql.reading(EMAIL)));
        range.and(&format!("({name} OR {email})"), Value::Text(literal(text)));
    }
}

/// Edits a user, with the locks on their families: a refresh is before the change or after it.
async fn change(
    sql: &UserSql,
    act: &impl GenericClient,
    id: &UserId,
    edit: &UserEdit,
    at: Timestamp,
    blacklist: bool,
) -> Result<EditOutcome, Failure> {
    let Some(key) = sql.key(id) else { return Ok(EditOutcome::Unknown) };
    lock_all(act, id).await?;
    let Some(user) = by_id(sql, act, id).await? else { return Ok(EditOutcome::Unknown) };
    // Two at once: where the name is unique, the slower one fails there and is told the next time.
    let same = sql.one(&act.query(&sql.by_username, &[&edit.username]).await?)?;
    if same.is_some_and(|other| other.id != user.id) {
        return Ok(EditOutcome::UsernameTaken);
    }
    if !edit.is_active && sql.optional[IS_ACTIVE].is_some() {
        end_of(sql, act, id, None, at, blacklist).await?;
    }
    let mut set = format!("{} = $2", sql.username);
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&key, &edit.username];
    let optional: [(usize, &(dyn ToSql + Sync)); 6] = [
        (EMAIL, &edit.email),
        (FIRST_NAME, &edit.first_name),
        (LAST_NAME, &edit.last_name),
        (IS_ACTIVE, &edit.is_active),
        (IS_STAFF, &edit.is_staff),
        (IS_SUPERUSER, &edit.is_superuser),
    ];
    for (at, value) in optional {
        if let Some(column) = &sql.optional[at] {
            values.push(value);
            let _ = write!(set, ", {column} = ${}", values.len());
        }
    }
    let update = format!("UPDATE {} SET {set} WHERE {} = {}", sql.table, sql.id, sql.key.parameter(1));
    act.execute(&update, &values).await?;
    if let Some(groups) = &edit.groups {
        regroup(sql, act, &key, groups).await?;
    }
    Ok(EditOutcome::Edited)
}

/// Leaves memberships that stay as they are, so that their rows keep their ids.
async fn regroup(
    sql: &UserSql,
    db: &impl GenericClient,
    key: &Value,
    groups: &[String],
) -> Result<(), Failure> {
    let Some((table, user)) = &sql.memberships.table else { return Ok(()) };
    let (groups, is): (Vec<_>, _) =
        (groups.iter().filter(|name| is_storable(name)).collect(), sql.key.parameter(1));
    let leave = format!(
        "DELETE FROM {table} WHERE {user} = {is}
         AND group_id NOT IN (SELECT id FROM auth_group WHERE name = ANY($2::text[]))"
    );
    db.execute(&leave, &[key, &groups]).await?;
    let join = format!(
        "INSERT INTO {table} ({user}, group_id) SELECT {is}, g.id FROM auth_group AS g
         WHERE g.name = ANY($2::text[])
         AND NOT EXISTS (SELECT 1 FROM {table} AS m WHERE m.{user} = {is} AND m.group_id = g.id)"
    );
    db.execute(&join, &[key, &groups]).await?;
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
    /// `None`: nothing can meet it.
    fn of(users: &UserSql, query: TokenQuery<'_>) -> Option<Self> {
        let user = match query.user {
            Some(user) => Some(users.key(user)?),
            None => None,
        };
        let jti = match query.jti {
            Some(jti) => Some(jti.to_owned()).filter(|jti| is_storable(jti)).map(Some)?,
            None => None,
        };
        let TokenQuery { blacklisted, before, limit, budget, .. } = query;
        Some(Self { blacklisted, before, user, jti, limit: limit as usize, budget: budget.max(1) })
    }

    /// The number that the list goes by.
    const fn number(&self) -> &'static str {
        if self.blacklisted { "b.id" } else { "o.id" }
    }

    /// Those before this one.
    fn range(&self) -> Conditions {
        let mut range = Conditions::default();
        if let Some(before) = self.before {
            range.and(&format!("{} < @", self.number()), Value::Integer(before));
        }
        range
    }
}

/// Of whom there are few, they are read and sorted; else the list is gone through, and no further than it may take.
async fn tokens(sql: &UserSql, db: &Object, sought: &SoughtTokens) -> Result<TokenPage, Failure> {
    let Some(user) = sought.user.as_ref().filter(|_| sought.jti.is_none()) else {
        return fetch(sql, db, sought, false, None).await;
    };
    // Sorted, so that the index is used however many there are.
    let mut theirs = Conditions::default();
    theirs.and(&format!("o.user_id >= {}", sql.key.place()), user.clone());
    theirs.and(&format!("o.user_id <= {}", sql.key.place()), user.clone());
    theirs.end("ORDER BY o.user_id LIMIT @", Value::one_more(sought.budget as usize));
    let count = format!(
        "SELECT count(*) FROM (SELECT 1 FROM token_blacklist_outstandingtoken AS o WHERE {theirs}) AS theirs"
    );
    let count: i64 = db.query_one(&count, &theirs.values()).await?.try_get(0)?;
    if count <= i64::from(sought.budget) {
        return fetch(sql, db, sought, true, None).await;
    }
    let table = if sought.blacklisted {
        "token_blacklist_blacklistedtoken AS b"
    } else {
        "token_blacklist_outstandingtoken AS o"
    };
    let mut range = sought.range();
    let number = sought.number();
    range.end(&format!("ORDER BY {number} DESC LIMIT 1 OFFSET @"), (sought.budget - 1).into());
    let end = format!("SELECT {number}::bigint FROM {table} WHERE {range}");
    let end = db.query_opt(&end, &range.values()).await?.map(|row| row.try_get(0)).transpose()?;
    fetch(sql, db, sought, false, end).await
}

/// A page of them. Rows of the other table are looked up one by one, with `LIMIT`: a join might read all of it.
async fn fetch(
    sql: &UserSql,
    db: &Object,
    sought: &SoughtTokens,
    by_user: bool,
    end: Option<i64>,
) -> Result<TokenPage, Failure> {
    let number = sought.number();
    let mut conditions = sought.range();
    if let Some(end) = end {
        conditions.and(&format!("{number} >= @"), Value::Integer(end));
    }
    let columns = "id, jti, user_id, created_at, expires_at FROM token_blacklist_outstandingtoken";
    let mut theirs = String::new();
    if let Some(user) = &sought.user {
        let place = sql.key.place().replace('@', &conditions.place(user.clone()));
        if by_user {
            theirs = format!("WITH theirs AS MATERIALIZED (SELECT {columns} WHERE user_id = {place})");
        } else {
            conditions.and_plainly(&format!("o.user_id = {place}"));
        }
    }
    if let Some(jti) = &sought.jti {
        conditions.and("o.jti = @", Value::Text(jti.clone()));
    }
    conditions.end(&format!("ORDER BY {number} DESC LIMIT @"), Value::one_more(sought.limit));
    let entry = "LATERAL (SELECT id, blacklisted_at FROM token_blacklist_blacklistedtoken WHERE token_id = o.id LIMIT 1) AS b";
    let tables = match (sought.blacklisted, by_user, &sought.jti) {
        (false, true, _) => format!("theirs AS o LEFT JOIN {entry} ON true"),
        (true, true, _) => format!("theirs AS o JOIN {entry} ON true"),
        (false, false, _) => format!("token_blacklist_outstandingtoken AS o LEFT JOIN {entry} ON true"),
        (true, false, Some(_)) => format!("token_blacklist_outstandingtoken AS o JOIN {entry} ON true"),
        (true, false, None) => format!(
            "token_blacklist_blacklistedtoken AS b JOIN LATERAL (SELECT {columns} WHERE id = b.token_id LIMIT 1) AS o ON true"
        ),
    };
    let query = format!(
        "{theirs} SELECT {number}::bigint, o.id::bigint, o.jti::text, o.user_id::text, o.created_at, o.expires_at,
                b.blacklisted_at
         FROM {tables} WHERE {conditions}"
    );
    let rows = db.query(&query, &conditions.values()).await?;
    let mut found = Vec::new();
    for row in &rows {
        let token = OutstandingToken {
            id: row.try_get(1)?,
            jti: row.try_get(2)?,
            user: row.try_get::<_, Option<&str>>(3)?.map(|id| sql.printed(id)),
            // `infinity` is no instant.
            created_at: row.try_get(4).ok().flatten(),
            expires_at: row.try_get(5).ok().flatten(),
            blacklisted_at: row.try_get(6).ok().flatten(),
        };
        found.push((row.try_get::<_, i64>(0)?, token));
    }
    Ok(token_page(found, sought.limit, end))
}
