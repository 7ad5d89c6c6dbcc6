//! `pbkdf2:<digest>:<iterations>$<salt>$<hexadecimal>` and `scrypt:<N>:<r>:<p>$<salt>$<hexadecimal>`.
//!
//! The salt is used as text. Hashes without a number of iterations are those of a version that nobody can tell by
//! looking at them, and are not read.

use super::super::hasher::{Stored, decimal};
use super::super::pbkdf2::{Digest, StoredKey};
use super::super::scrypt;

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let mut fields = encoded.split('$');
    let mut method = fields.next()?.split(':');
    let salt = fields.next().filter(|salt| !salt.is_empty())?;
    let key = unhex(fields.next()?)?;
    let scheme = method.next()?;
    let first = method.next()?;
    let second = decimal(method.next()?)?;
    let third = method.next();
    let is_whole = fields.next().is_none() && method.next().is_none();
    match (scheme, third) {
        ("pbkdf2", None) if is_whole => {
            Some(Box::new(StoredKey::foreign(Digest::named(first)?, second, salt.into(), key)?))
        }
        ("scrypt", Some(third)) if is_whole => {
            let cost = scrypt::Parameters { n: decimal(first)?, r: second, p: decimal(third)? };
            Some(Box::new(scrypt::StoredKey::foreign(cost, salt, key)?))
        }
        _ => None,
    }
}

/// The key cut to 32 bytes.
pub(super) fn cut(encoded: &str) -> Option<String> {
    let (before, key) = encoded.rsplit_once('$')?;
    Some(format!("{before}${}", key.get(..64)?))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
    let pair = |pair: &[u8; 2]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
    let (pairs, []) = text.as_bytes().as_chunks() else { return None };
    pairs.iter().map(pair).collect()
}
