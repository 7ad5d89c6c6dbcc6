//! Making what is missing.
//!
//! Each step is one transaction that holds an advisory lock, so that a run that was interrupted goes on where it stood,
//! and two runs at once wait for each other. A table that is there is never altered.

use super::catalog::{columns, has_table, is_empty, missing_table};
use super::fault::Failure;
use super::names::foreign_key;
use super::server;
use crate::django::{App, DJANGO_MIGRATIONS, DJANGO_MODELS, VERBS, drf_jwt_app, simple_jwt_app};
use crate::error::OpenFault;
use crate::identifier::UserTable;
use crate::options::Options;
use crate::status::Migrated;
use crate::steps::{self, Step};
use countersign_core::clock::Timestamp;
use deadpool_postgres::{GenericClient, Object, Transaction};
use std::fmt::Write as _;

/// The advisory lock of whoever changes a schema: `countersign` in ASCII, as far as it fits.
const LOCK: i64 = 0x636f_756e_7465_7273;

/// What is written on the table of migrations that we made.
pub(super) const OURS: &str = "made by countersign";

const SIMPLE_JWT_APP: App = simple_jwt_app(include_str!("schema/token_blacklist.sql"));

const DRF_JWT_APP: App = drf_jwt_app(include_str!("schema/jwt_blacklist.sql"));

const STEPS: &[Step] = &[
    Step { name: "0001_families", sql: include_str!("schema/0001_families.sql") },
    Step { name: "0003_keys", sql: include_str!("schema/0003_keys.sql") },
    Step { name: "0004_audit", sql: include_str!("schema/0004_audit.sql") },
    Step { name: "0005_sessions", sql: include_str!("schema/0005_sessions.sql") },
    Step { name: "0006_order", sql: include_str!("schema/0006_order.sql") },
];

/// See [`Postgres::migrate`](super::Postgres::migrate).
pub(super) async fn migrate(
    db: &mut Object,
    options: &Options,
    at: Timestamp,
) -> Result<Migrated, OpenFault> {
    server::check(db).await?;
    let mut done = Vec::new();
    if is_empty(db).await? {
        if options.users != UserTable::default() {
            return Err(OpenFault::NoTable { table: options.users.table.as_str().to_owned() });
        }
        done.extend(make_django(db, at).await?);
    }
    for (is_used, app) in [(options.blacklist, SIMPLE_JWT_APP), (options.jwt_blacklist, DRF_JWT_APP)] {
        if is_used {
            done.extend(make(db, &app, &options.users, at).await?);
        }
    }
    done.extend(make_own(db, at).await?);
    Ok(done)
}

/// A transaction in which nobody else changes the schema. Waits for those who do.
async fn alone(db: &mut Object) -> Result<Transaction<'_>, Failure> {
    let step = db.transaction().await?;
    step.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    Ok(step)
}

async fn make_django(db: &mut Object, at: Timestamp) -> Result<Option<String>, OpenFault> {
    let step = alone(db).await?;
    if !is_empty(&step).await? {
        return Ok(None);
    }
    step.batch_execute(include_str!("schema/django.sql")).await?;
    step.batch_execute(&format!("COMMENT ON TABLE django_migrations IS '{OURS}'")).await?;
    write_migrations(&step, &DJANGO_MIGRATIONS, at).await?;
    write_models(&step, &DJANGO_MODELS).await?;
    step.commit().await?;
    Ok(Some("made the tables of Django's contenttypes and auth".to_owned()))
}

/// Makes the tables of an app, unless they are there.
async fn make(
    db: &mut Object,
    app: &App,
    users: &UserTable,
    at: Timestamp,
) -> Result<Option<String>, OpenFault> {
    let step = alone(db).await?;
    if missing_table(&step, app.tables).await?.is_none() {
        return Ok(None);
    }
    step.batch_execute(&pointing_at(app, users, &key_type(&step, users).await?)).await?;
    if has_table(&step, "django_migrations").await? {
        write_migrations(&step, app.migrations, at).await?;
    }
    if has_table(&step, "django_content_type").await? && has_table(&step, "auth_permission").await? {
        write_models(&step, app.models).await?;
    }
    step.commit().await?;
    Ok(Some(app.done.to_owned()))
}

/// The columns of the apps that point at a user, with what Django calls their indexes and keys.
const POINTERS: [(&str, &str); 2] =
    [("token_blacklist_outstandingtoken", "83bc629a"), ("blacklist_blacklistedtoken", "e4068fb1")];

