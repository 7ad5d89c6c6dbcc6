//! `md5$<salt>$<hexadecimal>`: MD5 of salt and password. Fast, and so no protection: not in Django's default
//! list, read where a settings file names it, replaced at the first login.

use super::hasher::{self, Hasher, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use md5::{Digest as _, Md5 as Function};
use std::hint::black_box;
use std::time::Duration;

/// Django's `MD5PasswordHasher`.
#[derive(Debug)]
pub(super) struct Md5;

impl Hasher for Md5 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Md5
    }

    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
        let (salt, hash) = rest.split_once('$').filter(|(salt, _)| !salt.is_empty())?;
        Some(Box::new(Md5Hash { salt: salt.to_owned(), hash: hash.to_owned() }))
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let hash = digest(&salt, password);
        Ok(format!("md5${salt}${hash}"))
    }

    fn cost(&self) -> Duration {
        Duration::ZERO
    }

    /// One hash, whatever is asked for: it costs next to nothing, as all of them do.
    fn spend(&self, password: &[u8], _: Duration) {
        black_box(digest("0000000000000000000000", password));
    }
}

struct Md5Hash {
    salt: String,
    hash: String,
}

impl Stored for Md5Hash {
    fn matches(&self, password: &[u8]) -> bool {
        hasher::same(digest(&self.salt, password).as_bytes(), self.hash.as_bytes())
    }

    fn cost(&self) -> Duration {
        Duration::ZERO
    }

    fn is_outdated(&self) -> bool {
        hasher::is_short_salt(self.salt.chars().count())
    }
}

fn digest(salt: &str, password: &[u8]) -> String {
    let digest = Function::new().chain_update(salt).chain_update(password).finalize();
    format!("{:032x}", u128::from_be_bytes(digest.into()))
}
