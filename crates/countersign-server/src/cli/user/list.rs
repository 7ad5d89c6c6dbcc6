//! `countersign user list`

use super::{find, to_json};
use crate::cli::page::plain;
use crate::cli::{Common, Failure, Output};
use crate::database;
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::store::Listing;
use countersign_core::user::User;
use std::sync::Arc;

/// List users, by ascending id
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign user list                          the first hundred
  countersign user list --search @example.com    those with that in their name or address
  countersign user list --limit 1000 --json      for a script")]
pub(in crate::cli) struct List {
    /// Only those whose username or mail address contains this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    limit: u32,
    /// Only those after this user, to go on with the next page
    #[arg(long, value_name = "USER")]
    after: Option<String>,
}

impl List {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let users = database::open(&config, SystemClock.now())?.users;
        let after = match &self.after {
            Some(name) => Some(database::wait(find(&*users, name))?.id.clone()),
            None => None,
        };
        // One more than is shown says whether there are more.
        let listing =
            Listing { search: self.search.as_deref(), after: after.as_ref(), limit: self.limit + 1 };
        let mut users = database::wait(users.list(listing))?;
        let more = users.len() > self.limit as usize;
        users.truncate(self.limit as usize);
        if output.is_json() {
            output.json(&users.iter().map(|user| to_json(user)).collect())?;
        } else if users.is_empty() {
            output.note("no user found");
        } else {
            output.text(&table(&users))?;
        }
        if let (true, Some(last)) = (more, users.last()) {
            output.note(&format!("there are more: --after {} shows the next, --limit more at once", last.id));
        }
        Ok(())
    }
}

const HEAD: [&str; 6] = ["ID", "USERNAME", "EMAIL", "ACTIVE", "ROLE", "LAST LOGIN"];

/// Columns as wide as their widest cell.
fn table(users: &[Arc<User>]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(users.iter().map(|user| row(user)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; HEAD.len()] = std::array::from_fn(width);
    let line = |row: &[String; HEAD.len()]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(user: &User) -> [String; HEAD.len()] {
    let role = match user {
        User { is_superuser: true, .. } => "superuser",
        User { is_staff: true, .. } => "staff",
        _ => "",
    };
    [
        plain(&user.id.to_string()),
        plain(&user.username),
        plain(&user.email),
        if user.is_active { "yes" } else { "no" }.to_owned(),
        role.to_owned(),
        user.last_login.map_or_else(|| "never".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string()),
    ]
}
