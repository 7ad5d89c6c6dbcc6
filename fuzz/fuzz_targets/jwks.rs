//! Sets of keys: what is read can be published, and read again as the same.
#![no_main]

use countersign_core::jwk::{JwkSet, publish};
use countersign_core::jws::Algorithm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for wanted in [None, Some(Algorithm::Rs256)] {
        let Ok(set) = JwkSet::read(text, wanted) else { continue };
        let published = publish(&set.keys).to_ascii();
        let again = JwkSet::read(published.as_bytes(), None).expect("what is published is a set");
        assert!(again.refused.is_empty());
        assert_eq!(publish(&again.keys).to_ascii(), published);
        for error in &set.refused {
            assert!(!error.to_string().is_empty());
        }
    }
});
