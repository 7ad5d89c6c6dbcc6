//! simplejwt's tokens: access, refresh, sliding and untyped, made and read at a given instant.

use crate::claims::{ClaimsError, Expectations, NumericDate};
use crate::clock::{SignedDuration, Timestamp};
use crate::json::{Number, Object, Value};
use crate::jws::KeyRing;
use crate::random::Random;
use crate::revocation;
use crate::session::linked;
use crate::settings::SimpleJwt;
use crate::store::Record;
use crate::user::{User, UserId};
use std::borrow::Cow;
use std::sync::Arc;

/// The kinds of token, by simplejwt's class names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// `AccessToken`
    Access,
    /// `RefreshToken`
    Refresh,
    /// `SlidingToken`
    Sliding,
    /// `UntypedToken`: any kind, for the verify endpoint.
    Untyped,
}

impl TokenClass {
    /// The name of simplejwt's class.
    #[must_use]
    pub const fn class_name(self) -> &'static str {
        match self {
            Self::Access => "AccessToken",
            Self::Refresh => "RefreshToken",
            Self::Sliding => "SlidingToken",
            Self::Untyped => "UntypedToken",
        }
    }

    /// The value of the type claim.
    #[must_use]
    pub const fn token_type(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Sliding => "sliding",
            Self::Untyped => "untyped",
        }
    }

    /// Whether tokens of this class are outstanding somewhere, so that they can be blacklisted.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Refresh | Self::Sliding)
    }
}

/// Why a token is refused. One variant a message of simplejwt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is no token of ours, or of another time, audience or issuer.
    #[error("Token is invalid")]
    Invalid,
    /// Its `exp` has come.
    #[error("Token is expired")]
    Expired,
    /// It has no `exp`, or a sliding token no refresh end.
    #[error("Token has no '{0}' claim")]
    NoClaim(String),
    /// The end named by this claim has come: that of the right to refresh a sliding token.
    #[error("Token '{0}' claim has expired")]
    ClaimExpired(String),
    /// It has no id.
    #[error("Token has no id")]
    NoId,
    /// It does not say of what kind it is.
    #[error("Token has no type")]
    NoType,
    /// It is of another kind.
    #[error("Token has wrong type")]
    WrongType,
    /// It was used or revoked.
    #[error("Token is blacklisted")]
    Blacklisted,
}

/// Makes and reads the tokens of one dialect: its rules and its keys.
#[derive(Clone, Debug)]
pub struct Tokens {
    settings: SimpleJwt,
    keys: KeyRing,
}

/// A token as its claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    claims: Arc<Object>,
}

impl Token {
    /// All claims, in order.
    #[must_use]
    pub fn claims(&self) -> &Object {
        &self.claims
    }

    /// The same token with the declared claims of its user: in their places where it has them, else at the
    /// end. Audience and issuer come after them.
    #[must_use]
    pub(crate) fn declaring(mut self, declared: &Object) -> Self {
        for (name, value) in declared.iter() {
            self.insert(name, value.clone());
        }
        self
    }

    fn insert(&mut self, name: &str, value: impl Into<Value>) {
        Arc::make_mut(&mut self.claims).insert(name, value);
    }

    /// When it was issued, if it says so.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.claims.get("iat").and_then(NumericDate::read)
    }

    /// When it ends, if it says so.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.claims.get("exp").and_then(NumericDate::read)
    }
}

impl From<Object> for Token {
    fn from(claims: Object) -> Self {
        Self { claims: Arc::new(claims) }
    }
}

impl Tokens {
    /// Rules and keys.
    #[must_use]
    pub const fn new(settings: SimpleJwt, keys: KeyRing) -> Self {
        Self { settings, keys }
    }

