//! A token from all sides, for the people who look at one in a page: what is in it, and what each dialect thinks of it.
//!
//! Nothing here decides anything. Of a token that none of our keys signed, only what everybody can read in it is said.

use countersign_core::authority::{Authority, Trouble};
use countersign_core::claims::NumericDate;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::cookie_auth::CookieAuthRules;
use countersign_core::explain::{Explanation, Standing, explain, standing};
use countersign_core::json::{Object, Reader, Value};
use countersign_core::jws;
use countersign_core::jwt_auth::{self, JwtAuthRules, Refusal, Verification};
use countersign_core::token::{Token, TokenClass, Tokens};

/// What knows the keys of every dialect.
pub struct Inspector {
    pub(crate) authority: Authority,
    pub(crate) simple_jwt: Option<Tokens>,
    pub(crate) jwt_auth: Option<JwtAuthRules>,
    pub(crate) cookie_auth: Option<CookieAuthRules>,
}

/// What can be said of a text that may be a token.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Its header, if it can be read.
    pub header: Option<Object>,
    /// Its claims, if they can be read.
    pub claims: Option<Object>,
    /// The dates among the claims: name, moment, and how far it is from now.
    pub dates: Vec<(&'static str, String)>,
    /// What each dialect thinks of it.
    pub verdicts: Vec<Verdict>,
}

/// What one dialect thinks of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The dialect.
    pub dialect: &'static str,
    /// Whether the dialect would take it where it takes tokens of its kind.
    pub good: bool,
    /// Why, in a sentence: `good for 5 minutes`, `it expired 2 hours ago (exp)`.
    pub words: String,
    /// The key that signed it: its algorithm, and its id where it has one.
    pub key: Option<String>,
    /// Its kind: `access`, `refresh`, `sliding`.
    pub kind: Option<&'static str>,
    /// Whose it is.
    pub user: Option<String>,
    /// Whether it is on the blacklist; unknown where there is none.
    pub blacklisted: Option<bool>,
}

impl Inspector {
    /// Looks at a token.
    ///
    /// # Errors
    /// [`Trouble::Store`] where the database did not do its part.
    pub async fn inspect(&self, text: &str) -> Result<Inspection, Trouble> {
        let now = self.authority.now();
        let claims = jws::peek_payload(text).ok().and_then(|payload| match Reader::CLAIMS.read(&payload) {
            Ok(Value::Object(claims)) => Some(claims),
            _ => None,
        });
        let mut verdicts = Vec::new();
        if let Some(tokens) = &self.simple_jwt {
            verdicts.push(self.by("simple_jwt", &[tokens], text, now).await?);
        }
        if let Some(rules) = &self.jwt_auth {
            verdicts.push(self.by_jwt_auth(rules, text, now).await?);
        }
        if let Some(rules) = &self.cookie_auth {
            verdicts.push(self.by("cookie_auth", &[rules.access(), rules.refresh()], text, now).await?);
        }
        let dates = claims.as_ref().map(|claims| dates(claims, now)).unwrap_or_default();
        Ok(Inspection { header: jws::peek_header(text).ok(), claims, dates, verdicts })
    }

    /// By rules like simplejwt's: of several, those count whose key made the signature.
    async fn by(
        &self,
        dialect: &'static str,
        tokens: &[&Tokens],
        text: &str,
        now: Timestamp,
    ) -> Result<Verdict, Trouble> {
        let explained: Vec<_> = tokens.iter().map(|&tokens| (tokens, explain(tokens, text, now))).collect();
        let at = explained.iter().position(|(_, explanation)| explanation.key.is_some()).unwrap_or_default();
        let (tokens, explanation) = &explained[at];
        let known = match (&explanation.key, &explanation.claims) {
            (Some(_), Some(claims)) => {
                let ledger = self.authority.ledger.as_deref();
                let token = Token::from(claims.clone());
                Some(standing(&*self.authority.users, ledger, tokens, &token, now).await?)
            }
            _ => None,
        };
        let refusal = refusal(explanation, known.as_ref());
        Ok(Verdict {
            dialect,
            good: refusal.is_none(),
            words: refusal.unwrap_or_else(|| good_for(explanation.remaining)),
            key: explanation.key.map(|key| match key.kid() {
                Some(kid) => format!("{}, {kid}", key.algorithm()),
                None => key.algorithm().to_string(),
            }),
            kind: explanation.class.map(TokenClass::token_type),
            blacklisted: known
                .as_ref()
                .filter(|_| self.authority.ledger.is_some())
                .map(|known| known.blacklisted),
            user: known.and_then(|known| known.user).map(|user| user.username.clone()),
        })
    }

