//! `countersign session`

mod list;
mod revoke;

use super::{Common, Failure, Output};
use crate::config::Config;
use crate::database::{self, Database};
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::store::{Session, SessionListing};
use countersign_core::user::UserId;

/// Lists and ends sessions.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Sessions {
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Sessions {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let place = Place::open(common)?;
        match self {
            Self::List(command) => command.run(&place, output),
            Self::Revoke(command) => command.run(&place, output),
        }
    }
}

/// Where sessions are, and since when this command runs.
struct Place {
    config: Config,
    database: Database,
    now: Timestamp,
}

impl Place {
    fn open(common: &Common) -> Result<Self, Failure> {
        let config = common.layers().without_keys().load()?;
        if !config.blacklist.enabled {
            return Err(Failure::Refused(
                "there are no sessions: [blacklist] enabled = false keeps no refresh tokens".to_owned(),
            ));
        }
        let now = SystemClock.now();
        let database = database::open(&config, now)?;
        Ok(Self { config, database, now })
    }

    /// A page of the sessions that are not over.
    fn page(&self, user: Option<&UserId>, after: Option<&str>, limit: u32) -> Result<Vec<Session>, Failure> {
        let rules = self.config.sessions.rules();
        Ok(database::wait(self.database.store.list_sessions(SessionListing {
            user,
            after,
            limit,
            at: self.now,
            limits: rules.limits,
            tied_to_password: rules.end_on_password_change,
        }))?)
    }
}
