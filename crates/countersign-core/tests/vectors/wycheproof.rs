//! Wycheproof's JSON Web Signatures, Keys, Crypto and Encryption.

use super::{read, ring, say, tests, text};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::jwk::{Jwk, JwkSet};
use countersign_core::jws::{Algorithm, Key, KeyFault, KeyRing};
use serde_json::Value;
use std::collections::BTreeSet;

/// Valid by Wycheproof and refused here, on purpose; PyJWT and jsonwebtoken refuse the same.
const REFUSED_ON_PURPOSE: [(u64, &str); 6] = [
    (346, "RFC 7520 figure 20: the key says PS256, the header PS384, and a key has one algorithm"),
    (347, "RFC 7520 figure 27: the key says ES521, which is no registered name"),
    (350, "as 346"),
    (351, "as 347"),
    (372, "a character outside base64url in the header"),
    (373, "a character outside base64url in the payload"),
];

/// Invalid by Wycheproof for padding that the file does not have: byte for byte they are its valid 357, with the same
/// key, so that nobody can refuse them and accept that one. What they mean is tested here with padding.
const THE_SAME_AS_357: [u64; 2] = [367, 370];

#[derive(Default)]
struct Tally {
    accepted: u64,
    refused: u64,
    wrongly_accepted: BTreeSet<u64>,
    wrongly_refused: BTreeSet<u64>,
}

impl Tally {
    fn add(&mut self, test: &Value, is_valid: bool, is_accepted: bool) {
        let id = test["tcId"].as_u64().expect("tests have numbers");
        match (is_valid, is_accepted) {
            (true, true) => self.accepted += 1,
            (false, false) => self.refused += 1,
            (false, true) => drop(self.wrongly_accepted.insert(id)),
            (true, false) => drop(self.wrongly_refused.insert(id)),
        }
    }
}

#[test]
fn of_401_signatures_all_invalid_ones_are_refused_and_all_but_six_of_the_others_accepted() {
    let Some(file) = read("wycheproof/json_web_signature_test.json") else { return };
    let mut tally = Tally::default();
    for (group, test) in tests(&file) {
        tally.add(test, test["result"] == "valid", accepts(group, text(test, "jws")));
    }
    assert_eq!(tally.wrongly_accepted, BTreeSet::from(THE_SAME_AS_357));
    assert_eq!(tally.wrongly_refused, REFUSED_ON_PURPOSE.iter().map(|(id, _)| *id).collect());
    assert_eq!((tally.refused, tally.accepted), (353, 40));
    say("compared: Wycheproof json_web_signature: 353 of 353 invalid refused, 40 of 46 valid accepted");
    say(
        "compared: Wycheproof json_web_signature 367 and 370 lack the padding that they are about: they are the valid 357",
    );
    for (id, reason) in REFUSED_ON_PURPOSE {
        say(&format!("compared: Wycheproof json_web_signature {id} is refused on purpose: {reason}"));
    }
}

#[test]
fn two_invalid_signatures_are_a_valid_one_and_with_padding_they_are_refused() {
    let Some(file) = read("wycheproof/json_web_signature_test.json") else { return };
    let find = |id: u64| tests(&file).find(|(_, test)| test["tcId"] == id).expect("it is there");
    let (group, valid) = find(357);
    assert_eq!(valid["result"], "valid");
    for id in THE_SAME_AS_357 {
        let (same_group, test) = find(id);
        assert_eq!((&test["jws"], &test["result"]), (&valid["jws"], &Value::from("invalid")));
        assert_eq!(same_group["private"], group["private"]);
    }
    let [header, payload, _] = text(valid, "jws").split('.').collect::<Vec<_>>()[..] else {
        panic!("three segments")
    };
    let key = Key::hmac(Algorithm::Hs256, &[0; 32], group["private"]["kid"].as_str());
    let signed = |header: &str, payload: &str| {
        let signature =
            BASE64_URL_SAFE_NO_PAD.encode(key.signature(format!("{header}.{payload}").as_bytes()));
        format!("{header}.{payload}.{signature}")
    };
    assert!(accepts(group, &signed(header, payload)));
    for padding in ["=", "==", "===", "===="] {
        assert!(!accepts(group, &signed(&format!("{header}{padding}"), payload)));
        assert!(!accepts(group, &signed(header, &format!("{payload}{padding}"))));
        assert!(!accepts(group, &format!("{}{padding}", signed(header, payload))));
    }
}

#[test]
fn of_26_keys_5_are_taken() {
    let Some(file) = read("wycheproof/json_web_key_test.json") else { return };
    let mut tally = Tally::default();
    for (group, test) in tests(&file) {
        tally.add(test, test["result"] == "valid", accepts(group, text(test, "jws")));
    }
    assert_eq!((tally.wrongly_accepted, tally.wrongly_refused), (BTreeSet::new(), BTreeSet::new()));
    assert_eq!((tally.refused, tally.accepted), (21, 5));
    say("compared: Wycheproof json_web_key: 21 of 21 invalid refused, 5 of 5 valid accepted");
}

#[test]
fn of_83_both_signed_and_encrypted_none_is_wrong() {
    let Some(file) = read("wycheproof/json_web_crypto_test.json") else { return };
    let mut tally = Tally::default();
    for (group, test) in tests(&file) {
        // What is encrypted is never read here, however valid.
        let (token, is_valid) = match &test["jws"] {
            Value::Null => (&test["jwe"], false),
            token => (token, test["result"] == "valid"),
        };
        // Some are in the JSON serialisation, which is an object.
        let token = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
        tally.add(test, is_valid, accepts(group, &token));
    }
    assert_eq!((tally.wrongly_accepted, tally.wrongly_refused), (BTreeSet::new(), BTreeSet::new()));
    assert_eq!((tally.refused, tally.accepted), (79, 4));
    say(
        "compared: Wycheproof json_web_crypto: 45 of 45 invalid signatures and 34 of 34 encryptions refused, 4 of 4 \
         valid signatures accepted",
    );
}

#[test]
fn of_139_encrypted_all_are_refused() {
    let Some(file) = read("wycheproof/json_web_encryption_test.json") else { return };
    let refused = tests(&file).filter(|(group, test)| !accepts(group, text(test, "jwe"))).count();
    assert_eq!(refused, 139);
    say("compared: Wycheproof json_web_encryption: 139 of 139 refused, valid or not");
}

/// Verifies with the public key or set, or with the secrets where there is none. For encryption, where no key can be
/// read, every algorithm has its turn.
fn accepts(group: &Value, token: &str) -> bool {
    let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
    let rings: Vec<KeyRing> = if keys["keys"].is_array() {
        let set = JwkSet::read(keys.to_string().as_bytes(), None);
        set.into_iter().map(|set| KeyRing::verifying_only(set.keys)).collect()
    } else {
        Algorithm::ALL
            .into_iter()
            .filter_map(|algorithm| ring(keys, Some(algorithm)))
            .chain(zeros(keys))
            .collect()
    };
    rings.iter().any(|ring| ring.verify(token).is_ok())
}

/// The key of the tests of base64url is 32 zeros, a weakness that has to be accepted knowingly.
fn zeros(jwk: &Value) -> Option<KeyRing> {
    const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let fault = Jwk::read(jwk.to_string().as_bytes()).ok()?.verifying_key(None).err()?;
    let is_meant = jwk["k"] == ZEROS && fault == KeyFault::Repeated && fault.is_weakness();
    is_meant.then(|| KeyRing::new(Key::hmac(Algorithm::Hs256, &[0; 32], jwk["kid"].as_str())))
}
