//! The algorithms, as an enum: one more is one more variant, and the compiler names every place to look at.

use std::fmt;
use std::str::FromStr;

/// A signature algorithm of RFC 7518 §3.1, RFC 8037, RFC 8812 or RFC 9864. There is no `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256
    Hs256,
    /// HMAC with SHA-384
    Hs384,
    /// HMAC with SHA-512
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512
    Rs512,
    /// RSASSA-PSS with SHA-256 and a salt as long as the digest
    Ps256,
    /// RSASSA-PSS with SHA-384 and a salt as long as the digest
    Ps384,
    /// RSASSA-PSS with SHA-512 and a salt as long as the digest
    Ps512,
    /// ECDSA on P-256 with SHA-256
    Es256,
    /// ECDSA on P-384 with SHA-384
    Es384,
    /// ECDSA on P-521 with SHA-512
    Es512,
    /// ECDSA on secp256k1 with SHA-256 (RFC 8812)
    Es256k,
    /// Ed25519 under the name that RFC 8037 gave to all Edwards curves
    EdDsa,
    /// Ed25519 under its own name (RFC 9864)
    Ed25519,
}

/// What a key for an algorithm is made of: `kty`, and `crv` where there are curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Secret bytes: `oct`.
    Secret,
    /// An RSA key: `RSA`.
    Rsa,
    /// A point on a curve: `EC`.
    Ec(Curve),
    /// A point on the Edwards curve Ed25519: `OKP`.
    Ed25519,
}

/// A curve of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST's curve over a prime of 256 bits.
    P256,
    /// NIST's curve over a prime of 384 bits.
    P384,
    /// NIST's curve over a prime of 521 bits.
    P521,
    /// The Koblitz curve that cryptocurrencies use.
    Secp256k1,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 15] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256k,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256k => "ES256K",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// What its keys are made of.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Hs256 | Self::Hs384 | Self::Hs512 => Kind::Secret,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Kind::Rsa,
            Self::Es256 => Kind::Ec(Curve::P256),
            Self::Es384 => Kind::Ec(Curve::P384),
            Self::Es512 => Kind::Ec(Curve::P521),
            Self::Es256k => Kind::Ec(Curve::Secp256k1),
            Self::EdDsa | Self::Ed25519 => Kind::Ed25519,
        }
    }

    /// Whether whoever can verify can sign as well.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self.kind(), Kind::Secret)
    }

    /// The shortest secret that gives the algorithm its full strength, in bytes (RFC 7518 §3.2); 0 where keys
    /// are no secrets that somebody chooses.
    #[must_use]
    pub const fn secret_length(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
            _ => 0,
        }
    }
}

impl Kind {
    /// The registered `kty`.
    #[must_use]
    pub const fn kty(self) -> &'static str {
        match self {
            Self::Secret => "oct",
            Self::Rsa => "RSA",
            Self::Ec(_) => "EC",
            Self::Ed25519 => "OKP",
        }
    }
}

/// For sentences: `an EC key on P-256`.
impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => out.write_str("a secret"),
            Self::Rsa => out.write_str("an RSA key"),
            Self::Ec(curve) => write!(out, "an EC key on {}", curve.name()),
            Self::Ed25519 => out.write_str("an Ed25519 key"),
        }
    }
}

impl Curve {
    /// Every curve.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// The registered `crv`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// The length of a coordinate, of a private key and of either half of a signature, in bytes.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// No algorithm has this name: names are compared byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such algorithm")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_own_name_alone() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
            for other in [algorithm.name().to_lowercase(), format!("{algorithm} "), format!(" {algorithm}")] {
                assert_eq!(other.parse::<Algorithm>(), Err(UnknownAlgorithm), "{other:?}");
            }
        }
        for name in ["none", "None", "", "ES521", "ES224", "RSA1_5", "Ed448", "HS1"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name:?}");
        }
    }
}
