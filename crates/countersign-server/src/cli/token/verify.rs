//! `countersign token verify`

use super::{text, words};
use crate::cli::page::{page, plain};
use crate::cli::user::id_to_json;
use crate::cli::{Common, Failure, Output};
use crate::config::Config;
use crate::{app, database, keys};
use clap::Args;
use countersign_core::claims::ClaimsError;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::explain::{Explanation, Fault, Standing, explain, standing};
use countersign_core::jws::{JwsError, VerifyingKey};
use countersign_core::store::{KeyRecord, Ledger, Users};
use countersign_core::token::{Token, TokenClass, Tokens};
use serde_json::json;

/// Say whether a token is good, and if not, why not
#[derive(Debug, Args)]
#[command(after_help = "\
Looks at everything that a server looks at for any use of the token: form, signature, dates, audience, issuer, kind, \
the blacklist, and the user. Clients are told less.

Exit code 0: it is good. 1: it is not.

Examples:
  countersign token verify - < token.txt
  countersign token verify eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ... --json")]
pub(in crate::cli) struct Verify {
    /// The token, or - to read it from standard input
    token: String,
}

impl Verify {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().load()?;
        let text = text::token(&self.token)?;
        let now = SystemClock.now();
        let database = database::open(&config, now)?;
        let records = database::wait(database.keys.keys())?;
        let rings = keys::rings(&config, &records.keys, now)?;
        let tokens = app::tokens(&config, &rings).ok_or_else(words::no_keys)?;
        let explanation = explain(&tokens, &text, now);
        // Whom and what a text names that nobody signed is of no interest.
        let known = match (&explanation.key, &explanation.claims) {
            (Some(_), Some(claims)) => {
                let (users, ledger) = (&*database.store as &dyn Users, &*database.store as &dyn Ledger);
                let token = Token::from(claims.clone());
                Some(database::wait(standing(users, Some(ledger), &tokens, &token, now))?)
            }
            _ => None,
        };
        let report =
            Report { explanation, known, config: &config, shared: &records.keys, tokens: &tokens, now };
        let reason = report.reason();
        if output.is_json() {
            output.json(&report.to_json(reason.as_deref()))?;
        } else {
            output.text(&report.to_text(reason.as_deref()))?;
        }
        if reason.is_none() { Ok(()) } else { Err(Failure::No) }
    }
}

/// Everything that there is to say.
struct Report<'a> {
    explanation: Explanation<'a>,
    known: Option<Standing>,
    config: &'a Config,
    shared: &'a [KeyRecord],
    tokens: &'a Tokens,
    now: Timestamp,
}

