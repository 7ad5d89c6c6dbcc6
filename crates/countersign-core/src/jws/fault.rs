//! What can be wrong with a key, and what to do about it.

use super::Algorithm;

/// A key that is refused, by name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key {name:?}: {fault}")]
pub struct KeyError {
    /// What the key is called: its `kid`, its place in a set, or the setting that it stands in.
    pub name: String,
    /// What is wrong with it.
    #[source]
    pub fault: KeyFault,
}

/// Why a key is refused. Each says what would be accepted; none shows anything of the key but its public form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// A secret of no bytes.
    #[error("the secret is empty: make one with `countersign key generate`")]
    Empty,
    /// A secret with less strength than its algorithm (RFC 7518 §3.2).
    #[error("the secret has {bytes} bytes, {algorithm} needs {}: make a longer one, or choose an algorithm with a shorter digest", .algorithm.secret_length())]
    Short {
        /// The algorithm that it is for.
        algorithm: Algorithm,
        /// How long it is.
        bytes: usize,
    },
    /// A secret that stands in tutorials and word lists.
    #[error("the secret is one that everybody knows: make one with `countersign key generate`")]
    Common,
    /// A secret of one byte again and again.
    #[error("the secret repeats one byte: make one with `countersign key generate`")]
    Repeated,
    /// A secret that `django-admin startproject` made for development.
    #[error(
        "the secret begins with `django-insecure-`, Django's mark of a key for development: make one with `countersign key generate`"
    )]
    DjangoInsecure,
    /// A key of the asymmetric kind, given as a secret: if it is public, everybody could sign.
    #[error(
        "the secret is a key in {0}, which others may know: use the algorithm that the key is for, or a secret of random bytes"
    )]
    KeyAsSecret(&'static str),
    /// No text with one PEM block, though the algorithm needs a key pair.
    #[error("this is neither a PEM block nor a JWK: give the whole text from `-----BEGIN` to `-----END`")]
    NotAKey,
    /// More than one PEM block.
    #[error("there are several PEM blocks: give the one of the key alone")]
    SeveralBlocks,
    /// A PEM block that needs a password.
    #[error(
        "the private key is encrypted: decrypt it with `openssl pkey -in FILE` and protect the file instead"
    )]
    Encrypted,
    /// A certificate, whose validity nobody would check.
    #[error("this is a certificate: take its key out with `openssl x509 -pubkey -noout -in FILE`")]
    Certificate,
    /// A PEM block of another sort.
    #[error("a PEM block of the type {0:?} holds no key that is read here: convert it with `openssl pkey`")]
    UnknownBlock(String),
    /// A public key where a private one is needed.
    #[error("this is a public key, which can only verify: give the private key for signing")]
    NotPrivate,
    /// The key is not of the sort that the algorithm needs, or is damaged.
    #[error("the key is not a sound key for {0}, which needs {kind}: give such a key, or name its own algorithm", kind = .0.kind())]
    WrongKind(Algorithm),
    /// Not a JSON object, or one that can be read in two ways.
    #[error("this is no JWK: it must be one JSON object in UTF-8 without duplicate names")]
    NotAJwk,
    /// A member that a JWK needs is missing.
    #[error("the JWK has no {0:?}: take it from its source again, complete")]
    Missing(&'static str),
    /// A member of a JWK is not what RFC 7518 §6 says.
    #[error(
        "{0:?} of the JWK is malformed: binary values are base64url without padding, numbers of the full length and no longer"
    )]
    Malformed(&'static str),
    /// A `kty` or `crv` that no algorithm here uses.
    #[error(
        "no algorithm here uses {name} {value:?}: use RSA, EC (P-256, P-384, P-521, secp256k1), OKP (Ed25519) or oct"
    )]
    UnknownKind {
        /// `kty` or `crv`.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// An `alg` that is none of [`Algorithm::ALL`].
    #[error("`alg` {0:?} is no signature algorithm that is known here: correct it or give another key")]
    UnknownAlgorithm(String),
    /// No `alg`, and nothing else says which it is.
    #[error("the JWK has no `alg`, and its kind fits several: add the algorithm that it is for")]
    NoAlgorithm,
    /// The `alg` of a JWK is not the algorithm that it is to be used for.
    #[error(
        "the JWK says that it is for {stated}, but is to be used for {wanted}: a key has one algorithm, so correct one of the two"
    )]
    OtherAlgorithm {
        /// By the configuration.
        wanted: Algorithm,
        /// By the JWK.
        stated: Algorithm,
    },
    /// `use` is not `sig`.
    #[error("`use` says {0:?}: a key for signatures has `sig` or no `use`")]
    WrongUse(String),
    /// `key_ops` is without what is wanted, or not a list of different words.
    #[error("`key_ops` does not allow {0:?}: add it at the source of the key, or give another key")]
    WrongOperations(&'static str),
    /// A member of another kind of key.
    #[error("the JWK has {0:?}, which belongs to another kind of key: remove what does not belong to it")]
    Mixed(&'static str),
    /// RSA below 2048 or above 8192 bits.
    #[error(
        "the RSA modulus has fewer than 2048 or more than 8192 bits: generate a new key within these limits"
    )]
    RsaLength,
    /// An RSA exponent that is even, 1, or longer than 33 bits.
    #[error("the RSA exponent is even, one or beyond 33 bits: generate a new key, with the exponent 65537")]
    RsaExponent,
    /// An RSA modulus that is no product of two odd primes, or was made by a flawed chip (CVE-2017-15361, ROCA).
    #[error(
        "the RSA modulus is weak (even, or of the form that CVE-2017-15361 breaks): generate a new key in software"
    )]
    RsaModulus,
    /// The coordinates are those of no point.
    #[error("the key is no point on {0}: it is damaged or forged, take it from its source again")]
    NotOnCurve(&'static str),
    /// Private and public part do not belong together.
    #[error("the private and the public part do not belong together: take the key from its source again")]
    Inconsistent,
    /// What it signed, it did not verify.
    #[error("a signature made with it does not verify: take the key from its source again")]
    SelfTest,
}

impl KeyFault {
    /// The same, saying of which key.
    #[must_use]
    pub fn of(self, name: &str) -> KeyError {
        KeyError { name: name.to_owned(), fault: self }
    }

    /// Whether it is a weakness that an operator may accept knowingly (`allow_weak_secret`): a secret that is
    /// short or known to others. Everything else is refused for good.
    #[must_use]
    pub const fn is_weakness(&self) -> bool {
        matches!(self, Self::Short { .. } | Self::Common | Self::Repeated | Self::DjangoInsecure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_key_and_the_remedy() {
        let error = KeyFault::Short { algorithm: Algorithm::Hs512, bytes: 50 }.of("SIGNING_KEY");
        assert_eq!(
            error.to_string(),
            "key \"SIGNING_KEY\": the secret has 50 bytes, HS512 needs 64: make a longer one, or choose an \
             algorithm with a shorter digest"
        );
        let error = KeyFault::WrongKind(Algorithm::Es256).of("k1");
        assert!(error.to_string().contains("ES256, which needs an EC key on P-256"), "{error}");
    }
}
