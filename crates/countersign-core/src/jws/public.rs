//! Public keys: their members, checked, and what verifies with them.

use super::judge_modulus;
use super::{Algorithm, Curve, KeyFault, Kind};
use crate::json::Object;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::PublicKey as RsaPublicKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    ED25519, EcdsaVerificationAlgorithm, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The members of a public key, as RFC 7518 §6 and RFC 8037 §2 name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The coordinates, of the curve's length.
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    /// The 32 bytes of RFC 8032.
    Ed25519 { x: Vec<u8> },
}

impl PublicKey {
    /// Reads SPKI, or PKCS#1 for RSA.
    pub(crate) fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyFault> {
        let unfit = || KeyFault::WrongKind(algorithm);
        match algorithm.kind() {
            Kind::Secret => Err(unfit()),
            Kind::Rsa => Ok(Self::of_rsa(&RsaPublicKey::from_der(der).map_err(|_| unfit())?)),
            Kind::Ec(curve) => {
                let key = ParsedPublicKey::new(verification_on(curve), der).map_err(|_| unfit())?;
                let spki = key.as_der().map_err(|_| unfit())?;
                let point = tail(spki.as_ref(), 1 + 2 * curve.length()).ok_or_else(unfit)?;
                Self::of_point(curve, point).ok_or_else(unfit)
            }
            Kind::Ed25519 => {
                let key = ParsedPublicKey::new(&ED25519, der).map_err(|_| unfit())?;
                let spki = key.as_der().map_err(|_| unfit())?;
                Ok(Self::Ed25519 { x: tail(spki.as_ref(), 32).ok_or_else(unfit)?.to_vec() })
            }
        }
    }

    pub(crate) fn of_rsa(key: &RsaPublicKey) -> Self {
        let n = key.modulus().big_endian_without_leading_zero().to_vec();
        let e = key.exponent().big_endian_without_leading_zero().to_vec();
        Self::Rsa { n, e }
    }

    /// From the uncompressed form of SEC 1.
    pub(crate) fn of_point(curve: Curve, point: &[u8]) -> Option<Self> {
        let (form, coordinates) = point.split_first()?;
        let (x, y) = coordinates.split_at_checked(curve.length())?;
        (*form == 4 && y.len() == x.len()).then(|| Self::Ec { curve, x: x.to_vec(), y: y.to_vec() })
    }

    /// The uncompressed form of SEC 1.
    pub(crate) fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
        [&[4], x, y].concat()
    }

    /// What verifies an algorithm's signatures with this key, which has to be sound.
    pub(crate) fn verifier(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyFault> {
        let unfit = |_| KeyFault::WrongKind(algorithm);
        match (self, algorithm.kind()) {
            (Self::Rsa { n, e }, Kind::Rsa) => {
                judge_modulus(n, e)?;
                let parameters = rsa_verification(algorithm).ok_or(KeyFault::WrongKind(algorithm))?;
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(unfit)
            }
            (Self::Ec { curve, x, y }, Kind::Ec(wanted)) if *curve == wanted => {
                ParsedPublicKey::new(verification_on(*curve), Self::point(x, y))
                    .map_err(|_| KeyFault::NotOnCurve(curve.name()))
            }
            (Self::Ed25519 { x }, Kind::Ed25519) => {
                ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyFault::NotOnCurve("Ed25519"))
            }
            _ => Err(KeyFault::WrongKind(algorithm)),
        }
    }

    /// The members of its JWK that are required, in the order of their names, as RFC 7638 §3.2 wants them.
    pub(crate) fn members(&self) -> Object {
        let base64url = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa { n, e } => {
                Object::from([("e", base64url(e)), ("kty", "RSA".to_owned()), ("n", base64url(n))])
            }
            Self::Ec { curve, x, y } => Object::from([
                ("crv", curve.name().to_owned()),
                ("kty", "EC".to_owned()),
                ("x", base64url(x)),
                ("y", base64url(y)),
            ]),
            Self::Ed25519 { x } => {
                Object::from([("crv", "Ed25519".to_owned()), ("kty", "OKP".to_owned()), ("x", base64url(x))])
            }
        }
    }
}

fn verification_on(curve: Curve) -> &'static EcdsaVerificationAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED,
        Curve::Secp256k1 => &ECDSA_P256K1_SHA256_FIXED,
    }
}

fn rsa_verification(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

/// The last bytes: a `SubjectPublicKeyInfo` ends with the key itself.
fn tail(bytes: &[u8], length: usize) -> Option<&[u8]> {
    bytes.get(bytes.len().checked_sub(length)?..)
}
