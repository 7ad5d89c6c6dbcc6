//! JSON Web Keys (RFC 7517): reading them strictly, naming them (RFC 7638) and publishing the public ones.
//!
//! A JWK says itself what it is for. What it says is checked against the algorithm that it is to be used for, and
//! whatever does not fit together is refused: see [`KeyFault`].

mod members;
mod set;
mod thumbprint;

pub use self::set::{JwkSet, JwkSetError, MAX_SET_LENGTH, public_jwk, publish};
pub use self::thumbprint::digest;

use self::members::{Members, Rsa};
use crate::json::{Object, Reader, Value};
use crate::jws::private::PrivateKey;
use crate::jws::public::PublicKey;
use crate::jws::{Algorithm, Curve, Key, KeyFault, Kind, VerifyingKey, judge_secret};
use std::fmt;

/// One key, read and found to be of one piece, not yet bound to an algorithm.
pub struct Jwk {
    algorithm: Option<Algorithm>,
    kid: Option<String>,
    operations: Option<Vec<String>>,
    members: Members,
}

impl Jwk {
    /// Reads a key.
    ///
    /// # Errors
    /// Why it is refused, but for what only its use can show.
    pub fn read(text: &[u8]) -> Result<Self, KeyFault> {
        match Reader::CLAIMS.read(text) {
            Ok(Value::Object(object)) => Self::of(&object),
            _ => Err(KeyFault::NotAJwk),
        }
    }

    /// The same where a text may be something else; none if it is no JSON object with a `kty`.
    pub(crate) fn sniff(text: &[u8]) -> Option<Result<Self, KeyFault>> {
        let is_jwk = text.trim_ascii_start().starts_with(b"{")
            && Reader::BODY.read(text).is_ok_and(|it| it.as_object().is_some_and(|it| it.contains("kty")));
        is_jwk.then(|| Self::read(text))
    }

    /// A key that was read as an object.
    ///
    /// # Errors
    /// As [`Jwk::read`].
    pub fn of(object: &Object) -> Result<Self, KeyFault> {
        let algorithm = match text(object, "alg")? {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| KeyFault::UnknownAlgorithm(name.to_owned()))?),
        };
        match text(object, "use")? {
            None | Some("sig") => {}
            Some(other) => return Err(KeyFault::WrongUse(other.to_owned())),
        }
        Ok(Self {
            algorithm,
            kid: text(object, "kid")?.map(str::to_owned),
            operations: operations(object)?,
            members: Members::read(object)?,
        })
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that it says it is for.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// The same under another name, where there is one.
    pub(crate) fn named(self, kid: Option<&str>) -> Self {
        Self { kid: kid.map(str::to_owned).or(self.kid), ..self }
    }

    /// The key for signing. `wanted` is the algorithm that it is to be used for; without one, the key has to say
    /// it, by its `alg` or its curve.
    ///
    /// # Errors
    /// Why it is refused: [`KeyFault::NotPrivate`] where it can only verify, a weak secret too.
    pub fn signing_key(&self, wanted: Option<Algorithm>) -> Result<Key, KeyFault> {
        let algorithm = self.bind(wanted)?;
        self.allows("sign")?;
        let private = match &self.members {
            Members::Secret(secret) => {
                self.allows("verify")?;
                judge_secret(algorithm, secret.expose())?;
                return Ok(Key::hmac(algorithm, secret.expose(), self.kid()));
            }
            Members::Rsa(Rsa { n, e, private }) => {
                crate::jws::judge_modulus(n, e)?;
                let private = private.as_ref().ok_or(KeyFault::NotPrivate)?;
                PrivateKey::of_rsa(algorithm, private.pair(n, e)?)?
            }
            Members::Ec { curve, x, y, d } => {
                PrivateKey::of_ec(*curve, x, y, d.as_ref().ok_or(KeyFault::NotPrivate)?.expose())?
            }
            Members::Ed25519 { x, d } => {
                PrivateKey::of_ed25519(x, d.as_ref().ok_or(KeyFault::NotPrivate)?.expose())?
            }
        };
        Key::of_private(algorithm, private, self.kid())
    }

    /// The key for verifying. Of a private key it is the public half, once both are found to belong together.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn verifying_key(&self, wanted: Option<Algorithm>) -> Result<VerifyingKey, KeyFault> {
        let algorithm = self.bind(wanted)?;
        if self.members.is_private() && self.allows("sign").is_ok() {
            return self.signing_key(wanted).map(VerifyingKey::from);
        }
        self.allows("verify")?;
        match &self.members {
            Members::Secret(secret) => {
                judge_secret(algorithm, secret.expose())?;
                Ok(Key::hmac(algorithm, secret.expose(), self.kid()).into())
            }
            Members::Rsa(Rsa { n, e, .. }) => {
                let public = PublicKey::Rsa { n: n.clone(), e: e.clone() };
                VerifyingKey::of_public(algorithm, public, self.kid())
            }
            Members::Ec { curve, x, y, .. } => {
                let public = PublicKey::Ec { curve: *curve, x: x.clone(), y: y.clone() };
                VerifyingKey::of_public(algorithm, public, self.kid())
            }
            Members::Ed25519 { x, .. } => {
                VerifyingKey::of_public(algorithm, PublicKey::Ed25519 { x: x.clone() }, self.kid())
            }
        }
    }

    /// The one algorithm of this key.
    fn bind(&self, wanted: Option<Algorithm>) -> Result<Algorithm, KeyFault> {
        let algorithm = match (wanted, self.algorithm) {
            (Some(wanted), Some(stated)) if wanted != stated => {
                return Err(KeyFault::OtherAlgorithm { wanted, stated });
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
            (None, None) => self.members.only_algorithm().ok_or(KeyFault::NoAlgorithm)?,
        };
        if self.members.kind() == algorithm.kind() {
            Ok(algorithm)
        } else {
            Err(KeyFault::WrongKind(algorithm))
        }
    }

    fn allows(&self, operation: &'static str) -> Result<(), KeyFault> {
        match &self.operations {
            Some(operations) if !operations.iter().any(|allowed| allowed == operation) => {
                Err(KeyFault::WrongOperations(operation))
            }
            _ => Ok(()),
        }
    }
}

impl Members {
    /// The algorithm of a key that says none: RSA and secrets fit several.
    fn only_algorithm(&self) -> Option<Algorithm> {
        match self.kind() {
            Kind::Secret | Kind::Rsa => None,
            Kind::Ec(Curve::P256) => Some(Algorithm::Es256),
            Kind::Ec(Curve::P384) => Some(Algorithm::Es384),
            Kind::Ec(Curve::P521) => Some(Algorithm::Es512),
            Kind::Ec(Curve::Secp256k1) => Some(Algorithm::Es256k),
            Kind::Ed25519 => Some(Algorithm::EdDsa),
        }
    }
}

/// Shows what may be seen.
impl fmt::Debug for Jwk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Jwk")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn text<'o>(object: &'o Object, name: &'static str) -> Result<Option<&'o str>, KeyFault> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyFault::Malformed(name)),
    }
}

/// RFC 7517 §4.3: different strings.
fn operations(object: &Object) -> Result<Option<Vec<String>>, KeyFault> {
    let malformed = || KeyFault::Malformed("key_ops");
    let items = match object.get("key_ops") {
        None => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(malformed()),
    };
    let mut operations = Vec::new();
    for item in items {
        let operation = item.as_str().ok_or_else(malformed)?.to_owned();
        if operations.contains(&operation) {
            return Err(malformed());
        }
        operations.push(operation);
    }
    Ok(Some(operations))
}
