//! What is true of tokens.

use super::*;
use crate::jws::{Algorithm, Key};
use crate::random::SystemRandom;
use crate::settings::Audience;

fn tokens(settings: SimpleJwt) -> Tokens {
    Tokens::new(
        settings,
        KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None)),
    )
}

fn now() -> Timestamp {
    Timestamp::new(1_795_319_550, 900_000_000).unwrap()
}

fn alice() -> User {
    User {
        id: UserId::Integer(1),
        username: "alice".into(),
        password: "pbkdf2_sha256$1$salt$hash".into(),
        is_active: true,
        is_staff: false,
        is_superuser: false,
        email: "alice@example.com".into(),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}

fn names(token: &Token) -> Vec<&str> {
    token.claims().iter().map(|(name, _)| name).collect()
}

/// Reads a token back and says whether it is of a class.
fn verdict(tokens: &Tokens, claims: &[(&str, Value)], class: TokenClass) -> Result<(), TokenError> {
    let claims: Object = claims.iter().cloned().collect();
    let token = tokens.decode(&tokens.encode(&claims.into()), now())?;
    tokens.check(&token, class)
}

#[test]
fn claims_stand_in_simplejwts_order() {
    let tokens = tokens(SimpleJwt { check_revoke_token: true, ..SimpleJwt::default() });
    let refresh = tokens.refresh_for(&alice(), now(), &SystemRandom);
    assert_eq!(names(&refresh), ["token_type", "exp", "iat", "jti", "user_id", "hash_password"]);
    let access = tokens.access_from(&refresh, now(), &SystemRandom);
    assert_eq!(names(&access), ["token_type", "exp", "iat", "jti", "user_id", "hash_password"]);
    assert_eq!(access.claims().get("token_type"), Some(&"access".into()));
    assert_ne!(access.claims().get("jti"), refresh.claims().get("jti"));
    let sliding = tokens.sliding_for(&alice(), now(), &SystemRandom);
    assert_eq!(
        names(&sliding),
        ["token_type", "exp", "iat", "jti", "refresh_exp", "user_id", "hash_password"]
    );
    assert_eq!(refresh.claims().get("user_id"), Some(&"1".into()));
    assert_eq!(refresh.claims().get("iat"), Some(&1_795_319_550.into()));
    assert_eq!(refresh.claims().get("exp"), Some(&(1_795_319_550 + 86_400).into()));
}

#[test]
fn a_successor_keeps_custom_claims_in_their_places() {
    let tokens = tokens(SimpleJwt::default());
    let mut refresh = tokens.refresh_for(&alice(), now(), &SystemRandom);
    refresh.insert("role", "admin");
    let later = now() + SignedDuration::from_secs(60);
    let successor = tokens.successor_of(&refresh, later, &SystemRandom);
    assert_eq!(names(&successor), names(&refresh));
    assert_eq!(successor.claims().get("role"), Some(&"admin".into()));
    assert_ne!(successor.claims().get("jti"), refresh.claims().get("jti"));
    let access = tokens.access_from(&refresh, later, &SystemRandom);
    assert_eq!(names(&access), ["token_type", "exp", "iat", "jti", "user_id", "role"]);
}

#[test]
fn audience_and_issuer_are_written_last_and_as_configured() {
    let tokens = tokens(SimpleJwt {
        audience: Some(Audience::Many(vec!["a".into(), "b".into()])),
        issuer: Some("us".into()),
        ..SimpleJwt::default()
    });
    let text = tokens.encode(&tokens.refresh_for(&alice(), now(), &SystemRandom));
    let token = tokens.decode(&text, now()).unwrap();
    assert_eq!(names(&token)[5..], ["aud", "iss"]);
    assert_eq!(token.claims().get("aud"), Some(&vec!["a", "b"].into()));
}

#[test]
fn claims_that_are_switched_off_are_left_out_and_not_demanded() {
    let tokens = tokens(SimpleJwt { token_type_claim: None, jti_claim: None, ..SimpleJwt::default() });
    let refresh = tokens.refresh_for(&alice(), now(), &SystemRandom);
    assert_eq!(names(&refresh), ["exp", "iat", "user_id"]);
    assert_eq!(tokens.check(&refresh, TokenClass::Refresh), Ok(()));
}

#[test]
fn each_lack_has_simplejwts_message() {
    let tokens = tokens(SimpleJwt::default());
    let exp = ("exp", Value::from(1_795_320_000));
    let jti = ("jti", Value::from("x"));
    for (claims, message) in [
        (vec![], "Token has no 'exp' claim"),
        (vec![exp.clone()], "Token has no id"),
        (vec![exp.clone(), jti.clone()], "Token has no type"),
        (vec![exp.clone(), jti.clone(), ("token_type", Value::Null)], "Token has wrong type"),
        (vec![exp.clone(), jti.clone(), ("token_type", "refresh".into())], "Token has wrong type"),
        (vec![("exp", 1.into())], "Token is expired"),
        (vec![("exp", "soon".into())], "Token is invalid"),
        (vec![exp.clone(), ("jti", 7.into())], "Token is invalid"),
    ] {
        let error = verdict(&tokens, &claims, TokenClass::Access).unwrap_err();
        assert_eq!(error.to_string(), message, "{claims:?}");
    }
    assert_eq!(verdict(&tokens, &[exp, jti], TokenClass::Untyped), Ok(()));
}

#[test]
fn the_right_to_refresh_a_sliding_token_ends_on_its_own() {
    let tokens = tokens(SimpleJwt::default());
    let mut sliding = tokens.sliding_for(&alice(), now(), &SystemRandom);
    assert_eq!(tokens.check_refresh_end(&sliding, now()), Ok(()));
    let end = now() + SignedDuration::from_hours(24);
    let message = |result: Result<(), TokenError>| result.unwrap_err().to_string();
    assert_eq!(message(tokens.check_refresh_end(&sliding, end)), "Token 'refresh_exp' claim has expired");
    for bad in [Value::Null, "1999999999".into()] {
        sliding.insert("refresh_exp", bad);
        assert_eq!(tokens.check_refresh_end(&sliding, now()), Err(TokenError::Invalid));
    }
    Arc::make_mut(&mut sliding.claims).remove("refresh_exp");
    assert_eq!(message(tokens.check_refresh_end(&sliding, now())), "Token has no 'refresh_exp' claim");
}

#[test]
fn a_bearer_is_a_string_or_a_whole_number() {
    let tokens = tokens(SimpleJwt::default());
    for (value, bearer) in [
        ("1".into(), Bearer::Named("1".into())),
        (1.into(), Bearer::Named("1".into())),
        ("".into(), Bearer::Blank),
        (Value::Null, Bearer::Blank),
        (true.into(), Bearer::Unusable),
        (Value::Number(Number::Float(1.5)), Bearer::Unusable),
        (vec![1_i64].into(), Bearer::Unusable),
        ("a\0b".into(), Bearer::Unusable),
    ] {
        let token = Token::from([("user_id", value)].into_iter().collect::<Object>());
        assert_eq!(tokens.bearer(&token), bearer);
    }
    assert_eq!(tokens.bearer(&Object::new().into()), Bearer::Absent);
}

#[test]
fn a_token_that_was_read_before_still_ends() {
    let tokens = tokens(SimpleJwt::default());
    let text = tokens.encode(&tokens.refresh_for(&alice(), now(), &SystemRandom));
    let end = now() + SignedDuration::from_hours(24);
    for (at, verdict) in [
        (now(), None),
        (end - SignedDuration::from_secs(2), None),
        (end, Some(TokenError::Expired)),
        (now() - SignedDuration::from_secs(60), Some(TokenError::Invalid)),
        (now(), None),
    ] {
        assert_eq!(tokens.decode(&text, at).err(), verdict, "{at}");
    }
}

#[test]
fn a_token_can_follow_the_password() {
    let tokens = tokens(SimpleJwt { check_revoke_token: true, ..SimpleJwt::default() });
    let token = tokens.refresh_for(&alice(), now(), &SystemRandom);
    assert!(tokens.is_of_present_password(&token, &alice()));
    let changed = User { password: "another".into(), ..alice() };
    assert!(!tokens.is_of_present_password(&token, &changed));
}
