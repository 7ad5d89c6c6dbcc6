//! `scrypt$<N>$<salt>$<r>$<p>$<base64 of 64 bytes>`.

use super::hasher::{self, Hasher, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use ::scrypt::Params;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::hint::black_box;
use std::time::Duration;

/// Memory beyond which a stored hash is taken for corrupt, in bytes: four times what Django's takes. Python
/// itself stops at 32 MiB.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// N·r·p beyond which it is: six times Django's work, somewhat less than a second.
const MOST_WORK: u64 = 4 * 1024 * 1024;

/// Bytes of Django's keys, and of Werkzeug's.
const LENGTH: usize = 64;

/// What one of the N·r·p steps costs, in nanoseconds.
const UNIT: u64 = 200;

/// Django's `ScryptPasswordHasher`.
#[derive(Debug)]
pub(super) struct Scrypt {
    cost: Parameters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Work factor, a power of two.
    pub(super) n: u32,
    /// Block size.
    pub(super) r: u32,
    /// Parallelism.
    pub(super) p: u32,
}

impl Default for Scrypt {
    fn default() -> Self {
        Self { cost: Parameters { n: 1 << 14, r: 8, p: 5 } }
    }
}

impl Scrypt {
    /// Other costs than Django's.
    #[cfg(test)]
    pub(super) fn new(n: u32, r: u32, p: u32) -> Self {
        Self { cost: Parameters { n, r, p } }
    }
}

impl Parameters {
    /// Whether scrypt takes them, and no honest hash has more.
    fn are_admitted(self) -> bool {
        let memory = (u64::from(self.n) + u64::from(self.p)).saturating_mul(128 * u64::from(self.r));
        self.n >= 2
            && self.n.is_power_of_two()
            && self.r >= 1
            && self.p >= 1
            && memory <= MOST_MEMORY
            && self.work() <= MOST_WORK
    }

    fn work(self) -> u64 {
        u64::from(self.n).saturating_mul(u64::from(self.r)).saturating_mul(u64::from(self.p))
    }

    fn derive(self, password: &[u8], salt: &[u8]) -> [u8; LENGTH] {
        let log_n = u8::try_from(self.n.ilog2()).expect("the logarithm of 32 bits");
        let params = Params::new(log_n, self.r, self.p).expect("admitted parameters are scrypt's too");
        let mut key = [0; LENGTH];
        ::scrypt::scrypt(password, salt, &params, &mut key).expect("64 bytes are no unusual length");
        key
    }
}

impl Hasher for Scrypt {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Scrypt
    }

    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
        let mut fields = rest.splitn(5, '$');
        let n = hasher::decimal(fields.next()?)?;
        let salt = fields.next().filter(|salt| !salt.is_empty())?;
        let r = hasher::decimal(fields.next()?)?;
        let p = hasher::decimal(fields.next()?)?;
        // What is no base64, as Django writes it, is the hash of no password.
        let key = BASE64_STANDARD.decode(fields.next()?).unwrap_or_default();
        let cost = Parameters { n, r, p };
        // Django looks at the parameters only, not at the salt.
        let is_outdated = cost != self.cost;
        cost.are_admitted().then(|| -> Box<dyn Stored> {
            Box::new(StoredKey { cost, salt: salt.into(), key, length: LENGTH, is_outdated })
        })
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let hash = BASE64_STANDARD.encode(self.cost.derive(password, salt.as_bytes()));
        let Parameters { n, r, p } = self.cost;
        Ok(format!("scrypt${n}${salt}${r}${p}${hash}"))
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.cost.work(), UNIT)
    }

    /// The work grows with N and with p. A part of a hash is as many whole lanes as are in it, and for the
    /// rest, lanes of smaller N, which are powers of two.
    fn spend(&self, password: &[u8], cost: Duration) {
        let steps = hasher::units(cost, UNIT).div_ceil(self.cost.r);
        let whole = Parameters { p: (steps / self.cost.n).min(self.cost.p), ..self.cost };
        if whole.p > 0 {
            black_box(whole.derive(password, &[0; 22]));
        }
        let rest = steps % self.cost.n;
        for n in (1..u32::BITS).map(|power| 1 << power).filter(|n| rest & n != 0) {
            black_box(Parameters { n, p: 1, ..self.cost }.derive(password, &[0; 22]));
        }
    }
}

/// A stored key, whatever text it was read from.
pub(super) struct StoredKey {
    cost: Parameters,
    salt: Vec<u8>,
    /// As stored. One of another length than `length` is nobody's.
    key: Vec<u8>,
    /// How many bytes are derived.
    length: usize,
    is_outdated: bool,
}

impl StoredKey {
    /// One of other software than Django. `None` beyond a ceiling.
    pub(super) fn foreign(cost: Parameters, salt: &str, key: Vec<u8>) -> Option<Self> {
        let length = key.len();
        // Whole, or cut to 32 bytes: of any other length it is damaged, and what is left would still match.
        let admitted = cost.are_admitted() && matches!(length, 32 | LENGTH);
        let salt = salt.as_bytes().to_vec();
        admitted.then_some(Self { cost, salt, key, length, is_outdated: true })
    }
}

impl Stored for StoredKey {
    fn matches(&self, password: &[u8]) -> bool {
        hasher::same(&self.cost.derive(password, &self.salt)[..self.length], &self.key)
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.cost.work(), UNIT)
    }

    fn is_outdated(&self) -> bool {
        self.is_outdated
    }
}
