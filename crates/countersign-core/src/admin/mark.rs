//! Secrets of sessions and links, and the digests that stand for them.

use crate::random::Random;
use crate::secret::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The bytes of a secret: 256 bits.
const LENGTH: usize = 32;

/// A secret that nobody can guess, in hexadecimal digits.
#[must_use]
pub fn new_secret(random: &dyn Random) -> String {
    let mut bytes = [0; LENGTH];
    random.fill(&mut bytes);
    hex(&bytes)
}

/// What a store knows a secret by. `None`: the text cannot be one, and needs no looking up.
pub(super) fn digest(secret: &str) -> Option<String> {
    let fits = secret.len() == 2 * LENGTH && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| hex(&Sha256::digest(secret)))
}

/// A mark of something that is only compared: a password's hash, a name that somebody typed.
pub(super) fn mark(parts: &[&str]) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    hex(&sha.finalize())
}

/// The token that the forms of a session carry: an HMAC-SHA256 under the session's secret, so that it says nothing
/// about the secret and fits no other session.
#[must_use]
pub fn csrf_token(secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"countersign admin form");
    hex(&mac.finalize().into_bytes())
}

/// Whether a form carries the token of this session. In constant time.
#[must_use]
pub fn is_csrf_token(secret: &str, token: &str) -> bool {
    Secret::from(csrf_token(secret)) == Secret::from(token)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    #[test]
    fn a_form_token_fits_its_own_session_alone() {
        let random = SeededRandom::new(1);
        let (one, other) = (new_secret(&random), new_secret(&random));
        assert!(is_csrf_token(&one, &csrf_token(&one)));
        for wrong in [&*csrf_token(&other), &*one, "", "0"] {
            assert!(!is_csrf_token(&one, wrong));
        }
    }

    #[test]
    fn only_what_can_be_a_secret_is_looked_up() {
        assert!(digest(&"a".repeat(64)).is_some());
        for text in ["", "a", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"é".repeat(32)] {
            assert_eq!(digest(text), None);
        }
    }

    #[test]
    fn parts_cannot_be_moved_across_their_borders() {
        assert_ne!(mark(&["ab", "c"]), mark(&["a", "bc"]));
    }
}
