//! What a database looks like: for whoever asks before changing anything.

use super::catalog::has_table;
use super::migrate::{OURS, own_steps, pending_steps};
use super::server;
use crate::django::{BLACKLIST_TABLES, DRF_JWT_TABLE};
use crate::error::OpenFault;
use crate::identifier::Identifier;
use crate::options::Options;
use crate::status::{Engine, Status, TableStatus};
use deadpool_postgres::GenericClient;

/// See [`Postgres::status`](super::Postgres::status).
pub(super) async fn status(db: &impl GenericClient, options: &Options) -> Result<Status, OpenFault> {
    let applied = own_steps(db).await?;
    Ok(Status {
        ours: is_ours(db).await?,
        engine: Engine::Postgres { version: server::version(db).await? },
        tables: tables(db, options).await?,
        pending: pending_steps(applied.len()),
        applied,
        django_migrations: django_migrations(db).await?,
    })
}

async fn is_ours(db: &impl GenericClient) -> Result<bool, OpenFault> {
    let sql = "SELECT coalesce(obj_description(to_regclass('django_migrations'), 'pg_class') = $1, false)";
    Ok(db.query_one(sql, &[&OURS]).await?.get(0))
}

async fn tables(db: &impl GenericClient, options: &Options) -> Result<Vec<TableStatus>, OpenFault> {
    let mut names = vec![options.users.table.clone()];
    if options.blacklist {
        names.extend(BLACKLIST_TABLES.map(Identifier::of));
    }
    if options.jwt_blacklist {
        names.push(Identifier::of(DRF_JWT_TABLE));
    }
    names.extend(
        ["countersign_family", "countersign_refresh", "countersign_epoch", "countersign_key"]
            .map(Identifier::of),
    );
    let mut tables = Vec::new();
    for name in names {
        let mut rows = None;
        if has_table(db, name.as_str()).await? {
            let count: i64 = db.query_one(&format!("SELECT count(*) FROM {name}"), &[]).await?.get(0);
            rows = Some(count.unsigned_abs());
        }
        tables.push(TableStatus { name: name.as_str().to_owned(), rows });
    }
    Ok(tables)
}

async fn django_migrations(db: &impl GenericClient) -> Result<Vec<String>, OpenFault> {
    if !has_table(db, "django_migrations").await? {
        return Ok(Vec::new());
    }
    let sql = "SELECT app || '.' || name FROM django_migrations
               WHERE app IN ('contenttypes', 'auth', 'token_blacklist') ORDER BY app, name";
    Ok(db.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}
