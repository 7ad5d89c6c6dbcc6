//! What can be done with the tokens of the cookie recipe: the refresh token in an HttpOnly cookie, the access token in
//! the answer. One file a deed.
//!
//! The rules of a session are those of simplejwt's tokens with rotation and blacklisting. What is different is who may
//! use them: the claim that says what a token is has a name of its own here, and refresh tokens have a key of their
//! own, so that no token of another dialect passes for one of these, nor the other way round.

mod authenticate;
mod log_in;
mod log_out;
mod refresh;

pub use self::authenticate::{Visitor, authenticate};
pub use self::log_in::{LoggedIn, log_in};
pub use self::log_out::log_out;
pub use self::refresh::refresh;
pub use crate::session::{Ended, Refreshed};

use crate::clock::SignedDuration;
use crate::jws::{Algorithm, Key, KeyRing};
use crate::secret::Secret;
use crate::session::Pair;
use crate::settings::{Passwords, Sessions, SimpleJwt};
use crate::simple_jwt::SimpleJwtRules;
use crate::token::Tokens;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// The claim that says `access` or `refresh` in these tokens and in no others.
pub const TYPE_CLAIM: &str = "cookie_auth";

/// How long the tokens live and what becomes of a used one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAuth {
    /// 5 minutes.
    pub access_token_lifetime: SignedDuration,
    /// 7 days.
    pub refresh_token_lifetime: SignedDuration,
    /// How long after its use a refresh token still gets the same successor, for answers that got lost and tabs that
    /// did not agree: 10 seconds.
    pub rotation_grace: SignedDuration,
    /// A reuse after the grace ends the session. On.
    pub reuse_detection: bool,
    /// When sessions end.
    pub sessions: Sessions,
}

impl Default for CookieAuth {
    fn default() -> Self {
        Self {
            access_token_lifetime: SignedDuration::from_mins(5),
            refresh_token_lifetime: SignedDuration::from_hours(7 * 24),
            rotation_grace: SignedDuration::from_secs(10),
            reuse_detection: true,
            sessions: Sessions::default(),
        }
    }
}

/// The dialect as the rules see it.
#[derive(Clone, Debug)]
pub struct CookieAuthRules {
    /// Access tokens, and how users prove who they are. They are judged as simplejwt judges its own.
    access: SimpleJwtRules,
    refresh: Tokens,
}

/// `REFRESH_TOKEN_SECRET` is `SECRET_KEY`: whoever reads the one could make the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the refresh tokens must be another than that of the access tokens")]
pub struct EqualSecrets;

impl CookieAuthRules {
    /// The rules with one key each: `SECRET_KEY` for access tokens, `REFRESH_TOKEN_SECRET` for refresh tokens, or one
    /// [derived](derived_secret) from `SECRET_KEY`.
    ///
    /// # Errors
    /// [`EqualSecrets`].
    pub fn new(
        settings: &CookieAuth,
        secret_key: &Secret,
        refresh_token_secret: Option<&Secret>,
        passwords: Passwords,
    ) -> Result<Self, EqualSecrets> {
        Self::of(settings, secret_ring(secret_key), secret_key, refresh_token_secret, passwords)
    }

    /// The same where access tokens have a ring of their own, in which keys change.
    ///
    /// # Errors
    /// [`EqualSecrets`].
    pub fn of(
        settings: &CookieAuth,
        access: KeyRing,
        secret_key: &Secret,
        refresh_token_secret: Option<&Secret>,
        passwords: Passwords,
    ) -> Result<Self, EqualSecrets> {
        let refresh_secret = refresh_token_secret.cloned().unwrap_or_else(|| derived_secret(secret_key));
        if refresh_secret == *secret_key {
            return Err(EqualSecrets);
        }
        Ok(Self::with_keys(settings, access, secret_ring(&refresh_secret), passwords))
    }

    /// The rules with rings of keys, where keys change. No key may be in both rings.
    #[must_use]
    pub fn with_keys(settings: &CookieAuth, access: KeyRing, refresh: KeyRing, passwords: Passwords) -> Self {
        let tokens = SimpleJwt {
            access_token_lifetime: settings.access_token_lifetime,
            refresh_token_lifetime: settings.refresh_token_lifetime,
            rotation_grace: settings.rotation_grace,
            reuse_detection: settings.reuse_detection,
            sessions: settings.sessions,
            rotate_refresh_tokens: true,
            blacklist_after_rotation: true,
            token_type_claim: Some(TYPE_CLAIM.to_owned()),
            ..SimpleJwt::default()
        };
        let access = SimpleJwtRules { tokens: Tokens::new(tokens.clone(), access), passwords };
        Self { access, refresh: Tokens::new(tokens, refresh) }
    }

    /// How access tokens are made, read and judged.
    #[must_use]
    pub const fn access_rules(&self) -> &SimpleJwtRules {
        &self.access
    }

    /// How access tokens are made and read.
    #[must_use]
    pub const fn access(&self) -> &Tokens {
        &self.access.tokens
    }

    /// How refresh tokens are made and read.
    #[must_use]
    pub const fn refresh(&self) -> &Tokens {
        &self.refresh
    }

    fn pair(&self) -> Pair<'_> {
        Pair { refresh: &self.refresh, access: &self.access.tokens, renews_nameless: false }
    }
}

fn secret_ring(secret: &Secret) -> KeyRing {
    KeyRing::new(Key::hmac(Algorithm::Hs256, secret.expose(), None))
}

/// The secret of the refresh tokens where none is set: of 256 bits in hexadecimal, the same for the same `SECRET_KEY`,
/// from which nobody gets back to it.
///
/// It is one block of HKDF-Expand (RFC 5869 §2.3) with HMAC-SHA-256 and a label.
#[must_use]
pub fn derived_secret(secret_key: &Secret) -> Secret {
    const LABEL: &[u8] = b"countersign cookie_auth refresh_token_secret\x01";
    let mac = Hmac::<Sha256>::new_from_slice(secret_key.expose()).expect("HMAC takes a key of any length");
    let mut secret = String::with_capacity(64);
    for byte in mac.chain_update(LABEL).finalize().into_bytes() {
        let _ = write!(secret, "{byte:02x}");
    }
    Secret::from(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(refresh_token_secret: Option<&str>) -> Result<CookieAuthRules, EqualSecrets> {
        let secret = refresh_token_secret.map(Secret::from);
        let settings = CookieAuth::default();
        CookieAuthRules::new(&settings, &"the secret key".into(), secret.as_ref(), Passwords::default())
    }

    #[test]
    fn the_derived_secret_never_changes() {
        // Another one would end every session at the next start. By Python:
        // hmac.new(b"the secret key", LABEL, "sha256").hexdigest()
        assert_eq!(
            derived_secret(&"the secret key".into()),
            "5619ad579b8b516c4257100f5fe17ef1144605babba017187d8c4eae7f145de7".into()
        );
    }

    #[test]
    fn the_two_secrets_are_never_the_same() {
        assert_eq!(rules(Some("the secret key")).unwrap_err(), EqualSecrets);
        let refused = |rules: &CookieAuthRules| {
            let signed = rules.access().encode_again("{}");
            rules.refresh().keys().verify(&signed).is_err()
        };
        assert!(refused(&rules(None).unwrap()));
        assert!(refused(&rules(Some("another")).unwrap()));
    }
}
