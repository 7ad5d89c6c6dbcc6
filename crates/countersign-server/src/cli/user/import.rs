//! `countersign user import`

mod csv;
mod json;
mod keycloak;
mod report;
mod row;

use self::report::{Deed, Report};
use self::row::{Problem, Row};
use super::add::lost;
use crate::cli::{Common, Failure, Output, audit};
use crate::database::{self, Database};
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::password::{Foreign, Hashers, Judgement};
use countersign_core::random::SystemRandom;
use countersign_core::store::{AddOutcome, StoreError, UserChange};
use countersign_core::user::{NewUser, User};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::Poll;

/// Take over users with their password hashes
#[derive(Debug, Args)]
#[command(after_help = "\
FILE.csv has a first line with names of columns, FILE.jsonl one object a line, with Django's names: username, email, \
first_name, last_name, is_active, is_staff, is_superuser, password, date_joined, last_login. Only username has to be \
there; password is the stored hash, as the old software has it. FILE.json is Keycloak's export of a realm.

Users who exist are left alone, so that an import that was interrupted can be run again. docs/import.md says which \
hashes are known.

Exit code 1 says that rows were refused or hold a password hash that can never verify.

Examples:
  countersign user import users.csv --dry-run     what would happen, and which passwords are lost
  countersign user import users.csv
  countersign user import realm.json --json       the same for a script")]
pub(in crate::cli) struct Import {
    /// The users: .csv, .jsonl or .json
    file: PathBuf,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Give users who exist the hash that the file has, and its `is_active`
    #[arg(long)]
    update: bool,
}

/// Rows that are added together, in one transaction where the database can.
const BATCH: usize = 256;

/// The longest hash that Django's column holds.
const LONGEST_HASH: usize = 128;

type Rows = Box<dyn Iterator<Item = Result<Row, Problem>>>;

impl Import {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let now = SystemClock.now();
        let database = database::open(&config, now)?;
        let importer = Importer {
            hashers: Hashers::new(&config.passwords.rules()),
            database,
            now,
            dry_run: self.dry_run,
            update: self.update,
        };
        let mut report = Report::new(self.dry_run);
        let mut seen = HashSet::new();
        let mut rows = read(&self.file, output)?;
        loop {
            let batch: Vec<_> = rows.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            database::wait(importer.batch(batch, &mut seen, &mut report, output))?;
            output.progress(&format!("{} rows", report.rows()));
        }
        output.progress("");
        report.print(output)?;
        if report.is_clean() { Ok(()) } else { Err(Failure::No) }
    }
}

/// The rows of a file, by what its name says it is.
fn read(path: &Path, output: &Output) -> Result<Rows, Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("csv") => csv::read(path, output),
        Some("jsonl" | "ndjson") => json::read(path, output),
        Some("json") => keycloak::read(path),
        _ => Err(Failure::Refused(format!(
            "{} is called neither .csv, .jsonl nor .json, so what is in it is not known",
            path.display()
        ))),
    }
}

/// A user being added.
type Adding<'a> = Pin<Box<dyn Future<Output = Result<AddOutcome, StoreError>> + 'a>>;

/// Puts rows into the database, or says what that would do.
struct Importer {
    hashers: Hashers,
    database: Database,
    now: Timestamp,
    dry_run: bool,
    update: bool,
}

/// A row that can be stored.
struct Ready {
    line: u64,
    new: NewUser,
    judgement: Judgement,
}

impl Importer {
    async fn batch(
        &self,
        rows: Vec<Result<Row, Problem>>,
        seen: &mut HashSet<String>,
        report: &mut Report,
        output: &Output,
    ) -> Result<(), Failure> {
        let mut ready = Vec::new();
        for row in rows {
            match row.and_then(|row| self.ready(row)) {
                Ok(row) => ready.push(row),
                Err(problem) => report.refused(problem),
            }
        }
        let mut outcomes = self.foresee(&ready, seen).await?;
        if !self.dry_run {
            outcomes = self.add(&ready, outcomes).await?;
        }
        for (row, outcome) in ready.iter().zip(outcomes) {
            let deed = match outcome {
                AddOutcome::Added(added) => {
                    report.lost(lost(&row.new.user, &added), output);
                    Deed::Added
                }
                AddOutcome::UsernameTaken if self.update => self.updated(row).await?,
                AddOutcome::UsernameTaken => Deed::Exists,
            };
            report.done(row.line, &row.new.user.username, deed, row.judgement);
        }
        Ok(())
    }

