//! `countersign db`

use super::page::page;
use super::{Common, Failure, Output};
use crate::config::Config;
use crate::database;
use crate::purge::{Rounds, kept_of_drf_jwt};
use clap::{Args, Subcommand};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::store::Purged;
use countersign_store::{OpenFault, Status, TableStatus};
use serde_json::json;

/// Makes, shows and cleans the database.
#[derive(Debug, Subcommand)]
pub(super) enum Db {
    Migrate(Migrate),
    /// Say how the database stands: its tables with their rows, and what is missing
    #[command(after_help = "\
Changes nothing. Exit code 0 also where tables are missing; `db migrate --check` answers with its exit code.

Examples:
  countersign db status            what is there
  countersign db status --json     the same for a script")]
    Status,
    Purge(Purge),
}

/// Make what is missing: the file, Django's tables in an empty file, the blacklist's, our own
#[derive(Debug, Args)]
#[command(after_help = "\
A table that is there is never altered, and nothing of a Django project is: of its database only the tables of \
the blacklist are made where they are missing, exactly as simplejwt's migrations make them, and a few of our \
own, whose names begin with countersign_. Run it as often as you like.

Examples:
  countersign db migrate            make what is missing
  countersign db migrate --check    make nothing; exit code 1 if something is missing")]
pub(super) struct Migrate {
    /// Make nothing; exit with 1 if something is missing
    #[arg(long)]
    check: bool,
    /// Nothing is ever asked here; Django's scripts pass this
    #[arg(long, alias = "no-input", hide = true)]
    noinput: bool,
}

/// Remove the tokens that have ended, with their blacklist entries
#[derive(Debug, Args)]
#[command(after_help = "\
Ended tokens are refused for their end, so nothing is lost with them. `serve` does it by \
itself, as [sessions] purge_interval says; other programs can go on working meanwhile.

Examples:
  countersign db purge              remove what has ended
  countersign db purge --json       the same, and print the numbers for a script")]
pub(super) struct Purge {
    /// How many rows to remove at a time, before others may write
    #[arg(long, value_name = "ROWS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
}

impl Db {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Migrate(migrate) => migrate.run(common, output),
            Self::Status => status(common, output),
            Self::Purge(purge) => purge.run(common, output),
        }
    }
}

impl Migrate {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        if self.check {
            return check(&config, output);
        }
        let done = database::migrate(&config, SystemClock.now())?;
        if output.is_json() {
            return output.json(&json!({ "database": config.top.database.to_string(), "done": done }));
        }
        match done.as_slice() {
            [] => output.text(&format!("{}: nothing was missing", &config.top.database)),
            done => output.text(&format!("{}: {}", &config.top.database, done.join("; "))),
        }
    }
}

/// Says what `migrate` would make, and whether that is anything.
fn check(config: &Config, output: &Output) -> Result<(), Failure> {
    let missing = match database::status(config) {
        Ok(status) => missing(&status),
        Err(error) if *error.fault() == OpenFault::Missing => vec!["the database".to_owned()],
        Err(error) => return Err(error.into()),
    };
    if output.is_json() {
        output.json(&json!({ "database": config.top.database.to_string(), "missing": missing }))?;
    } else if missing.is_empty() {
        output.text(&format!("{}: nothing is missing", &config.top.database))?;
    } else {
        output.text(&format!("{}: missing: {}", &config.top.database, missing.join(", ")))?;
    }
    if missing.is_empty() { Ok(()) } else { Err(Failure::No) }
}

/// The tables and our own steps that are not there.
fn missing(status: &Status) -> Vec<String> {
    let tables = status.tables.iter().filter(|table| table.rows.is_none()).map(|table| &table.name);
    let steps = status.pending.iter();
    // A pending step makes our own tables, and says so better.
    tables.filter(|name| !name.starts_with("countersign_")).chain(steps).cloned().collect()
}

fn status(common: &Common, output: &Output) -> Result<(), Failure> {
    let config = common.layers().without_keys().load()?;
    let status = database::status(&config)?;
    if output.is_json() {
        return output.json(&to_json(&config, &status));
    }
    output.text(&described(&config, &status))
}

fn to_json(config: &Config, status: &Status) -> serde_json::Value {
    let tables = status.tables.iter().map(|table| (table.name.clone(), json!(table.rows)));
    let mut json = json!({
        "database": config.top.database.to_string(),
        "made_by": made_by(status),
        "journal_mode": status.engine.journal_mode(),
        "tables": tables.collect::<serde_json::Map<_, _>>(),
        "applied": status.applied,
        "missing": missing(status),
        "django_migrations": status.django_migrations,
    });
    json[status.engine.name().to_ascii_lowercase()] = status.engine.version().into();
    json
}

fn described(config: &Config, status: &Status) -> String {
    let missing = missing(status);
    page(&[
        ("database", format!("{}, made by {}", &config.top.database, made_by(status))),
        ("engine", status.engine.to_string()),
        ("tables", tables(&status.tables)),
        (
            "missing",
            match missing.as_slice() {
                [] => "nothing".to_owned(),
                missing => format!("{}: run `countersign db migrate`", missing.join(", ")),
            },
        ),
    ])
}

fn tables(tables: &[TableStatus]) -> String {
    let width = tables.iter().map(|table| table.name.len()).max().unwrap_or(0);
    let line = |TableStatus { name, rows }: &TableStatus| {
        let rows = match rows {
            Some(1) => "1 row".to_owned(),
            Some(rows) => format!("{rows} rows"),
            None => "missing".to_owned(),
        };
        format!("{name:<width$}  {rows}")
    };
    tables.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn made_by(status: &Status) -> &'static str {
    match (status.ours, status.django_migrations.is_empty()) {
        (true, _) => "countersign",
        (false, false) => "Django",
        (false, true) => "another program",
    }
}

impl Purge {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let now = SystemClock.now();
        let database = database::open(&config, now)?;
        let mut total = Purged::default();
        let mut rounds = Rounds::new(&database, kept_of_drf_jwt(&config), now, self.batch);
        while let Some(removed) = database::wait(rounds.next())? {
            total.outstanding += removed.outstanding;
            total.own += removed.own;
            output.progress(&format!("removed {} tokens so far", total.outstanding));
        }
        output.progress("");
        if output.is_json() {
            return output.json(&json!({ "outstanding": total.outstanding, "own": total.own }));
        }
        output.text(&summary(total))
    }
}

fn summary(total: Purged) -> String {
    match (total.outstanding, total.own) {
        (0, 0) => "no token had ended".to_owned(),
        (1, own) => format!("removed 1 token that had ended, and {own} rows of our own tables"),
        (tokens, own) => format!("removed {tokens} tokens that had ended, and {own} rows of our own tables"),
    }
}
