//! `countersign token revoke`

use super::{text, words};
use crate::cli::{Common, Failure, Output, audit};
use crate::config::Config;
use crate::{app, database, keys};
use clap::Args;
use countersign_core::admin::Deed;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::explain::explain;
use countersign_core::store::{AuditOutcome, Blacklisting, Users};
use countersign_core::token::{Bearer, TokenClass, TokenError, Tokens};
use countersign_core::user::UserKey;
use serde_json::json;

/// End a refresh or sliding token before its time
#[derive(Debug, Args)]
#[command(after_help = "\
The token goes on the blacklist, as with a logout, and every token that came of the same login ends with it. Access \
tokens are written down nowhere and end by themselves; `countersign user disable` stops them where users are looked at.

Examples:
  countersign token revoke - < token.txt
  countersign token revoke --jti 5c1d0e6a1cf14c0e8c7f0d8f1e5a2b3c     as a log or the admin shows it")]
pub(in crate::cli) struct Revoke {
    /// The token, or - to read it from standard input
    #[arg(required_unless_present = "jti")]
    token: Option<String>,
    /// The id of a token that was written down, in place of the token
    #[arg(long, value_name = "ID", conflicts_with = "token")]
    jti: Option<String>,
}

impl Revoke {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let layers = common.layers();
        let config = if self.jti.is_some() { layers.without_keys().load()? } else { layers.load()? };
        if !config.blacklist.enabled {
            return Err(Failure::Refused(
                "[blacklist] enabled is false: tokens are not written down, and cannot be revoked".to_owned(),
            ));
        }
        let now = SystemClock.now();
        let (jti, done) = match (&self.jti, &self.token) {
            (Some(jti), _) => by_id(jti, &config, now)?,
            (None, token) => by_token(token.as_deref().unwrap_or("-"), &config, now)?,
        };
        if output.is_json() {
            return output.json(&json!({ "jti": jti, "already": done == Blacklisting::Already }));
        }
        output.text(&match done {
            Blacklisting::Done => {
                format!("token {jti} is blacklisted, and every token of the same login has ended")
            }
            Blacklisting::Already => format!("token {jti} was blacklisted before"),
        })
    }
}

fn by_id(jti: &str, config: &Config, now: Timestamp) -> Result<(String, Blacklisting), Failure> {
    let database = database::open(config, now)?;
    let deed = Deed { act: "token revoke", subject_name: jti.to_owned(), ..Deed::default() };
    let revoking = audit::audited(&database, deed, async {
        let done = database.store.blacklist_by_id(jti, now).await?;
        Ok((if done.is_some() { AuditOutcome::Done } else { AuditOutcome::Refused }, done))
    });
    match database::wait(revoking)? {
        Some(done) => Ok((jti.to_owned(), done)),
        None => Err(Failure::Refused(format!("no token with the id {jti:?} is written down"))),
    }
}

fn by_token(argument: &str, config: &Config, now: Timestamp) -> Result<(String, Blacklisting), Failure> {
    let text = text::token(argument)?;
    let database = database::open(config, now)?;
    let records = database::wait(database.keys.keys())?;
    let tokens = app::tokens(config, &keys::rings(config, &records.keys, now)?).ok_or_else(words::no_keys)?;
    let token = tokens.decode(&text, now).map_err(|error| refused(&tokens, &text, &error, now))?;
    let class = [TokenClass::Refresh, TokenClass::Sliding]
        .into_iter()
        .find(|class| tokens.check(&token, *class).is_ok())
        .ok_or_else(|| not_recorded(&tokens, &text, now))?;
    let store = &database.store;
    let user = match tokens.bearer(&token) {
        Bearer::Named(value) => database::wait(owner(&**store, &tokens, &value))?,
        _ => None,
    };
    let record = tokens
        .record(&token, user.as_ref(), now)
        .ok_or_else(|| Failure::Refused(format!("this {} token has no id", class.token_type())))?;
    let deed =
        Deed { act: "token revoke", subject: user, subject_name: record.jti.clone(), ..Deed::default() };
    let revoking = audit::audited(&database, deed, async {
        Ok((AuditOutcome::Done, store.blacklist(&record, now).await?))
    });
    Ok((record.jti.clone(), database::wait(revoking)?))
}

async fn owner(
    users: &dyn Users,
    tokens: &Tokens,
    value: &str,
) -> Result<Option<countersign_core::user::UserId>, Failure> {
    let key = UserKey { field: &tokens.settings().user_id_field, value };
    Ok(users.find_by_key(key).await?.map(|user| user.id.clone()))
}

/// Why a token is refused already.
fn refused(tokens: &Tokens, text: &str, error: &TokenError, now: Timestamp) -> Failure {
    let explanation = explain(tokens, text, now);
    Failure::Refused(match (error, explanation.remaining, explanation.fault) {
        (TokenError::Expired, Some(remaining), _) => {
            format!("nothing to revoke: the token expired {}", words::relative(remaining))
        }
        (_, _, Some(fault)) => format!("nothing to revoke: the token is refused as it is: {fault}"),
        _ => format!("nothing to revoke: {error}"),
    })
}

fn not_recorded(tokens: &Tokens, text: &str, now: Timestamp) -> Failure {
    let explanation = explain(tokens, text, now);
    let end =
        explanation.remaining.map_or_else(String::new, |left| format!(": it ends {}", words::relative(left)));
    Failure::Refused(match explanation.class {
        Some(TokenClass::Access) => format!(
            "an access token is written down nowhere and cannot be revoked{end}\n    revoke the refresh token of the \
             same login so that it gets no successor"
        ),
        _ => "this is neither a refresh nor a sliding token, and cannot be revoked".to_owned(),
    })
}
