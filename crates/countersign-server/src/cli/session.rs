//! `countersign session`

mod list;
mod revoke;

use super::{Common, Failure, Output};
use crate::config::Config;
use crate::database::{self, Database};
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::store::{SessionList, SessionListing};
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

/// How many rows are looked at in one act.
const BUDGET: u32 = 10_000;

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

    /// A page of the sessions that are not over, however many lie between them that are.
    fn page(&self, user: Option<&UserId>, after: Option<&str>, limit: u32) -> Result<SessionList, Failure> {
        let rules = self.config.sessions.rules();
        let mut page = SessionList { next: after.map(str::to_owned), ..SessionList::default() };
        loop {
            let sought = SessionListing {
                user,
                after: page.next.as_deref(),
                limit: limit - u32::try_from(page.sessions.len()).unwrap_or(limit),
                budget: BUDGET,
                at: self.now,
                limits: rules.limits,
                tied_to_password: rules.end_on_password_change,
            };
            let found = database::wait(self.database.store.list_sessions(sought))?;
            page.sessions.extend(found.sessions);
            page.next = found.next;
            if !found.is_cut_short {
                return Ok(page);
            }
        }
    }
}
