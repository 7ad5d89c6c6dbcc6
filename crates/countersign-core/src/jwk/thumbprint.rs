//! RFC 7638: a name for a key that everybody who has the key computes alike.

use crate::jws::public::PublicKey;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

impl PublicKey {
    /// The SHA-256 of its required members in the order of their names, without white space.
    pub(crate) fn thumbprint(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.members().to_ascii()))
    }
}