    /// The rules.
    #[must_use]
    pub const fn settings(&self) -> &SimpleJwt {
        &self.settings
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// A new refresh token for a user (`RefreshToken.for_user`).
    #[must_use]
    pub fn refresh_for(&self, user: &User, at: Timestamp, random: &dyn Random) -> Token {
        let mut token = self.blank(TokenClass::Refresh, self.settings.refresh_token_lifetime, at, random);
        self.identify(&mut token, user);
        token
    }

    /// A new sliding token for a user (`SlidingToken.for_user`).
    #[must_use]
    pub fn sliding_for(&self, user: &User, at: Timestamp, random: &dyn Random) -> Token {
        let mut token = self.blank(TokenClass::Sliding, self.settings.sliding_token_lifetime, at, random);
        let refresh_end = after(at, self.settings.sliding_token_refresh_lifetime);
        token.insert(&self.settings.sliding_token_refresh_exp_claim, refresh_end);
        self.identify(&mut token, user);
        token
    }

    /// The access token of a refresh token: its claims, but with a type, end, beginning and id of its own. Half of the
    /// id is the refresh token's, which links the two ([`handle`](crate::store::handle)).
    #[must_use]
    pub fn access_from(&self, refresh: &Token, at: Timestamp, random: &dyn Random) -> Token {
        let mut access = self.blank(TokenClass::Access, self.settings.access_token_lifetime, at, random);
        for (name, value) in refresh.claims.iter().filter(|(name, _)| !self.is_own(name)) {
            access.insert(name, value.clone());
        }
        if let (Some(claim), Some(fresh), Some(of)) =
            (&self.settings.jti_claim, self.jti(&access).map(str::to_owned), self.jti(refresh))
        {
            access.insert(claim, linked(of, fresh));
        }
        access
    }

    /// The refresh token that takes the place of another: the same claims with a new id, end and beginning.
    #[must_use]
    pub fn successor_of(&self, refresh: &Token, at: Timestamp, random: &dyn Random) -> Token {
        let mut successor = refresh.clone();
        if let Some(claim) = &self.settings.jti_claim {
            successor.insert(claim, random.jti());
        }
        successor.insert("exp", after(at, self.settings.refresh_token_lifetime));
        successor.insert("iat", NumericDate::of(at));
        successor
    }

    /// The same sliding token with a later end. Its id and the end of its right to refresh stay.
    #[must_use]
    pub fn slide(&self, sliding: &Token, at: Timestamp) -> Token {
        let mut slid = sliding.clone();
        slid.insert("exp", after(at, self.settings.sliding_token_lifetime));
        slid.insert("iat", NumericDate::of(at));
        slid
    }

    /// The token as a client gets it: signed, with the audience and issuer that are configured.
    #[must_use]
    pub fn encode(&self, token: &Token) -> String {
        self.keys.sign(&self.payload(token))
    }

    /// Signs claims that [`Record::claims`] kept: the same token again.
    #[must_use]
    pub fn encode_again(&self, claims: &str) -> String {
        self.keys.sign(claims)
    }

    /// Reads claims that [`Record::claims`] kept. `None` where that is no object: the database was changed by
    /// somebody else.
    #[must_use]
    pub fn recall(claims: &str) -> Option<Token> {
        match crate::json::Reader::CLAIMS.read(claims.as_bytes()) {
            Ok(Value::Object(claims)) => Some(claims.into()),
            _ => None,
        }
    }

    /// Reads a token: its form, signature, dates, audience and issuer, not yet its kind.
    ///
    /// # Errors
    /// [`TokenError::Expired`] where nothing but its end is wrong, else [`TokenError::Invalid`].
    pub fn decode(&self, text: &str, now: Timestamp) -> Result<Token, TokenError> {
        let claims = self.keys.read(text).map_err(|_| TokenError::Invalid)?;
        self.expectations(now).check(&claims).map_err(|error| match error {
            ClaimsError::Expired => TokenError::Expired,
            _ => TokenError::Invalid,
        })?;
        Ok(Token { claims })
    }

    /// What a token of now must say.
    #[must_use]
    pub fn expectations(&self, now: Timestamp) -> Expectations<'_> {
        Expectations {
            now,
            leeway: self.settings.leeway,
            audience: self.settings.audience.as_ref(),
            issuer: self.settings.issuer.as_deref(),
        }
    }

    /// Whether a token that [`decode`](Self::decode) read is of a class: it must have an end, an id and, but
    /// for [`TokenClass::Untyped`], the type.
    ///
    /// # Errors
    /// The first of these that it lacks.
    pub fn check(&self, token: &Token, class: TokenClass) -> Result<(), TokenError> {
        if !token.claims.contains("exp") {
            return Err(TokenError::NoClaim("exp".to_owned()));
        }
        if let Some(claim) = &self.settings.jti_claim {
            match token.claims.get(claim) {
                None => return Err(TokenError::NoId),
                Some(Value::String(_)) => {}
                Some(_) => return Err(TokenError::Invalid),
            }
        }
        match &self.settings.token_type_claim {
            Some(claim) if class != TokenClass::Untyped => match token.claims.get(claim) {
                None => Err(TokenError::NoType),
                Some(Value::String(kind)) if kind == class.token_type() => Ok(()),
                Some(_) => Err(TokenError::WrongType),
            },
            _ => Ok(()),
        }
    }

    /// Whether a sliding token may still be refreshed at this instant.
    ///
    /// # Errors
    /// [`TokenError::NoClaim`], [`TokenError::ClaimExpired`], or [`TokenError::Invalid`] where the end is no date.
    pub fn check_refresh_end(&self, sliding: &Token, now: Timestamp) -> Result<(), TokenError> {
        let name = &self.settings.sliding_token_refresh_exp_claim;
        let claim = sliding.claims.get(name).ok_or_else(|| TokenError::NoClaim(name.clone()))?;
        let end = NumericDate::read(claim).ok_or(TokenError::Invalid)?;
        if self.expectations(now).is_over(end) {
            return Err(TokenError::ClaimExpired(name.clone()));
        }
        Ok(())
    }

