//! `{SSHA}`, `{SSHA256}` and `{SSHA512}`: the base64 of a digest and its salt, which the digest is of the password
//! and the salt. Fast, and so no protection; the first login replaces it.

use super::super::hasher::{Stored, same};
use super::begins_with;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::time::Duration;

#[derive(Clone, Copy)]
enum Kind {
    Sha1,
    Sha256,
    Sha512,
}

const KINDS: [(&str, Kind, usize); 3] =
    [("{SSHA}", Kind::Sha1, 20), ("{SSHA256}", Kind::Sha256, 32), ("{SSHA512}", Kind::Sha512, 64)];

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let (mark, kind, length) = KINDS.into_iter().find(|(mark, ..)| begins_with(encoded, mark))?;
    let bytes = BASE64_STANDARD.decode(&encoded[mark.len()..]).ok()?;
    let (digest, salt) = bytes.split_at_checked(length)?;
    let stored = Salted { kind, digest: digest.to_vec(), salt: salt.to_vec() };
    (!salt.is_empty()).then(|| -> Box<dyn Stored> { Box::new(stored) })
}

struct Salted {
    kind: Kind,
    digest: Vec<u8>,
    salt: Vec<u8>,
}

impl Stored for Salted {
    fn matches(&self, password: &[u8]) -> bool {
        let computed = match self.kind {
            Kind::Sha1 => digest::<sha1::Sha1>(password, &self.salt),
            Kind::Sha256 => digest::<sha2::Sha256>(password, &self.salt),
            Kind::Sha512 => digest::<sha2::Sha512>(password, &self.salt),
        };
        same(&computed, &self.digest)
    }

    fn cost(&self) -> Duration {
        Duration::ZERO
    }

    fn is_outdated(&self) -> bool {
        true
    }
}

fn digest<D: sha1::Digest>(password: &[u8], salt: &[u8]) -> Vec<u8> {
    D::new().chain_update(password).chain_update(salt).finalize().to_vec()
}