    /// What adding would come to.
    async fn foresee(&self, ready: &[Ready], seen: &mut HashSet<String>) -> Result<Vec<AddOutcome>, Failure> {
        let mut outcomes = Vec::with_capacity(ready.len());
        for Ready { new, .. } in ready {
            let name = &new.user.username;
            let is_new =
                seen.insert(name.clone()) && self.database.users.find_by_username(name).await?.is_none();
            outcomes.push(if is_new {
                AddOutcome::Added(new.user.clone())
            } else {
                AddOutcome::UsernameTaken
            });
        }
        Ok(outcomes)
    }

    /// Adds those who are not there yet, each with its line in the audit trail.
    async fn add(&self, ready: &[Ready], foreseen: Vec<AddOutcome>) -> Result<Vec<AddOutcome>, Failure> {
        let clerk = audit::clerk(&self.database);
        let clerk = &clerk;
        let mut acts: Vec<Adding<'_>> = Vec::with_capacity(ready.len());
        for (row, foreseen) in ready.iter().zip(foreseen) {
            acts.push(Box::pin(async move {
                match foreseen {
                    AddOutcome::UsernameTaken => Ok(AddOutcome::UsernameTaken),
                    AddOutcome::Added(_) => clerk.add(&row.new).await,
                }
            }));
        }
        Ok(together(acts).await.into_iter().collect::<Result<_, _>>()?)
    }

    async fn updated(&self, row: &Ready) -> Result<Deed, Failure> {
        let user = &row.new.user;
        if self.dry_run {
            return Ok(Deed::Updated);
        }
        let Some(found) = self.database.users.find_by_username(&user.username).await? else {
            return Ok(Deed::Exists);
        };
        let password = UserChange { password: Some(&user.password), ..UserChange::default() };
        audit::update(&self.database, &found, password).await?;
        if found.is_active != user.is_active {
            let change = UserChange { is_active: Some(user.is_active), ..UserChange::default() };
            audit::update(&self.database, &found, change).await?;
        }
        Ok(Deed::Updated)
    }

    /// A row as it is stored. A text that is no hash is not stored: it may be a password.
    fn ready(&self, row: Row) -> Result<Ready, Problem> {
        let Row { line, user } = row;
        let judgement = self.hashers.judge(&user.password);
        let password = match judgement {
            Judgement::Unusable | Judgement::Unknown => Hashers::unusable(&SystemRandom),
            _ if user.password.len() <= LONGEST_HASH => user.password.clone(),
            _ => Foreign::cut(&user.password).filter(|cut| cut.len() <= LONGEST_HASH).ok_or_else(|| {
                let reason = format!("the hash has more than {LONGEST_HASH} characters");
                Problem::new(line, Some(user.username.clone()), reason)
            })?,
        };
        let date_joined = user.date_joined.or(Some(self.now));
        let user = User { password, date_joined, ..user };
        Ok(Ready { line, new: NewUser { user }, judgement })
    }
}

/// Waits for all of them, having begun all: what arrives together is committed together.
async fn together(mut acts: Vec<Adding<'_>>) -> Vec<Result<AddOutcome, StoreError>> {
    let mut outcomes: Vec<_> = acts.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut are_done = true;
        for (act, outcome) in acts.iter_mut().zip(&mut outcomes).filter(|(_, outcome)| outcome.is_none()) {
            match Pin::new(act).poll(context) {
                Poll::Ready(done) => *outcome = Some(done),
                Poll::Pending => are_done = false,
            }
        }
        if are_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}
