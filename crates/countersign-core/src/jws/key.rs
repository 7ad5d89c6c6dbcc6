//! Keys, each bound to one algorithm when it is made.

use super::private::PrivateKey;
use super::public::PublicKey;
use super::{Algorithm, KeyFault, judge_secret, pem};
use crate::json::Object;
use crate::jwk::Jwk;
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha384, Sha512};
use std::fmt;
use std::sync::Arc;

/// A key that signs and verifies, for exactly one algorithm, prepared once.
#[derive(Clone)]
pub struct Key {
    verifying: VerifyingKey,
    /// None: the secret is in the verifying half.
    private: Option<Arc<PrivateKey>>,
}

/// A key that verifies, for exactly one algorithm, prepared once. A secret can be one too, where the ring does not
/// sign with it.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: Option<String>,
    /// Whether somebody gave it its name; else it has none, or its thumbprint stands in for one.
    is_named: bool,
    /// The header segment of tokens signed with it.
    header: String,
    material: Material,
}

/// The keyed state of each hash, cloned for each use, or the parsed public key.
#[derive(Clone)]
enum Material {
    Hs256(Hmac<Sha256>),
    Hs384(Hmac<Sha384>),
    Hs512(Hmac<Sha512>),
    Public(Arc<(ParsedPublicKey, PublicKey)>),
}

impl Key {
    /// A secret for HMAC, as it is: whether it is fit is for [`judge_secret`] to say.
    ///
    /// # Panics
    /// Where the algorithm is not one of HMAC. Keys from outside are read by [`Key::read`], which refuses.
    #[must_use]
    pub fn hmac(algorithm: Algorithm, secret: &[u8], kid: Option<&str>) -> Self {
        const ANY_LENGTH: &str = "HMAC takes a key of any length";
        let material = match algorithm {
            Algorithm::Hs256 => Material::Hs256(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Hs384 => Material::Hs384(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Algorithm::Hs512 => Material::Hs512(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            other => panic!("{other} is no algorithm of HMAC"),
        };
        let verifying = VerifyingKey::new(algorithm, kid.map(str::to_owned), kid.is_some(), material);
        Self { verifying, private: None }
    }

    /// Reads a key for signing: a secret for HMAC, else the PEM text (PKCS#8, PKCS#1, SEC 1) or the JWK of a
    /// private key. Without a `kid`, that of the JWK is taken, or for a private key its RFC 7638 thumbprint.
    ///
    /// # Errors
    /// Why it is refused. A weak secret is ([`KeyFault::is_weakness`]); whoever accepts one knowingly makes the
    /// key with [`Key::hmac`].
    pub fn read(algorithm: Algorithm, text: &[u8], kid: Option<&str>) -> Result<Self, KeyFault> {
        if let Some(jwk) = Jwk::sniff(text) {
            return jwk?.named(kid).signing_key(Some(algorithm));
        }
        if algorithm.is_symmetric() {
            judge_secret(algorithm, text)?;
            return Ok(Self::hmac(algorithm, text, kid));
        }
        match pem::read(text)? {
            pem::Block::Private(der) => {
                Self::of_private(algorithm, PrivateKey::from_der(algorithm, &der)?, kid)
            }
            pem::Block::Public(_) => Err(KeyFault::NotPrivate),
        }
    }

    /// The rest of reading a private key.
    pub(crate) fn of_private(
        algorithm: Algorithm,
        private: PrivateKey,
        kid: Option<&str>,
    ) -> Result<Self, KeyFault> {
        let verifying = VerifyingKey::of_public(algorithm, private.public()?, kid)?;
        Ok(Self { verifying, private: Some(Arc::new(private)) })
    }

    /// The half that verifies.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The algorithm it is bound to.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm
    }

    /// Its name in headers, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.verifying.kid()
    }

    /// Signs a text and verifies the signature: for the start of a program, before anybody relies on the key.
    ///
    /// # Errors
    /// [`KeyFault::SelfTest`].
    pub fn self_test(&self) -> Result<(), KeyFault> {
        const TEXT: &[u8] = b"countersign.self-test";
        let signature = self.signature(TEXT);
        let holds =
            self.verifying.verifies(TEXT, &signature) && !self.verifying.verifies(b"else", &signature);
        if holds { Ok(()) } else { Err(KeyFault::SelfTest) }
    }

    pub(super) fn sign(&self, payload: &str) -> String {
        let header = self.verifying.header();
        let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + 96);
        token.push_str(header);
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.signature(token.as_bytes());
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// The signature of these bytes: the primitive alone, see [`VerifyingKey::verifies`].
    #[must_use]
    pub fn signature(&self, signed: &[u8]) -> Vec<u8> {
        match (&self.private, &self.verifying.material) {
            (Some(private), _) => private.sign(signed),
            (None, material) => {
                material.mac(signed).expect("a key is private or a secret: its constructors say so")
            }
        }
    }
}

impl VerifyingKey {
    fn new(algorithm: Algorithm, kid: Option<String>, is_named: bool, material: Material) -> Self {
        Self { algorithm, header: header(algorithm, kid.as_deref()), kid, is_named, material }
    }

