//! `countersign token issue`

use super::words;
use crate::cli::page::page;
use crate::cli::user::find;
use crate::cli::{Common, Failure, Output};
use crate::config::Config;
use crate::{app, database, keys};
use clap::{Args, ValueEnum};
use countersign_core::authority::{Authority, Trouble};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::event::Origin;
use countersign_core::json::{Object, Value};
use countersign_core::simple_jwt::{Issued, SimpleJwtRules, issue, issue_sliding, preview, preview_sliding};
use countersign_core::token::Token;
use countersign_core::user::User;

/// Issue tokens for a user, without a password
#[derive(Debug, Args)]
#[command(after_help = "\
They are made and written down as after a login, so refresh and sliding tokens can be revoked. A user who is not \
active gets none.

Examples:
  countersign token issue alice                    refresh and access token
  curl -H \"Authorization: Bearer $(countersign token issue alice --kind access)\" http://127.0.0.1:8000/hello/
  countersign token issue alice --preview          what they would say; issues nothing")]
pub(in crate::cli) struct Issue {
    /// The username, else the id
    user: String,
    /// Only this kind, and nothing else on standard output
    #[arg(long)]
    kind: Option<Kind>,
    /// Show the claims that the tokens would have, and issue nothing
    #[arg(long)]
    preview: bool,
}

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Gives new access tokens
    Refresh,
    /// Authenticates requests; nothing is written down
    Access,
    /// Does both
    Sliding,
}

impl Issue {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().load()?;
        let now = SystemClock.now();
        let database = database::open(&config, now)?;
        let records = database::wait(database.keys.keys())?;
        let rings = keys::rings(&config, &records.keys, now)?;
        let (Some(tokens), true) = (app::tokens(&config, &rings), config.simple_jwt.enabled) else {
            return Err(Failure::Refused(
                "[simple_jwt] is switched off: nobody would accept them".to_owned(),
            ));
        };
        if tokens.keys().signing().is_none() {
            return Err(Failure::Refused(
                "there is no key that signs: [simple_jwt] has a verifying_key alone".to_owned(),
            ));
        }
        let rules = SimpleJwtRules { tokens, passwords: config.passwords.rules() };
        let authority = app::authority(&config, &database, || None)
            .map_err(Failure::io("cannot start the threads that hash"))?;
        let user = database::wait(find(&*authority.users, &self.user))?;
        if self.preview {
            return self.preview(&authority, &rules, &user, output);
        }
        if !may_log_in(&user, &config) {
            return Err(Failure::Refused(format!(
                "{} is not active; `countersign user enable {}` changes that",
                user.username, user.username
            )));
        }
        let tokens = database::wait(self.issue(&authority, &rules, &user))?;
        match tokens.as_slice() {
            _ if output.is_json() => {
                let pairs = tokens.iter().map(|(name, token)| (*name, Value::from(token.as_str())));
                output.text(&words::json(&pairs.collect()))
            }
            [(_, token)] => output.text(token),
            tokens => output.text(&page(tokens)),
        }
    }

    /// The tokens that are asked for, by their names in the answers of a server.
    async fn issue(
        &self,
        authority: &Authority,
        rules: &SimpleJwtRules,
        user: &User,
    ) -> Result<Vec<(&'static str, String)>, Trouble> {
        Ok(match self.kind {
            None => {
                let Issued { refresh, access } = issue(authority, rules, user, Origin::default()).await?;
                vec![("refresh", refresh), ("access", access)]
            }
            Some(Kind::Refresh) => {
                vec![("refresh", issue(authority, rules, user, Origin::default()).await?.refresh)]
            }
            Some(Kind::Access) => {
                let claims = preview(authority, rules, user).await?.access;
                vec![("access", rules.tokens.encode(&Token::from(claims)))]
            }
            Some(Kind::Sliding) => {
                vec![("token", issue_sliding(authority, rules, user, Origin::default()).await?)]
            }
        })
    }

    fn preview(
        &self,
        authority: &Authority,
        rules: &SimpleJwtRules,
        user: &User,
        output: &Output,
    ) -> Result<(), Failure> {
        if !user.is_active {
            output.note(&format!("{} is not active and would get none", user.username));
        }
        let claims = if self.kind == Some(Kind::Sliding) {
            vec![("token", database::wait(preview_sliding(authority, rules, user))?)]
        } else {
            let pair = database::wait(preview(authority, rules, user))?;
            let is_wanted = |kind| self.kind.is_none_or(|wanted| wanted == kind);
            [(Kind::Refresh, "refresh", pair.refresh), (Kind::Access, "access", pair.access)]
                .into_iter()
                .filter(|(kind, ..)| is_wanted(*kind))
                .map(|(_, name, claims)| (name, claims))
                .collect()
        };
        if output.is_json() {
            let objects: Object =
                claims.into_iter().map(|(name, claims)| (name, Value::from(claims))).collect();
            return output.text(&words::json(&objects));
        }
        let pairs: Vec<_> = claims.iter().map(|(name, claims)| (*name, words::json(claims))).collect();
        output.text(&page(&pairs))
    }
}

/// Whether a login with the right password would give this user tokens.
fn may_log_in(user: &User, config: &Config) -> bool {
    user.is_active || (config.passwords.allow_inactive && !config.simple_jwt.check_user_is_active)
}
