//! Whether a secret is worth the name.

use countersign_core::secret::Secret;

/// What anybody can look up.
const PUBLISHED: [&[u8]; 1] = [b"a-string-secret-at-least-256-bits-long"];

/// Why a secret is weak, as the end of a sentence; `None` for one that is good for HS256.
pub(super) fn weakness(secret: &Secret) -> Option<&'static str> {
    let bytes = secret.expose();
    match bytes {
        _ if bytes.starts_with(b"django-insecure-") => {
            Some("is the insecure key that Django's startproject wrote, which may be in a repository")
        }
        _ if PUBLISHED.contains(&bytes) => Some("is a key from a public example"),
        _ if bytes.len() < 32 => Some("is shorter than 32 bytes, so that it can be guessed from a token"),
        [first, rest @ ..] if rest.iter().all(|byte| byte == first) => {
            Some("is the same byte again and again")
        }
        _ => None,
    }
}