/// What makes the tables of an app. Where it is the user table of somebody else, the reference points there, with the
/// type of its key, by the name and with the indexes that Django gives it.
fn pointing_at(app: &App, users: &UserTable, key: &str) -> String {
    let mut sql = app
        .sql
        .replace("\"user_id\" integer", &format!("\"user_id\" {key}"))
        .replace("REFERENCES \"auth_user\" (\"id\")", &format!("REFERENCES {} ({})", users.table, users.id));
    for (table, digest) in POINTERS {
        let name = |to| foreign_key(table, "user_id", digest, to);
        sql = sql.replace(&name(("auth_user", "id")), &name((users.table.as_str(), users.id.as_str())));
        let operators = match key {
            "text" => "text_pattern_ops",
            key if key.starts_with("character varying") => "varchar_pattern_ops",
            _ => continue,
        };
        if app.tables.contains(&table) {
            let index = format!("\"{table}_user_id_{digest}_like\"");
            let _written = writeln!(sql, "CREATE INDEX {index} ON \"{table}\" (\"user_id\" {operators});");
        }
    }
    sql
}

async fn key_type(db: &impl GenericClient, users: &UserTable) -> Result<String, OpenFault> {
    let table = users.table.as_str().to_owned();
    let columns = columns(db, &table).await?;
    if columns.is_empty() {
        return Err(OpenFault::NoTable { table });
    }
    let column = users.id.as_str();
    let found = columns.into_iter().find(|(name, _)| name == column);
    found.map(|(_, kind)| kind).ok_or_else(|| OpenFault::NoColumn { table, column: column.to_owned() })
}

async fn write_migrations(
    step: &Transaction<'_>,
    names: &[(&str, &str)],
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "INSERT INTO django_migrations (app, name, applied) SELECT $1, $2, $3
               WHERE NOT EXISTS (SELECT 1 FROM django_migrations WHERE app = $1 AND name = $2)";
    let sql = sql.replace("$1", "$1::text").replace("$2", "$2::text");
    for (app, name) in names {
        step.execute(&sql, &[app, name, &at]).await?;
    }
    Ok(())
}

/// Content types and the four permissions of each, as `post_migrate` makes them.
async fn write_models(step: &Transaction<'_>, models: &[(&str, &str, &str)]) -> Result<(), Failure> {
    let content_type =
        "INSERT INTO django_content_type (app_label, model) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    for (app, model, _) in models {
        step.execute(content_type, &[app, model]).await?;
    }
    let permission = "INSERT INTO auth_permission (content_type_id, codename, name)
                      SELECT id, $3::text, $4::text FROM django_content_type WHERE app_label = $1 AND model = $2
                      ON CONFLICT DO NOTHING";
    for (app, model, name) in models {
        for verb in VERBS {
            let (codename, name) = (format!("{verb}_{model}"), format!("Can {verb} {name}"));
            step.execute(permission, &[app, model, &codename, &name]).await?;
        }
    }
    Ok(())
}

/// Applies the steps of our own tables that are missing.
pub(super) async fn make_own(db: &mut Object, at: Timestamp) -> Result<Option<String>, OpenFault> {
    let mut applied = Vec::new();
    for (position, step) in STEPS.iter().enumerate() {
        if own_steps(db).await?.len() <= position && apply(db, step, position, at).await? {
            applied.push(step.name);
        }
    }
    Ok((!applied.is_empty()).then(|| format!("applied {}", applied.join(", "))))
}

/// Applies one step, unless another run did so while this one waited. Says whether it was this one.
async fn apply(db: &mut Object, step: &Step, position: usize, at: Timestamp) -> Result<bool, OpenFault> {
    let transaction = alone(db).await?;
    if own_steps(&transaction).await?.len() > position {
        return Ok(false);
    }
    transaction
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS countersign_migrations (
                 id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
                 name text NOT NULL UNIQUE,
                 checksum text NOT NULL,
                 applied_at bigint NOT NULL
             )",
        )
        .await?;
    transaction.batch_execute(step.sql).await?;
    let write = "INSERT INTO countersign_migrations (name, checksum, applied_at) VALUES ($1, $2, $3)";
    transaction.execute(write, &[&step.name, &step.checksum(), &at.as_microsecond()]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The names of the steps that were applied. Errs where they are not the first of ours.
pub(super) async fn own_steps(db: &impl GenericClient) -> Result<Vec<String>, OpenFault> {
    if !has_table(db, "countersign_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = db.query("SELECT name, checksum FROM countersign_migrations ORDER BY id", &[]).await?;
    steps::known(STEPS, rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The names of the steps that are still to be applied.
pub(super) fn pending_steps(applied: usize) -> Vec<String> {
    steps::pending(STEPS, applied)
}

/// Whether what is needed of others is there.
pub(super) async fn usable(db: &impl GenericClient, options: &Options) -> Result<(), OpenFault> {
    own_steps(db).await?;
    if is_empty(db).await? {
        return Err(OpenFault::Missing);
    }
    key_type(db, &options.users).await?;
    for (is_used, app) in [(options.blacklist, SIMPLE_JWT_APP), (options.jwt_blacklist, DRF_JWT_APP)] {
        if is_used && let Some(table) = missing_table(db, app.tables).await? {
            return Err(OpenFault::NoBlacklist { table: table.to_owned() });
        }
    }
    Ok(())
}
