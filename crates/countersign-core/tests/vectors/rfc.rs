//! The examples of RFC 7515, 7520, 7638, 7797 and 8037.

use super::{directory, read, ring, say, text};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::claims::{self, ClaimsError, Expectations};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::jwk::Jwk;
use countersign_core::jws::{Algorithm, Key, KeyRing, VerifyingKey};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn the_examples_of_the_rfcs_are_exact() {
    let Some(vectors) = read("rfc/rfc_jws_vectors.json") else { return };
    let (mut signatures, mut thumbprints) = (0, 0);
    for vector in vectors.as_array().unwrap() {
        let expected = vector["thumbprint"].as_str().or(vector["thumbprint_rfc7638"].as_str());
        if let Some(expected) = expected {
            // The example of RFC 7638 says neither algorithm nor use.
            let algorithm = if vector["jwk"]["kty"] == "RSA" { Algorithm::Rs256 } else { Algorithm::EdDsa };
            let jwk = vector["jwk"].to_string();
            let key = VerifyingKey::read(algorithm, jwk.as_bytes(), None).unwrap();
            assert_eq!(key.thumbprint().as_deref(), Some(expected));
            thumbprints += 1;
        }
        if vector["jws"].is_string() {
            verify(vector);
            signatures += 1;
        }
    }
    assert_eq!((signatures, thumbprints), (5, 2));
    say("compared: RFC 7515 A.1-A.3, A.5 and RFC 8037 A.4: 5 of 5 exact; RFC 7638: 2 of 2 thumbprints equal");
}

fn verify(vector: &Value) {
    let (token, name) = (text(vector, "jws"), text(vector, "alg"));
    let Ok(algorithm) = name.parse() else {
        // `none`: no key verifies it, whatever its kind.
        let secret = Key::hmac(Algorithm::Hs256, b"", None);
        return assert!(KeyRing::new(secret).verify(token).is_err(), "{}", vector["id"]);
    };
    let ring = ring(&vector["jwk"], Some(algorithm)).unwrap();
    let payload = ring.verify(token).unwrap().payload;
    if payload.starts_with(b"{") {
        let expected = Expectations {
            now: Timestamp::from_second(1_795_319_550).unwrap(),
            leeway: SignedDuration::ZERO,
            audience: None,
            issuer: None,
        };
        assert_eq!(claims::read(&payload, &expected), Err(ClaimsError::Expired));
    }
}

/// RFC 7520 and its companions: whatever is a compact JWS with an encoded payload is read, and nothing else.
#[test]
fn the_cookbook_of_jose_is_read_where_it_is_compact() {
    let Some(directory) = directory("jose-cookbook") else { return };
    let (mut accepted, mut refused) = (0, 0);
    for folder in ["jws", "jwe", "rfc7797", "curve25519", "."] {
        for example in examples(&directory.join("jose-cookbook").join(folder)) {
            for (token, is_good) in tokens(folder, &example) {
                let key = [&example["input"]["key"], &example["sign"]["input"]["key"]]
                    .into_iter()
                    .find(|key| key.is_object());
                let rings = Algorithm::ALL.into_iter().filter_map(|algorithm| ring(key?, Some(algorithm)));
                let verdict = rings.fold(false, |so_far, ring| so_far | ring.verify(&token).is_ok());
                assert_eq!(verdict, is_good, "{} {token:.60}", example["title"]);
                *(if is_good { &mut accepted } else { &mut refused }) += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (5, 63));
    say(&format!(
        "compared: RFC 7520, 7797, 8037 cookbook: {accepted} compact signatures accepted; {refused} detached, \
         unencoded, JSON and encrypted forms refused"
    ));
}

/// Every form of an example: the compact one, if its payload is encoded and inside, is good.
fn tokens(folder: &str, example: &Value) -> Vec<(String, bool)> {
    let output =
        if example["output"].is_object() { &example["output"] } else { &example["encrypt"]["output"] };
    let is_signature = matches!(folder, "jws" | "curve25519");
    let forms = output.as_object().into_iter().flatten();
    forms
        .map(|(form, token)| match token.as_str() {
            Some(token) => {
                let is_attached = !token.contains("..");
                (token.to_owned(), form == "compact" && is_signature && is_attached)
            }
            None => (token.to_string(), false),
        })
        .collect()
}

#[test]
fn the_cookbooks_keys_are_read() {
    let Some(directory) = directory("jose-cookbook") else { return };
    let mut read = Vec::new();
    for example in examples(&directory.join("jose-cookbook/jwk")) {
        let jwk = Jwk::read(example.to_string().as_bytes());
        read.push(jwk.is_ok_and(|jwk| {
            let algorithm = jwk.algorithm().or(Some(Algorithm::Rs256).filter(|_| example["kty"] == "RSA"));
            jwk.verifying_key(algorithm).is_ok()
        }));
    }
    // The last one is for encryption.
    assert_eq!(read, [true, true, true, true, true, false]);
    say("compared: RFC 7520 keys: 5 of 5 for signatures read, 1 of 1 for encryption refused");
}

/// RFC 7520 §4.1, §4.3 and §4.4 where signing is deterministic: the same bytes.
#[test]
fn what_is_signed_alike_every_time_is_signed_as_in_the_cookbook() {
    let Some(example) = read("jose-cookbook/jws/4_1.rsa_v15_signature.json") else { return };
    let Some(edwards) = read("jose-cookbook/curve25519/jws.json") else { return };
    for (example, algorithm) in [(example, Algorithm::Rs256), (edwards, Algorithm::EdDsa)] {
        let jwk = Jwk::read(example["input"]["key"].to_string().as_bytes()).unwrap();
        let key = jwk.signing_key(Some(algorithm)).unwrap();
        key.self_test().unwrap();
        let signature =
            BASE64_URL_SAFE_NO_PAD.encode(key.signature(text(&example["signing"], "sig-input").as_bytes()));
        assert_eq!(signature, text(&example["signing"], "sig"));
    }
    say("compared: RFC 7520 §4.1 and RFC 8037 A.4: 2 of 2 signed to the same bytes");
}

fn examples(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_example = |path: &&std::path::PathBuf| {
        path.extension().is_some_and(|extension| extension == "json") && !path.ends_with("package.json")
    };
    files
        .iter()
        .filter(is_example)
        .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        .collect()
}
