//! New keys.

use super::private::signing_on;
use super::{Algorithm, Kind};
use crate::random::Random;
use crate::secret::Secret;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Makes a key and gives it as the text that [`Key::read`](super::Key::read) reads: a secret of 64 random bytes in
/// base64url, or a private key of PKCS#8 in PEM (RSA with 2048 bits).
///
/// Key pairs come from aws-lc's own generator, which the operating system seeds.
///
/// # Panics
/// Where the operating system gives no random bytes.
#[must_use]
pub fn generate(algorithm: Algorithm, random: &dyn Random) -> Secret {
    const RANDOM: &str = "the operating system gives random bytes";
    match algorithm.kind() {
        Kind::Secret => {
            let mut bytes = Zeroizing::new([0; 64]);
            random.fill(&mut *bytes);
            Secret::from(BASE64_URL_SAFE_NO_PAD.encode(*bytes))
        }
        Kind::Rsa => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect(RANDOM);
            let der: Pkcs8V1Der<'_> = pair.as_der().expect("a key pair can be written");
            pem(der.as_ref())
        }
        Kind::Ec(curve) => {
            let pair = EcdsaKeyPair::generate(signing_on(curve)).expect(RANDOM);
            pem(pair.to_pkcs8v1().expect("a key pair can be written").as_ref())
        }
        Kind::Ed25519 => {
            let pair = Ed25519KeyPair::generate().expect(RANDOM);
            pem(pair.to_pkcs8v1().expect("a key pair can be written").as_ref())
        }
    }
}

fn pem(der: &[u8]) -> Secret {
    let config = ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF);
    Secret::from(::pem::encode_config(&::pem::Pem::new("PRIVATE KEY", der), config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::Key;
    use crate::random::SystemRandom;

    #[test]
    fn what_is_generated_is_read_back_and_never_the_same() {
        for algorithm in Algorithm::ALL {
            let [one, other] = [(); 2].map(|()| generate(algorithm, &SystemRandom));
            assert!(one != other, "{algorithm}");
            let key = Key::read(algorithm, one.expose(), None).unwrap();
            key.self_test().unwrap();
            assert_eq!(key.kid().is_some(), !algorithm.is_symmetric());
        }
    }
}
