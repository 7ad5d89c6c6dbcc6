//! `pbkdf2_sha256$<iterations>$<salt>$<base64>` and its SHA-1 sibling.

mod key;

pub(super) use self::key::{Digest, StoredKey};

use super::hasher::{self, Hasher, HasherInSteps, NewKey, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use countersign_pbkdf2::Derivation;
use std::hint::black_box;
use std::time::Duration;

/// Django's `PBKDF2PasswordHasher` and `PBKDF2SHA1PasswordHasher`.
#[derive(Debug)]
pub(super) struct Pbkdf2 {
    digest: Digest,
    iterations: u32,
}

impl Pbkdf2 {
    /// `pbkdf2_sha256`
    pub(super) fn sha256(iterations: u32) -> Self {
        Self { digest: Digest::Sha256, iterations: iterations.max(1) }
    }

    /// `pbkdf2_sha1`
    pub(super) fn sha1(iterations: u32) -> Self {
        Self { digest: Digest::Sha1, iterations: iterations.max(1) }
    }
}

impl Hasher for Pbkdf2 {
    fn algorithm(&self) -> Algorithm {
        match self.digest {
            Digest::Sha1 => Algorithm::Pbkdf2Sha1,
            _ => Algorithm::Pbkdf2Sha256,
        }
    }

    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
        let mut fields = rest.splitn(3, '$');
        let iterations = hasher::decimal(fields.next()?)?;
        let salt = fields.next().filter(|salt| !salt.is_empty())?;
        // What is no base64, as Django writes it, is the hash of no password.
        let key = BASE64_STANDARD.decode(fields.next()?).unwrap_or_default();
        let admitted = 1..=self.iterations.max(self.digest.most_iterations());
        let is_outdated = iterations != self.iterations || hasher::is_short_salt(salt.chars().count());
        admitted.contains(&iterations).then(|| -> Box<dyn Stored> {
            let (salt, length) = (salt.as_bytes().to_vec(), self.digest.length());
            Box::new(StoredKey { digest: self.digest, iterations, salt, key, length, is_outdated })
        })
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let key = self.digest.derive(password, salt.as_bytes(), self.iterations, self.digest.length());
        Ok(self.encoded(&salt, &key))
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.iterations, self.digest.unit())
    }

    fn spend(&self, password: &[u8], cost: Duration) {
        let iterations = hasher::units(cost, self.digest.unit());
        if iterations > 0 {
            black_box(self.digest.derive(password, &[0; 22], iterations, self.digest.length()));
        }
    }

    fn in_steps(&self) -> Option<&dyn HasherInSteps> {
        (self.digest == Digest::Sha256).then_some(self)
    }
}

impl HasherInSteps for Pbkdf2 {
    fn begin(&self, password: &[u8], random: &dyn Random) -> NewKey {
        let salt = hasher::salt(random);
        let key = Derivation::new(password, salt.as_bytes(), self.iterations, self.digest.length());
        NewKey { salt, key }
    }

    fn begin_to_spend(&self, password: &[u8], cost: Duration) -> Derivation {
        let iterations = hasher::units(cost, self.digest.unit());
        Derivation::new(password, &[0; 22], iterations, self.digest.length())
    }

    fn encoded(&self, salt: &str, key: &[u8]) -> String {
        format!("{}${}${salt}${}", self.algorithm(), self.iterations, BASE64_STANDARD.encode(key))
    }
}
