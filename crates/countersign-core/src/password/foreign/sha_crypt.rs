//! `$5$` and `$6$`, perhaps `rounds=<number>$`, the salt, `$` and the hash: SHA-crypt, as crypt(3) has it.

use super::super::hasher::{Stored, cost, decimal, same};
use super::crypt_base64;
use ::sha_crypt::{Params, sha256_crypt, sha512_crypt};
use std::time::Duration;

/// Rounds where none are named.
const ROUNDS: u32 = 5000;

/// Rounds beyond which a stored hash is taken for corrupt: about a second of work.
const MOST_ROUNDS: u32 = 1_000_000;

/// Bytes of a password beyond which none matches, as crypt(3) has it. The cost grows with the length.
const LONGEST: usize = 511;

/// The longest salt that is used.
const LONGEST_SALT: usize = 16;

/// What one of the rounds costs, in nanoseconds: estimated, one to two blocks of SHA-2.
const UNIT: u64 = 550;

#[derive(Clone, Copy)]
enum Kind {
    Sha256,
    Sha512,
}

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let (kind, rest) = match encoded.split_at_checked(3)? {
        ("$5$", rest) => (Kind::Sha256, rest),
        ("$6$", rest) => (Kind::Sha512, rest),
        _ => return None,
    };
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => rest.split_once('$').and_then(|(rounds, rest)| Some((decimal(rounds)?, rest)))?,
        None => (ROUNDS, rest),
    };
    let (salt, hash) = rest.split_once('$').filter(|(salt, _)| salt.len() <= LONGEST_SALT)?;
    let params = Params::new(rounds).ok().filter(|_| rounds <= MOST_ROUNDS)?;
    Some(Box::new(Crypt { kind, rounds, params, salt: salt.to_owned(), hash: hash.to_owned() }))
}

struct Crypt {
    kind: Kind,
    rounds: u32,
    params: Params,
    salt: String,
    hash: String,
}

impl Stored for Crypt {
    fn matches(&self, password: &[u8]) -> bool {
        // The work is the same for one that is too long, of its beginning.
        let taken = &password[..password.len().min(LONGEST)];
        let salt = self.salt.as_bytes();
        let computed = match self.kind {
            Kind::Sha256 => written(&sha256_crypt(taken, salt, self.params), 10, [2, 0, 1]),
            Kind::Sha512 => written(&sha512_crypt(taken, salt, self.params), 21, [1, 2, 0]),
        };
        same(computed.as_bytes(), self.hash.as_bytes()) & (taken.len() == password.len())
    }

    fn cost(&self) -> Duration {
        cost(self.rounds, UNIT)
    }

    fn is_outdated(&self) -> bool {
        true
    }
}

/// A digest as crypt(3) writes it: its thirds side by side, each group of three beginning with another third than
/// the one before, and what is left over.
fn written(digest: &[u8], third: usize, next: [usize; 3]) -> String {
    let mut order = [0, 1, 2];
    let mut groups = Vec::new();
    for at in 0..third {
        // The last of the three is the lowest byte.
        let [high, middle, low] = order.map(|part| digest[part * third + at]);
        groups.push(([low, middle, high], 3, 4));
        order = next.map(|from| order[from]);
    }
    groups.push(match digest[3 * third..] {
        [one] => ([one, 0, 0], 1, 2),
        [one, two] => ([one, two, 0], 2, 3),
        _ => unreachable!("a digest of 32 or 64 bytes has one or two bytes left"),
    });
    crypt_base64::encode(groups.iter().map(|(bytes, length, digits)| (&bytes[..*length], *digits)))
}
