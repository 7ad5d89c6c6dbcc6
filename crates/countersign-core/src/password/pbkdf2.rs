//! `pbkdf2_sha256$<iterations>$<salt>$<base64>` and its SHA-1 sibling.

use super::hasher::{self, Hasher, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::hint::black_box;
use std::time::Duration;

/// Iterations beyond which a stored hash is taken for corrupt: eight times what the newest Django writes, and
/// about a second of work. What the settings ask for is never beyond it.
const MOST_ITERATIONS: u32 = 10_000_000;

/// Django's `PBKDF2PasswordHasher` and `PBKDF2SHA1PasswordHasher`.
#[derive(Debug)]
pub(super) struct Pbkdf2 {
    digest: Digest,
    iterations: u32,
}

/// What the iterations are of.
#[derive(Clone, Copy, Debug)]
enum Digest {
    Sha1,
    Sha256,
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

impl Digest {
    fn derive(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        match self {
            Self::Sha1 => ::pbkdf2::pbkdf2_hmac_array::<sha1::Sha1, 20>(password, salt, iterations).to_vec(),
            Self::Sha256 => countersign_pbkdf2::derive(password, salt, iterations, 32).to_vec(),
        }
    }

    /// What an iteration costs, in nanoseconds.
    const fn unit(self) -> u64 {
        match self {
            Self::Sha1 => 115,
            Self::Sha256 => 70,
        }
    }
}

impl Hasher for Pbkdf2 {
    fn algorithm(&self) -> Algorithm {
        match self.digest {
            Digest::Sha1 => Algorithm::Pbkdf2Sha1,
            Digest::Sha256 => Algorithm::Pbkdf2Sha256,
        }
    }

    fn read<'a>(&'a self, rest: &'a str) -> Option<Box<dyn Stored + 'a>> {
        let mut fields = rest.splitn(3, '$');
        let iterations = hasher::decimal(fields.next()?)?;
        let salt = fields.next().filter(|salt| !salt.is_empty())?;
        let hash = fields.next()?;
        let admitted = 1..=self.iterations.max(MOST_ITERATIONS);
        admitted
            .contains(&iterations)
            .then(|| -> Box<dyn Stored> { Box::new(Pbkdf2Hash { hasher: self, iterations, salt, hash }) })
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let hash = BASE64_STANDARD.encode(self.digest.derive(password, salt.as_bytes(), self.iterations));
        Ok(format!("{}${}${salt}${hash}", self.algorithm(), self.iterations))
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.iterations, self.digest.unit())
    }

    fn spend(&self, password: &[u8], cost: Duration) {
        let iterations = hasher::units(cost, self.digest.unit());
        if iterations > 0 {
            black_box(self.digest.derive(password, &[0; 22], iterations));
        }
    }
}

struct Pbkdf2Hash<'a> {
    hasher: &'a Pbkdf2,
    iterations: u32,
    salt: &'a str,
    hash: &'a str,
}

impl Stored for Pbkdf2Hash<'_> {
    fn matches(&self, password: &[u8]) -> bool {
        let hash = self.hasher.digest.derive(password, self.salt.as_bytes(), self.iterations);
        hasher::same(BASE64_STANDARD.encode(hash).as_bytes(), self.hash.as_bytes())
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.iterations, self.hasher.digest.unit())
    }

    fn is_outdated(&self) -> bool {
        self.iterations != self.hasher.iterations || hasher::is_short_salt(self.salt.chars().count())
    }
}
