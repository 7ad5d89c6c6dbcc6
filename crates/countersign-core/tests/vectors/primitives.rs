//! The primitives beneath the tokens: the library that computes them is checked here, not assumed.

use super::{bytes, read, say, tests, text};
use countersign_core::jws::{Algorithm, Key, VerifyingKey};
use serde_json::Value;

/// Verifies every test of a file with the key of its group, read as PEM and, where there is one, as JWK.
fn compare(file: &str, algorithm: Algorithm, valid: usize, invalid: usize, acceptable: usize) {
    let Some(vectors) = read(&format!("wycheproof/{file}_test.json")) else { return };
    let mut counts = [0; 3];
    for (group, test) in tests(&vectors) {
        let key = key(group, algorithm);
        let is_accepted = key.verifies(&bytes(test, "msg"), &bytes(test, "sig"));
        let (place, expected) = match text(test, "result") {
            "valid" => (0, Some(true)),
            "invalid" => (1, Some(false)),
            // Encodings that some standards allow: none is wrong, and what becomes of them is pinned by the count.
            _ => (2, None),
        };
        assert_ne!(expected, Some(!is_accepted), "{file} {}", test["tcId"]);
        counts[place] += usize::from(expected.is_some() || is_accepted);
    }
    assert_eq!(counts, [valid, invalid, acceptable], "{file}");
    say(&format!("compared: Wycheproof {file}: {valid} valid accepted, {invalid} invalid refused, 0 wrong"));
}

fn key(group: &Value, algorithm: Algorithm) -> VerifyingKey {
    let pem = text(group, "publicKeyPem").as_bytes();
    let key = VerifyingKey::read(algorithm, pem, None).expect("a public key in PEM");
    let jwk = if group["publicKeyJwk"].is_object() { &group["publicKeyJwk"] } else { &group["keyJwk"] };
    if jwk.is_object() {
        let mut jwk = jwk.clone();
        jwk.as_object_mut().expect("a JWK is an object").remove("kid");
        let same = VerifyingKey::read(algorithm, jwk.to_string().as_bytes(), None).expect("the same as JWK");
        assert_eq!(same.thumbprint(), key.thumbprint());
    }
    assert_eq!(key.kid(), key.thumbprint().as_deref());
    key
}

#[test]
fn ed25519_is_exact() {
    compare("ed25519", Algorithm::EdDsa, 88, 63, 0);
    compare("ed25519", Algorithm::Ed25519, 88, 63, 0);
}

#[test]
fn ecdsa_is_exact() {
    compare("ecdsa_secp256r1_sha256_p1363", Algorithm::Es256, 173, 89, 0);
    compare("ecdsa_secp384r1_sha384_p1363", Algorithm::Es384, 193, 87, 0);
    compare("ecdsa_secp521r1_sha512_p1363", Algorithm::Es512, 231, 87, 0);
}

#[test]
fn rsa_is_exact() {
    compare("rsa_signature_2048_sha256", Algorithm::Rs256, 9, 249, 0);
    compare("rsa_signature_3072_sha384", Algorithm::Rs384, 7, 251, 0);
    compare("rsa_signature_4096_sha512", Algorithm::Rs512, 7, 251, 0);
}

#[test]
fn pss_is_exact() {
    compare("rsa_pss_2048_sha256_mgf1_32", Algorithm::Ps256, 63, 45, 0);
    compare("rsa_pss_2048_sha384_mgf1_48", Algorithm::Ps384, 95, 46, 0);
    compare("rsa_pss_4096_sha512_mgf1_64", Algorithm::Ps512, 132, 47, 0);
}

/// Ed448 is no algorithm here: its keys are refused in either form.
#[test]
fn ed448_is_refused() {
    let Some(vectors) = read("wycheproof/ed448_test.json") else { return };
    let mut refused = 0;
    for (group, _) in tests(&vectors) {
        let pem = text(group, "publicKeyPem").as_bytes();
        let jwk = group["publicKeyJwk"].to_string();
        for algorithm in [Algorithm::EdDsa, Algorithm::Ed25519] {
            assert!(VerifyingKey::read(algorithm, pem, None).is_err());
            assert!(VerifyingKey::read(algorithm, jwk.as_bytes(), None).is_err());
        }
        refused += 1;
    }
    assert_eq!(refused, 87);
    say("compared: Wycheproof ed448: 87 of 87 refused with their keys");
}

#[test]
fn hmac_is_exact_and_takes_no_shortened_tag() {
    for (file, algorithm) in [
        ("hmac_sha256", Algorithm::Hs256),
        ("hmac_sha384", Algorithm::Hs384),
        ("hmac_sha512", Algorithm::Hs512),
    ] {
        let Some(vectors) = read(&format!("wycheproof/{file}_test.json")) else { return };
        let mut counts = [0; 3];
        for (_, test) in tests(&vectors) {
            let key = VerifyingKey::from(Key::hmac(algorithm, &bytes(test, "key"), None));
            let tag = bytes(test, "tag");
            let is_accepted = key.verifies(&bytes(test, "msg"), &tag);
            let is_whole = tag.len() == algorithm.secret_length();
            let is_valid = text(test, "result") == "valid" && is_whole;
            assert_eq!(is_accepted, is_valid, "{file} {}", test["tcId"]);
            counts[if is_accepted { 0 } else { 1 + usize::from(!is_whole) }] += 1;
        }
        assert_eq!(counts, [33, 54, 87], "{file}");
        let [valid, invalid, shortened] = counts;
        say(&format!(
            "compared: Wycheproof {file}: {valid} accepted, {invalid} invalid and {shortened} shortened tags refused"
        ));
    }
}
