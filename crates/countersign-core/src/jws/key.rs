//! Keys, each bound to one algorithm when it is made, and the ring that holds them.

use super::{Algorithm, Candidates, JwsError};
use crate::json::Object;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha384, Sha512};
use std::fmt;

/// A key for exactly one algorithm, prepared once.
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    kid: Option<String>,
    /// The header segment of tokens signed with it.
    header: String,
    material: Material,
}

/// The keyed state of each algorithm, cloned for each use.
#[derive(Clone)]
enum Material {
    Hs256(Hmac<Sha256>),
    Hs384(Hmac<Sha384>),
    Hs512(Hmac<Sha512>),
}

impl Key {
    /// A secret for HMAC, of any length: whether it is long enough is for the configuration to say.
    #[must_use]
    pub fn hmac(algorithm: Algorithm, secret: &[u8], kid: Option<&str>) -> Self {
        const ANY_LENGTH: &str = "HMAC takes a key of any length";
        let material = match algorithm {
            Algorithm::Hs256 => Material::Hs256(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Hs384 => Material::Hs384(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Hs512 => Material::Hs512(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
        };
        Self { algorithm, kid: kid.map(str::to_owned), header: header(algorithm, kid), material }
    }

    /// The algorithm it is bound to.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its name in headers, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    pub(super) fn sign(&self, payload: &str) -> String {
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 96);
        token.push_str(&self.header);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.signature(token.as_bytes());
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    pub(super) fn signature(&self, signed: &[u8]) -> Vec<u8> {
        match &self.material {
            Material::Hs256(mac) => mac.clone().chain_update(signed).finalize().into_bytes().to_vec(),
            Material::Hs384(mac) => mac.clone().chain_update(signed).finalize().into_bytes().to_vec(),
            Material::Hs512(mac) => mac.clone().chain_update(signed).finalize().into_bytes().to_vec(),
        }
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hs256(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
            Material::Hs384(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
            Material::Hs512(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
        }
    }
}

/// PyJWT's header: names sorted.
fn header(algorithm: Algorithm, kid: Option<&str>) -> String {
    let mut header = Object::new();
    header.insert("alg", algorithm.name());
    if let Some(kid) = kid {
        header.insert("kid", kid);
    }
    header.insert("typ", "JWT");
    BASE64_URL_SAFE_NO_PAD.encode(header.to_ascii())
}

/// Shows what may be seen.
impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// One key that signs, and all that verify.
#[derive(Clone, Debug)]
pub struct KeyRing {
    /// The first signs; all verify.
    keys: Vec<Key>,
    insist_on_kid: bool,
}

impl KeyRing {
    /// A ring of one key, which signs and verifies.
    #[must_use]
    pub fn new(signing: Key) -> Self {
        Self { keys: vec![signing], insist_on_kid: false }
    }

    /// Adds a key that verifies only.
    #[must_use]
    pub fn with_verifying(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    /// Refuses tokens without the name of one of the keys (`JWT_INSIST_ON_KID`).
    #[must_use]
    pub fn insisting_on_kid(mut self) -> Self {
        self.insist_on_kid = true;
        self
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> &Key {
        &self.keys[0]
    }

    /// All keys, the signing one first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that a header of this algorithm and name can mean: the one of that name, or, where names do not
    /// matter, all of that algorithm.
    pub(super) fn find(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<Candidates<'_>, JwsError> {
        if let Some(key) = kid.and_then(|kid| self.keys.iter().find(|key| key.kid() == Some(kid))) {
            // The right name with another algorithm is refused, even if another key has that algorithm.
            return if key.algorithm == algorithm {
                Ok(Candidates::One(Some(key)))
            } else {
                Err(JwsError::Algorithm)
            };
        }
        let fitting: Vec<&Key> = self.keys.iter().rev().filter(|key| key.algorithm == algorithm).collect();
        if fitting.is_empty() {
            return Err(JwsError::Algorithm);
        }
        if self.insist_on_kid {
            return Err(JwsError::UnknownKey);
        }
        Ok(Candidates::Every(fitting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, algorithm: Algorithm) -> Key {
        Key::hmac(algorithm, kid.as_bytes(), Some(kid))
    }

    #[test]
    fn a_key_is_found_by_its_name_and_never_by_another_algorithm() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs512));
        let of_old = ring.keys()[1].sign("{}");
        assert_eq!(ring.verify(&of_old).unwrap().key.kid(), Some("old"));
        let confused = Key { material: ring.keys()[1].material.clone(), ..key("old", Algorithm::Hs256) };
        assert_eq!(ring.verify(&confused.sign("{}")).unwrap_err(), JwsError::Algorithm);
    }

    #[test]
    fn a_token_without_a_name_is_tried_with_every_key_unless_names_are_insisted_on() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        let nameless = Key::hmac(Algorithm::Hs256, b"old", None).sign("{}");
        assert_eq!(ring.verify(&nameless).unwrap().key.kid(), Some("old"));
        assert_eq!(ring.insisting_on_kid().verify(&nameless).unwrap_err(), JwsError::UnknownKey);
    }

    #[test]
    fn a_key_prints_no_secret() {
        assert!(!format!("{:?}", key("secret", Algorithm::Hs256)).contains("115"));
    }
}
