//! Private keys: what signs.

use super::public::PublicKey;
use super::{Algorithm, Curve, KeyFault, Kind};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair,
};

/// A private key, prepared for one algorithm.
///
/// Salts and nonces come from aws-lc's own generator, which the operating system seeds: it cannot be handed
/// another one.
pub(crate) enum PrivateKey {
    Rsa { pair: RsaKeyPair, encoding: &'static dyn RsaEncoding },
    Ec { pair: EcdsaKeyPair, curve: Curve },
    Ed25519 { pair: Ed25519KeyPair },
}

impl PrivateKey {
    /// Reads PKCS#8, PKCS#1 for RSA or SEC 1 for elliptic curves.
    pub(crate) fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyFault> {
        let unfit = |_| KeyFault::WrongKind(algorithm);
        match algorithm.kind() {
            Kind::Secret => Err(KeyFault::WrongKind(algorithm)),
            Kind::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der).or_else(|error| {
                    // The first error, unless it is that of the wrong format.
                    RsaKeyPair::from_der(der).map_err(|other| if is_of_length(error) { error } else { other })
                });
                let fault = |error| if is_of_length(error) { KeyFault::RsaLength } else { unfit(error) };
                Self::of_rsa(algorithm, pair.map_err(fault)?)
            }
            Kind::Ec(curve) => {
                let pair = EcdsaKeyPair::from_private_key_der(signing_on(curve), der).map_err(unfit)?;
                Ok(Self::Ec { pair, curve })
            }
            Kind::Ed25519 => Ok(Self::Ed25519 { pair: Ed25519KeyPair::from_pkcs8(der).map_err(unfit)? }),
        }
    }

    pub(crate) fn of_rsa(algorithm: Algorithm, pair: RsaKeyPair) -> Result<Self, KeyFault> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &RSA_PKCS1_SHA512,
            Algorithm::Ps256 => &RSA_PSS_SHA256,
            Algorithm::Ps384 => &RSA_PSS_SHA384,
            Algorithm::Ps512 => &RSA_PSS_SHA512,
            _ => return Err(KeyFault::WrongKind(algorithm)),
        };
        Ok(Self::Rsa { pair, encoding })
    }

    pub(crate) fn of_ec(curve: Curve, x: &[u8], y: &[u8], d: &[u8]) -> Result<Self, KeyFault> {
        let point = PublicKey::point(x, y);
        let pair = EcdsaKeyPair::from_private_key_and_public_key(signing_on(curve), d, &point);
        Ok(Self::Ec { pair: pair.map_err(|_| KeyFault::Inconsistent)?, curve })
    }

    pub(crate) fn of_ed25519(x: &[u8], d: &[u8]) -> Result<Self, KeyFault> {
        let pair = Ed25519KeyPair::from_seed_and_public_key(d, x).map_err(|_| KeyFault::Inconsistent)?;
        Ok(Self::Ed25519 { pair })
    }

    /// The public half.
    pub(crate) fn public(&self) -> Result<PublicKey, KeyFault> {
        match self {
            Self::Rsa { pair, .. } => Ok(PublicKey::of_rsa(pair.public_key())),
            Self::Ec { pair, curve } => PublicKey::of_point(*curve, pair.public_key().as_ref())
                .ok_or(KeyFault::NotOnCurve(curve.name())),
            Self::Ed25519 { pair } => Ok(PublicKey::Ed25519 { x: pair.public_key().as_ref().to_vec() }),
        }
    }

    /// Signs. A key that was read can; that it did is what [`super::Key::self_test`] shows.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        const SOUND: &str = "a key that was checked when it was read signs anything";
        let random = SystemRandom::new();
        match self {
            Self::Rsa { pair, encoding } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).expect(SOUND);
                signature
            }
            Self::Ec { pair, .. } => pair.sign(&random, message).expect(SOUND).as_ref().to_vec(),
            Self::Ed25519 { pair } => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// Whether a key was refused for its length alone. The library tells by a word, which a test pins.
fn is_of_length(error: KeyRejected) -> bool {
    matches!(error.description_(), "TooSmall" | "TooLarge")
}

pub(crate) fn signing_on(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
        Curve::Secp256k1 => &ECDSA_P256K1_SHA256_FIXED_SIGNING,
    }
}

#[cfg(test)]
mod tests {
    use crate::jws::{Algorithm, Key, generate};
    use crate::random::SystemRandom;
    use std::collections::HashSet;

    /// Two signatures with one `r` would give the private key away.
    #[test]
    fn no_two_signatures_of_a_curve_share_their_first_half() {
        let count = 2_000;
        for algorithm in [Algorithm::Es256, Algorithm::Es256k] {
            let key = Key::read(algorithm, generate(algorithm, &SystemRandom).expose(), None).unwrap();
            let half = |message: usize| key.signature(&message.to_le_bytes())[..32].to_vec();
            let halves: HashSet<Vec<u8>> = (0..count).map(half).collect();
            assert_eq!(halves.len(), count, "{algorithm}");
        }
    }
}
