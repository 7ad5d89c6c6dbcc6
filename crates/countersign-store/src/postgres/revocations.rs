//! drf-jwt's blacklist: `blacklist_blacklistedtoken`.

use super::Postgres;
use super::fault::Failure;
use super::users::{UserSql, is_storable};
use crate::django::DRF_JWT_TABLE;
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, Blacklisting, Fingerprint, Revocation, Revocations, Revoked, RevokedListing, StoreError,
};
use countersign_core::user::UserId;
use deadpool_postgres::Object;
use std::sync::Arc;
use tokio_postgres::Row;

/// A UUID as PostgreSQL reads one.
fn digits(id: u128) -> String {
    format!("{id:032x}")
}

impl Revocations for Postgres {
    fn revoke<'a>(&'a self, entry: &'a Revocation, at: Timestamp) -> Act<'a, Blacklisting> {
        if let Err(off) = self.needs_revocations() {
            return Box::pin(std::future::ready(Err(off)));
        }
        let (users, entry) = (Arc::clone(&self.users), Arc::new(entry.clone()));
        self.link.act(move |db| {
            let (users, entry) = (Arc::clone(&users), Arc::clone(&entry));
            Box::pin(async move { revoke(&users, db, &entry, at).await })
        })
    }

    fn is_revoked<'a>(&'a self, of: Fingerprint<'a>) -> Act<'a, bool> {
        Box::pin(async move {
            self.needs_revocations()?;
            // What is not looked for is NULL, which equals nothing. Two look-ups, so that each has its index.
            let sql =
                "SELECT EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token_id = $1::text::uuid)
                       OR EXISTS (SELECT 1 FROM blacklist_blacklistedtoken WHERE token = $2::text)";
            let token = of.token.filter(|token| is_storable(token));
            let rows = self.link.read(sql, &[&of.token_id.map(digits), &token]).await?;
            Ok(rows.iter().any(|row| row.get(0)))
        })
    }

    fn list_revoked<'a>(&'a self, listing: RevokedListing<'a>) -> Act<'a, Vec<Revoked>> {
        Box::pin(async move {
            self.needs_revocations()?;
            let key = match listing.user.map(|user| self.users.key(user)) {
                // The column cannot hold such a key: nobody's.
                Some(None) => return Ok(Vec::new()),
                key => key.flatten(),
            };
            let sql = format!(
                "{} WHERE ({user} IS NULL OR user_id = {user}) AND id > $2::bigint ORDER BY id LIMIT $3",
                select(&self.users),
                user = self.users.key.parameter(1)
            );
            let after = listing.after.unwrap_or(i64::MIN);
            let rows = self.link.read(&sql, &[&key, &after, &i64::from(listing.limit)]).await?;
            Ok(rows.iter().map(|row| revoked(&self.users, row)).collect::<Result<_, _>>()?)
        })
    }

    fn find_revoked<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, Option<Revoked>> {
        Box::pin(async move {
            self.needs_revocations()?;
            let sql = format!("{} WHERE id = $1::bigint", select(&self.users));
            let rows = self.link.read(&sql, &[&id]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let found = revoked(&self.users, row)?;
            Ok(Some(found).filter(|found| user.is_none_or(|user| found.entry.user == *user)))
        })
    }

    fn withdraw<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, bool> {
        Box::pin(async move {
            // Whose an entry is never changes.
            if self.find_revoked(id, user).await?.is_none() {
                return Ok(false);
            }
            let delete = "DELETE FROM blacklist_blacklistedtoken WHERE id = $1::bigint";
            let act =
                self.link.act(move |db| Box::pin(async move { Ok(db.execute(delete, &[&id]).await? == 1) }));
            act.await
        })
    }

    fn forget_revoked(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        if let Err(off) = self.needs_revocations() {
            return Box::pin(std::future::ready(Err(off)));
        }
        let delete = "DELETE FROM blacklist_blacklistedtoken WHERE id IN
                      (SELECT id FROM blacklist_blacklistedtoken WHERE expires_at < $1 LIMIT $2)";
        let limit = i64::from(limit);
        self.link.act(move |db| Box::pin(async move { Ok(db.execute(delete, &[&at, &limit]).await?) }))
    }
}

impl Postgres {
    fn needs_revocations(&self) -> Result<(), StoreError> {
        if self.revocations { Ok(()) } else { Err(StoreError::new("drf-jwt's blacklist is switched off")) }
    }
}

/// The table has no unique column: it is the lock on the user's row that lets one of many entries in.
async fn revoke(
    users: &UserSql,
    db: &mut Object,
    entry: &Revocation,
    at: Timestamp,
) -> Result<Blacklisting, Failure> {
    let Some(key) = users.key(&entry.user) else { return Ok(Blacklisting::Already) };
    let act = db.transaction().await?;
    let UserSql { table, id, key: kind, .. } = users;
    let lock = format!("SELECT 1 FROM {table} AS u WHERE u.{id} = {} FOR NO KEY UPDATE", kind.parameter(1));
    if act.query(&act.prepare_cached(&lock).await?, &[&key]).await?.is_empty() {
        return Ok(Blacklisting::Already);
    }
    let insert = format!(
        "INSERT INTO {DRF_JWT_TABLE} (token, expires_at, blacklisted_at, user_id, token_id)
         SELECT $1::text, $2::timestamptz, $3::timestamptz, u.{id}, $5::text::uuid FROM {table} AS u
         WHERE u.{id} = {}
         AND NOT EXISTS (SELECT 1 FROM {DRF_JWT_TABLE} WHERE token = $1::text)
         AND NOT EXISTS (SELECT 1 FROM {DRF_JWT_TABLE} WHERE token_id = $5::text::uuid)",
        kind.parameter(4)
    );
    let insert = act.prepare_cached(&insert).await?;
    let token_id = entry.token_id.map(digits);
    let added = act.execute(&insert, &[&entry.token, &entry.expires_at, &at, &key, &token_id]).await?;
    act.commit().await?;
    Ok(if added == 1 { Blacklisting::Done } else { Blacklisting::Already })
}

fn select(users: &UserSql) -> String {
    format!(
        "SELECT id::bigint, token, token_id::text, user_id::{}, expires_at FROM {DRF_JWT_TABLE}",
        users.key.read()
    )
}

fn revoked(users: &UserSql, row: &Row) -> Result<Revoked, Failure> {
    let token_id: Option<String> = row.try_get(2)?;
    Ok(Revoked {
        id: row.try_get(0)?,
        entry: Revocation {
            token: row.try_get(1)?,
            token_id: token_id.and_then(|id| u128::from_str_radix(&id.replace('-', ""), 16).ok()),
            user: users.id_of(row, 3)?,
            // Whatever is no instant of ours never ends.
            expires_at: row.try_get(4).unwrap_or(Timestamp::MAX),
        },
    })
}