    /// The id of a token, if ids are in use and it has one.
    #[must_use]
    pub fn jti<'t>(&self, token: &'t Token) -> Option<&'t str> {
        token.claims.get(self.settings.jti_claim.as_deref()?)?.as_str()
    }

    /// Whom a token names.
    #[must_use]
    pub fn bearer<'t>(&self, token: &'t Token) -> Bearer<'t> {
        match token.claims.get(&self.settings.user_id_claim) {
            None => Bearer::Absent,
            Some(Value::String(value)) if value.is_empty() => Bearer::Blank,
            Some(Value::Null) => Bearer::Blank,
            Some(Value::String(value)) if value.contains('\0') => Bearer::Unusable,
            Some(Value::String(value)) => Bearer::Named(Cow::Borrowed(value)),
            Some(Value::Number(number @ Number::Integer(_))) => Bearer::Named(Cow::Owned(number.to_string())),
            Some(_) => Bearer::Unusable,
        }
    }

    /// Whether the digest of the password hash in a token is still the user's (`CHECK_REVOKE_TOKEN`).
    /// Always, where that is not in use.
    #[must_use]
    pub fn is_of_present_password(&self, token: &Token, user: &User) -> bool {
        let claim = token.claims.get(&self.settings.revoke_token_claim).and_then(Value::as_str);
        !self.settings.check_revoke_token || claim == Some(&revocation::digest(&user.password))
    }

    /// What the store keeps of a refresh or sliding token. `None` without an id.
    #[must_use]
    pub fn record(&self, token: &Token, user: Option<&UserId>, created_at: Timestamp) -> Option<Record> {
        self.written(token, self.encode(token), user, created_at)
    }

    /// The same, of a token whose text is known already.
    #[must_use]
    pub fn written(
        &self,
        token: &Token,
        text: String,
        user: Option<&UserId>,
        created_at: Timestamp,
    ) -> Option<Record> {
        Some(Record {
            jti: self.jti(token)?.to_owned(),
            token: text,
            claims: self.payload(token),
            user: user.cloned(),
            created_at,
            expires_at: token.expires_at()?.instant(),
        })
    }

    fn blank(
        &self,
        class: TokenClass,
        lifetime: SignedDuration,
        at: Timestamp,
        random: &dyn Random,
    ) -> Token {
        let mut claims = Object::new();
        if let Some(claim) = &self.settings.token_type_claim {
            claims.insert(claim, class.token_type());
        }
        claims.insert("exp", after(at, lifetime));
        claims.insert("iat", NumericDate::of(at));
        if let Some(claim) = &self.settings.jti_claim {
            claims.insert(claim, random.jti());
        }
        claims.into()
    }

    fn identify(&self, token: &mut Token, user: &User) {
        // The configuration admits only names of columns that every user has.
        let id = user.field(&self.settings.user_id_field).unwrap_or_else(|| user.id.to_string());
        token.insert(&self.settings.user_id_claim, id);
        if self.settings.check_revoke_token {
            token.insert(&self.settings.revoke_token_claim, revocation::digest(&user.password));
        }
    }

    /// The claims that each token has of its own (`no_copy_claims`).
    fn is_own(&self, name: &str) -> bool {
        let named = |claim: &Option<String>| claim.as_deref() == Some(name);
        matches!(name, "exp" | "iat" | "jti")
            || named(&self.settings.token_type_claim)
            || named(&self.settings.jti_claim)
    }

    /// The claims as they are signed: with the audience and issuer that are configured.
    pub(crate) fn signed_claims<'t>(&self, token: &'t Token) -> Cow<'t, Object> {
        if self.settings.audience.is_none() && self.settings.issuer.is_none() {
            return Cow::Borrowed(&token.claims);
        }
        let mut claims = Object::clone(&token.claims);
        if let Some(audience) = &self.settings.audience {
            claims.insert("aud", audience);
        }
        if let Some(issuer) = &self.settings.issuer {
            claims.insert("iss", issuer.as_str());
        }
        Cow::Owned(claims)
    }

    fn payload(&self, token: &Token) -> String {
        self.signed_claims(token).to_ascii()
    }
}

/// Whom a token names by its `user_id` claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer<'t> {
    /// There is no claim.
    Absent,
    /// `null` or the empty string.
    Blank,
    /// A string or a whole number, as text. simplejwt up to 5.4 wrote numbers.
    Named(Cow<'t, str>),
    /// Something that is no key: a truth value, a fraction, a list, an object. simplejwt takes `true` for 1.
    Unusable,
}

fn after(at: Timestamp, lifetime: SignedDuration) -> NumericDate {
    NumericDate::of(at.saturating_add(lifetime).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests;
