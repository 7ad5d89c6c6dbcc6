//! `POST /api-token-verify/` of drf-jwt.

use crate::world::{START, Scene, World, complaint, signed, token_with};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile, TokenId};
use countersign_core::settings::Audience;

#[test]
fn a_good_token_is_answered_with_itself_and_its_instant() {
    let world = World::fork();
    let token = world.login("alice");
    world.pass(10);
    let expected = format!(r#"201 {{"pk":{START},"token":"{token}"}}"#);
    assert_eq!(world.verify(&token).line(), expected);
    let token = signed(&format!(r#"{{"username":"alice","exp":{}}}"#, START + 60));
    assert_eq!(world.verify(&token).line(), format!(r#"201 {{"pk":null,"token":"{token}"}}"#));
}

#[test]
fn every_fault_has_drf_jwts_words() {
    let world = World::fork();
    let (end, other) = (START + 300, KeyRing::new(Key::hmac(Algorithm::Hs256, b"another", None)));
    for (token, words) in [
        (signed(&format!(r#"{{"username":"alice","exp":{START}}}"#)), "Token has expired."),
        ("garbage".to_owned(), "Error decoding token."),
        ("a.b.c".to_owned(), "Error decoding token."),
        (other.sign(r#"{"username":"alice"}"#), "Error decoding token."),
        (signed(r#"{"username":"alice","exp":"soon"}"#), "Error decoding token."),
        (signed("[]"), "Error decoding token."),
        (format!("eyJhbGciOiJub25lIn0.{}.", "eyJ1c2VybmFtZSI6ImFsaWNlIn0"), "Invalid token."),
        (format!("eyJ0eXAiOiJKV1QifQ.{}.", "eyJ1c2VybmFtZSI6ImFsaWNlIn0"), "Invalid token."),
        (signed(&format!(r#"{{"username":"alice","exp":{end},"iat":{}}}"#, START + 60)), "Invalid token."),
        (signed(&format!(r#"{{"username":"alice","exp":{end},"nbf":{}}}"#, START + 60)), "Invalid token."),
        (token_with(r#""username":"alice","aud":"x""#), "Invalid token."),
        (token_with(r#""username":"alice","jti":5"#), "Invalid token."),
        (token_with(r#""username":"alice","sub":5"#), "Invalid token."),
        (token_with(r#""user_id":1"#), "Invalid token."),
        (token_with(r#""username":"""#), "Invalid token."),
        (token_with(r#""username":"nobody""#), "User doesn't exist."),
        (token_with(r#""username":5"#), "User doesn't exist."),
        (token_with(r#""username":"ida""#), "User account is disabled."),
        (token_with(r#""username":"alice","jti":"zz""#), "“zz” is not a valid UUID."),
        (token_with(r#""username":"alice","orig_jti":"zz""#), "“zz” is not a valid UUID."),
    ] {
        assert_eq!(world.verify(&token).line(), complaint(words), "{token}");
        assert_eq!(world.refresh(&token).line(), complaint(words), "{token}");
    }
}

#[test]
fn a_token_without_an_end_is_refused() {
    let world = World::fork();
    let token = signed(r#"{"username":"alice","orig_iat":1795319550}"#);
    assert_eq!(world.verify(&token).line(), complaint("Invalid token."));
    assert_eq!(world.refresh(&token).line(), complaint("Invalid token."));
}

#[test]
fn a_token_that_says_something_twice_is_refused() {
    let world = World::fork();
    let token = token_with(r#""username":"alice","username":"root""#);
    assert_eq!(world.verify(&token).line(), complaint("Error decoding token."));
}

#[test]
fn an_id_that_is_required_is_missed() {
    let settings = Settings { token_id: TokenId::Require, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = token_with(r#""username":"alice""#);
    assert_eq!(world.verify(&token).line(), complaint("Invalid token."));
    assert_eq!(world.refresh(&token).line(), complaint("Invalid token."));
    assert_eq!(world.view(&format!("Bearer {token}")).line(), r#"401 {"detail":"Invalid token."}"#);
}

#[test]
fn an_odd_id_does_not_matter_where_there_is_no_blacklist() {
    let mut scene = Scene::of(Settings::of(Profile::Fork));
    scene.blacklist = false;
    assert_eq!(scene.build().verify(&token_with(r#""username":"alice","jti":"zz""#)).status, 201);
}

#[test]
fn audience_and_issuer_are_demanded_where_they_are_set() {
    let settings = Settings {
        audience: Some(Audience::One("us".to_owned())),
        issuer: Some("them".to_owned()),
        ..Settings::of(Profile::Fork)
    };
    let world = Scene::of(settings).build();
    assert_eq!(world.verify(&world.login("alice")).status, 201);
    for claims in [
        r#""username":"alice""#,
        r#""username":"alice","aud":"us""#,
        r#""username":"alice","iss":"them""#,
        r#""username":"alice","aud":"us","iss":"other""#,
        r#""username":"alice","aud":["x"],"iss":"them""#,
    ] {
        assert_eq!(world.verify(&token_with(claims)).line(), complaint("Invalid token."), "{claims}");
    }
    assert_eq!(world.verify(&token_with(r#""username":"alice","aud":["x","us"],"iss":"them""#)).status, 201);
}

#[test]
fn a_key_of_a_map_is_meant_by_its_name_alone() {
    let key = |name: &str| Key::hmac(Algorithm::Hs256, name.as_bytes(), Some(name));
    let claims = format!(r#"{{"username":"alice","exp":{}}}"#, START + 60);
    for (insists, nameless) in [(false, 201), (true, 400)] {
        let mut scene = Scene::of(Settings::of(Profile::Fork));
        scene.keys = KeyRing::new(key("k1")).with_verifying(key("k2"));
        if insists {
            scene.keys = scene.keys.insisting_on_kid();
        }
        let world = scene.build();
        let sign = |secret: &[u8], kid| KeyRing::new(Key::hmac(Algorithm::Hs256, secret, kid)).sign(&claims);
        assert_eq!(world.verify(&sign(b"k2", Some("k2"))).status, 201);
        assert_eq!(world.verify(&sign(b"k2", None)).status, nameless);
        assert_eq!(world.verify(&sign(b"k2", Some("k1"))).line(), complaint("Error decoding token."));
        assert_eq!(world.verify(&sign(b"k2", Some("k3"))).line(), complaint("Invalid token."));
        let header = world.login("alice");
        assert!(header.starts_with("eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0."), "{header}");
    }
}
