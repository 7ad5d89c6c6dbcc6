//! `countersign session revoke`

use super::Place;
use crate::cli::audit::audited;
use crate::cli::user::find;
use crate::cli::{Failure, Output, prompt};
use crate::database;
use clap::{ArgGroup, Args};
use countersign_core::admin::{Revoked, revocation};
use countersign_core::sessions::end_everything;
use countersign_core::store::{AuditOutcome, EndedSessions, Ending};
use countersign_core::user::UserKey;
use serde_json::json;

/// End a session, those of a user, or all
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["id", "user", "all"]))]
#[command(after_help = "\
Their refresh tokens are refused from now on, here and by a Django beside us. Access tokens that are out are good \
until their end, unless [sessions] check_access_tokens = true.

--all also draws a line: whatever was issued before it is dead, known or not. Run it after an older copy of the \
database was put back, so that nothing that was revoked since then comes to life again.

On a terminal you are asked first.

Examples:
  countersign session revoke 0123456789abcdef0123456789abcdef
  countersign session revoke --user alice
  countersign session revoke --user alice --others-than 0123456789abcdef0123456789abcdef
  countersign session revoke --all --yes")]
pub(in crate::cli) struct Revoke {
    /// The session of this id
    id: Option<String>,
    /// Every session of this user: the username, else the id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// All of the user's but this one
    #[arg(long, value_name = "ID", requires = "user", conflicts_with_all = ["all", "id"])]
    others_than: Option<String>,
    /// Every session of everybody, and every other token that is out
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Those of a user end in one act, whatever this is.
const BATCH: u32 = 1000;

impl Revoke {
    pub(super) fn run(&self, place: &Place, output: &Output) -> Result<(), Failure> {
        let ended = match (&self.id, &self.user) {
            (Some(id), _) => self.one(place, id)?,
            (None, Some(user)) => self.of(place, user)?,
            (None, None) => self.everything(place, output)?,
        };
        if output.is_json() {
            return output.json(&json!({ "sessions": ended.sessions, "tokens": ended.tokens }));
        }
        output.text(&summary(ended))
    }

    fn one(&self, place: &Place, id: &str) -> Result<EndedSessions, Failure> {
        self.ask("End this session?")?;
        if Self::end(place, id)? {
            return Ok(EndedSessions { sessions: 1, ..EndedSessions::default() });
        }
        Err(Failure::Refused(format!(
            "there is no session {id:?} that has not ended; `countersign session list` shows which there are"
        )))
    }

    /// Ends a session, and writes it down, if there is one. Says whether it had not ended.
    fn end(place: &Place, id: &str) -> Result<bool, Failure> {
        let (store, users) = (&*place.database.store, &*place.database.users);
        let Some(session) = database::wait(store.find_session(id))? else { return Ok(false) };
        let owner = match &session.user {
            Some(user) => {
                database::wait(users.find_by_key(UserKey { field: "id", value: &user.to_string() }))?
            }
            None => None,
        };
        Ok(database::wait(audited(&place.database, revocation(owner.as_deref(), Revoked::One(id)), async {
            let ended = store.end_session(id, None, place.now).await?;
            Ok((if ended { AuditOutcome::Done } else { AuditOutcome::Refused }, ended))
        }))?)
    }

    fn of(&self, place: &Place, name: &str) -> Result<EndedSessions, Failure> {
        let user = database::wait(find(&*place.database.users, name))?;
        let which = match &self.others_than {
            None => Ending::Of(&user.id),
            Some(but) => {
                let stays = database::wait(place.database.store.find_session(but))?;
                if stays.is_none_or(|session| session.user.as_ref() != Some(&user.id)) {
                    return Err(Failure::Refused(format!("{} has no session {but:?}", user.username)));
                }
                Ending::Others { user: &user.id, but }
            }
        };
        let others = if self.others_than.is_some() { "other " } else { "" };
        self.ask(&format!("End all {others}sessions of {}?", user.username))?;
        let revoked = self.others_than.as_deref().map_or(Revoked::All, Revoked::AllBut);
        Ok(database::wait(audited(&place.database, revocation(Some(&user), revoked), async {
            Ok((AuditOutcome::Done, place.database.store.end_sessions(which, place.now, BATCH).await?))
        }))?)
    }

    fn everything(&self, place: &Place, output: &Output) -> Result<EndedSessions, Failure> {
        self.ask("End every session of everybody?")?;
        let store = &*place.database.store;
        let ended = database::wait(audited(&place.database, revocation(None, Revoked::All), async {
            let told =
                |ended: EndedSessions| output.progress(&format!("ended {} sessions so far", ended.sessions));
            Ok((AuditOutcome::Done, end_everything(store, place.now, told).await?))
        }))?;
        output.progress("");
        Ok(ended)
    }

    fn ask(&self, question: &str) -> Result<(), Failure> {
        if !self.yes && prompt::is_possible() && !prompt::confirm(question)? {
            return Err(Failure::Refused("nothing was ended".to_owned()));
        }
        Ok(())
    }
}

fn summary(ended: EndedSessions) -> String {
    let count =
        |number: u64, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    match ended {
        EndedSessions { sessions, tokens: 0, .. } => format!("ended {}", count(sessions, "session")),
        EndedSessions { sessions, tokens, .. } => {
            format!("ended {} and {} without one", count(sessions, "session"), count(tokens, "token"))
        }
    }
}
