//! Whether a secret is worth the name, in a configuration's words.

use countersign_core::jws::{Algorithm, KeyFault, judge_secret};
use countersign_core::secret::Secret;

/// Why a secret is weak, as the end of a sentence; `None` for one that is good for the algorithm. Whether it is no
/// secret at all is said where the key is made.
pub(super) fn weakness(algorithm: Algorithm, secret: &Secret) -> Option<String> {
    Some(match judge_secret(algorithm, secret.expose()).err()? {
        KeyFault::DjangoInsecure => {
            "is the insecure key that Django's startproject wrote, which may be in a repository".to_owned()
        }
        KeyFault::Common => "is a key from a public example".to_owned(),
        KeyFault::Repeated => "is the same byte again and again".to_owned(),
        KeyFault::Short { .. } => {
            format!("is shorter than {} bytes, which {algorithm} needs", algorithm.secret_length())
        }
        _ => return None,
    })
}
