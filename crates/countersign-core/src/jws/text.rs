//! The keys of a key pair's algorithm in one text: a PEM block or a JWK hold one, a JWK set holds several.

use super::{Algorithm, Key, KeyError, KeyFault, VerifyingKey};
use crate::jwk::{JwkSet, JwkSetError};

/// What a text holds.
#[derive(Clone, Debug)]
pub struct KeyText {
    /// The key that signs: of a set, the first that can. It was seen to sign.
    pub signing: Option<Key>,
    /// All that verify, never none.
    pub verifying: Vec<VerifyingKey>,
    /// The keys of a set that cannot be used: for the log.
    pub refused: Vec<KeyError>,
}

/// Why a text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The set.
    #[error(transparent)]
    Set(#[from] JwkSetError),
    /// A set without a key for this algorithm.
    #[error(
        "no key of the set can be used with {0}: add one that is for it, or name the algorithm of those that are there"
    )]
    NoneFits(Algorithm),
}

impl KeyText {
    /// Reads a text for an algorithm with a key pair. `kid` names a single key; those of a set have names of their
    /// own.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn read(algorithm: Algorithm, text: &[u8], kid: Option<&str>) -> Result<Self, KeyTextError> {
        if JwkSet::sniff(text) {
            return Self::of_set(algorithm, text);
        }
        let (signing, verifying) = match Key::read(algorithm, text, kid) {
            Ok(key) => (Some(key.clone()), VerifyingKey::from(key)),
            Err(KeyFault::NotPrivate) => (None, VerifyingKey::read(algorithm, text, kid)?),
            Err(fault) => return Err(fault.into()),
        };
        Self { signing, verifying: vec![verifying], refused: Vec::new() }.tested()
    }

    fn of_set(algorithm: Algorithm, text: &[u8]) -> Result<Self, KeyTextError> {
        let JwkSet { keys, refused } = JwkSet::read(text, Some(algorithm))?;
        if keys.is_empty() {
            return Err(KeyTextError::NoneFits(algorithm));
        }
        Self { signing: JwkSet::signing_key(text, algorithm), verifying: keys, refused }.tested()
    }

    fn tested(self) -> Result<Self, KeyTextError> {
        self.signing.as_ref().map_or(Ok(()), Key::self_test)?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwk::publish;
    use crate::jws::generate;
    use crate::random::SystemRandom;

    fn pem(algorithm: Algorithm) -> Vec<u8> {
        generate(algorithm, &SystemRandom).expose().to_vec()
    }

    #[test]
    fn a_private_key_signs_and_a_public_one_verifies() {
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric()) {
            let private = KeyText::read(algorithm, &pem(algorithm), Some("k")).unwrap();
            assert_eq!(private.signing.as_ref().and_then(Key::kid), Some("k"), "{algorithm}");
            let set = publish(&private.verifying).to_ascii();
            let public = KeyText::read(algorithm, set.as_bytes(), None).unwrap();
            assert!(public.signing.is_none());
            assert_eq!(public.verifying[0].thumbprint(), private.verifying[0].thumbprint());
        }
    }

    #[test]
    fn a_set_is_used_for_what_fits_and_refused_where_nothing_does() {
        let ring: Vec<VerifyingKey> = [Algorithm::Es256, Algorithm::EdDsa]
            .iter()
            .map(|algorithm| VerifyingKey::read(*algorithm, &pem(*algorithm), None).unwrap())
            .collect();
        let set = publish(&ring).to_ascii();
        let text = KeyText::read(Algorithm::EdDsa, set.as_bytes(), None).unwrap();
        assert_eq!((text.verifying.len(), text.refused.len()), (1, 1));
        let error = KeyText::read(Algorithm::Rs256, set.as_bytes(), None).unwrap_err();
        assert_eq!(error, KeyTextError::NoneFits(Algorithm::Rs256));
        let error = KeyText::read(Algorithm::Rs256, b"nothing", None).unwrap_err();
        assert_eq!(error, KeyTextError::Key(KeyFault::NotAKey));
    }
}
