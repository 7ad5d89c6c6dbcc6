//! A stored PBKDF2 key, whatever text it was read from.

use super::super::hasher::{self, Stored, StoredInSteps};
use countersign_pbkdf2::Derivation;
use std::time::Duration;

/// What the iterations are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::password) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    /// By its name, as hash libraries write it.
    pub(in crate::password) fn named(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Bytes of one hash. A longer key takes the iterations once more for each further hash.
    pub(in crate::password) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    pub(super) fn derive(self, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Vec<u8> {
        let mut key = vec![0; length];
        match self {
            Self::Sha1 => ::pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, &mut key),
            Self::Sha256 => key = countersign_pbkdf2::derive(password, salt, iterations, length).to_vec(),
            Self::Sha512 => ::pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, iterations, &mut key),
        }
        key
    }

    /// What an iteration costs, in nanoseconds. Of SHA-512, which Django does not use, estimated.
    pub(super) const fn unit(self) -> u64 {
        match self {
            Self::Sha1 => 115,
            Self::Sha256 => 70,
            Self::Sha512 => 420,
        }
    }

    /// Iterations beyond which a stored hash is taken for corrupt: about a second of work, which is ten times what
    /// the newest Django writes, or Keycloak.
    pub(in crate::password) const fn most_iterations(self) -> u32 {
        match self {
            Self::Sha1 | Self::Sha256 => 10_000_000,
            Self::Sha512 => 2_500_000,
        }
    }
}

/// A stored key and what it was made by.
pub(in crate::password) struct StoredKey {
    pub(in crate::password) digest: Digest,
    pub(in crate::password) iterations: u32,
    pub(in crate::password) salt: Vec<u8>,
    /// As stored. One of another length than `length` is nobody's.
    pub(in crate::password) key: Vec<u8>,
    /// How many bytes are derived.
    pub(in crate::password) length: usize,
    pub(in crate::password) is_outdated: bool,
}

/// How many bytes keys have that are not as long as a hash: 16 where ASP.NET was told so, cut to 32 where a column is too short, 64 as Keycloak
/// has them. Any other length is a damaged hash: what is left of a key would still match.
const LENGTHS: [usize; 3] = [16, 32, 64];

impl StoredKey {
    /// One of other software than Django, which may have a longer key or a cut one. `None` beyond a ceiling.
    pub(in crate::password) fn foreign(
        digest: Digest,
        iterations: u32,
        salt: Vec<u8>,
        key: Vec<u8>,
    ) -> Option<Self> {
        let length = key.len();
        let foreign = Self { digest, iterations, salt, key, length, is_outdated: true };
        let admitted = iterations >= 1
            && (length == digest.length() || LENGTHS.contains(&length))
            && foreign.all_iterations() <= u64::from(digest.most_iterations());
        admitted.then_some(foreign)
    }

    /// Iterations of all the hashes that the key is made of.
    fn all_iterations(&self) -> u64 {
        u64::from(self.iterations) * self.length.div_ceil(self.digest.length()) as u64
    }
}

impl Stored for StoredKey {
    fn matches(&self, password: &[u8]) -> bool {
        self.is_key(&self.digest.derive(password, &self.salt, self.iterations, self.length))
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.all_iterations(), self.digest.unit())
    }

    fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    fn in_steps(&self) -> Option<&dyn StoredInSteps> {
        (self.digest == Digest::Sha256).then_some(self)
    }
}

impl StoredInSteps for StoredKey {
    fn begin(&self, password: &[u8]) -> Derivation {
        Derivation::new(password, &self.salt, self.iterations, self.length)
    }

    fn is_key(&self, key: &[u8]) -> bool {
        hasher::same(key, &self.key)
    }
}
