//! Making and reading tokens, at a given instant.

use super::family::FamilyId;
use super::refusal::Refusal;
use super::settings::{JwtAuth, Profile, TokenId};
use crate::claims::{Expectations, NumericDate};
use crate::clock::Timestamp;
use crate::json::{Number, Object, Reader, Value};
use crate::jws::{self, KeyRing};
use crate::random::Random;
use crate::user::User;
use std::borrow::Cow;

/// Makes and reads the tokens of the dialect: its rules and its keys.
#[derive(Clone, Debug)]
pub struct Tokens {
    settings: JwtAuth,
    keys: KeyRing,
}

/// Of whom a new token speaks.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The user.
    pub user: &'a User,
    /// The claims that are declared, as they are for this user.
    pub declared: &'a Object,
}

/// Where a new token comes from.
#[derive(Clone, Copy, Debug)]
pub enum Line<'a> {
    /// A login.
    New,
    /// The refresh of this token, which must have an `orig_iat`.
    Of(&'a Token),
    /// The impersonation of the subject by this user, with this token of theirs.
    Impersonated {
        /// Who acts.
        by: &'a User,
        /// Who acts through them, if their own token is one of impersonation.
        through: Option<&'a Value>,
    },
}

/// A token as its claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    claims: Object,
}

impl Token {
    /// All claims, in order.
    #[must_use]
    pub const fn claims(&self) -> &Object {
        &self.claims
    }

    /// `iat`, as it stands in the token.
    #[must_use]
    pub fn issued_at(&self) -> Option<&Value> {
        self.claims.get("iat")
    }

    /// When it ends.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.claims.get("exp").and_then(NumericDate::read)
    }

    /// Who acts, where it is a token of impersonation that says so.
    #[must_use]
    pub fn actor(&self) -> Option<&Value> {
        self.claims.get("act")
    }

    /// The id of its line: that of the first login where it was refreshed, else its own. None without an id.
    ///
    /// # Errors
    /// [`Refusal::NotUuid`] or, where it is no text at all, [`Refusal::Invalid`].
    pub fn family(&self) -> Result<Option<FamilyId>, Refusal> {
        match self.family_claim() {
            None => Ok(None),
            Some(Value::String(text)) => {
                FamilyId::read(text).map(Some).ok_or_else(|| Refusal::NotUuid(text.clone()))
            }
            Some(_) => Err(Refusal::Invalid),
        }
    }

    /// Whether it has an id of its own.
    pub(super) fn has_id(&self) -> bool {
        self.claims.get("jti").is_some_and(|jti| !is_falsy(jti))
    }

    /// Whom it names.
    pub(super) fn username(&self) -> Result<Cow<'_, str>, Refusal> {
        match self.claims.get("username") {
            None => Err(Refusal::NoUsername),
            Some(name) if is_falsy(name) => Err(Refusal::NoUsername),
            Some(Value::String(name)) => Ok(Cow::Borrowed(name)),
            Some(Value::Number(number @ Number::Integer(_))) => Ok(Cow::Owned(number.to_string())),
            Some(_) => Err(Refusal::UserUnknown),
        }
    }

    /// `orig_jti or jti`, as Python reads it.
    fn family_claim(&self) -> Option<&Value> {
        ["orig_jti", "jti"].into_iter().filter_map(|name| self.claims.get(name)).find(|id| !is_falsy(id))
    }
}

impl Tokens {
    /// Rules and keys.
    #[must_use]
    pub const fn new(settings: JwtAuth, keys: KeyRing) -> Self {
        Self { settings, keys }
    }

    /// The rules.
    #[must_use]
    pub const fn settings(&self) -> &JwtAuth {
        &self.settings
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// A new token for a user: the claims of the package in its order, then the declared ones, then those of the
    /// line.
    #[must_use]
    pub fn mint(&self, subject: Subject<'_>, line: Line<'_>, at: Timestamp, random: &dyn Random) -> Token {
        let mut claims = match self.settings.profile {
            Profile::Original => self.original_claims(subject.user, at, random),
            Profile::Fork => self.fork_claims(subject.user, at, random),
        };
        if self.settings.allow_refresh {
            claims.insert("orig_iat", NumericDate::of(at));
        }
        if let Some(audience) = &self.settings.audience {
            claims.insert("aud", audience);
        }
        if let Some(issuer) = &self.settings.issuer {
            claims.insert("iss", issuer.as_str());
        }
        for (name, value) in subject.declared.iter() {
            claims.insert(name, value.clone());
        }
        self.continue_line(&mut claims, line);
        Token { claims }
    }

    /// The token as a client gets it.
    #[must_use]
    pub fn encode(&self, token: &Token, user: &User) -> String {
        let payload = token.claims.to_ascii();
        if self.settings.user_secret { self.keys_of(user).sign(&payload) } else { self.keys.sign(&payload) }
    }

    /// Reads a token: its form, signature, dates, audience and issuer.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn decode(&self, text: &str, now: Timestamp) -> Result<Token, Refusal> {
        self.decode_with(&self.keys, text, now)
    }

    /// The same with the keys of one user (`user_secret`).
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn decode_of(&self, user: &User, text: &str, now: Timestamp) -> Result<Token, Refusal> {
        self.decode_with(&self.keys_of(user), text, now)
    }

