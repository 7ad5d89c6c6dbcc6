//! Whether a secret is worth the name, in a configuration's words.

use countersign_core::jws::{Algorithm, KeyFault, judge_secret};
use countersign_core::secret::Secret;

/// The shortest secret that cannot be guessed from a token, in bytes: that of HS256.
const SHORTEST: usize = 32;

/// Why a secret is weak, as the end of a sentence; `None` for one that is good for HS256. Whether it is no secret at
/// all is said where the key is made.
pub(super) fn weakness(secret: &Secret) -> Option<&'static str> {
    match judge_secret(Algorithm::Hs256, secret.expose()).err()? {
        KeyFault::DjangoInsecure => {
            Some("is the insecure key that Django's startproject wrote, which may be in a repository")
        }
        KeyFault::Common => Some("is a key from a public example"),
        KeyFault::Repeated => Some("is the same byte again and again"),
        KeyFault::Short { bytes, .. } if bytes < SHORTEST => {
            Some("is shorter than 32 bytes, so that it can be guessed from a token")
        }
        _ => None,
    }
}
