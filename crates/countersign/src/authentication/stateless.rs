//! Tokens that are made elsewhere: nothing is stored here, nobody is looked up.

use super::{Authentication, Way};
use crate::authenticate::{JwtAuthentication, challenge};
use crate::nobody;
use crate::remote_keys::{FetchKeys, RemoteKeys};
use countersign_core::clock::{Clock, SignedDuration, SystemClock};
use countersign_core::jwk::{JwkSet, JwkSetError};
use countersign_core::jws::{Algorithm, Key, KeyError, KeyFault, KeyRing, VerifyingKey};
use countersign_core::secret::Secret;
use countersign_core::settings::{Audience, Passwords, SimpleJwt};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::token::Tokens;
use std::fmt;
use std::sync::Arc;

/// Gathers what tokens are verified by. Made by [`Authentication::stateless`].
///
/// Keys come from any number of [`secret`](Self::secret), [`key`](Self::key) and [`jwks`](Self::jwks), or from one
/// [`remote_jwks`](Self::remote_jwks). Without more said, tokens are judged as simplejwt's access tokens.
#[must_use = "nothing is made before `build`"]
pub struct Stateless {
    keys: Vec<VerifyingKey>,
    remote: Option<RemoteSource>,
    /// The first thing that was wrong.
    fault: Option<StatelessError>,
    allow_weak_secret: bool,
    settings: SimpleJwt,
    clock: Arc<dyn Clock>,
}

/// Makes the keys' fetcher once the settings are known.
type RemoteSource = Box<dyn FnOnce(Verifier) -> RemoteKeys + Send>;

