//! Keys that OpenSSL 3.0 made, in every form it writes, and JWKs that are not what they should be.

use countersign_core::jwk::{Jwk, JwkSet, JwkSetError, publish};
use countersign_core::jws::{Algorithm, Key, KeyFault, KeyRing, VerifyingKey};
use serde_json::{Value, json};

macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!("keys/", $name, ".pem"))
    };
}

const RSA: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

/// Each algorithm with a private key in PKCS#8 and its public key in SPKI.
fn pairs() -> Vec<(Algorithm, &'static [u8], &'static [u8])> {
    let mut pairs: Vec<(Algorithm, &[u8], &[u8])> =
        RSA.iter().map(|algorithm| (*algorithm, &pem!("rsa")[..], &pem!("rsa_public")[..])).collect();
    pairs.extend::<[(Algorithm, &[u8], &[u8]); 6]>([
        (Algorithm::Es256, pem!("p256"), pem!("p256_public")),
        (Algorithm::Es384, pem!("p384"), pem!("p384_public")),
        (Algorithm::Es512, pem!("p521"), pem!("p521_public")),
        (Algorithm::Es256k, pem!("k256"), pem!("k256_public")),
        (Algorithm::EdDsa, pem!("ed25519"), pem!("ed25519_public")),
        (Algorithm::Ed25519, pem!("ed25519"), pem!("ed25519_public")),
    ]);
    pairs
}

