//! Randomness is data: whoever needs it is handed a source.

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        // It fails only where the kernel has no generator or has not seeded it: nothing safe can be done there.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

impl dyn Random + '_ {
    /// A token id as simplejwt makes it: `uuid4().hex`, 32 lower-case hexadecimal digits, 122 of their
    /// 128 bits random.
    #[must_use]
    pub fn jti(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        format!("{:032x}", u128::from_be_bytes(bytes))
    }

    /// `length` characters of `alphabet`, each equally likely, as Django's `get_random_string`.
    ///
    /// `alphabet` is ASCII and has at most 256 characters.
    #[must_use]
    pub fn text(&self, length: usize, alphabet: &[u8]) -> String {
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        let mut bytes = [0; 32];
        while text.len() < length {
            self.fill(&mut bytes);
            let picked = bytes.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < fair);
            text.extend(
                picked.take(length - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])),
            );
        }
        text
    }
}

/// The 62 characters of Django's salts and secrets, in Django's order.
pub const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jti_is_a_version_4_uuid_without_dashes() {
        let random: &dyn Random = &SystemRandom;
        let jti = random.jti();
        assert_eq!(jti.len(), 32);
        assert_eq!(&jti[12..13], "4");
        assert!(matches!(&jti[16..17], "8" | "9" | "a" | "b"));
        assert!(jti.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }
}