    /// Reads a key for verifying: whatever [`Key::read`] reads, and public keys as PEM text (SPKI, PKCS#1) or JWK.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn read(algorithm: Algorithm, text: &[u8], kid: Option<&str>) -> Result<Self, KeyFault> {
        if let Some(jwk) = Jwk::sniff(text) {
            return jwk?.named(kid).verifying_key(Some(algorithm));
        }
        if algorithm.is_symmetric() {
            return Key::read(algorithm, text, kid).map(Self::from);
        }
        match pem::read(text)? {
            pem::Block::Public(der) => Self::of_public(algorithm, PublicKey::from_der(algorithm, &der)?, kid),
            pem::Block::Private(_) => Key::read(algorithm, text, kid).map(Self::from),
        }
    }

    pub(crate) fn of_public(
        algorithm: Algorithm,
        public: PublicKey,
        kid: Option<&str>,
    ) -> Result<Self, KeyFault> {
        let parsed = public.verifier(algorithm)?;
        let name = kid.map_or_else(|| public.thumbprint(), str::to_owned);
        Ok(Self::new(algorithm, Some(name), kid.is_some(), Material::Public(Arc::new((parsed, public)))))
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

    /// Whether its name was given to it. Whoever signs with a key that has none here may call it what they like.
    pub(super) const fn is_named(&self) -> bool {
        self.is_named
    }

    /// Its RFC 7638 thumbprint; none for a secret, of which nothing is published.
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        self.public().map(PublicKey::thumbprint)
    }

    /// Its members as a JWK that may be published; none for a secret.
    pub(crate) fn public(&self) -> Option<&PublicKey> {
        match &self.material {
            Material::Public(key) => Some(&key.1),
            _ => None,
        }
    }

    /// The header segment of tokens that were made with it here.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// The MAC of a text, where it is a secret.
    pub(super) fn mac(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.material.mac(text)
    }

    /// Whether a signature of these bytes is this key's: the primitive alone, of which a token is made. For ECDSA it
    /// is r and s, each of the curve's length (RFC 7518 §3.4); a MAC is compared whole and in constant time.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hs256(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
            Material::Hs384(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
            Material::Hs512(mac) => mac.clone().chain_update(signed).verify_slice(signature).is_ok(),
            Material::Public(key) => key.0.verify_sig(signed, signature).is_ok(),
        }
    }
}

impl Material {
    fn mac(&self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hs256(mac) => Some(mac.clone().chain_update(text).finalize().into_bytes().to_vec()),
            Self::Hs384(mac) => Some(mac.clone().chain_update(text).finalize().into_bytes().to_vec()),
            Self::Hs512(mac) => Some(mac.clone().chain_update(text).finalize().into_bytes().to_vec()),
            Self::Public(_) => None,
        }
    }
}

impl From<Key> for VerifyingKey {
    fn from(key: Key) -> Self {
        key.verifying
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
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// Shows what may be seen.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
