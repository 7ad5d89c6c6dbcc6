//! JSON as claims and as bodies: what is read is written and read back, and is JSON for serde_json, too.
#![no_main]

use countersign_core::json::{Reader, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(value) = Reader::CLAIMS.read(text) {
        for again in [value.to_ascii(), value.to_utf8(), value.to_utf8_indented(2)] {
            assert_eq!(Reader::CLAIMS.read(again.as_bytes()).as_ref(), Ok(&value));
        }
        let theirs: serde_json::Value = serde_json::from_slice(text).expect("what claims accept is JSON");
        assert_eq!(is_object(&value), theirs.is_object());
        assert_eq!(Reader::BODY.read(text), Ok(value), "bodies accept what claims do");
    } else if let Ok(value) = Reader::BODY.read(text) {
        let _ = (value.to_ascii(), value.to_utf8());
    }
});

fn is_object(value: &Value) -> bool {
    value.as_object().is_some()
}
