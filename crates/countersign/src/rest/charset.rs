//! The three character sets that bodies come in. Everything else is refused by name.

use std::borrow::Cow;

/// How the bytes of a body stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Latin1,
    Ascii,
}

impl Charset {
    /// The character set of this name, by the names that Python knows it by.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        Some(match name.as_str() {
            "utf-8" | "utf8" | "u8" | "utf" => Self::Utf8,
            "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" => {
                Self::Latin1
            }
            "ascii" | "us-ascii" | "646" => Self::Ascii,
            _ => return None,
        })
    }

    /// The text, with U+FFFD for what is none: `bytes.decode(…, errors="replace")`.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Latin1 => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
            Self::Ascii => {
                let replaced = |byte: u8| if byte.is_ascii() { char::from(byte) } else { '\u{fffd}' };
                Cow::Owned(bytes.iter().copied().map(replaced).collect())
            }
        }
    }
}