#[test]
fn every_pair_signs_and_its_public_half_verifies() {
    for (algorithm, private, public) in pairs() {
        let key = Key::read(algorithm, private, None).unwrap();
        key.self_test().unwrap();
        let verifying = VerifyingKey::read(algorithm, public, None).unwrap();
        assert_eq!(key.kid(), verifying.thumbprint().as_deref(), "{algorithm}");
        assert_eq!(VerifyingKey::read(algorithm, private, Some("k")).unwrap().kid(), Some("k"));
        let ring = KeyRing::new(key);
        ring.self_test().unwrap();
        let token = ring.sign(r#"{"sub":"1"}"#);
        let elsewhere = KeyRing::verifying_only(vec![verifying]);
        assert_eq!(elsewhere.verify(&token).unwrap().payload, br#"{"sub":"1"}"#);
        assert!(elsewhere.verify(&ring.sign("{}").replace(".e30.", ".e31.")).is_err());
    }
}

#[test]
fn a_key_serves_no_algorithm_but_its_own() {
    for (algorithm, private, public) in pairs() {
        for (other, ..) in pairs() {
            let fits = algorithm.kind() == other.kind();
            for text in [private, public] {
                let verdict = VerifyingKey::read(other, text, None).err();
                let expected = if fits { None } else { Some(KeyFault::WrongKind(other)) };
                assert_eq!(verdict, expected, "{algorithm} as {other}");
            }
        }
        for hmac in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
            for text in [private, public] {
                assert_eq!(Key::read(hmac, text, None).err(), Some(KeyFault::KeyAsSecret("PEM")));
            }
        }
    }
}

#[test]
fn tokens_of_one_algorithm_are_refused_by_keys_of_all_others() {
    let rings: Vec<(Algorithm, KeyRing)> = pairs()
        .into_iter()
        .map(|(algorithm, private, _)| {
            (algorithm, KeyRing::new(Key::read(algorithm, private, Some("same")).unwrap()))
        })
        .collect();
    for (signer, signing) in &rings {
        let token = signing.sign("{}");
        for (verifier, verifying) in &rings {
            assert_eq!(verifying.verify(&token).is_ok(), signer == verifier, "{signer} by {verifier}");
        }
    }
}

#[test]
fn older_forms_of_a_key_are_the_same_key() {
    let thumbprint = |algorithm, text: &[u8]| VerifyingKey::read(algorithm, text, None).unwrap().thumbprint();
    for text in [&pem!("rsa_pkcs1")[..], pem!("rsa_public"), pem!("rsa_public_pkcs1")] {
        assert_eq!(thumbprint(Algorithm::Rs256, text), thumbprint(Algorithm::Rs256, pem!("rsa")));
    }
    for text in [&pem!("p256_sec1")[..], pem!("p256_public"), pem!("p256_public_compressed")] {
        assert_eq!(thumbprint(Algorithm::Es256, text), thumbprint(Algorithm::Es256, pem!("p256")));
    }
    Key::read(Algorithm::Ps512, pem!("rsa_pkcs1"), None).unwrap().self_test().unwrap();
    Key::read(Algorithm::Es256, pem!("p256_sec1"), None).unwrap().self_test().unwrap();
}

#[test]
fn what_is_no_usable_pem_says_what_to_do() {
    let both = [&pem!("p256")[..], pem!("p256_public")].concat();
    for (algorithm, text, expected) in [
        (Algorithm::Es256, &pem!("p256_encrypted")[..], KeyFault::Encrypted),
        (Algorithm::Es256, pem!("p256_encrypted_sec1"), KeyFault::Encrypted),
        (Algorithm::EdDsa, pem!("ed25519_certificate"), KeyFault::Certificate),
        (Algorithm::EdDsa, pem!("ed25519_request"), KeyFault::UnknownBlock("CERTIFICATE REQUEST".into())),
        (Algorithm::EdDsa, pem!("ed448"), KeyFault::WrongKind(Algorithm::EdDsa)),
        (Algorithm::Rs256, pem!("rsa_1024"), KeyFault::RsaLength),
        (Algorithm::Es256, &both, KeyFault::SeveralBlocks),
        (Algorithm::Es256, b"", KeyFault::NotAKey),
        (Algorithm::Es256, b"a secret", KeyFault::NotAKey),
        (Algorithm::Es256, &pem!("p256")[..100], KeyFault::NotAKey),
    ] {
        assert_eq!(VerifyingKey::read(algorithm, text, None).err(), Some(expected.clone()));
        assert_eq!(Key::read(algorithm, text, None).err(), Some(expected));
    }
    assert_eq!(Key::read(Algorithm::Es256, pem!("p256_public"), None).err(), Some(KeyFault::NotPrivate));
}

/// RFC 8037 appendix A.
fn edwards() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": "e",
           "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// RFC 7515 appendix A.3.
fn elliptic() -> Value {
    json!({"kty": "EC", "crv": "P-256", "kid": "c",
           "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
           "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})
}

/// RFC 7515 appendix A.1.
fn secret() -> Value {
    let k = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    json!({"kty": "oct", "kid": "s", "k": k})
}

/// RFC 7638 §3.1.
fn rsa() -> Value {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
             FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnY\
             b9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0\
             Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    json!({"kty": "RSA", "kid": "r", "n": n, "e": "AQAB"})
}

fn with(mut jwk: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn fault(jwk: &Value, wanted: Option<Algorithm>) -> Option<KeyFault> {
    Jwk::read(jwk.to_string().as_bytes()).and_then(|jwk| jwk.verifying_key(wanted)).err()
}

#[test]
fn a_jwk_is_bound_by_its_alg_its_curve_or_the_one_who_wants_it() {
    let bound = |jwk: Value, wanted| {
        let jwk = Jwk::read(jwk.to_string().as_bytes()).unwrap();
        jwk.verifying_key(wanted).map(|key| key.algorithm())
    };
    assert_eq!(bound(edwards(), None), Ok(Algorithm::EdDsa));
    assert_eq!(bound(with(edwards(), &json!({"alg": "Ed25519"})), None), Ok(Algorithm::Ed25519));
    assert_eq!(bound(elliptic(), None), Ok(Algorithm::Es256));
    assert_eq!(bound(rsa(), Some(Algorithm::Ps384)), Ok(Algorithm::Ps384));
    assert_eq!(bound(rsa(), None), Err(KeyFault::NoAlgorithm));
    assert_eq!(bound(secret(), None), Err(KeyFault::NoAlgorithm));
    assert_eq!(bound(secret(), Some(Algorithm::Rs256)), Err(KeyFault::WrongKind(Algorithm::Rs256)));
    let (wanted, stated) = (Algorithm::Rs256, Algorithm::Ps256);
    let expected = Err(KeyFault::OtherAlgorithm { wanted, stated });
    assert_eq!(bound(with(rsa(), &json!({"alg": "PS256"})), Some(wanted)), expected);
}

#[test]
fn a_jwk_that_does_not_fit_together_is_refused() {
    let own_x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let even = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbU";
    let cases = [
        (rsa(), json!({"use": "enc"}), KeyFault::WrongUse("enc".into())),
        (rsa(), json!({"use": 7}), KeyFault::Malformed("use")),
        (rsa(), json!({"key_ops": ["encrypt"]}), KeyFault::WrongOperations("verify")),
        (rsa(), json!({"key_ops": []}), KeyFault::WrongOperations("verify")),
        (rsa(), json!({"key_ops": "verify"}), KeyFault::Malformed("key_ops")),
        (rsa(), json!({"key_ops": ["verify", "verify"]}), KeyFault::Malformed("key_ops")),
        (rsa(), json!({"alg": "RS1"}), KeyFault::UnknownAlgorithm("RS1".into())),
        (rsa(), json!({"alg": "none"}), KeyFault::UnknownAlgorithm("none".into())),
        (rsa(), json!({"k": "AA"}), KeyFault::Mixed("k")),
        (rsa(), json!({"oth": []}), KeyFault::Mixed("oth")),
        (rsa(), json!({"d": "AQ"}), KeyFault::Missing("p")),
        (rsa(), json!({"e": "AQ"}), KeyFault::RsaExponent),
        (rsa(), json!({"e": "AQAA"}), KeyFault::RsaExponent),
        (rsa(), json!({"e": "AAEAAQ"}), KeyFault::Malformed("e")),
        (rsa(), json!({"n": even}), KeyFault::RsaLength),
        (rsa(), json!({"n": 5}), KeyFault::Malformed("n")),
        (rsa(), json!({"n": "AQ=="}), KeyFault::Malformed("n")),
        (rsa(), json!({"kty": "rsa"}), KeyFault::UnknownKind { name: "kty", value: "rsa".into() }),
        (rsa(), json!({"kty": 1}), KeyFault::Malformed("kty")),
        (elliptic(), json!({"y": own_x}), KeyFault::Inconsistent),
        (elliptic(), json!({"d": own_x}), KeyFault::Inconsistent),
        (elliptic(), json!({"crv": "P-384"}), KeyFault::Malformed("x")),
        (elliptic(), json!({"crv": "secp256k1"}), KeyFault::Inconsistent),
        (elliptic(), json!({"crv": "P-224"}), KeyFault::UnknownKind { name: "crv", value: "P-224".into() }),
        (elliptic(), json!({"n": "AQ"}), KeyFault::Mixed("n")),
        (elliptic(), json!({"k": "AQ"}), KeyFault::Mixed("k")),
        (elliptic(), json!({"kid": null}), KeyFault::Malformed("kid")),
        (edwards(), json!({"x": own_x}), KeyFault::Inconsistent),
        (edwards(), json!({"y": own_x}), KeyFault::Mixed("y")),
        (edwards(), json!({"crv": "X25519"}), KeyFault::UnknownKind { name: "crv", value: "X25519".into() }),
        (edwards(), json!({"d": "AQ"}), KeyFault::Malformed("d")),
        (secret(), json!({"x": "AQ"}), KeyFault::Mixed("x")),
        (secret(), json!({"k": ""}), KeyFault::Empty),
    ];
    for (jwk, changes, expected) in cases {
        let wanted = match jwk["kty"].as_str() {
            Some("RSA") => Some(Algorithm::Rs256),
            Some("oct") => Some(Algorithm::Hs256),
            _ => None,
        };
        assert_eq!(fault(&jwk, wanted), None);
        assert_eq!(fault(&with(jwk, &changes), wanted), Some(expected), "{changes}");
    }
    let mut off_curve = with(elliptic(), &json!({"y": own_x}));
    off_curve.as_object_mut().unwrap().remove("d");
    assert_eq!(fault(&off_curve, None), Some(KeyFault::NotOnCurve("P-256")));
    for missing in ["kty", "crv", "x", "y"] {
        let mut jwk = elliptic();
        jwk.as_object_mut().unwrap().remove(missing);
        assert_eq!(fault(&jwk, None), Some(KeyFault::Missing(missing)));
    }
    assert!(matches!(Jwk::read(br#"{"kty":"oct","kty":"oct","k":"AA"}"#), Err(KeyFault::NotAJwk)));
}

#[test]
fn a_private_jwk_signs_if_its_operations_allow_it() {
    let key = |jwk: Value| Jwk::read(jwk.to_string().as_bytes()).unwrap().signing_key(None);
    for jwk in [edwards(), elliptic(), with(elliptic(), &json!({"key_ops": ["sign"]}))] {
        let ring = KeyRing::new(key(jwk.clone()).unwrap());
        ring.self_test().unwrap();
        assert_eq!(ring.signing().and_then(Key::kid), jwk["kid"].as_str());
    }
    let refused = key(with(edwards(), &json!({"key_ops": ["verify"]})));
    assert_eq!(refused.err(), Some(KeyFault::WrongOperations("sign")));
    let mut public = edwards();
    public.as_object_mut().unwrap().remove("d");
    assert_eq!(key(public).err(), Some(KeyFault::NotPrivate));
    // As text it is found to be a JWK.
    let text = edwards().to_string();
    assert_eq!(Key::read(Algorithm::EdDsa, text.as_bytes(), None).unwrap().kid(), Some("e"));
    assert_eq!(Key::read(Algorithm::EdDsa, text.as_bytes(), Some("own")).unwrap().kid(), Some("own"));
    let text = secret().to_string();
    assert_eq!(Key::read(Algorithm::Hs512, text.as_bytes(), None).unwrap().kid(), Some("s"));
}

#[test]
fn one_bad_key_does_not_spoil_a_set_but_ambiguity_does() {
    let read = |keys: &[Value]| JwkSet::read(json!({"keys": keys}).to_string().as_bytes(), None);
    let set = read(&[edwards(), with(elliptic(), &json!({"use": "enc"})), json!(7), json!({"kty": "new"})])
        .unwrap();
    assert_eq!(set.keys.iter().map(VerifyingKey::kid).collect::<Vec<_>>(), [Some("e")]);
    let names: Vec<&str> = set.refused.iter().map(|error| error.name.as_str()).collect();
    assert_eq!(names, ["c", "keys[2]", "keys[3]"]);
    assert!(set.refused[0].to_string().starts_with("key \"c\": `use` says \"enc\""));
    let twins = read(&[edwards(), with(elliptic(), &json!({"kid": "e"}))]);
    assert_eq!(twins.err(), Some(JwkSetError::DuplicateKid("e".into())));
    assert_eq!(read(&[edwards(), secret()]).err(), Some(JwkSetError::Mixed));
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert_eq!(JwkSet::read(text.as_bytes(), None).err(), Some(JwkSetError::NotASet), "{text}");
    }
    let long = " ".repeat(64 * 1024 + 1);
    assert_eq!(JwkSet::read(long.as_bytes(), None).err(), Some(JwkSetError::TooLong(64 * 1024 + 1)));
}

#[test]
fn what_is_published_has_no_secret_and_is_read_back() {
    let mut keys: Vec<VerifyingKey> = pairs()
        .into_iter()
        .map(|(algorithm, private, _)| {
            VerifyingKey::read(algorithm, private, Some(algorithm.name())).unwrap()
        })
        .collect();
    keys.push(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", Some("secret")).into());
    let document = publish(&keys).to_ascii();
    let parsed: Value = serde_json::from_str(&document).unwrap();
    let published = parsed["keys"].as_array().unwrap();
    assert_eq!(published.len(), 12);
    for key in published {
        for name in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(name).is_none(), "{name}");
        }
        assert_eq!(key["use"], "sig");
    }
    let set = JwkSet::read(document.as_bytes(), None).unwrap();
    assert!(set.refused.is_empty());
    assert_eq!(publish(&set.keys).to_ascii(), document);
    assert_eq!(publish(&keys[12..]).to_ascii(), r#"{"keys":[]}"#);
}

/// Two algorithms of one key have one thumbprint: a set with both would be refused by its readers.
#[test]
fn a_name_is_published_once() {
    let of = |algorithm| VerifyingKey::read(algorithm, pem!("ed25519_public"), None).unwrap();
    let document = publish(&[of(Algorithm::EdDsa), of(Algorithm::Ed25519)]).to_ascii();
    assert_eq!(JwkSet::read(document.as_bytes(), None).unwrap().keys.len(), 1);
}
