//! ASP.NET Core Identity, version 3: the base64 of a 1, the digest (0, 1 or 2 for SHA-1, SHA-256 and SHA-512), the
//! iterations, the salt's length, the salt, and the rest is the key. Numbers are of four bytes, the highest first.

use super::super::hasher::Stored;
use super::super::pbkdf2::{Digest, StoredKey};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Bytes before the salt: the version and three numbers.
const HEAD: usize = 13;

/// The key cut to 32 bytes.
pub(super) fn cut(encoded: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    let salt = u32::from_be_bytes(bytes.get(HEAD - 4..HEAD)?.try_into().ok()?);
    let end = HEAD.checked_add(usize::try_from(salt).ok()?)?.checked_add(32)?;
    Some(BASE64_STANDARD.encode(bytes.get(..end)?))
}

/// What Identity itself asks of a salt and a key.
const LEAST: usize = 16;

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    let (numbers, rest) = bytes.strip_prefix(&[1])?.split_first_chunk::<12>()?;
    let number = |at: usize| numbers.as_chunks::<4>().0.get(at).map(|four| u32::from_be_bytes(*four));
    let digest = match number(0)? {
        0 => Digest::Sha1,
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return None,
    };
    let (salt, key) = rest.split_at_checked(usize::try_from(number(2)?).ok()?)?;
    let stored = StoredKey::foreign(digest, number(1)?, salt.to_vec(), key.to_vec())?;
    (salt.len() >= LEAST).then(|| -> Box<dyn Stored> { Box::new(stored) })
}
