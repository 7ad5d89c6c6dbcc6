//! `countersign session list`

use super::Place;
use crate::cli::page::plain;
use crate::cli::user::{find, id_to_json};
use crate::cli::{Failure, Output};
use crate::database;
use clap::Args;
use countersign_core::clock::{Timestamp, isoformat};
use countersign_core::store::{Session, SessionList};
use serde_json::{Value, json};

/// List sessions that are not over, by ascending id
#[derive(Debug, Args)]
#[command(after_help = "\
An id is no token and opens nothing. Where refresh tokens do not rotate, the last use is right to the minute.

Examples:
  countersign session list                     the first hundred
  countersign session list --user alice        hers
  countersign session list --limit 1000 --json for a script")]
pub(in crate::cli) struct List {
    /// Only this user's: the username, else the id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    limit: u32,
    /// Only those after this session, to go on with the next page
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

impl List {
    pub(super) fn run(&self, place: &Place, output: &Output) -> Result<(), Failure> {
        let user = match &self.user {
            Some(name) => Some(database::wait(find(&*place.database.users, name))?.id.clone()),
            None => None,
        };
        let SessionList { sessions, next, .. } =
            place.page(user.as_ref(), self.after.as_deref(), self.limit)?;
        let end = |session: &Session| end(place, session);
        if output.is_json() {
            output.json(&sessions.iter().map(|session| to_json(session, end(session))).collect())?;
        } else if sessions.is_empty() {
            output.note("no session found");
        } else {
            output.text(&table(sessions.iter().map(|session| row(session, end(session)))))?;
        }
        if let Some(last) = next {
            output.note(&format!("there are more: --after {last} shows the next, --limit more at once"));
        }
        Ok(())
    }
}

/// When a session is over unless it is used before: the earliest of its ends.
fn end(place: &Place, session: &Session) -> Timestamp {
    let limits = place.config.sessions.rules().limits;
    limits
        .end(session.created_at, session.used_at)
        .map_or(session.expires_at, |end| end.min(session.expires_at))
}

fn to_json(session: &Session, end: Timestamp) -> Value {
    json!({
        "id": session.id,
        "user": session.user.as_ref().map(id_to_json),
        "created_at": isoformat(session.created_at),
        "last_used_at": isoformat(session.used_at),
        "ends_at": isoformat(end),
        "address": session.address.map(|address| address.to_string()),
        "user_agent": session.user_agent,
    })
}

const HEAD: [&str; 7] = ["ID", "USER", "CREATED", "LAST USED", "ENDS", "ADDRESS", "USER AGENT"];

/// Columns as wide as their widest cell.
fn table(rows: impl Iterator<Item = [String; HEAD.len()]>) -> String {
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; HEAD.len()] = std::array::from_fn(width);
    let line = |row: &[String; HEAD.len()]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(session: &Session, end: Timestamp) -> [String; HEAD.len()] {
    let moment = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    [
        plain(&session.id),
        session.user.as_ref().map_or_else(|| "nobody".to_owned(), |user| plain(&user.to_string())),
        moment(session.created_at),
        moment(session.used_at),
        moment(end),
        session.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
        session.user_agent.as_deref().map_or_else(String::new, plain),
    ]
}
