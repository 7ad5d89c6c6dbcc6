//! The name of a request in the log and in the answer.

use countersign_core::random::Random;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that carries it, in and out.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ids are not taken over.
const LONGEST: usize = 64;

/// The id of a request: ASCII letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an id is made of visible ASCII characters")
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

/// Makes ids.
///
/// They have to be unique, not secret, so the machine is asked for randomness once and not at every request.
pub(super) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(super) fn new(random: &dyn Random) -> Self {
        let mut start = [0; 8];
        random.fill(&mut start);
        Self(AtomicU64::new(u64::from_be_bytes(start)))
    }

    /// The id that the request brought, if it is fit to be printed, else a new one.
    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        let brought = headers.get(X_REQUEST_ID).filter(|id| fit(id.as_bytes()));
        RequestId(brought.cloned().unwrap_or_else(|| self.next()))
    }

    /// `SplitMix64`: a walk through all 64-bit numbers, scrambled by a bijection, so none comes twice.
    fn next(&self) -> HeaderValue {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let digits: [u8; 16] =
            std::array::from_fn(|at| b"0123456789abcdef"[(mixed >> (60 - 4 * at) & 0xf) as usize]);
        HeaderValue::from_bytes(&digits).expect("hexadecimal digits are visible ASCII characters")
    }
}

fn fit(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::random::SystemRandom;
    use std::collections::HashSet;

    #[test]
    fn ten_thousand_ids_are_all_different() {
        let ids = RequestIds::new(&SystemRandom);
        let made = (0..10_000).map(|_| ids.next()).collect::<HashSet<_>>();
        assert_eq!(made.len(), 10_000);
    }

    #[test]
    fn only_a_short_plain_id_is_taken_over() {
        let ids = RequestIds::new(&SystemRandom);
        let taken = |id: &[u8]| {
            let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_bytes(id).unwrap())]);
            ids.of(&headers).as_str().as_bytes() == id
        };
        assert!(taken(b"abc-123_4.5"));
        assert!(taken(&[b'a'; 64]));
        for bad in [&b""[..], b"a b", b"a\"b", "ä".as_bytes(), &[b'a'; 65]] {
            assert!(!taken(bad), "{bad:?}");
        }
    }
}
