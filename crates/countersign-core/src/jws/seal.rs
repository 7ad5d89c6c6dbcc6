//! Private keys at rest: encrypted, so that whoever reads the database cannot sign.

use super::Algorithm;
use crate::random::Random;
use crate::secret::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use std::fmt;

/// The first byte of what is sealed: the form that follows.
const FORM: u8 = 1;

/// Seals private keys under a key derived from the master secret (`secret_key`), and opens them.
///
/// AES-256-GCM with a key by HKDF-SHA-256 (RFC 5869) and a random nonce of 96 bits. The key's name and algorithm are
/// authenticated with it: what was sealed for one row of a table opens in no other.
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// A sealer under this master secret. Another label than those of other derived secrets keeps them apart.
    #[must_use]
    pub fn new(master: &Secret) -> Self {
        let pseudorandom = Salt::new(HKDF_SHA256, b"countersign key ring").extract(master.expose());
        let key = pseudorandom.expand(&[b"private keys at rest, AES-256-GCM"], &AES_256_GCM);
        let key = key.expect("HKDF-SHA-256 gives up to 8160 bytes, and this is 32");
        Self(LessSafeKey::new(UnboundKey::from(key)))
    }

    /// Form, nonce and ciphertext.
    #[must_use]
    pub fn seal(&self, kid: &str, algorithm: Algorithm, private: &Secret, random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut text = private.expose().to_vec();
        let bound = Aad::from(bound(kid, algorithm));
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut text)
            .expect("a key is shorter than what AES-GCM can seal");
        [&[FORM][..], &nonce, &text].concat()
    }

    /// What was sealed for this key; none if it was changed, or sealed under another master secret.
    #[must_use]
    pub fn open(&self, kid: &str, algorithm: Algorithm, sealed: &[u8]) -> Option<Secret> {
        let (nonce, text) = sealed.strip_prefix(&[FORM])?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = zeroize::Zeroizing::new(text.to_vec());
        let opened = self.0.open_in_place(nonce, Aad::from(bound(kid, algorithm)), &mut text).ok()?;
        Some(Secret::new(&*opened))
    }
}

/// No name of an algorithm has a zero byte.
fn bound(kid: &str, algorithm: Algorithm) -> Vec<u8> {
    [algorithm.name().as_bytes(), b"\0", kid.as_bytes()].concat()
}

/// Shows nothing.
impl fmt::Debug for Sealer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;
    use proptest::prelude::*;

    fn sealer(master: &str) -> Sealer {
        Sealer::new(&master.into())
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_key_under_the_same_master_alone() {
        let private = Secret::from("the private key");
        let sealed = sealer("master").seal("k", Algorithm::EdDsa, &private, &SystemRandom);
        assert!(!sealed.windows(7).any(|part| part == b"private"));
        assert_eq!(sealer("master").open("k", Algorithm::EdDsa, &sealed), Some(private.clone()));
        assert_eq!(sealer("other").open("k", Algorithm::EdDsa, &sealed), None);
        assert_eq!(sealer("master").open("l", Algorithm::EdDsa, &sealed), None);
        assert_eq!(sealer("master").open("k", Algorithm::Ed25519, &sealed), None);
        let again = sealer("master").seal("k", Algorithm::EdDsa, &private, &SystemRandom);
        assert_ne!(sealed, again);
    }

    proptest! {
        #[test]
        fn nothing_that_was_changed_opens(at in 0usize..60, bit in 0u8..8) {
            let mut sealed = sealer("m").seal("k", Algorithm::Hs256, &"secret".into(), &SystemRandom);
            let at = at % sealed.len();
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(sealer("m").open("k", Algorithm::Hs256, &sealed), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(sealer("m").open("k", Algorithm::Hs256, &bytes), None);
        }
    }
}
