//! What every scheme has in common, and the pieces their encodings are made of.

use super::{Algorithm, PasswordTooLong};
use crate::random::{ALPHANUMERIC, Random};
use countersign_pbkdf2::Derivation;
use std::fmt;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// One of Django's hashers, with the cost that new hashes get.
///
/// Costs are times on the machine where the schemes were measured side by side (one core with SHA extensions,
/// optimised build). Only their ratios matter: they say how much of one scheme is worth as much as another.
/// Within one scheme they are exact, because its unit cancels out.
pub(super) trait Hasher: Send + Sync + fmt::Debug {
    /// Which one.
    fn algorithm(&self) -> Algorithm;

    /// Reads what follows `algorithm$` in an encoded hash, without any of the slow work. `None` if it is
    /// malformed, or dearer than this scheme's ceiling.
    fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>>;

    /// Hashes a new password with a fresh salt.
    fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong>;

    /// What one new hash costs.
    fn cost(&self) -> Duration;

    /// Does work of this cost, and nothing else. [`cost`](Self::cost) is exactly one new hash.
    fn spend(&self, password: &[u8], cost: Duration);

    /// The same work in steps, where the scheme is PBKDF2-HMAC-SHA256.
    fn in_steps(&self) -> Option<&dyn HasherInSteps> {
        None
    }
}

/// A hasher whose work goes forward in steps, which two pieces of such work can take side by side.
pub(super) trait HasherInSteps {
    /// Begins to hash a new password with a fresh salt.
    fn begin(&self, password: &[u8], random: &dyn Random) -> NewKey;

    /// Begins work of this cost, at least one iteration.
    fn begin_to_spend(&self, password: &[u8], cost: Duration) -> Derivation;

    /// The encoded hash of a finished [`begin`](Self::begin).
    fn encoded(&self, salt: &str, key: &[u8]) -> String;
}

/// A new hash under way.
pub(super) struct NewKey {
    /// Its salt.
    pub(super) salt: String,
    /// Its key.
    pub(super) key: Derivation,
}

/// A hash that was read from the database, by the hasher that knows how.
pub(super) trait Stored {
    /// Whether it is the hash of this password. Costs [`cost`](Self::cost), whatever the answer.
    fn matches(&self, password: &[u8]) -> bool;

    /// What checking it costs.
    fn cost(&self) -> Duration;

    /// Django's `must_update`: whether its parameters differ from those of new hashes, up or down.
    fn is_outdated(&self) -> bool;

    /// [`matches`](Self::matches) in steps, where the scheme is PBKDF2-HMAC-SHA256.
    fn in_steps(&self) -> Option<&dyn StoredInSteps> {
        None
    }
}

/// A stored hash whose check goes forward in steps.
pub(super) trait StoredInSteps {
    /// Begins to derive what a password's key would be.
    fn begin(&self, password: &[u8]) -> Derivation;

    /// Whether that is the stored one.
    fn is_key(&self, key: &[u8]) -> bool;
}

/// No encoded hash is longer: Django's column holds 128 characters.
pub(super) const LONGEST_ENCODED: usize = 1024;

/// Characters of a new salt: the fewest of 62 kinds that hold 128 bits.
const SALT_LENGTH: usize = 22;

/// A salt for a new hash.
pub(super) fn salt(random: &dyn Random) -> String {
    random.text(SALT_LENGTH, ALPHANUMERIC)
}

/// Django's `must_update_salt`: whether a salt of this many characters holds less than 128 bits.
pub(super) const fn is_short_salt(characters: usize) -> bool {
    characters < SALT_LENGTH
}

/// A number as `%d` writes it. Django writes a hash again to compare it, so no other spelling ever matched.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (!text.starts_with('0') || text == "0");
    text.parse().ok().filter(|_| canonical)
}

/// Compares in constant time.
pub(super) fn same(computed: &[u8], stored: &[u8]) -> bool {
    computed.ct_eq(stored).into()
}

/// `count` times a unit of so many nanoseconds.
pub(super) fn cost(count: impl Into<u64>, nanoseconds: u64) -> Duration {
    Duration::from_nanos(count.into().saturating_mul(nanoseconds))
}

/// How many units of so many nanoseconds a cost is, rounded up.
pub(super) fn units(cost: Duration, nanoseconds: u64) -> u32 {
    let count = cost.as_nanos().div_ceil(u128::from(nanoseconds));
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("1000000"), Some(1_000_000));
        assert_eq!(decimal("4294967295"), Some(u32::MAX));
        for other in ["", "01", "+1", "-1", " 1", "1_000", "4294967296", "x", "١"] {
            assert_eq!(decimal(other), None, "{other:?}");
        }
    }

    #[test]
    fn units_undo_cost() {
        for count in [0, 1, 7, 1_000_000, u32::MAX] {
            assert_eq!(units(cost(count, 88), 88), count);
        }
    }
}