    /// Whom a token claims to name, before its signature is looked at: to find the keys of that user.
    ///
    /// # Errors
    /// [`Refusal::Undecodable`] or [`Refusal::Invalid`] where there is nothing to read,
    /// [`Refusal::UserUnknown`] where it names nobody.
    pub fn claimed_name(&self, text: &str) -> Result<String, Refusal> {
        jws::peek_header(text)?;
        let payload = jws::peek_payload(text)?;
        let Ok(Value::Object(claims)) = Reader::CLAIMS.read(&payload) else {
            return Err(Refusal::Undecodable);
        };
        Token { claims }.username().map(Cow::into_owned).map_err(|_| Refusal::UserUnknown)
    }

    /// Whether the first login of a token's line is long enough ago that it cannot be refreshed any more. An
    /// instant that is exactly the limit is not. None where the token does not say when that was.
    #[must_use]
    pub fn is_too_old_to_refresh(&self, token: &Token, now: Timestamp) -> Option<bool> {
        const SECOND: i128 = 1_000_000_000;
        let orig_iat = NumericDate::read(token.claims.get("orig_iat")?)?;
        let limit =
            i128::from(orig_iat.seconds()) * SECOND + self.settings.refresh_expiration_delta.as_nanos();
        Some(i128::from(now.as_second()) * SECOND > limit)
    }

    /// Whether it is a token of the `simple_jwt` dialect.
    #[must_use]
    pub fn is_foreign(&self, token: &Token) -> bool {
        self.settings.simple_jwt_type_claim.as_ref().is_some_and(|claim| token.claims.contains(claim))
    }

    fn decode_with(&self, keys: &KeyRing, text: &str, now: Timestamp) -> Result<Token, Refusal> {
        let verified = keys.verify(text)?;
        let Ok(Value::Object(claims)) = Reader::CLAIMS.read(&verified.payload) else {
            return Err(Refusal::Undecodable);
        };
        let expected = Expectations {
            now,
            leeway: self.settings.leeway,
            audience: self.settings.audience.as_ref(),
            issuer: self.settings.issuer.as_deref(),
        };
        if self.settings.verify_expiration {
            expected.check(&claims)?;
        } else {
            let mut timeless = claims.clone();
            timeless.remove("exp");
            expected.check(&timeless)?;
        }
        let is_unexpected = self.settings.audience.is_none() && claims.contains("aud");
        if is_unexpected || !claims.contains("exp") {
            return Err(Refusal::Invalid);
        }
        Ok(Token { claims })
    }

    /// drf-jwt's `jwt_create_payload`.
    fn fork_claims(&self, user: &User, at: Timestamp, random: &dyn Random) -> Object {
        let mut claims = Object::new();
        claims.insert("username", user.username.as_str());
        claims.insert("iat", NumericDate::of(at));
        claims.insert("exp", self.end(at));
        self.add_id(&mut claims, random);
        if self.settings.payload_include_user_id {
            claims.insert("user_id", &user.id);
        }
        claims
    }

    /// djangorestframework-jwt's `jwt_payload_handler`. It knows no ids: where one is wanted, it comes last.
    fn original_claims(&self, user: &User, at: Timestamp, random: &dyn Random) -> Object {
        let mut claims = Object::new();
        if self.settings.payload_include_user_id {
            claims.insert("user_id", &user.id);
        }
        claims.insert("username", user.username.as_str());
        claims.insert("exp", self.end(at));
        if self.settings.has_email {
            claims.insert("email", user.email.as_str());
        }
        self.add_id(&mut claims, random);
        claims
    }

    fn add_id(&self, claims: &mut Object, random: &dyn Random) {
        if self.settings.token_id != TokenId::Off {
            claims.insert("jti", FamilyId::random(random).to_string());
        }
    }

    /// What a token has of the one before it.
    fn continue_line(&self, claims: &mut Object, line: Line<'_>) {
        match line {
            Line::Of(before) => {
                if let Some(orig_iat) = before.claims.get("orig_iat") {
                    claims.insert("orig_iat", orig_iat.clone());
                }
                if let Some(family) = before.family_claim() {
                    claims.insert("orig_jti", family.clone());
                }
                if let Some(actor) = before.actor() {
                    claims.insert("act", actor.clone());
                }
            }
            Line::Impersonated { by, through } if self.settings.impersonation_actor => {
                let mut actor = Object::new();
                actor.insert("sub", by.id.to_string());
                actor.insert("username", by.username.as_str());
                if let Some(through) = through {
                    actor.insert("act", through.clone());
                }
                claims.insert("act", actor);
            }
            Line::New | Line::Impersonated { .. } => {}
        }
    }

    fn end(&self, at: Timestamp) -> NumericDate {
        NumericDate::of(at.saturating_add(self.settings.expiration_delta).unwrap_or(Timestamp::MAX))
    }

    /// The keys of one user. They change with the password hash, so that a change of the password, or the
    /// renewal of an old hash at login, ends the user's tokens.
    fn keys_of(&self, user: &User) -> KeyRing {
        let context = format!("countersign jwt_auth user secret\0{}\0{}", user.id, user.password);
        self.keys.derived(context.as_bytes())
    }
}

/// What Python's `or` and `not` take for nothing.
fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Unpaired(_) => false,
        Value::Number(number) => number.as_f64() == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
