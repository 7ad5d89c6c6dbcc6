//! Making what is missing.
//!
//! Each step is one transaction, so that a run that was interrupted goes on where it stood, and two runs at once
//! wait for each other. A table that is there is never altered.

use super::file::{self, DatabaseFile, columns, has_table, journal_mode, make_ours};
use crate::datetime;
use crate::django::{App, DJANGO_MIGRATIONS, DJANGO_MODELS, VERBS, drf_jwt_app, simple_jwt_app};
use crate::error::{OpenError, OpenFault};
use crate::identifier::UserTable;
use crate::options::Options;
use crate::status::Migrated;
use crate::steps::{self, Step};
use countersign_core::clock::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::time::{Duration, Instant};

/// See [`Sqlite::migrate`](super::Sqlite::migrate).
pub(super) fn migrate(options: &Options, at: Timestamp) -> Result<Migrated, OpenError> {
    let run = || {
        let file = super::database_file(options)?;
        file.create()?;
        let mut db = connect(&file, options)?;
        let mut done = Vec::new();
        if is_empty(&db)? {
            if options.users != UserTable::default() {
                return Err(OpenFault::NoTable { table: options.users.table.as_str().to_owned() });
            }
            write_ahead(&db, options.busy_timeout)?;
            done.extend(make_django(&mut db, at)?);
        }
        if options.blacklist {
            done.extend(make(&mut db, &SIMPLE_JWT_APP, &options.users, at)?);
        }
        if options.jwt_blacklist {
            done.extend(make(&mut db, &DRF_JWT_APP, &options.users, at)?);
        }
        done.extend(make_own(&mut db, at)?);
        Ok(done)
    };
    run().map_err(|fault| OpenError::new(&options.url, fault))
}

fn is_empty(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)", [], |row| row.get(0))
}

