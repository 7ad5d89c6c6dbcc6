//! `JSONTestSuite`: what every reader of JSON must accept, must refuse, and may do as it likes with.

use super::{directory, say};
use countersign_core::claims::{self, Expectations};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::json::{JsonFault, Reader};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use std::collections::BTreeMap;
use std::fs;

/// Valid JSON that claims refuse: two readers would read two things.
const REFUSED_ON_PURPOSE: [&str; 2] =
    ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// The texts that RFC 8259 leaves to each reader, where this one refuses them.
const REFUSED_BY_CHOICE: [(&str, JsonFault); 30] = [
    ("i_number_huge_exp.json", JsonFault::OutOfRange),
    ("i_number_neg_int_huge_exp.json", JsonFault::OutOfRange),
    ("i_number_pos_double_huge_exp.json", JsonFault::OutOfRange),
    ("i_number_real_neg_overflow.json", JsonFault::OutOfRange),
    ("i_number_real_pos_overflow.json", JsonFault::OutOfRange),
    ("i_object_key_lone_2nd_surrogate.json", JsonFault::Unpaired),
    ("i_string_1st_surrogate_but_2nd_missing.json", JsonFault::Unpaired),
    ("i_string_1st_valid_surrogate_2nd_invalid.json", JsonFault::Unpaired),
    ("i_string_UTF-16LE_with_BOM.json", JsonFault::NotUtf8),
    ("i_string_UTF-8_invalid_sequence.json", JsonFault::NotUtf8),
    ("i_string_UTF8_surrogate_U+D800.json", JsonFault::NotUtf8),
    ("i_string_incomplete_surrogate_and_escape_valid.json", JsonFault::Unpaired),
    ("i_string_incomplete_surrogate_pair.json", JsonFault::Unpaired),
    ("i_string_incomplete_surrogates_escape_valid.json", JsonFault::Unpaired),
    ("i_string_invalid_lonely_surrogate.json", JsonFault::Unpaired),
    ("i_string_invalid_surrogate.json", JsonFault::Unpaired),
    ("i_string_invalid_utf-8.json", JsonFault::NotUtf8),
    ("i_string_inverted_surrogates_U+1D11E.json", JsonFault::Unpaired),
    ("i_string_iso_latin_1.json", JsonFault::NotUtf8),
    ("i_string_lone_second_surrogate.json", JsonFault::Unpaired),
    ("i_string_lone_utf8_continuation_byte.json", JsonFault::NotUtf8),
    ("i_string_not_in_unicode_range.json", JsonFault::NotUtf8),
    ("i_string_overlong_sequence_2_bytes.json", JsonFault::NotUtf8),
    ("i_string_overlong_sequence_6_bytes.json", JsonFault::NotUtf8),
    ("i_string_overlong_sequence_6_bytes_null.json", JsonFault::NotUtf8),
    ("i_string_truncated-utf-8.json", JsonFault::NotUtf8),
    ("i_string_utf16BE_no_BOM.json", JsonFault::NotUtf8),
    ("i_string_utf16LE_no_BOM.json", JsonFault::NotUtf8),
    ("i_structure_500_nested_arrays.json", JsonFault::TooDeep),
    ("i_structure_UTF-8_BOM_empty_object.json", JsonFault::ByteOrderMark),
];

/// And where it accepts them: numbers beyond 64 bits are kept as they were written, and a fraction too small is 0.
const ACCEPTED_BY_CHOICE: [&str; 5] = [
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
];

/// Every file with its verdict as a JSON text and as a payload.
fn verdicts() -> Option<Verdicts> {
    let folder = directory("jsontestsuite")?.join("jsontestsuite/test_parsing");
    let verdict = |entry: fs::DirEntry| {
        let text = fs::read(entry.path()).unwrap();
        let as_text = Reader::CLAIMS.read(&text).map(drop).map_err(|error| error.fault);
        (entry.file_name().into_string().unwrap(), (as_text, is_accepted_as_claims(&text)))
    };
    Some(fs::read_dir(folder).unwrap().map(|entry| verdict(entry.unwrap())).collect())
}

/// Signs a payload and reads it as a token would be read. What is no text, or too long for a token, is read without.
fn is_accepted_as_claims(payload: &[u8]) -> bool {
    let expected = Expectations {
        now: Timestamp::from_second(1_795_319_550).unwrap(),
        leeway: SignedDuration::ZERO,
        audience: None,
        issuer: None,
    };
    let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None));
    let token = std::str::from_utf8(payload).map(|text| ring.sign(text));
    if let Some(verified) = token.as_ref().ok().and_then(|token| ring.verify(token).ok()) {
        assert_eq!(verified.payload, payload);
    }
    claims::read(payload, &expected).is_ok()
}

#[test]
fn all_188_texts_that_are_no_json_are_refused() {
    let Some(verdicts) = verdicts() else { return };
    let wrong: Vec<_> = of(&verdicts, "n_").filter(|(_, (text, claims))| text.is_ok() || *claims).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(of(&verdicts, "n_").count(), 188);
    say("compared: JSONTestSuite: 188 of 188 n_ refused");
}

#[test]
fn all_95_texts_that_are_json_are_read_but_for_duplicates() {
    let Some(verdicts) = verdicts() else { return };
    let refused: Vec<_> =
        of(&verdicts, "y_").filter(|(_, (text, _))| text.is_err()).map(|(name, _)| name).collect();
    assert_eq!(refused, REFUSED_ON_PURPOSE);
    let claims = of(&verdicts, "y_").filter(|(_, (_, claims))| *claims).count();
    assert_eq!((of(&verdicts, "y_").count(), claims), (95, 10));
    say(&format!(
        "compared: JSONTestSuite: 93 of 95 y_ read, 2 refused for duplicate names; the {claims} objects among them \
         are claims"
    ));
}

#[test]
fn the_35_texts_in_between_have_a_verdict_each() {
    let Some(verdicts) = verdicts() else { return };
    let refused: Vec<_> =
        of(&verdicts, "i_").filter_map(|(name, (text, _))| Some((name.as_str(), text.err()?))).collect();
    assert_eq!(refused, REFUSED_BY_CHOICE);
    let accepted: Vec<_> =
        of(&verdicts, "i_").filter(|(_, (text, _))| text.is_ok()).map(|(name, _)| name).collect();
    assert_eq!(accepted, ACCEPTED_BY_CHOICE);
    assert_eq!(of(&verdicts, "i_").count(), 35);
    say(&format!("compared: JSONTestSuite: 35 of 35 i_ as pinned, {} refused", refused.len()));
}

type Verdicts = BTreeMap<String, (Result<(), JsonFault>, bool)>;

fn of<'v>(
    verdicts: &'v Verdicts,
    prefix: &'static str,
) -> impl Iterator<Item = (&'v String, &'v (Result<(), JsonFault>, bool))> {
    verdicts.iter().filter(move |(name, _)| name.starts_with(prefix))
}
