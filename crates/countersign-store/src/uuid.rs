//! UUIDs as Django stores and prints them.

/// The 32 digits of a UUID, with or without dashes.
pub(crate) fn digits(text: &str) -> Option<String> {
    let digits = text.replace('-', "").to_ascii_lowercase();
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    (digits.len() == 32 && hexadecimal && matches!(text.len(), 32 | 36)).then_some(digits)
}

/// `str(uuid)`; whatever is no UUID stays as it is.
pub(crate) fn dashed(text: &str) -> String {
    if digits(text).is_none() || text.len() != 32 {
        return text.to_owned();
    }
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_stored_without_dashes_and_printed_with_them() {
        let plain = "0123456789abcdef0123456789abcdef";
        let printed = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(dashed(plain), printed);
        assert_eq!(digits(printed).as_deref(), Some(plain));
        assert_eq!(digits(plain).as_deref(), Some(plain));
        for text in ["", "0123", &"-".repeat(32), &"g".repeat(32), &format!("{plain}-----")] {
            assert_eq!(digits(text), None, "{text:?}");
        }
    }
}
