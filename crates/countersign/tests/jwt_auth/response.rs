//! Answers that are declared.

use crate::world::{START, Scene, World, original};
use countersign::dialects::jwt_auth::{ResponseShape, UnknownMember};
use countersign_core::clock::Timestamp;
use countersign_core::declared::DeclaredClaims;
use countersign_core::json::Value;
use countersign_core::jwt_auth::JwtAuth as Settings;
use countersign_core::store::Users as _;
use countersign_core::testing::block_on;
use countersign_core::user::UserId;

fn shaped(names: &'static [&'static str]) -> World {
    Scene::of(original())
        .with(move |dialect| dialect.response = Some(ResponseShape::new(names).unwrap()))
        .build()
}

#[test]
fn a_guides_answer_stands_nested_at_obtain_verify_and_refresh_alike() {
    let world = shaped(&["token", "user.id", "user.username", "user.last_login", "expires_in"]);
    let answer = world.try_login("alice", "alice-pass-1");
    let token = answer.text("token");
    let rest = |last_login: &str, expires_in: i64| {
        format!(
            r#""user":{{"id":1,"username":"alice","last_login":{last_login}}},"expires_in":{expires_in}}}"#
        )
    };
    assert_eq!(answer.line(), format!(r#"200 {{"token":"{token}",{}"#, rest("null", 300)));
    let at: Timestamp = "2026-11-22T03:52:31.5Z".parse().unwrap();
    block_on(world.store.record_login(&UserId::Integer(1), at)).unwrap();
    world.pass(10);
    let last_login = r#""2026-11-22T03:52:31.500000Z""#;
    assert_eq!(world.verify(&token).line(), format!(r#"200 {{"token":"{token}",{}"#, rest(last_login, 290)));
    let answer = world.refresh(&token);
    let next = answer.text("token");
    assert_eq!(answer.line(), format!(r#"200 {{"token":"{next}",{}"#, rest(last_login, 300)));
}

#[test]
fn members_come_in_the_order_in_which_they_are_declared() {
    let world = shaped(&["user.groups", "expires_at", "pk", "user.email", "token"]);
    world.store.grant(&UserId::Integer(1), "editors", "auth.change");
    let answer = world.try_login("alice", "alice-pass-1");
    let token = answer.text("token");
    let expected = format!(
        r#"200 {{"user":{{"groups":["editors"],"email":"alice@example.com"}},"expires_at":{},"pk":null,"token":"{token}"}}"#,
        START + 300
    );
    assert_eq!(answer.line(), expected, "the original package's tokens do not say when they were made");
}

#[test]
fn a_name_that_no_answer_has_is_refused() {
    for name in ["user.password", "user", "tokens", ""] {
        assert_eq!(ResponseShape::new(&["token", name]), Err(UnknownMember(name.to_owned())));
    }
}

#[test]
fn declared_claims_are_read_of_the_user_whenever_a_token_is_made() {
    let mut payload = DeclaredClaims::default();
    payload.declare("staff", "user.is_staff".into(), &[]).unwrap();
    payload.declare("tier", "gold".into(), &[]).unwrap();
    let world = Scene::of(Settings { payload, ..original() }).build();
    let token = world.login("alice");
    for token in [&token, &world.refresh(&token).text("token")] {
        let said = crate::world::claims(token);
        assert_eq!(said.get("staff"), Some(&Value::from(false)));
        assert_eq!(said.get("tier"), Some(&Value::from("gold")));
    }
}
