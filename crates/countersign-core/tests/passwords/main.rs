//! Passwords from outside: Django's hashes, those of other software, its own test vectors, and stored texts that are none.

mod django;
mod foreign;
mod hostile;
mod vectors;

use countersign_core::password::{Algorithm, Check, Hashers};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::Passwords;

/// Hashers at the least cost of PBKDF2.
fn hashers(listed: &[Algorithm]) -> Hashers {
    Hashers::new(&Passwords { hashers: listed.to_vec(), pbkdf2_iterations: 1, ..Passwords::default() })
}

/// All hashers; `md5` is preferred, so that a refusal costs no more than the stored hash.
fn every_hasher() -> Hashers {
    let mut listed = vec![Algorithm::Md5];
    listed.extend(Algorithm::ALL);
    hashers(&listed)
}

fn matches(password: &str, encoded: &str) -> bool {
    every_hasher().check(&Secret::from(password), Some(encoded), &SystemRandom) != Check::Refused
}
