//! What a token says, and which are accepted.

use super::world::{NOW, World, keys, signed};
use crate::authority::Trouble;
use crate::clock::SignedDuration;
use crate::declared::DeclaredClaims;
use crate::event::Origin;
use crate::json::Value;
use crate::jws::{Algorithm, Key, KeyRing};
use crate::jwt_auth::{JwtAuth, Profile, Refusal, TokenId, Tokens, obtain};
use crate::login::Credentials;
use crate::secret::Secret;
use crate::settings::Audience;
use crate::testing::block_on;

fn payload(world: &World, text: &str) -> String {
    world.read(text).claims().to_ascii()
}

/// The id of a token's line is random: what is compared has it replaced.
fn without_ids(payload: &str) -> String {
    let mut out = String::new();
    let mut rest = payload;
    while let Some(at) = rest.find("jti\":\"") {
        let end = at + 6 + 36;
        out.push_str(&rest[..at + 6]);
        rest = &rest[end..];
    }
    out + rest
}

#[test]
fn drf_jwts_claims_come_in_its_order_and_types() {
    let world = World::fork();
    let login = world.login("alice");
    let expected = format!(
        r#"{{"username":"alice","iat":{NOW},"exp":{},"jti":"","user_id":1,"orig_iat":{NOW}}}"#,
        NOW + 300
    );
    assert_eq!(without_ids(&payload(&world, &login)), expected);
    world.pass(60);
    let expected = format!(
        r#"{{"username":"alice","iat":{},"exp":{},"jti":"","user_id":1,"orig_iat":{NOW},"orig_jti":""}}"#,
        NOW + 60,
        NOW + 360
    );
    assert_eq!(without_ids(&payload(&world, &world.next(&login))), expected);
}

#[test]
fn the_original_packages_claims_come_in_its_order_and_types() {
    let world = World::original();
    let claims = payload(&world, &world.login("alice"));
    let expected = format!(
        r#"{{"user_id":1,"username":"alice","exp":{},"email":"alice@example.com","orig_iat":{NOW}}}"#,
        NOW + 300
    );
    assert_eq!(claims, expected);
    let world = World::new(JwtAuth::of(Profile::Original));
    assert!(!payload(&world, &world.login("alice")).contains("orig_iat"));
}

#[test]
fn an_id_is_a_uuid_with_dashes_and_the_first_one_names_the_line() {
    let world = World::fork();
    let first = world.login("alice");
    let (second, family) = (world.next(&first), world.read(&first).family().unwrap().unwrap());
    let third = world.next(&second);
    for text in [&second, &third] {
        let token = world.read(text);
        assert_eq!(token.family(), Ok(Some(family)));
        assert_eq!(token.claims().get("orig_jti"), Some(&Value::from(family.to_string())));
        assert_ne!(token.claims().get("jti"), Some(&Value::from(family.to_string())));
    }
}

#[test]
fn audience_issuer_and_declared_claims_follow_those_of_the_package() {
    let mut declared = DeclaredClaims::default();
    for (name, value) in [("email", "user.email"), ("groups", "user.groups"), ("tier", "gold")] {
        declared.declare(name, value.into(), &JwtAuth::RESERVED_CLAIMS).unwrap();
    }
    let world = World::new(JwtAuth {
        audience: Some(Audience::Many(vec!["a".to_owned(), "b".to_owned()])),
        issuer: Some("us".to_owned()),
        token_id: TokenId::Off,
        payload_include_user_id: false,
        payload: declared,
        ..JwtAuth::of(Profile::Fork)
    });
    world.store.grant(&world.user("alice").id, "editors", "auth.change");
    let expected = format!(
        r#"{{"username":"alice","iat":{NOW},"exp":{},"orig_iat":{NOW},"aud":["a","b"],"iss":"us","email":"alice@example.com","groups":["editors"],"tier":"gold"}}"#,
        NOW + 300
    );
    assert_eq!(payload(&world, &world.login("alice")), expected);
}

#[test]
fn a_claim_that_decides_cannot_be_declared() {
    for name in JwtAuth::RESERVED_CLAIMS {
        let mut declared = DeclaredClaims::default();
        assert!(declared.declare(name, "x".into(), &JwtAuth::RESERVED_CLAIMS).is_err(), "{name}");
    }
}

#[test]
fn a_token_that_would_be_refused_for_its_length_is_not_given_out() {
    let mut declared = DeclaredClaims::default();
    declared.declare("long", "x".repeat(7000).into(), &[]).unwrap();
    let world = World::new(JwtAuth { payload: declared, ..JwtAuth::of(Profile::Fork) });
    let credentials = Credentials { username: "alice", password: Secret::from("pass") };
    let obtained = block_on(obtain(&world.authority, &world.rules, credentials, Origin::default()));
    assert!(matches!(obtained.err(), Some(Trouble::TokenTooLong(_))));
}

