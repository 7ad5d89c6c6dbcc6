//! `$pbkdf2-sha256$<rounds>$<salt>$<key>`, `$pbkdf2-sha512$…` and, for SHA-1, `$pbkdf2$…`: passlib's modular crypt
//! format. Salt and key are bytes in base64 with `.` for `+` and without padding.

use super::super::hasher::{Stored, decimal};
use super::super::pbkdf2::{Digest, StoredKey};
use base64::Engine as _;
use base64::alphabet::{Alphabet, ParseAlphabetError};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// passlib's "adapted" base64.
const BASE_64: GeneralPurpose = GeneralPurpose::new(&alphabet(), NO_PAD);

const fn alphabet() -> Alphabet {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
    let alphabet: Result<Alphabet, ParseAlphabetError> = Alphabet::new(digits);
    match alphabet {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("64 different characters"),
    }
}

pub(super) fn read(encoded: &str) -> Option<Box<dyn Stored>> {
    let mut fields = encoded.strip_prefix("$pbkdf2")?.split('$');
    let digest = match fields.next()? {
        "" => Digest::Sha1,
        name => Digest::named(name.strip_prefix('-')?)?,
    };
    let iterations = decimal(fields.next()?)?;
    let salt = BASE_64.decode(fields.next()?).ok()?;
    let key = BASE_64.decode(fields.next()?).ok()?;
    let stored = StoredKey::foreign(digest, iterations, salt, key).filter(|_| fields.next().is_none())?;
    Some(Box::new(stored))
}

/// The key cut to 32 bytes.
pub(super) fn cut(encoded: &str) -> Option<String> {
    let (before, key) = encoded.rsplit_once('$')?;
    let key = BASE_64.decode(key).ok()?;
    Some(format!("{before}${}", BASE_64.encode(key.get(..LONGEST_WRITTEN)?)))
}

/// Writes a key of other software. See [`pbkdf2_text`](super::pbkdf2_text).
pub(super) fn write(scheme: &str, iterations: u32, salt: &[u8], key: &[u8]) -> String {
    let key = &key[..key.len().min(LONGEST_WRITTEN)];
    format!("${scheme}${iterations}${}${}", BASE_64.encode(salt), BASE_64.encode(key))
}

/// Bytes of a key that are written. The rest is no better protection, and does not fit Django's column.
const LONGEST_WRITTEN: usize = 32;
