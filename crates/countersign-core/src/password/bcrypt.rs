//! `bcrypt_sha256$$2b$<cost>$<22 of salt><31 of hash>` and `bcrypt$$2b$…`: Django's name, `$`, and the string
//! that Python's bcrypt makes.

use super::hasher::{self, Hasher, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;
use zeroize::Zeroizing;

/// Base64 with bcrypt's own alphabet.
const BASE_64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);

/// Django's `rounds`.
const ROUNDS: u32 = 12;

/// Cost beyond which a stored hash is taken for corrupt: eight times Django's work, two seconds.
const MOST_ROUNDS: u32 = 15;

/// bcrypt knows no lower cost.
const LEAST_ROUNDS: u32 = 4;

/// What one of the 2^cost rounds costs, in nanoseconds.
const UNIT: u64 = 59_000;

/// What bcrypt reads of a password.
const LONGEST_KEY: usize = 72;

/// Django's `BCryptSHA256PasswordHasher` and `BCryptPasswordHasher`.
#[derive(Debug)]
pub(super) struct Bcrypt {
    /// Whether bcrypt is given the password's SHA-256 in hexadecimal, which has no length limit.
    digest: bool,
    rounds: u32,
}

impl Bcrypt {
    /// `bcrypt_sha256`
    pub(super) fn sha256() -> Self {
        Self { digest: true, rounds: ROUNDS }
    }

    /// `bcrypt`
    pub(super) fn plain() -> Self {
        Self { digest: false, rounds: ROUNDS }
    }

    /// With another cost than Django's.
    #[cfg(test)]
    pub(super) fn with_rounds(self, rounds: u32) -> Self {
        Self { rounds, ..self }
    }

    fn key(&self, password: &[u8]) -> (Zeroizing<Vec<u8>>, bool) {
        if self.digest { key(&hex(&Sha256::digest(password))) } else { key(password) }
    }
}

/// What bcrypt is run on, and whether that is the whole password. The work is the same if it is not.
fn key(password: &[u8]) -> (Zeroizing<Vec<u8>>, bool) {
    let whole = password.len() <= LONGEST_KEY;
    let mut key = Zeroizing::new(password[..password.len().min(LONGEST_KEY)].to_vec());
    // A terminating NUL belongs to the key, unless the key is full.
    if key.len() < LONGEST_KEY {
        key.push(0);
    }
    (key, whole)
}

/// What bcrypt itself writes, after the version: `<cost>$<22 of salt><31 of hash>`.
struct Written {
    rounds: u32,
    salt: [u8; 16],
    hash: [u8; 23],
}

impl Written {
    /// `None` if it is malformed or too dear.
    fn read(text: &str) -> Option<Self> {
        let (rounds, data) = text.split_once('$').filter(|(rounds, _)| rounds.len() == 2)?;
        let rounds = hasher::decimal(rounds.strip_prefix('0').unwrap_or(rounds))?;
        let (salt, hash) = data.split_at_checked(22)?;
        let salt = BASE_64.decode(salt).ok()?.try_into().ok()?;
        let hash = BASE_64.decode(hash).ok()?.try_into().ok()?;
        (LEAST_ROUNDS..=MOST_ROUNDS).contains(&rounds).then_some(Self { rounds, salt, hash })
    }

    fn is_of(&self, key: &[u8]) -> bool {
        hasher::same(&::bcrypt::bcrypt(self.rounds, self.salt, key)[..23], &self.hash)
    }

    fn cost(&self) -> Duration {
        hasher::cost(1_u64 << self.rounds, UNIT)
    }
}

impl Hasher for Bcrypt {
    fn algorithm(&self) -> Algorithm {
        if self.digest { Algorithm::BcryptSha256 } else { Algorithm::Bcrypt }
    }

    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
        // Python's bcrypt computes the same for all four.
        let rest = ["$2b$", "$2a$", "$2y$", "$2x$"].iter().find_map(|version| rest.strip_prefix(version))?;
        Some(Box::new(BcryptHash { hasher: self, written: Written::read(rest)? }))
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let (key, whole) = self.key(password);
        if !whole {
            return Err(PasswordTooLong);
        }
        let mut salt = [0; 16];
        random.fill(&mut salt);
        let hash = ::bcrypt::bcrypt(self.rounds, salt, &key);
        let (salt, hash) = (BASE_64.encode(salt), BASE_64.encode(&hash[..23]));
        Ok(format!("{}$$2b${:02}${salt}{hash}", self.algorithm(), self.rounds))
    }

    fn cost(&self) -> Duration {
        hasher::cost(1_u64 << self.rounds, UNIT)
    }

    /// Any number of rounds is a sum of powers of two, each of them a hash.
    fn spend(&self, password: &[u8], cost: Duration) {
        let (key, _) = self.key(password);
        let rounds = hasher::units(cost, UNIT);
        for power in (LEAST_ROUNDS..u32::BITS).filter(|power| rounds >> power & 1 == 1) {
            black_box(::bcrypt::bcrypt(power, [0; 16], &key));
        }
    }
}

struct BcryptHash<'a> {
    hasher: &'a Bcrypt,
    written: Written,
}

impl Stored for BcryptHash<'_> {
    fn matches(&self, password: &[u8]) -> bool {
        let (key, whole) = self.hasher.key(password);
        self.written.is_of(&key) & whole
    }

    fn cost(&self) -> Duration {
        self.written.cost()
    }

    fn is_outdated(&self) -> bool {
        self.written.rounds != self.hasher.rounds
    }
}

/// The bare string that bcrypt itself writes, in its three sound versions: PHP's `password_hash`, Node, Go, Ruby,
/// Spring and the rest. `$2x$` marks hashes of a program that mistook some passwords for others.
pub(super) fn read_bare(encoded: &str) -> Option<Box<dyn Stored>> {
    let rest = ["$2b$", "$2a$", "$2y$"].iter().find_map(|version| encoded.strip_prefix(version))?;
    Some(Box::new(Bare(Written::read(rest)?)))
}

/// These programs cut a password after 72 bytes, so the right one of a longer password is known by its beginning.
struct Bare(Written);

impl Stored for Bare {
    fn matches(&self, password: &[u8]) -> bool {
        self.0.is_of(&key(password).0)
    }

    fn cost(&self) -> Duration {
        self.0.cost()
    }

    fn is_outdated(&self) -> bool {
        true
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(2 * bytes.len() + 1);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes whatever is written");
    }
    text.into_bytes()
}
