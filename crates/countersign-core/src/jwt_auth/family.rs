//! The id of a line of tokens.

use crate::random::Random;
use std::fmt;

/// The id of a token or of its line: a UUID, as `blacklist_blacklistedtoken.token_id` keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FamilyId(u128);

impl FamilyId {
    /// A new one: `uuid4()`.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        Self(u128::from_str_radix(&random.jti(), 16).expect("an id is 32 hexadecimal digits"))
    }

    /// Reads an id as Python's `uuid.UUID` does: 32 hexadecimal digits, dashes anywhere, in braces or behind
    /// `urn:uuid:` if need be.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bare = text.replace("urn:", "").replace("uuid:", "");
        let digits = bare.trim_matches(['{', '}']).replace('-', "");
        let is_hexadecimal = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hexadecimal.then(|| u128::from_str_radix(&digits, 16).ok()).flatten().map(Self)
    }

    /// The 128 bits.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }
}

/// `str(uuid)`: lower case, in five groups.
impl fmt::Display for FamilyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(out, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_is_read_in_every_spelling_of_python_and_printed_in_one() {
        let printed = "3ad605b3-a171-4a57-ac16-8b5e1364f820";
        for text in [
            printed,
            "3ad605b3a1714a57ac168b5e1364f820",
            "3AD605B3-A171-4A57-AC16-8B5E1364F820",
            "{3ad605b3-a171-4a57-ac16-8b5e1364f820}",
            "urn:uuid:3ad605b3-a171-4a57-ac16-8b5e1364f820",
        ] {
            assert_eq!(FamilyId::read(text).unwrap().to_string(), printed, "{text}");
        }
        for text in
            ["", "zz", "3ad605b3", "3ad605b3a1714a57ac168b5e1364f82g", "+ad605b3a1714a57ac168b5e1364f820"]
        {
            assert_eq!(FamilyId::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_printed_is_read_again(text in "\\PC{0,80}", number in any::<u128>()) {
            let _ = FamilyId::read(&text);
            let id = FamilyId(number);
            prop_assert_eq!(FamilyId::read(&id.to_string()), Some(id));
        }
    }
}