#[test]
fn each_fault_of_a_token_is_refused_for_its_own_reason() {
    let world = World::fork();
    let now = |by: i64| Some(Value::from(NOW + by));
    for (token, refusal) in [
        (signed([("exp", now(0))]), Refusal::Expired),
        (signed([("exp", None)]), Refusal::Invalid),
        (signed([("exp", Some("soon".into()))]), Refusal::Undecodable),
        (signed([("exp", Some("1795319999".into()))]), Refusal::Undecodable),
        (signed([("exp", Some(Value::Null))]), Refusal::Undecodable),
        (signed([("iat", now(60))]), Refusal::Invalid),
        (signed([("iat", Some("x".into()))]), Refusal::Invalid),
        (signed([("nbf", now(60))]), Refusal::Invalid),
        (signed([("aud", Some("us".into()))]), Refusal::Invalid),
        (signed([("jti", Some(7.into()))]), Refusal::Invalid),
        (signed([("jti", Some("zz".into()))]), Refusal::NotUuid("zz".to_owned())),
        (signed([("orig_jti", Some("zz".into()))]), Refusal::NotUuid("zz".to_owned())),
        (signed([("orig_jti", Some(true.into()))]), Refusal::Invalid),
        (signed([("sub", Some(7.into()))]), Refusal::Invalid),
        (signed([("username", None)]), Refusal::NoUsername),
        (signed([("username", Some(Value::Null))]), Refusal::NoUsername),
        (signed([("username", Some("".into()))]), Refusal::NoUsername),
        (signed([("username", Some("nobody".into()))]), Refusal::UserUnknown),
        (signed([("username", Some(5.into()))]), Refusal::UserUnknown),
        (signed([("username", Some(true.into()))]), Refusal::UserUnknown),
        (signed([("username", Some("ida".into()))]), Refusal::UserInactive),
        ("garbage".to_owned(), Refusal::Undecodable),
        (String::new(), Refusal::Undecodable),
        (KeyRing::new(Key::hmac(Algorithm::Hs256, b"another", None)).sign("{}"), Refusal::Undecodable),
        (KeyRing::new(Key::hmac(Algorithm::Hs512, b"another", None)).sign("{}"), Refusal::Invalid),
    ] {
        assert_eq!(world.verify(&token), Err(refusal.clone()), "{refusal:?}");
        assert_eq!(world.authenticate(&token), Err(refusal), "{token}");
    }
}

#[test]
fn a_token_as_both_packages_write_it_is_accepted() {
    let world = World::fork();
    for token in [
        signed([]),
        signed([("jti", None)]),
        signed([("iat", None), ("jti", None), ("orig_iat", None)]),
        signed([("user_id", Some("4".into()))]),
        signed([("exp", Some(Value::Number(crate::json::Number::Float(1_795_319_900.5))))]),
        signed([("iss", Some("anybody".into()))]),
    ] {
        assert_eq!(world.verify(&token), Ok(()), "{token}");
        assert_eq!(world.authenticate(&token).unwrap().user.username, "alice");
    }
}

#[test]
fn an_audience_is_demanded_where_one_is_set_and_leeway_moves_the_end() {
    let world = World::new(JwtAuth {
        audience: Some(Audience::One("us".to_owned())),
        leeway: SignedDuration::from_secs(10),
        ..JwtAuth::of(Profile::Fork)
    });
    assert_eq!(world.verify(&signed([])), Err(Refusal::Invalid));
    let token = signed([("aud", Some("us".into())), ("exp", Some((NOW - 9).into()))]);
    assert_eq!(world.verify(&token), Ok(()));
    world.pass(1);
    assert_eq!(world.verify(&token), Err(Refusal::Expired));
}

#[test]
fn an_end_that_is_not_verified_must_still_be_there() {
    let world = World::new(JwtAuth { verify_expiration: false, ..JwtAuth::of(Profile::Fork) });
    assert_eq!(world.verify(&signed([("exp", Some(1.into()))])), Ok(()));
    assert_eq!(world.verify(&signed([("exp", None)])), Err(Refusal::Invalid));
    assert_eq!(world.verify(&signed([("iat", Some((NOW + 60).into()))])), Err(Refusal::Invalid));
}

#[test]
fn an_id_that_is_required_is_demanded_everywhere() {
    let world = World::new(JwtAuth { token_id: TokenId::Require, ..JwtAuth::of(Profile::Fork) });
    for token in [signed([("jti", None)]), signed([("jti", Some("".into()))])] {
        assert_eq!(world.verify(&token), Err(Refusal::NoTokenId));
        assert_eq!(world.authenticate(&token), Err(Refusal::NoTokenId));
    }
    assert!(world.authenticate(&world.login("alice")).is_ok());
}

#[test]
fn an_id_means_nothing_where_ids_are_off() {
    let world = World::new(JwtAuth { token_id: TokenId::Off, ..JwtAuth::of(Profile::Fork) });
    assert_eq!(world.verify(&signed([("jti", Some("zz".into()))])), Ok(()));
    assert!(!payload(&world, &world.login("alice")).contains("jti"));
}

#[test]
fn several_keys_verify_and_the_first_one_signs() {
    let mut world = World::fork();
    let key = |name: &str| Key::hmac(Algorithm::Hs256, name.as_bytes(), Some(name));
    let ring = KeyRing::new(key("new")).with_verifying(key("old"));
    world.rules.tokens = Tokens::new(JwtAuth::of(Profile::Fork), ring.clone());
    let old = Tokens::new(JwtAuth::of(Profile::Fork), KeyRing::new(key("old")));
    let token = old.encode(&world.read(&world.login("alice")), &world.user("alice"));
    assert!(world.authenticate(&token).is_ok());
    assert_eq!(ring.verify(&world.next(&token)).unwrap().key.kid(), Some("new"));
    assert_eq!(keys().verify(&token).unwrap_err(), crate::jws::JwsError::Signature);
}
