//! `countersign audit`, and how commands write down what they do.

use super::page::plain;
use super::{Common, Failure, Output};
use crate::config::value::parse_duration;
use crate::database::{self, Database};
use clap::Args;
use countersign_core::admin::{Clerk, Deed, Performer, audited as written_down};
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::event::Origin;
use countersign_core::store::{Actor, AuditOutcome, AuditQuery, AuditRecord, StoreError, UserChange};
use countersign_core::user::{User, UserId};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lines that are read at once.
const BATCH: u32 = 1000;

/// Show what administrators did: who, when, from where, before and after
#[derive(Debug, Args)]
#[command(after_help = "\
Every act of the admin pages and of these commands. The latest comes first; with --json each line is an object. A line \
without an outcome is of an act that was begun and whose end nobody wrote down.

Examples:
  countersign audit --since 1d
  countersign audit --json --since 2026-11-01T00:00:00Z > audit.jsonl
  countersign audit --act \"user delete\"")]
pub(super) struct Audit {
    /// Only since then: a duration such as 1h30m or 7d, or an instant
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only this act: "user disable"
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Only by somebody of this name
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// At most so many lines
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    limit: u32,
}

impl Audit {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let now = SystemClock.now();
        let since = self.since.as_deref().map(|text| since(text, now)).transpose()?;
        let database = database::open(&config, now)?;
        let mut query = AuditQuery {
            since,
            act: self.act.as_deref(),
            actor: self.by.as_deref(),
            ..AuditQuery::default()
        };
        let mut left = self.limit;
        while left > 0 {
            query.limit = left.min(BATCH);
            let lines = database::wait(database.admin.trail.read_audit(query))?;
            let Some(last) = lines.last() else { break };
            query.before = Some(last.id);
            left -= u32::try_from(lines.len()).unwrap_or(left).min(left);
            for line in &lines {
                output.text(&if output.is_json() { to_json(line).to_string() } else { to_text(line) })?;
            }
        }
        Ok(())
    }
}

fn since(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Some(ago) = parse_duration(text) {
        return Ok(now.saturating_sub(ago).unwrap_or(Timestamp::MIN));
    }
    text.parse().map_err(|_| {
        Failure::Refused(format!(
            "--since {text:?} is neither a duration nor an instant\n    write 1h30m, 7d or 2026-11-01T00:00:00Z"
        ))
    })
}

/// A line of the trail for machines.
pub(crate) fn to_json(line: &AuditRecord) -> Value {
    let id = |id: &Option<UserId>| id.as_ref().map(super::user::id_to_json);
    let object = |text: &Option<String>| {
        text.as_deref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
    };
    json!({
        "id": line.id,
        "at": line.at.to_string(),
        "act": line.act,
        "outcome": line.outcome.map(AuditOutcome::word),
        "by": { "kind": line.actor_kind, "id": id(&line.actor_id), "name": line.actor },
        "address": line.address,
        "user_agent": line.user_agent,
        "subject": { "id": id(&line.subject), "name": line.subject_name },
        "before": object(&line.before),
        "after": object(&line.after),
    })
}

fn to_text(line: &AuditRecord) -> String {
    let outcome = line.outcome.map_or("end unknown", AuditOutcome::word);
    let who = if line.actor.is_empty() { &line.actor_kind } else { &line.actor };
    let from = line.address.as_deref().unwrap_or(&line.actor_kind);
    let mut text = format!(
        "{}  {:<14} {:<12} {} by {} from {}",
        line.at.strftime("%Y-%m-%d %H:%M:%S"),
        line.act,
        outcome,
        plain(&line.subject_name),
        plain(who),
        plain(from)
    );
    if let (Some(before), Some(after)) = (&line.before, &line.after) {
        let _ = write!(text, "  {} -> {}", plain(before), plain(after));
    }
    text
}

/// Whoever runs this command.
fn performer() -> Performer<'static> {
    let account = format!("uid {}", rustix::process::getuid().as_raw());
    Performer { actor: Actor::CommandLine { account }, origin: Origin::default(), at: SystemClock.now() }
}

/// Does an act and writes it down.
pub(super) async fn audited<T>(
    database: &Database,
    deed: Deed,
    act: impl Future<Output = Result<(AuditOutcome, T), StoreError>>,
) -> Result<T, StoreError> {
    written_down(&*database.admin.trail, &performer(), deed, act).await
}

/// Who does acts on users for this command.
pub(super) fn clerk(database: &Database) -> Clerk<'_> {
    let admin = &database.admin;
    let (users, directory, trail) = (&*database.users, &*admin.directory, &*admin.trail);
    Clerk { users, directory, trail, performer: performer() }
}

/// Changes a user, and writes it down. Says whether there is one.
pub(super) async fn update(
    database: &Database,
    user: &User,
    change: UserChange<'_>,
) -> Result<bool, StoreError> {
    match change {
        UserChange { password: Some(encoded), keeps_sessions, .. } => {
            clerk(database).set_password(user, encoded, keeps_sessions).await
        }
        UserChange { is_active: Some(is_active), .. } => clerk(database).set_active(user, is_active).await,
        _ => database.users.update(&user.id, change, SystemClock.now()).await,
    }
}
