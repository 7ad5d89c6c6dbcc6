//! RFC 7638: a name for a key that everybody who has the key computes alike.

use crate::jws::public::PublicKey;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

impl PublicKey {
    /// The digest of its required members in the order of their names, without white space.
    pub(crate) fn thumbprint(&self) -> String {
        digest(&self.members().to_ascii())
    }
}

/// The SHA-256 of a text in base64url: a name for a published set, as a thumbprint is for a key.
#[must_use]
pub fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
