//! `$P$` or `$H$`, a digit for the rounds, 8 characters of salt, 22 of hash: phpass' portable hashes. MD5 of salt and
//! password, then 2^rounds times MD5 of that and the password again.

use super::super::hasher::{Stored, cost, same};
use super::crypt_base64;
use md5::{Digest as _, Md5};
use std::time::Duration;

/// The rounds that phpass admits begin here; beyond the ceiling a hash is taken for corrupt. `WordPress` writes 13.
const ROUNDS: std::ops::RangeInclusive<u32> = 7..=20;

/// Bytes of a password beyond which none matches: the cost grows with the length, and nobody types so much. crypt(3)
/// draws the same line.
const LONGEST: usize = 511;

/// What one of the 2^rounds rounds costs, in nanoseconds: estimated, a block of MD5.
const UNIT: u64 = 130;

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let rest =
        ["$P$", "$H$"].iter().find_map(|mark| encoded.strip_prefix(mark)).filter(|it| it.is_ascii())?;
    let (rounds, rest) = rest.split_at_checked(1)?;
    let (salt, hash) = rest.split_at_checked(8).filter(|(_, hash)| hash.len() == 22)?;
    let rounds = crypt_base64::digit(rounds.as_bytes()[0])?;
    let stored = Portable { rounds, salt: salt.to_owned(), hash: hash.to_owned() };
    ROUNDS.contains(&rounds).then(|| -> Box<dyn Stored> { Box::new(stored) })
}

struct Portable {
    rounds: u32,
    salt: String,
    hash: String,
}

impl Stored for Portable {
    fn matches(&self, password: &[u8]) -> bool {
        // The work is the same for one that is too long, of its beginning.
        let taken = &password[..password.len().min(LONGEST)];
        let mut hash: [u8; 16] = Md5::new().chain_update(&self.salt).chain_update(taken).finalize().into();
        for _ in 0..1_u32 << self.rounds {
            hash = Md5::new().chain_update(hash).chain_update(taken).finalize().into();
        }
        let triples = hash.chunks(3).map(|triple| (triple, triple.len() + 1));
        let computed = crypt_base64::encode(triples);
        same(computed.as_bytes(), self.hash.as_bytes()) & (taken.len() == password.len())
    }

    fn cost(&self) -> Duration {
        cost(1_u64 << self.rounds, UNIT)
    }

    fn is_outdated(&self) -> bool {
        true
    }
}
