//! What a ring has verified lately.

use super::MAX_TOKEN_LENGTH;
use crate::json::Object;
use arc_swap::ArcSwapOption;
use std::fmt;
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
#[derive(Default)]
pub(super) struct Memory(OnceLock<Box<[ArcSwapOption<Remembered>]>>);

struct Remembered {
    token: Zeroizing<String>,
    claims: Arc<Object>,
}

impl Memory {
    /// The claims of this very token, if it is remembered.
    pub(super) fn recall(&self, token: &str) -> Option<Arc<Object>> {
        let remembered = self.0.get()?.get(place(token)?)?.load();
        let remembered = remembered.as_ref()?;
        let same = aws_lc_rs::constant_time::verify_slices_are_equal;
        same(remembered.token.as_bytes(), token.as_bytes()).ok()?;
        Some(Arc::clone(&remembered.claims))
    }

    /// Remembers a token that was verified. Another that had its place is forgotten.
    pub(super) fn keep(&self, token: &str, claims: &Arc<Object>) {
        let empty = || std::iter::repeat_with(ArcSwapOption::empty).take(PLACES).collect();
        if let Some(place) = place(token).and_then(|place| self.0.get_or_init(empty).get(place)) {
            let (token, claims) = (Zeroizing::new(token.to_owned()), Arc::clone(claims));
            place.store(Some(Arc::new(Remembered { token, claims })));
        }
    }
}

/// The signature's last characters are as good as chance. `None` for what is not remembered.
fn place(token: &str) -> Option<usize> {
    let last = token.as_bytes().last_chunk().filter(|_| token.len() <= LONGEST)?;
    let mixed = u64::from_le_bytes(*last).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (u64::BITS - PLACES.trailing_zeros())).ok()
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

    #[test]
    fn only_the_very_token_is_recalled() {
        let memory = Memory::default();
        memory.keep("header.payload.signature", &claims("one"));
        assert_eq!(memory.recall("header.payload.signature"), Some(claims("one")));
        // The same place, since the end is the same.
        for other in ["header.pay1oad.signature", "xheader.payload.signature", "signature", "ture", ""] {
            assert_eq!(memory.recall(other), None, "{other}");
        }
        memory.keep("header.other.signature", &claims("two"));
        assert_eq!(memory.recall("header.payload.signature"), None);
    }

    #[test]
    fn what_is_too_long_or_too_short_is_not_remembered() {
        let memory = Memory::default();
        for token in ["x".repeat(LONGEST + 1), "short".to_owned()] {
            memory.keep(&token, &claims("one"));
            assert_eq!(memory.recall(&token), None);
        }
    }

    #[test]
    fn a_copy_remembers_nothing() {
        let memory = Memory::default();
        memory.keep("header.payload.signature", &claims("one"));
        assert_eq!(memory.clone().recall("header.payload.signature"), None);
    }
}