impl Report<'_> {
    /// The first reason to refuse the token. `None`: it is good.
    fn reason(&self) -> Option<String> {
        let by_itself = self.explanation.fault.as_ref().map(|fault| self.fault(fault));
        by_itself.or_else(|| self.kind_fault()).or_else(|| self.known_fault())
    }

    fn fault(&self, fault: &Fault) -> String {
        let setting = self.key_setting();
        match (fault, self.explanation.remaining) {
            (Fault::Claims(ClaimsError::Expired), Some(remaining)) => {
                format!("it expired {} (exp)", words::relative(remaining))
            }
            (Fault::Form(JwsError::Signature), _) => {
                format!(
                    "the signature does not match: it was changed, or made with another key than {setting}"
                )
            }
            (Fault::Form(JwsError::Algorithm), _) => {
                let header = self.explanation.header.as_ref();
                let said = header
                    .and_then(|header| header.get("alg"))
                    .map_or("nothing", |alg| alg.as_str().unwrap_or("no name"));
                let signing = self.tokens.keys().signing();
                let own = signing.map_or("none", |key| key.algorithm().name());
                format!(
                    "the algorithm is not that of a key: its header says {}, {setting} is for {own}",
                    plain(said)
                )
            }
            _ => fault.to_string(),
        }
    }

    /// A kind that no endpoint takes.
    fn kind_fault(&self) -> Option<String> {
        let claim = self.tokens.settings().token_type_claim.as_deref()?;
        self.explanation.class.is_none().then(|| format!("its {claim} names no kind of token"))
    }

    fn known_fault(&self) -> Option<String> {
        let known = self.known.as_ref()?;
        let words = match &known.user {
            _ if known.blacklisted => "it is blacklisted: used, or revoked",
            None if known.names_somebody => "its user does not exist",
            // A refresh token of nobody is still refreshed.
            None if self.explanation.class != Some(TokenClass::Refresh) => "it names no user",
            Some(user) if !user.is_active && self.config.simple_jwt.check_user_is_active => {
                "its user is not active"
            }
            _ if known.session_over => "its session is over",
            _ if known.password_changed => "its user has another password since",
            _ => return None,
        };
        Some(words.to_owned())
    }

    /// The setting that holds the key that made the token, or would have to.
    fn key_setting(&self) -> &'static str {
        let kid = self.explanation.key.and_then(VerifyingKey::kid);
        if kid.is_some_and(|kid| self.shared.iter().any(|record| record.kid == kid)) {
            return "the database";
        }
        let settings = &self.config.simple_jwt;
        match (&settings.signing_key, &settings.verifying_key) {
            (Some(_), _) => "simple_jwt.signing_key",
            (None, Some(_)) if !settings.algorithm.is_symmetric() => "simple_jwt.verifying_key",
            _ => "secret_key",
        }
    }

    fn to_json(&self, reason: Option<&str>) -> serde_json::Value {
        let Explanation { key, class, remaining, claims, .. } = &self.explanation;
        let user = self.known.as_ref().and_then(|known| known.user.as_ref());
        let claims = claims.as_ref().filter(|_| key.is_some()).map(words::json);
        json!({
            "good": reason.is_none(),
            "reason": reason,
            "key": key.map(|key| json!({
                "setting": self.key_setting(),
                "algorithm": key.algorithm().name(),
                "kid": key.kid(),
            })),
            "kind": class.map(TokenClass::token_type),
            "expires_in": remaining.map(|left| left.as_secs()),
            "user": user.map(|user| json!({
                "id": id_to_json(&user.id),
                "username": user.username,
                "is_active": user.is_active,
            })),
            "blacklisted": self.known.as_ref().map(|known| known.blacklisted),
            // What our writer writes, every reader reads.
            "claims": claims.and_then(|claims| serde_json::from_str::<serde_json::Value>(&claims).ok()),
        })
    }

    fn to_text(&self, reason: Option<&str>) -> String {
        let result = match (reason, self.explanation.remaining) {
            (Some(reason), _) => format!("refused: {reason}"),
            (None, Some(left)) => format!("good for {}", words::span(left)),
            (None, None) => "good".to_owned(),
        };
        let class = self.explanation.class;
        let date = |name: &str| {
            let claims = self.explanation.claims.as_ref();
            claims.map_or_else(String::new, |claims| words::date(claims, name, self.now))
        };
        let sliding = if class == Some(TokenClass::Sliding) {
            date(&self.tokens.settings().sliding_token_refresh_exp_claim)
        } else {
            String::new()
        };
        page(&[
            ("result", result),
            ("key", self.key()),
            ("kind", class.map_or("", TokenClass::token_type).to_owned()),
            ("issued", date("iat")),
            ("not before", date("nbf")),
            ("expires", date("exp")),
            ("refresh until", sliding),
            ("user", self.user()),
            ("blacklist", self.blacklist().to_owned()),
        ])
    }

    fn key(&self) -> String {
        match self.explanation.key {
            None => "none of ours: believe nothing of what follows".to_owned(),
            Some(key) => {
                let name = key.kid().map_or_else(String::new, |kid| format!(", named {}", plain(kid)));
                format!("{}, {}{name}", self.key_setting(), key.algorithm())
            }
        }
    }

    fn user(&self) -> String {
        match &self.known {
            None => String::new(),
            Some(Standing { user: Some(user), .. }) => {
                let active = if user.is_active { "active" } else { "not active" };
                format!("{} (id {}), {active}", plain(&user.username), plain(&user.id.to_string()))
            }
            Some(Standing { names_somebody: true, .. }) => "does not exist".to_owned(),
            Some(_) => "the token names none".to_owned(),
        }
    }

    fn blacklist(&self) -> &'static str {
        match &self.known {
            None => "",
            Some(_) if !self.config.blacklist.enabled => "switched off",
            Some(Standing { blacklisted: true, .. }) => "on it",
            Some(_) if self.explanation.class.is_some_and(|class| !class.is_recorded()) => {
                "not on it; tokens of this kind are written down nowhere"
            }
            Some(_) => "not on it",
        }
    }
}
