//! `argon2$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<base64 salt>$<base64 hash>`: Django's `argon2` before
//! the string that argon2-cffi makes. `argon2i`, `argon2d` and hashes without a version (1.0) are read.

mod memory;

use self::memory::Memory;

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
    costs: Costs,
    memory: Memory,
}

/// KiB, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Costs {
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// Django's.
const COSTS: Costs = Costs { memory: 102_400, passes: 2, lanes: 8 };

impl Argon2 {
    /// Other costs than Django's: KiB, passes, lanes.
    #[cfg(test)]
    pub(super) fn new(memory: u32, passes: u32, lanes: u32) -> Self {
        Self { costs: Costs { memory, passes, lanes }, memory: Memory::released() }
    }

    /// At Django's costs. Where it makes the new hashes it `keeps` their memory for the next one: a quarter of the
    /// time is spent on getting it from the system. Where it is only read, that would be a waste.
    pub(super) fn djangos(keeps: bool) -> Self {
        Self { costs: COSTS, memory: if keeps { Memory::kept() } else { Memory::released() } }
    }

    fn function(costs: Costs) -> Function<'static> {
        let params = Params::new(costs.memory, costs.passes, costs.lanes, None);
        let params = params.expect("eight KiB a lane and more");
        Function::new(::argon2::Algorithm::Argon2id, Version::V0x13, params)
    }
}

impl Hasher for Argon2 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Argon2
    }

    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
        Some(Box::new(Argon2Hash {
            written: Written::read(rest)?,
            memory: &self.memory,
            costs: Some(self.costs),
        }))
    }

    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
        let salt = hasher::salt(random);
        let mut hash = [0; 32];
        self.memory
            .hash(&Self::function(self.costs), password, salt.as_bytes(), &mut hash)
            .expect("a salt of 22 bytes, a hash of 32, and the memory that was asked for");
        let Costs { memory, passes, lanes } = self.costs;
        let (salt, hash) = (BASE64_STANDARD_NO_PAD.encode(salt), BASE64_STANDARD_NO_PAD.encode(hash));
        Ok(format!("argon2$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
    }

    fn cost(&self) -> Duration {
        hasher::cost(u64::from(self.costs.memory) * u64::from(self.costs.passes), UNIT)
    }

    /// The work grows with the memory, so a part of a hash is a hash in less memory.
    fn spend(&self, password: &[u8], cost: Duration) {
        if cost.is_zero() {
            return;
        }
        let Costs { memory, passes, lanes } = self.costs;
        let memory = hasher::units(cost, UNIT).div_ceil(passes).clamp(8 * lanes, memory);
        let mut hash = [0; 32];
        // That there is no memory for work without a result needs no answer.
        let function = Self::function(Costs { memory, ..self.costs });
        let _ = self.memory.hash(&function, password, &[0; 22], &mut hash);
        black_box(hash);
    }
}

/// What argon2 itself writes: the variety, the version, the costs, the salt and the hash.
struct Written {
    variety: ::argon2::Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Written {
    /// `None` if it is malformed or too dear.
    fn read(rest: &str) -> Option<Self> {
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
        whole.then_some(Self { variety, version, params, salt, hash })
    }

    fn function(&self) -> Function<'static> {
        Function::new(self.variety, self.version, self.params.clone())
    }
}

struct Argon2Hash<'a> {
    written: Written,
    memory: &'a Memory,
    /// Those of new hashes, where it is one of Django's.
    costs: Option<Costs>,
}

impl Stored for Argon2Hash<'_> {
    fn matches(&self, password: &[u8]) -> bool {
        let Written { salt, hash, .. } = &self.written;
        let mut computed = vec![0; hash.len()];
        let done = self.memory.hash(&self.written.function(), password, salt, &mut computed);
        done.is_ok() && hasher::same(&computed, hash)
    }

    fn cost(&self) -> Duration {
        let params = &self.written.params;
        hasher::cost(u64::from(params.m_cost()) * u64::from(params.t_cost()), UNIT)
    }

    fn is_outdated(&self) -> bool {
        let Written { variety, version, params, salt, hash } = &self.written;
        let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
        self.costs != Some(Costs { memory, passes, lanes })
            || *variety != ::argon2::Algorithm::Argon2id
            || *version != Version::V0x13
            || hash.len() != 32
            || hasher::is_short_salt(salt.len())
    }
}

/// The bare string that argon2 itself writes (the PHC string format), as PHP, Node, Go, argon2-cffi and others
/// store it.
pub(super) fn read_bare(encoded: &str) -> Option<Box<dyn Stored>> {
    let written = Written::read(encoded.strip_prefix('$')?)?;
    Some(Box::new(Argon2Hash { written, memory: &memory::RELEASED, costs: None }))
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
