//! `countersign user password`, `disable`, `enable` and `delete`

use super::new_password::NewPassword;
use super::{find, id_to_json};
use crate::cli::{Common, Failure, Output, audit, prompt};
use crate::config::Config;
use crate::database::{self, Database};
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::password::UserAttributes;
use countersign_core::store::{Deletion, UserChange};
use countersign_core::user::User;
use serde_json::json;
use std::sync::Arc;

/// Set a user's password
#[derive(Debug, Args)]
#[command(after_help = "\
Asked for twice and not shown, unless a flag says otherwise. The user's sessions end, unless [sessions] \
end_on_password_change = false; access tokens that are out stay good until they end, unless [sessions] \
check_access_tokens or [simple_jwt] check_revoke_token says otherwise.

Examples:
  countersign user password alice
  countersign user password alice --generate")]
pub(in crate::cli) struct Password {
    /// The username, else the id
    user: String,
    #[command(flatten)]
    password: NewPassword,
}

/// Disable a user: no login, no new tokens
#[derive(Debug, Args)]
#[command(after_help = "\
The account stays as it is, so this can be taken back; the user's sessions end for good. Access tokens that are out \
are refused from now on wherever the user is looked at, unless [simple_jwt] check_user_is_active = false.

Examples:
  countersign user disable alice")]
pub(in crate::cli) struct Disable {
    /// The username, else the id
    user: String,
}

/// Enable a user who was disabled
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign user enable alice")]
pub(in crate::cli) struct Enable {
    /// The username, else the id
    user: String,
}

/// Delete a user for good
#[derive(Debug, Args)]
#[command(after_help = "\
As Django does it: memberships of groups go too, outstanding tokens stay, blacklisted, and belong to nobody. Where rows of other \
tables point at the user, nothing is deleted and the tables are named: what should become of those rows is for the \
project to say. `user disable` is almost always what is wanted.

On a terminal you are asked first.

Examples:
  countersign user delete alice
  countersign user delete alice --yes")]
pub(in crate::cli) struct Delete {
    /// The username, else the id
    user: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// The user that a command means, and where they are kept.
struct Found {
    config: Config,
    database: Database,
    user: Arc<User>,
}

impl Found {
    fn new(common: &Common, name: &str) -> Result<Self, Failure> {
        let config = common.layers().without_keys().load()?;
        let database = database::open(&config, SystemClock.now())?;
        let user = database::wait(find(&*database.users, name))?;
        Ok(Self { config, database, user })
    }

    fn update(&self, change: UserChange<'_>) -> Result<(), Failure> {
        if database::wait(audit::update(&self.database, &self.user, change))? {
            return Ok(());
        }
        Err(Failure::Refused(format!("the user {} is gone", self.user.username)))
    }

    fn to_json(&self, what: &str) -> serde_json::Value {
        json!({ "id": id_to_json(&self.user.id), "username": self.user.username, "done": what })
    }

    fn done(&self, what: &str, output: &Output) -> Result<(), Failure> {
        if output.is_json() {
            return output.json(&self.to_json(what));
        }
        output.text(&format!("user {} (id {}) {what}", self.user.username, self.user.id))
    }
}

impl Password {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let found = Found::new(common, &self.user)?;
        if prompt::is_possible() {
            output.note(&format!("changing the password of {} (id {})", found.user.username, found.user.id));
        }
        let chosen = self.password.choose(&found.config, &UserAttributes::from(&*found.user))?;
        let sessions = &found.config.sessions;
        let keeps_sessions = !sessions.end_on_password_change;
        found.update(UserChange {
            password: Some(&chosen.encoded),
            keeps_sessions,
            ..UserChange::default()
        })?;
        if !found.config.simple_jwt.check_revoke_token {
            output.note(match (sessions.end_on_password_change, sessions.check_access_tokens) {
                (true, true) => "every session of the user has ended",
                (true, false) => {
                    "every session of the user has ended; access tokens stay good until they end"
                }
                (false, _) => "tokens that are out stay good until they end",
            });
        }
        match chosen.generated {
            None => found.done("has a new password", output),
            Some(password) if output.is_json() => {
                let mut json = found.to_json("has a new password");
                json["password"] = password.into();
                output.json(&json)
            }
            Some(password) => {
                output.note(&format!(
                    "user {} (id {}) has a new password, shown this once",
                    found.user.username, found.user.id
                ));
                output.text(&password)
            }
        }
    }
}

impl Disable {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let found = Found::new(common, &self.user)?;
        found.update(UserChange { is_active: Some(false), ..UserChange::default() })?;
        if !found.config.simple_jwt.check_user_is_active {
            output.note("access tokens stay good: [simple_jwt] check_user_is_active is false");
        }
        found.done(if found.user.is_active { "disabled" } else { "was disabled before" }, output)
    }
}

impl Enable {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let found = Found::new(common, &self.user)?;
        found.update(UserChange { is_active: Some(true), ..UserChange::default() })?;
        found.done(if found.user.is_active { "was enabled before" } else { "enabled" }, output)
    }
}

impl Delete {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let found = Found::new(common, &self.user)?;
        let User { id, username, .. } = &*found.user;
        let question = format!("Delete the user {username} (id {id}) for good?");
        if !self.yes && prompt::is_possible() && !prompt::confirm(&question)? {
            return Err(Failure::Refused("not deleted".to_owned()));
        }
        match database::wait(audit::clerk(&found.database).delete(&found.user))? {
            Deletion::Deleted => found.done("deleted", output),
            Deletion::Unknown => Err(Failure::Refused(format!("the user {username} is gone already"))),
            Deletion::Referenced { tables } => Err(Failure::Refused(format!(
                "not deleted: rows of {} point at {username} (id {id})\n    delete those first, in Django or by \
                 hand, or disable the account with `countersign user disable {username}`",
                tables.join(", ")
            ))),
        }
    }
}
