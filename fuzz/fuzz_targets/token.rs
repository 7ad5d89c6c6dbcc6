//! Tokens: arbitrary text, and arbitrary headers and payloads under a good signature.
#![no_main]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::claims::{self, Expectations};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::json::{Reader, Value};
use countersign_core::jws::{self, Algorithm, Key, KeyRing};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let pem = include_bytes!("../../crates/countersign-core/tests/vectors/keys/ed25519_public.pem");
    let public = jws::VerifyingKey::read(Algorithm::EdDsa, pem, Some("e")).expect("a good key");
    KeyRing::new(key()).with_verifying(public)
});

fn key() -> Key {
    Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", Some("s"))
}

fuzz_target!(|text: &str| {
    read(text);
    // The same as a payload and, where there is a line break, as a header and a payload of a token of ours.
    if let Some((header, payload)) = text.split_once('\n') {
        read(&signed(header, payload));
    }
    read(&RING.sign(text));
});

fn read(token: &str) {
    let _ = jws::peek_header(token);
    let _ = jws::peek_payload(token);
    let Ok(verified) = RING.verify(token) else { return };
    assert!(token.len() <= jws::MAX_TOKEN_LENGTH && token.matches('.').count() == 2);
    assert_eq!(verified.key.kid(), Some("s"), "nobody has the other key");
    let expected = Expectations {
        now: Timestamp::from_second(1_795_319_550).expect("an instant"),
        leeway: SignedDuration::ZERO,
        audience: None,
        issuer: None,
    };
    if let Ok(read) = claims::read(&verified.payload, &expected) {
        assert_eq!(Reader::CLAIMS.read(read.to_ascii().as_bytes()), Ok(Value::Object(read)));
    }
}

fn signed(header: &str, payload: &str) -> String {
    let message =
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(key().signature(message.as_bytes())))
}
