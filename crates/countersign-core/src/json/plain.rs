//! The part of a string that stands for itself, found eight bytes at a time.

/// How many bytes come before the first quote, backslash or control character; all if there is none.
#[inline]
pub(super) fn length(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return at * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let ends_here = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    words.len() * 8 + rest.iter().position(ends_here).unwrap_or(rest.len())
}

/// The high bit of every byte that ends plain text, exact up to the first of them: a borrow may only mark bytes
/// beyond it.
const fn ends(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(EACH) & !word
    }
    let quotes = zeros(word ^ (EACH * b'"' as u64));
    let backslashes = zeros(word ^ (EACH * b'\\' as u64));
    let controls = word.wrapping_sub(EACH * 0x20) & !word;
    (quotes | backslashes | controls) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_by_one(text: &[u8]) -> usize {
        text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(text.len())
    }

    #[test]
    fn every_byte_in_every_place_is_told_apart() {
        for byte in 0..=255_u8 {
            for at in 0..20 {
                let mut text = [b'!'; 20];
                text[at] = byte;
                assert_eq!(length(&text), one_by_one(&text), "{byte:#04x} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn eight_at_a_time_finds_what_one_at_a_time_finds(text in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(length(&text), one_by_one(&text));
        }
    }
}
