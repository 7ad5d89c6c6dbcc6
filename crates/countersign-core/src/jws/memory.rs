//! What a ring has verified lately.

use super::MAX_TOKEN_LENGTH;
use crate::json::Object;
use arc_swap::ArcSwapOption;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

/// How many tokens are remembered: a power of two.
const PLACES: usize = 1024;

/// Longer tokens are verified anew each time, so that what is remembered takes a few megabytes at most.
const LONGEST: usize = MAX_TOKEN_LENGTH / 4;

/// Tokens that a ring has verified, with their claims, each in the place that its last characters name.
///
/// Whether a signature is good never changes while the keys stay the same, so remembering it is exact: the whole
/// token is compared, and whoever reads the claims still checks every date. A ring with other keys has a memory of
/// its own; a copy begins with an empty one.
///
/// A token is remembered when it comes for the second time. One that comes once, which is what most tokens of a service
/// with many clients do, costs nothing and drives nobody out.
#[derive(Default)]
pub(super) struct Memory(OnceLock<Box<[Place]>>);

#[derive(Default)]
struct Place {
    /// The mark of the token that came here last: a hint, which decides only what is worth remembering.
    last: AtomicU64,
    remembered: ArcSwapOption<Remembered>,
}

struct Remembered {
    token: Zeroizing<String>,
    claims: Arc<Object>,
}

impl Memory {
    /// The claims of this very token, if it is remembered.
    pub(super) fn recall(&self, token: &str) -> Option<Arc<Object>> {
        let remembered = self.0.get()?.get(place(mark(token)?))?.remembered.load();
        let remembered = remembered.as_ref()?;
        let same = aws_lc_rs::constant_time::verify_slices_are_equal;
        same(remembered.token.as_bytes(), token.as_bytes()).ok()?;
        Some(Arc::clone(&remembered.claims))
    }

    /// Remembers a token that was verified, if it was the last that came to its place. Another that had the place is
    /// forgotten.
    pub(super) fn keep(&self, token: &str, claims: &Arc<Object>) {
        let empty = || std::iter::repeat_with(Place::default).take(PLACES).collect();
        let Some(mark) = mark(token) else { return };
        let Some(place) = self.0.get_or_init(empty).get(place(mark)) else { return };
        if place.last.swap(mark, Ordering::Relaxed) == mark {
            let (token, claims) = (Zeroizing::new(token.to_owned()), Arc::clone(claims));
            place.remembered.store(Some(Arc::new(Remembered { token, claims })));
        }
    }
}

/// A number for a token, never zero: the signature's last characters are as good as chance. `None` for what is not
/// remembered.
fn mark(token: &str) -> Option<u64> {
    let last = token.as_bytes().last_chunk().filter(|_| token.len() <= LONGEST)?;
    Some(u64::from_le_bytes(*last).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A number below [`PLACES`].
fn place(mark: u64) -> usize {
    usize::try_from(mark >> (u64::BITS - PLACES.trailing_zeros())).unwrap_or_default()
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Shows no token.
impl fmt::Debug for Memory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(name: &str) -> Arc<Object> {
        Arc::new(Object::from([("jti", name)]))
    }

    fn twice(memory: &Memory, token: &str, claims: &Arc<Object>) {
        memory.keep(token, claims);
        memory.keep(token, claims);
    }

    #[test]
    fn only_the_very_token_is_recalled() {
        let memory = Memory::default();
        twice(&memory, "header.payload.signature", &claims("one"));
        assert_eq!(memory.recall("header.payload.signature"), Some(claims("one")));
        // The same place, since the end is the same.
        for other in ["header.pay1oad.signature", "xheader.payload.signature", "signature", "ture", ""] {
            assert_eq!(memory.recall(other), None, "{other}");
        }
        memory.keep("header.other.signature", &claims("two"));
        assert_eq!(memory.recall("header.payload.signature"), None);
        assert_eq!(memory.recall("header.other.signature"), Some(claims("two")));
    }

    #[test]
    fn a_token_that_comes_once_is_not_remembered_and_drives_nobody_out() {
        let memory = Memory::default();
        memory.keep("header.payload.signature", &claims("one"));
        assert_eq!(memory.recall("header.payload.signature"), None);
        let strangers = (0..10_000).map(|number| format!("header.payload.{number:08}"));
        twice(&memory, "header.payload.signature", &claims("one"));
        strangers.for_each(|stranger| memory.keep(&stranger, &claims("two")));
        assert_eq!(memory.recall("header.payload.signature"), Some(claims("one")));
    }

    #[test]
    fn what_is_too_long_or_too_short_is_not_remembered() {
        let memory = Memory::default();
        for token in ["x".repeat(LONGEST + 1), "short".to_owned()] {
            twice(&memory, &token, &claims("one"));
            assert_eq!(memory.recall(&token), None);
        }
    }

    #[test]
    fn a_copy_remembers_nothing() {
        let memory = Memory::default();
        twice(&memory, "header.payload.signature", &claims("one"));
        assert!(memory.recall("header.payload.signature").is_some());
        assert_eq!(memory.clone().recall("header.payload.signature"), None);
    }
}