    async fn by_jwt_auth(
        &self,
        rules: &JwtAuthRules,
        text: &str,
        now: Timestamp,
    ) -> Result<Verdict, Trouble> {
        let verification = jwt_auth::verify(&self.authority, rules, text).await?;
        let is_signed =
            !matches!(verification, Verification::Refused(Refusal::Undecodable | Refusal::Invalid));
        let (good, words, user) = match verification {
            Verification::Valid(holder) if rules.tokens.is_foreign(&holder.token) => {
                (false, "it is a token of another dialect".to_owned(), None)
            }
            Verification::Valid(holder) => {
                let left = holder.token.expires_at().map(|end| end.instant().duration_since(now));
                (true, good_for(left), Some(holder.user.username.clone()))
            }
            Verification::Refused(refusal) => (false, refusal.to_string(), None),
        };
        // Keys may be of one user each, so what is left to tell is the algorithm.
        let header = jws::peek_header(text).ok().filter(|_| is_signed);
        let key = header.and_then(|header| Some(header.get("alg")?.as_str()?.to_owned()));
        Ok(Verdict { dialect: "jwt_auth", good, words, key, kind: None, user, blacklisted: None })
    }
}

/// The first reason to refuse it.
fn refusal(explanation: &Explanation<'_>, known: Option<&Standing>) -> Option<String> {
    use countersign_core::claims::ClaimsError;
    use countersign_core::explain::Fault;
    match (&explanation.fault, explanation.remaining) {
        (Some(Fault::Claims(ClaimsError::Expired)), Some(left)) => {
            return Some(format!("it expired {} (exp)", relative(left)));
        }
        (Some(fault), _) => return Some(fault.to_string()),
        (None, _) if explanation.class.is_none() => {
            return Some("it is of no kind that is used here".to_owned());
        }
        (None, _) => {}
    }
    let known = known?;
    let words = match &known.user {
        _ if known.blacklisted => "it is blacklisted: used, or revoked",
        None if known.names_somebody => "its user does not exist",
        Some(user) if !user.is_active => "its user is not active",
        _ if known.session_over => "its session is over",
        _ if known.password_changed => "its user has another password since",
        _ => return None,
    };
    Some(words.to_owned())
}

fn good_for(left: Option<SignedDuration>) -> String {
    left.map_or_else(|| "good".to_owned(), |left| format!("good for {}", span(left)))
}

fn dates(claims: &Object, now: Timestamp) -> Vec<(&'static str, String)> {
    let names = [("iat", "issued"), ("nbf", "not before"), ("exp", "expires"), ("orig_iat", "first login")];
    let read = names.into_iter().filter_map(|(claim, name)| {
        let at = NumericDate::read(claims.get(claim)?)?.instant();
        let moment = at.strftime("%Y-%m-%d %H:%M:%S UTC");
        Some((name, format!("{moment}, {}", relative(at.duration_since(now)))))
    });
    read.collect()
}

/// `3 minutes ago`, `in 5 days`, `now`.
fn relative(length: SignedDuration) -> String {
    match length.as_secs() {
        0 => "now".to_owned(),
        seconds if seconds < 0 => format!("{} ago", span(length)),
        _ => format!("in {}", span(length)),
    }
}

/// One unit, rounded down: `45 seconds`, `3 minutes`, `2 hours`, `5 days`.
fn span(length: SignedDuration) -> String {
    let seconds = length.unsigned_abs().as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
