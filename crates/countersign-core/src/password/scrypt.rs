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

/// What one of the N·r·p steps costs, in nanoseconds.
const UNIT: u64 = 200;

/// Django's `ScryptPasswordHasher`.
#[derive(Debug)]
pub(super) struct Scrypt {
    cost: Parameters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parameters {
    /// Work factor, a power of two.
    n: u32,
    /// Block size.
    r: u32,
    /// Parallelism.
    p: u32,
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

    fn derive(self, password: &[u8], salt: &[u8]) -> [u8; 64] {
        let log_n = u8::try_from(self.n.ilog2()).expect("the logarithm of 32 bits");
        let params = Params::new(log_n, self.r, self.p).expect("admitted parameters are scrypt's too");
        let mut key = [0; 64];
        ::scrypt::scrypt(password, salt, &params, &mut key).expect("64 bytes are no unusual length");
        key
    }
}

impl Hasher for Scrypt {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Scrypt
    }

    fn read<'a>(&'a self, rest: &'a str) -> Option<Box<dyn Stored + 'a>> {
        let mut fields = rest.splitn(5, '$');
        let n = hasher::decimal(fields.next()?)?;
        let salt = fields.next().filter(|salt| !salt.is_empty())?;
        let r = hasher::decimal(fields.next()?)?;
        let p = hasher::decimal(fields.next()?)?;
        let hash = fields.next()?;
        let cost = Parameters { n, r, p };
        cost.are_admitted()
            .then(|| -> Box<dyn Stored> { Box::new(ScryptHash { hasher: self, cost, salt, hash }) })
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

struct ScryptHash<'a> {
    hasher: &'a Scrypt,
    cost: Parameters,
    salt: &'a str,
    hash: &'a str,
}

impl Stored for ScryptHash<'_> {
    fn matches(&self, password: &[u8]) -> bool {
        let hash = self.cost.derive(password, self.salt.as_bytes());
        hasher::same(BASE64_STANDARD.encode(hash).as_bytes(), self.hash.as_bytes())
    }

    fn cost(&self) -> Duration {
        hasher::cost(self.cost.work(), UNIT)
    }

    /// Django looks at the parameters only, not at the salt.
    fn is_outdated(&self) -> bool {
        self.cost != self.hasher.cost
    }
}
