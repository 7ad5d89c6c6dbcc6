//! Tokens as they are written down.

use crate::judge::Presented;
use crate::session::Client;
use countersign_core::clock::SignedDuration;
use countersign_core::store::{Record, Rotate};
use sha2::{Digest as _, Sha256};

/// What stands in `outstandingtoken.token` where tokens are not stored.
pub(crate) fn digest(token: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(token)))
}

/// A [`Rotate`] that can be sent to another thread.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) presented: Presented,
    pub(crate) successor: Record,
    pub(crate) grace: SignedDuration,
    pub(crate) reuse_detection: bool,
}

impl From<Rotate<'_>> for Use {
    fn from(rotate: Rotate<'_>) -> Self {
        Self {
            presented: Presented {
                token: rotate.presented.clone(),
                family: rotate.family.to_owned(),
                must_be_active: rotate.must_be_active,
                at: rotate.at,
                terms: rotate.terms,
                client: Client::from(rotate.origin),
            },
            successor: rotate.successor.clone(),
            grace: rotate.grace,
            reuse_detection: rotate.reuse_detection,
        }
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}
