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

    /// A ring of the same names and algorithms whose secrets are made of this ring's and `context`: for keys
    /// that belong to one user.
    ///
    /// A derived secret is the MAC of the context under the secret it comes from. No token's signature is ever
    /// that MAC, and no derived secret says anything about another, if the context holds a byte that no token
    /// has: a space or a zero.
    #[must_use]
    pub fn derived(&self, context: &[u8]) -> Self {
        let derive = |key: &Key| Key::hmac(key.algorithm, &key.signature(context), key.kid());
        Self { keys: self.keys.iter().map(derive).collect(), insist_on_kid: self.insist_on_kid }
    }

    /// Whether a header segment can mean the signing key and no other: another key without a name could have
    /// made a token with the same header.
    pub(super) fn names_signing_key(&self, header: &str) -> bool {
        let is_alone = self.keys.len() == 1 && !self.insist_on_kid;
        (is_alone || self.signing().kid.is_some()) && self.signing().header == header
    }

    /// The keys that a header of this algorithm and name can mean: the one of that name, or, where names do not
    /// matter, all of that algorithm. A key that has a name is never meant by another.
    pub(super) fn find(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<Candidates<'_>, JwsError> {
        let kid = kid.filter(|kid| !kid.is_empty());
        let of_this_name = |key: &&Key| kid.is_some() && key.kid() == kid;
        if let Some(key) = self.keys.iter().filter(of_this_name).find(|key| key.algorithm == algorithm) {
            return Ok(Candidates::One(Some(key)));
        }
        // The right name with another algorithm is refused, even if another key has that algorithm.
        if self.keys.iter().any(|key| of_this_name(&key)) {
            return Err(JwsError::Algorithm);
        }
        let fitting = || self.keys.iter().rev().filter(|key| key.algorithm == algorithm);
        if fitting().next().is_none() {
            return Err(JwsError::Algorithm);
        }
        if self.insist_on_kid {
            return Err(JwsError::UnknownKey);
        }
        let possible: Vec<&Key> = fitting().filter(|key| kid.is_none() || key.kid().is_none()).collect();
        if possible.is_empty() { Err(JwsError::UnknownKey) } else { Ok(Candidates::Every(possible)) }
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
    fn a_key_that_has_a_name_is_not_meant_by_another() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        let renamed = Key::hmac(Algorithm::Hs256, b"old", Some("unheard-of")).sign("{}");
        assert_eq!(ring.verify(&renamed).unwrap_err(), JwsError::UnknownKey);
        let nameless = Key::hmac(Algorithm::Hs256, b"old", None);
        assert!(ring.with_verifying(nameless).verify(&renamed).is_ok());
        let blank = Key::hmac(Algorithm::Hs256, b"old", Some("")).sign("{}");
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        assert!(ring.verify(&blank).is_ok());
    }

    #[test]
    fn every_key_without_a_name_is_tried() {
        let old = Key::hmac(Algorithm::Hs256, b"old", None);
        let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"new", None)).with_verifying(old);
        assert!(ring.verify(&ring.keys()[1].sign("{}")).is_ok());
        let ring = ring.insisting_on_kid();
        assert_eq!(ring.verify(&ring.sign("{}")).unwrap_err(), JwsError::UnknownKey);
    }

    #[test]
    fn one_name_may_stand_for_several_algorithms() {
        let ring = KeyRing::new(key("k", Algorithm::Hs256)).with_verifying(key("k", Algorithm::Hs512));
        assert!(ring.verify(&ring.keys()[1].sign("{}")).is_ok());
        assert_eq!(ring.verify(&key("k", Algorithm::Hs384).sign("{}")).unwrap_err(), JwsError::Algorithm);
    }

    #[test]
    fn a_derived_ring_has_the_same_names_and_other_secrets() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs512));
        let (mine, yours) = (ring.derived(b"user 1"), ring.derived(b"user 2"));
        let token = mine.sign("{}");
        assert!(mine.verify(&token).is_ok());
        assert_eq!(mine.signing().kid(), Some("new"));
        for other in [&ring, &yours] {
            assert_eq!(other.verify(&token).unwrap_err(), JwsError::Signature);
        }
        assert!(mine.verify(&mine.keys()[1].sign("{}")).is_ok());
    }

    #[test]
    fn a_key_prints_no_secret() {
        assert!(!format!("{:?}", key("secret", Algorithm::Hs256)).contains("115"));
    }
}
