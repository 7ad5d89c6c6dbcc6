//! The base64 of crypt(3): `./0-9A-Za-z`, the lowest six bits of a group first.

const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a digit stands for.
pub(super) fn digit(byte: u8) -> Option<u32> {
    let at = DIGITS.iter().position(|digit| *digit == byte)?;
    u32::try_from(at).ok()
}

/// Writes groups of one to three bytes, the lowest byte first, each with so many digits.
pub(super) fn encode<'a>(groups: impl Iterator<Item = (&'a [u8], usize)>) -> String {
    let mut text = String::new();
    for (bytes, digits) in groups {
        let mut value = bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte));
        for _ in 0..digits {
            text.push(char::from(DIGITS[value & 63]));
            value >>= 6;
        }
    }
    text
}
