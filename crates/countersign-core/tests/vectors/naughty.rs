//! The big list of naughty strings, wherever a text can stand in a token or a key.

use super::{read, say};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::json::{Object, Reader, Value};
use countersign_core::jwk::{Jwk, JwkSet};
use countersign_core::jws::{Algorithm, JwsError, Key, KeyRing, VerifyingKey, judge_secret};

const SECRET: &[u8] = b"a secret of more than 32 bytes, surely";

#[test]
fn all_515_naughty_strings_come_back_as_they_were_and_break_nothing() {
    let Some(strings) = read("blns/blns.json") else { return };
    let strings: Vec<&str> = strings.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for &string in &strings {
        is_kept_as_a_claim(string);
        is_no_token(string);
        is_only_a_name(string);
        is_no_key(string);
    }
    assert_eq!(strings.len(), 515);
    say("compared: naughty strings: 515 of 515 kept as claims and names, refused as tokens and keys");
}

fn is_kept_as_a_claim(string: &str) {
    let claims = Object::from([("sub", string), (string, "name")]);
    let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None));
    let Ok(verified) = ring.verify(&ring.sign(&claims.to_ascii())) else {
        return assert!(string.len() > 4000, "{string:?}");
    };
    assert_eq!(Reader::CLAIMS.read(&verified.payload), Ok(Value::Object(claims)));
}

fn is_no_token(string: &str) {
    let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None));
    assert!(ring.verify(string).is_err());
    let token = ring.sign("{}");
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert!(ring.verify(&format!("{signed}.{string}")).is_err());
}

/// A `kid` is looked up among the names of the keys, and that is all that becomes of it.
fn is_only_a_name(string: &str) {
    let named = Key::hmac(Algorithm::Hs256, SECRET, Some(string));
    let token = KeyRing::new(named.clone()).sign("{}");
    let header = token.split('.').next().unwrap();
    let header = Reader::CLAIMS.read(&BASE64_URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(header.as_object().unwrap().get("kid"), Some(&string.into()));
    if token.len() < 8 * 1024 {
        assert!(KeyRing::new(named).verify(&token).is_ok());
        let other = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, Some("another")));
        let expected = if string.is_empty() { None } else { Some(JwsError::UnknownKey) };
        assert_eq!(other.verify(&token).err(), expected, "{string:?}");
    }
}

fn is_no_key(string: &str) {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        assert!(VerifyingKey::read(algorithm, string.as_bytes(), None).is_err());
    }
    assert!(Jwk::read(string.as_bytes()).is_err());
    assert!(JwkSet::read(string.as_bytes(), None).is_err());
    let _ = judge_secret(Algorithm::Hs256, string.as_bytes());
}
