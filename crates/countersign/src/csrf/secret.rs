//! The secret in the cookie and its masks, to the letter of Django's `_mask_cipher_secret`.

use countersign_core::random::{ALPHANUMERIC, Random};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// `CSRF_SECRET_LENGTH`, in characters.
const LENGTH: usize = 32;

/// 32 characters of [`ALPHANUMERIC`]. Compares in constant time and prints nothing.
#[derive(Clone)]
pub struct CsrfSecret(String);

/// Why a text is no secret and no masked one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFormat {
    /// Neither 32 characters nor 64.
    #[error("has incorrect length")]
    Length,
    /// Others than letters and digits.
    #[error("has invalid characters")]
    Characters,
}

impl CsrfSecret {
    /// A new one.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(random.text(LENGTH, ALPHANUMERIC))
    }

    /// Reads a secret, masked (64 characters) or not (32), from a cookie or a token.
    ///
    /// # Errors
    /// [`TokenFormat`].
    pub fn read(text: &str) -> Result<Self, TokenFormat> {
        let length = text.chars().count();
        if length != LENGTH && length != 2 * LENGTH {
            return Err(TokenFormat::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TokenFormat::Characters);
        }
        let (mask, cipher) = text.split_at(length - LENGTH);
        Ok(if mask.is_empty() { Self(cipher.to_owned()) } else { Self(unmask(mask, cipher)) })
    }

    /// The secret behind a fresh mask, so that no two answers hold the same text (`get_token`).
    #[must_use]
    pub fn mask(&self, random: &dyn Random) -> String {
        let mut masked = random.text(LENGTH, ALPHANUMERIC);
        let cipher = combine(&self.0, &masked, |secret, mask| secret + mask);
        masked.push_str(&cipher);
        masked
    }

    /// The bare secret, as the cookie carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn unmask(mask: &str, cipher: &str) -> String {
    combine(cipher, mask, |cipher, mask| cipher + ALPHANUMERIC.len() - mask)
}

/// Works on two texts of the alphabet, letter by letter, by their positions in it.
fn combine(one: &str, other: &str, sum: impl Fn(usize, usize) -> usize) -> String {
    let letter =
        |(one, other)| char::from(ALPHANUMERIC[sum(position(one), position(other)) % ALPHANUMERIC.len()]);
    one.bytes().zip(other.bytes()).map(letter).collect()
}

/// Where a letter or digit stands in [`ALPHANUMERIC`].
fn position(letter: u8) -> usize {
    usize::from(match letter {
        b'a'..=b'z' => letter - b'a',
        b'A'..=b'Z' => letter - b'A' + 26,
        digit => digit.saturating_sub(b'0').min(9) + 52,
    })
}

impl PartialEq for CsrfSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for CsrfSecret {}

impl fmt::Debug for CsrfSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::testing::SeededRandom;
    use proptest::prelude::*;

    fn secret(text: &str) -> CsrfSecret {
        CsrfSecret::read(text).unwrap()
    }

    #[test]
    fn positions_are_those_of_djangos_alphabet() {
        for (at, &letter) in ALPHANUMERIC.iter().enumerate() {
            assert_eq!(position(letter), at);
        }
    }

    #[test]
    fn a_mask_of_django_is_read() {
        // Recorded: Django accepted this token for this secret.
        let masked = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbI72AjU3dQFzH2tIwIjUreW5aU4wn5DeT";
        assert_eq!(secret(masked), secret("H61ziT2cPEyG1sHvHiTqdV49T3vm4CdS"));
        // The first letter of the alphabet masks nothing.
        let bare = "H61ziT2cPEyG1sHvHiTqdV49T3vm4CdS";
        assert_eq!(secret(&format!("{}{bare}", "a".repeat(32))), secret(bare));
    }

    #[test]
    fn what_is_no_secret_is_told_apart_by_length_first() {
        for (text, why) in [
            ("", TokenFormat::Length),
            ("abc", TokenFormat::Length),
            (&"!".repeat(31), TokenFormat::Length),
            (&"!".repeat(32), TokenFormat::Characters),
            (&"\u{e9}".repeat(32), TokenFormat::Characters),
            (&"a".repeat(63), TokenFormat::Length),
            (&"a".repeat(65), TokenFormat::Length),
        ] {
            assert_eq!(CsrfSecret::read(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn a_secret_prints_nothing() {
        assert_eq!(format!("{:?}", secret(&"a".repeat(32))), "***");
    }

    proptest! {
        #[test]
        fn every_mask_comes_off_again(text in "[a-zA-Z0-9]{32}", seed: u64) {
            let random = SeededRandom::new(seed);
            let masked = secret(&text).mask(&random);
            prop_assert_eq!(masked.len(), 64);
            let unmasked = secret(&masked);
            prop_assert_eq!(unmasked.expose(), text.as_str());
            prop_assert_ne!(secret(&text).mask(&random), masked);
        }

        #[test]
        fn every_pair_of_halves_is_some_secret(text in "[a-zA-Z0-9]{64}") {
            prop_assert_eq!(secret(&text).expose().len(), 32);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,70}") {
            let _ = CsrfSecret::read(&text);
        }
    }
}