/// Turns the write-ahead log on. SQLite does not wait for others here by itself.
pub(super) fn write_ahead(db: &Connection, patience: Duration) -> Result<(), OpenFault> {
    let begun = Instant::now();
    loop {
        match db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(_) => return Ok(()),
            Err(error) => {
                let fault = OpenFault::from(error);
                if fault != OpenFault::Locked || begun.elapsed() >= patience {
                    return Err(fault);
                }
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

const SIMPLE_JWT_APP: App = simple_jwt_app(include_str!("schema/token_blacklist.sql"));

const DRF_JWT_APP: App = drf_jwt_app(include_str!("schema/jwt_blacklist.sql"));

fn make_django(db: &mut Connection, at: Timestamp) -> Result<Option<String>, OpenFault> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !is_empty(&step)? {
        return Ok(None);
    }
    make_ours(&step)?;
    step.execute_batch(include_str!("schema/django.sql"))?;
    write_migrations(&step, &DJANGO_MIGRATIONS, at)?;
    write_models(&step, &DJANGO_MODELS)?;
    step.commit()?;
    Ok(Some("made the tables of Django's contenttypes and auth".to_owned()))
}

/// Makes the tables of an app, unless they are there. Where it is the user table of somebody else, the reference
/// points there, with the type of its key.
fn make(
    db: &mut Connection,
    app: &App,
    users: &UserTable,
    at: Timestamp,
) -> Result<Option<String>, OpenFault> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if missing_table(&step, app.tables)?.is_none() {
        return Ok(None);
    }
    let key = key_type(&step, users)?;
    let nulls = ["NULL", "NOT NULL"];
    let sql = nulls.iter().fold(app.sql.to_owned(), |sql, null| {
        sql.replace(
            &format!(r#""user_id" integer {null} REFERENCES "auth_user" ("id")"#),
            &format!(r#""user_id" {key} {null} REFERENCES {} ({})"#, users.table, users.id),
        )
    });
    step.execute_batch(&sql)?;
    if has_table(&step, "django_migrations")? {
        write_migrations(&step, app.migrations, at)?;
    }
    if has_table(&step, "django_content_type")? && has_table(&step, "auth_permission")? {
        write_models(&step, app.models)?;
    }
    step.commit()?;
    Ok(Some(app.done.to_owned()))
}

/// The first of these tables that is not there.
fn missing_table(db: &Connection, tables: &[&'static str]) -> rusqlite::Result<Option<&'static str>> {
    for table in tables {
        if !has_table(db, table)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

fn key_type(db: &Connection, users: &UserTable) -> Result<String, OpenFault> {
    let table = users.table.as_str().to_owned();
    let columns = columns(db, &table)?;
    if columns.is_empty() {
        return Err(OpenFault::NoTable { table });
    }
    let column = users.id.as_str();
    let found = columns.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
    // SQLite reports the types it knows in capitals; Django writes all in small letters.
    found
        .map(|(_, kind)| kind.to_ascii_lowercase())
        .ok_or_else(|| OpenFault::NoColumn { table, column: column.to_owned() })
}

fn write_migrations(step: &Transaction<'_>, names: &[(&str, &str)], at: Timestamp) -> rusqlite::Result<()> {
    let sql = "INSERT INTO django_migrations (app, name, applied) SELECT ?1, ?2, ?3
               WHERE NOT EXISTS (SELECT 1 FROM django_migrations WHERE app = ?1 AND name = ?2)";
    let at = datetime::to_text(at);
    names.iter().try_for_each(|(app, name)| step.execute(sql, [app, name, &*at]).map(drop))
}

/// Content types and the four permissions of each, as `post_migrate` makes them.
fn write_models(step: &Transaction<'_>, models: &[(&str, &str, &str)]) -> rusqlite::Result<()> {
    let content_type =
        "INSERT INTO django_content_type (app_label, model) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    for (app, model, _) in models {
        step.execute(content_type, [app, model])?;
    }
    let permission = "INSERT INTO auth_permission (content_type_id, codename, name)
                      SELECT id, ?3, ?4 FROM django_content_type WHERE app_label = ?1 AND model = ?2
                      ON CONFLICT DO NOTHING";
    for (app, model, name) in models {
        for verb in VERBS {
            let (codename, name) = (format!("{verb}_{model}"), format!("Can {verb} {name}"));
            step.execute(permission, [app, model, &*codename, &*name])?;
        }
    }
    Ok(())
}

const STEPS: &[Step] = &[
    Step { name: "0001_families", sql: include_str!("schema/0001_families.sql") },
    Step { name: "0003_keys", sql: include_str!("schema/0003_keys.sql") },
    Step { name: "0004_audit", sql: include_str!("schema/0004_audit.sql") },
    Step { name: "0005_sessions", sql: include_str!("schema/0005_sessions.sql") },
    Step { name: "0006_order", sql: include_str!("schema/0006_order.sql") },
];

/// Applies the steps of our own tables that are missing.
pub(super) fn make_own(db: &mut Connection, at: Timestamp) -> Result<Option<String>, OpenFault> {
    let mut applied = Vec::new();
    for (position, step) in STEPS.iter().enumerate() {
        if own_steps(db)?.len() <= position && apply(db, step, position, at)? {
            applied.push(step.name);
        }
    }
    Ok((!applied.is_empty()).then(|| format!("applied {}", applied.join(", "))))
}

/// Applies one step, unless another run did so while this one waited. Says whether it was this one.
fn apply(db: &mut Connection, step: &Step, position: usize, at: Timestamp) -> Result<bool, OpenFault> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if own_steps(&transaction)?.len() > position {
        return Ok(false);
    }
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS countersign_migrations (
             id INTEGER NOT NULL PRIMARY KEY,
             name TEXT NOT NULL UNIQUE,
             checksum TEXT NOT NULL,
             applied_at INTEGER NOT NULL
         )",
    )?;
    transaction.execute_batch(step.sql)?;
    transaction.execute(
        "INSERT INTO countersign_migrations (name, checksum, applied_at) VALUES (?1, ?2, ?3)",
        (step.name, step.checksum(), at.as_microsecond()),
    )?;
    transaction.commit()?;
    Ok(true)
}

/// The names of the steps that were applied. Errs where they are not the first of ours.
pub(super) fn own_steps(db: &Connection) -> Result<Vec<String>, OpenFault> {
    if !has_table(db, "countersign_migrations")? {
        return Ok(Vec::new());
    }
    let mut query = db.prepare("SELECT name, checksum FROM countersign_migrations ORDER BY id")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let applied: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
    steps::known(STEPS, applied)
}

/// The names of the steps that are still to be applied.
pub(super) fn pending_steps(applied: usize) -> Vec<String> {
    steps::pending(STEPS, applied)
}

/// Where a file may not be written, SQLite opens it for reading and says nothing.
fn connect(file: &DatabaseFile, options: &Options) -> Result<Connection, OpenFault> {
    let db = file.connect(options.busy_timeout)?;
    if db.is_readonly("main")? { Err(OpenFault::ReadOnly) } else { Ok(db) }
}

/// Brings an open file to where it can be used: the journal of our own, our tables in anybody's.
pub(super) fn prepare(
    file: &DatabaseFile,
    options: &Options,
    at: Timestamp,
) -> Result<Connection, OpenFault> {
    let mut db = connect(file, options)?;
    usable(&db, options)?;
    if file::is_ours(&db)? && journal_mode(&db)? != "wal" {
        write_ahead(&db, options.busy_timeout)?;
    }
    if let Some(done) = make_own(&mut db, at)? {
        tracing::info!("{done}");
    }
    Ok(db)
}

/// Whether what is needed of others is there.
pub(super) fn usable(db: &Connection, options: &Options) -> Result<(), OpenFault> {
    own_steps(db)?;
    if is_empty(db)? {
        return Err(OpenFault::Missing);
    }
    key_type(db, &options.users)?;
    for (is_used, app) in [(options.blacklist, SIMPLE_JWT_APP), (options.jwt_blacklist, DRF_JWT_APP)] {
        if is_used && let Some(table) = missing_table(db, app.tables)? {
            return Err(OpenFault::NoBlacklist { table: table.to_owned() });
        }
    }
    Ok(())
}
