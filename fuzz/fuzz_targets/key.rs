//! Keys in any form: what is read signs and verifies, and what is a secret is no key in disguise.
#![no_main]

use countersign_core::jwk::Jwk;
use countersign_core::jws::{Algorithm, Key, VerifyingKey, judge_secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for algorithm in Algorithm::ALL {
        if let Ok(key) = Key::read(algorithm, text, None) {
            assert_eq!(key.algorithm(), algorithm);
            key.self_test().expect("a key that was read signs");
            assert!(VerifyingKey::read(algorithm, text, None).is_ok(), "whoever signs can verify");
        }
        if let Ok(key) = VerifyingKey::read(algorithm, text, None) {
            assert_eq!(key.thumbprint().is_none(), algorithm.is_symmetric());
        }
    }
    if judge_secret(Algorithm::Hs256, text).is_ok() {
        assert!(text.len() >= 32 && Jwk::read(text).is_err());
    }
});