/// Why tokens cannot be verified by what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatelessError {
    /// There is neither a secret nor a key.
    #[error("there is nothing to verify tokens with: give a secret, a key or a set of keys")]
    NoKey,
    /// A secret or a key is refused.
    #[error("the key cannot be used: {0}")]
    Key(#[from] KeyFault),
    /// A set of keys is refused as a whole.
    #[error("the set of keys cannot be used: {0}")]
    Set(#[from] JwkSetError),
    /// Every key of a set is refused. One good key would be enough.
    #[error("no key of the set can be used; the first: {0}")]
    NoGoodKey(KeyError),
}

impl Default for Stateless {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            remote: None,
            fault: None,
            allow_weak_secret: false,
            settings: SimpleJwt::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Stateless {
    /// Accepts tokens signed with this secret by HS256: Django's `SECRET_KEY`, or simplejwt's `SIGNING_KEY`.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        let secret: Secret = secret.into();
        let weakness = countersign_core::jws::judge_secret(Algorithm::Hs256, secret.expose()).err();
        match weakness.filter(|fault| !(self.allow_weak_secret && fault.is_weakness())) {
            Some(fault) => self.fail(fault),
            None => self.keys.push(Key::hmac(Algorithm::Hs256, secret.expose(), None).into()),
        }
        self
    }

    /// Lets the secrets that are given after this be weak: shorter than 32 bytes, well known, or marked by
    /// `django-insecure-`. For development.
    pub fn allow_weak_secret(mut self) -> Self {
        self.allow_weak_secret = true;
        self
    }

    /// Accepts tokens signed with this key by this algorithm. `text` is a public key as PEM text or JWK, or a secret
    /// for an algorithm of HMAC.
    pub fn key(mut self, algorithm: Algorithm, text: impl AsRef<[u8]>) -> Self {
        match VerifyingKey::read(algorithm, text.as_ref(), None) {
            Ok(key) => self.keys.push(key),
            Err(fault) => self.fail(fault),
        }
        self
    }

    /// Accepts tokens signed with one of these keys: a JWK set (RFC 7517 §5) that was read before.
    ///
    /// Keys that cannot be used are left out, and the log names them.
    pub fn jwks(mut self, text: impl AsRef<[u8]>) -> Self {
        match read_set(text.as_ref()) {
            Ok(keys) => self.keys.extend(keys),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Accepts tokens signed with one of the keys that the issuer publishes at this moment, as `fetch` reads them:
    /// see [`FetchKeys`]. Other keys that were given are not asked then.
    pub fn remote_jwks(mut self, fetch: impl FetchKeys) -> Self {
        self.remote = Some(Box::new(move |verifier| RemoteKeys::new(fetch, verifier)));
        self
    }

    /// Demands this audience (`AUDIENCE`). Without it, `aud` does not matter.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audience = Some(Audience::One(audience.into()));
        self
    }

    /// Demands this issuer (`ISSUER`). Without it, `iss` does not matter.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuer = Some(issuer.into());
        self
    }

    /// How far the clocks of issuer and verifier may differ (`LEEWAY`): zero unless said.
    pub fn leeway(mut self, leeway: SignedDuration) -> Self {
        self.settings.leeway = leeway;
        self
    }

    /// The claim that names the user (`USER_ID_CLAIM`): `user_id` unless said. Most issuers that are no Django
    /// project use `sub`.
    pub fn user_id_claim(mut self, claim: impl Into<String>) -> Self {
        self.settings.user_id_claim = claim.into();
        self
    }

    /// Accepts tokens that do not say in `token_type` that they are access tokens, and that have no id: those of
    /// issuers other than simplejwt. Have them say for whom they are by [`audience`](Self::audience), or any token of
    /// the issuer lets somebody in.
    pub fn untyped(mut self) -> Self {
        self.settings.token_type_claim = None;
        self.settings.jti_claim = None;
        self
    }

    /// Judges tokens by these settings, all of them; what was said before of audience, issuer and the like is
    /// forgotten.
    pub fn settings(mut self, settings: SimpleJwt) -> Self {
        self.settings = settings;
        self
    }

    /// Asks this clock: for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The handle.
    ///
    /// # Errors
    /// [`StatelessError`], the first thing that was wrong. [`remote_jwks`](Self::remote_jwks) is first asked by the
    /// first request.
    pub fn build(self) -> Result<Authentication, StatelessError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let challenge = challenge(&self.settings.auth_header_types);
        let verifier = Verifier { settings: self.settings, clock: self.clock };
        let way = match self.remote {
            Some(remote) => Way::Remote(Arc::new(remote(verifier))),
            None if self.keys.is_empty() => return Err(StatelessError::NoKey),
            None => Way::SimpleJwt(Box::new(verifier.with(self.keys))),
        };
        Ok(Authentication::new(vec![way], challenge, None))
    }

    fn fail(&mut self, fault: impl Into<StatelessError>) {
        self.fault.get_or_insert_with(|| fault.into());
    }
}

/// What tokens must say, without the keys.
pub(crate) struct Verifier {
    settings: SimpleJwt,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Verifier {
    /// The guard with these keys.
    pub(crate) fn with(&self, keys: Vec<VerifyingKey>) -> JwtAuthentication {
        let tokens = Tokens::new(self.settings.clone(), KeyRing::verifying_only(keys));
        let rules = SimpleJwtRules { tokens, passwords: Passwords::default() };
        JwtAuthentication::new(nobody::authority(Arc::clone(&self.clock)), rules, Mode::Stateless)
    }
}

/// The keys of a set that can be used, at least one.
pub(crate) fn read_set(text: &[u8]) -> Result<Vec<VerifyingKey>, StatelessError> {
    let JwkSet { keys, refused } = JwkSet::read(text, None)?;
    for error in &refused {
        tracing::warn!(%error, "a key of the set is left out");
    }
    match refused.into_iter().next() {
        Some(error) if keys.is_empty() => Err(StatelessError::NoGoodKey(error)),
        None if keys.is_empty() => Err(StatelessError::NoKey),
        _ => Ok(keys),
    }
}

impl fmt::Debug for Stateless {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stateless").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}
