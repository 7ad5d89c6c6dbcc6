//! Key pairs, beside the primitive alone: what the token around it costs.

use super::{Claims, Turns, nanoseconds, read, user};
use crate::median;
use aws_lc_rs::rand::SystemRandom as Generator;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::jwk::publish;
use countersign_core::jws::{Algorithm, Key, KeyRing, generate};
use countersign_core::random::SystemRandom;
use countersign_core::settings::SimpleJwt;
use countersign_core::token::Tokens;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use std::hint::black_box;

/// The primitive, with its key parsed beforehand.
enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    fn read(algorithm: Algorithm, der: &[u8]) -> Self {
        const OWN: &str = "our own key";
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::from_pkcs8(der).expect(OWN)),
            Algorithm::Es256 => {
                Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).expect(OWN))
            }
            _ => Self::Ed25519(Ed25519KeyPair::from_pkcs8(der).expect(OWN)),
        }
    }

    fn public(&self) -> ParsedPublicKey {
        match self {
            Self::Rsa(pair) => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key()),
            Self::Ec(pair) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key()),
            Self::Ed25519(pair) => ParsedPublicKey::new(&ED25519, pair.public_key()),
        }
        .expect("a public key")
    }

    fn sign(&self, message: &[u8], random: &Generator) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, random, message, &mut signature).expect("it signs");
                signature
            }
            Self::Ec(pair) => pair.sign(random, message).expect("it signs").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// Prints microseconds and ratios, medians of 21 interleaved rounds.
pub(crate) fn run() {
    println!(
        "Key pairs, such tokens, each for the first time: with every check, the primitive alone, jsonwebtoken"
    );
    for (algorithm, theirs) in [
        (Algorithm::Rs256, jsonwebtoken::Algorithm::RS256),
        (Algorithm::Es256, jsonwebtoken::Algorithm::ES256),
        (Algorithm::EdDsa, jsonwebtoken::Algorithm::EdDSA),
    ] {
        compare(algorithm, theirs);
    }
}

fn compare(algorithm: Algorithm, theirs: jsonwebtoken::Algorithm) {
    let pem = generate(algorithm, &SystemRandom);
    let key = Key::read(algorithm, pem.expose(), None).expect("our own key");
    let set = publish([key.verifying()]).to_ascii();
    let block = pem::parse(pem.expose()).expect("our own PEM");
    let pair = Pair::read(algorithm, block.contents());
    let (public, random) = (pair.public(), Generator::new());

    let tokens = Tokens::new(SimpleJwt::default(), KeyRing::new(key));
    let now = SystemClock.now();
    let refresh = tokens.refresh_for(&user(), now, &SystemRandom);
    let text = tokens.encode(&tokens.access_from(&refresh, now, &SystemRandom));
    let token = tokens.decode(&text, now).expect("our own token");
    let (signed, _) = text.rsplit_once('.').expect("a token has dots");
    let signature = pair.sign(signed.as_bytes(), &random);

    let claims: Claims = serde_json::from_str(&token.claims().to_ascii()).expect("our own claims");
    let set: JwkSet = serde_json::from_str(&set).expect("our own set");
    let verifying = DecodingKey::from_jwk(&set.keys[0]).expect("our own key");
    let signing = match algorithm {
        // PKCS#1 is what jsonwebtoken takes: the end of PKCS#8.
        Algorithm::Rs256 => EncodingKey::from_rsa_der(&block.contents()[26..]),
        Algorithm::Es256 => EncodingKey::from_ec_der(block.contents()),
        _ => EncodingKey::from_ed_der(block.contents()),
    };
    let mut validation = Validation::new(theirs);
    validation.leeway = 0;

    let turns = Turns::of(&tokens, &refresh, now);
    let mut figures: [Vec<f64>; 6] = Default::default();
    for _ in 0..21 {
        let times = if algorithm == Algorithm::Rs256 { 20 } else { 200 };
        figures[0].push(nanoseconds(times, || drop(black_box(tokens.encode(black_box(&token))))));
        figures[1]
            .push(nanoseconds(times, || drop(black_box(pair.sign(black_box(signed.as_bytes()), &random)))));
        figures[2].push(nanoseconds(times, || {
            drop(black_box(encode(&Header::new(theirs), black_box(&claims), &signing)));
        }));
        figures[3].push(nanoseconds(200, || drop(black_box(read(&tokens, black_box(turns.next()), now)))));
        figures[4].push(nanoseconds(200, || {
            public.verify_sig(black_box(signed.as_bytes()), &signature).expect("our own signature");
        }));
        figures[5].push(nanoseconds(200, || {
            drop(black_box(decode::<Claims>(black_box(&text), &verifying, &validation)));
        }));
    }
    let [mint, bare_mint, their_mint, verify, bare_verify, their_verify] = figures.map(median);
    report(algorithm, "sign", mint, bare_mint, their_mint);
    report(algorithm, "verify", verify, bare_verify, their_verify);
}

fn report(algorithm: Algorithm, what: &str, ours: f64, bare: f64, theirs: f64) {
    println!(
        "  {:6} {what:6} {:7.1} us   primitive {:7.1} us   ratio {:.2}   jsonwebtoken {:7.1} us   ratio {:.2}",
        algorithm.name(),
        ours / 1000.0,
        bare / 1000.0,
        ours / bare,
        theirs / 1000.0,
        ours / theirs
    );
}
