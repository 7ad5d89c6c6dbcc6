//! The claim that ties a token to a password (`CHECK_REVOKE_TOKEN`).

use md5::{Digest as _, Md5};
use std::fmt::Write as _;

/// The MD5 digest of an encoded password, in upper-case hexadecimal: simplejwt's `hash_password` claim.
///
/// It is a fingerprint of the stored hash, not of the password, and goes where simplejwt's clients and
/// resource servers look for it.
#[must_use]
pub fn digest(encoded: &str) -> String {
    let mut digest = String::with_capacity(32);
    for byte in Md5::digest(encoded) {
        let _ = write!(digest, "{byte:02X}");
    }
    digest
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_upper_case_hexadecimal_md5() {
        assert_eq!(super::digest("abc"), "900150983CD24FB0D6963F7D28E17F72");
    }
}
