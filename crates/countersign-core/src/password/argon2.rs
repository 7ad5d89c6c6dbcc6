//! `argon2$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<base64 salt>$<base64 hash>`: Django's `argon2` before
//! the string that argon2-cffi makes. `argon2i`, `argon2d` and hashes without a version (1.0) are read.

use super::hasher::{self, Hasher, Stored};
use super::{Algorithm, PasswordTooLong};
use crate::random::Random;
use ::argon2::{Argon2 as Function, Params, Version};
use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use std::hint::black_box;
use std::time::Duration;

/// Memory beyond which a stored hash is taken for corrupt, in KiB: two and a half times what Django writes,
/// and as much as a thread of the pool may ever hold.
const MOST_MEMORY: u32 = 256 * 1024;

/// Memory times passes beyond which it is: ten times what Django writes, about a second of work.
const MOST_WORK: u64 = 2 * 1024 * 1024;

/// What a pass over one KiB costs, in nanoseconds.
const UNIT: u64 = 880;

/// Django's `Argon2PasswordHasher`: new hashes are Argon2id 1.3 of 32 bytes.
#[derive(Debug)]
pub(super) struct Argon2 {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Argon2 {
    fn default() -> Self {
        Self { memory: 102_400, passes: 2, lanes: 8 }
    }
}

impl Argon2 {
    /// Other costs than Django's: KiB, passes, lanes.
    #[cfg(test)]
    pub(super) fn new(memory: u32, passes: u32, lanes: u32) -> Self {
        Self { memory, passes, lanes }
    }

    fn function(memory: u32, passes: u32, lanes: u32) -> Function<'static> {
        let params = Params::new(memory, passes, lanes, None).expect("eight KiB a lane and more");
        Function::new(::argon2::Algorithm::Argon2id, Version::V0x13, params)
    }
}

impl Hasher for Argon2 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Argon2
    }

    fn read<'a>(&'a self, rest: &'a str) -> Option<Box<dyn Stored + 'a>> {
        let (variety, rest) = rest.split_once('$')?;
        let variety = ::argon2::Algorithm::new(variety).ok()?;
        let (version, rest) = match rest.strip_prefix("v=") {
            Some(rest) => rest.split_once('$')?,
            None => ("16", rest),
        };
        let version = Version::try_from(hasher::decimal(version)?).ok()?;
        let mut fields = rest.split('$');
        let params = params(fields.next()?)?;
        let salt = BASE64_STANDARD_NO_PAD.decode(fields.next()?).ok()?;
        let hash = BASE64_STANDARD_NO_PAD.decode(fields.next()?).ok()?;
        let whole = fields.next().is_none()
            && salt.len() >= ::argon2::MIN_SALT_LEN
            && hash.len() >= Params::MIN_OUTPUT_LEN;
        whole.then(|| -> Box<dyn Stored> {
            Box::new(Argon2Hash { hasher: self, variety, version, params, salt, hash })
        })
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let mut hash = [0; 32];
        Self::function(self.memory, self.passes, self.lanes)
            .hash_password_into(password, salt.as_bytes(), &mut hash)
            .expect("a salt of 22 bytes, a hash of 32, and the memory that was asked for");
        Ok(format!(
            "argon2$argon2id$v=19$m={},t={},p={}${}${}",
            self.memory,
            self.passes,
            self.lanes,
            BASE64_STANDARD_NO_PAD.encode(salt),
            BASE64_STANDARD_NO_PAD.encode(hash),
        ))
    }

    fn cost(&self) -> Duration {
        hasher::cost(u64::from(self.memory) * u64::from(self.passes), UNIT)
    }

    /// The work grows with the memory, so a part of a hash is a hash in less memory.
    fn spend(&self, password: &[u8], cost: Duration) {
        if cost.is_zero() {
            return;
        }
        let memory = hasher::units(cost, UNIT).div_ceil(self.passes).clamp(8 * self.lanes, self.memory);
        let mut hash = [0; 32];
        // That there is no memory for work without a result needs no answer.
        let _ =
            Self::function(memory, self.passes, self.lanes).hash_password_into(password, &[0; 22], &mut hash);
        black_box(hash);
    }
}

struct Argon2Hash<'a> {
    hasher: &'a Argon2,
    variety: ::argon2::Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored for Argon2Hash<'_> {
    fn matches(&self, password: &[u8]) -> bool {
        let mut hash = vec![0; self.hash.len()];
        let computed = Function::new(self.variety, self.version, self.params.clone())
            .hash_password_into(password, &self.salt, &mut hash);
        computed.is_ok() && hasher::same(&hash, &self.hash)
    }

    fn cost(&self) -> Duration {
        hasher::cost(u64::from(self.params.m_cost()) * u64::from(self.params.t_cost()), UNIT)
    }

    fn is_outdated(&self) -> bool {
        let params = &self.params;
        (params.m_cost(), params.t_cost(), params.p_cost())
            != (self.hasher.memory, self.hasher.passes, self.hasher.lanes)
            || self.variety != ::argon2::Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.hash.len() != 32
            || hasher::is_short_salt(self.salt.len())
    }
}

/// `m=102400,t=2,p=8`, in this order, within the ceilings.
fn params(text: &str) -> Option<Params> {
    let mut fields = text.split(',');
    let mut number = |name: &str| hasher::decimal(fields.next()?.strip_prefix(name)?);
    let (memory, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
    let work = u64::from(memory) * u64::from(passes);
    let admitted = memory <= MOST_MEMORY && work <= MOST_WORK && lanes <= memory / 8;
    let params = Params::new(memory, passes, lanes, None).ok().filter(|_| admitted)?;
    fields.next().is_none().then_some(params)
}
