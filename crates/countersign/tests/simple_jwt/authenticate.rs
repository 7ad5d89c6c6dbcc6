//! `GET /hello/`: simplejwt's `JWTAuthentication` before an endpoint.

use crate::world::{START, World};
use axum::body::Body;
use countersign_core::settings::SimpleJwt;
use http::Request;

const NOT_PROVIDED: &str = r#"401 {"detail":"Authentication credentials were not provided."}"#;

#[test]
fn an_access_token_is_admitted() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    let answer = world.hello(&format!("Bearer {access}"));
    assert_eq!(answer.line(), r#"200 {"message":"Hello, World!"}"#);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
}

#[test]
fn without_our_scheme_nothing_was_provided() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    for header in ["", "Basic x", "JWT x", "Token x", &format!("bearer {access}"), &access] {
        let answer = world.hello(header);
        assert_eq!(answer.line(), NOT_PROVIDED, "{header}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
    let bare = world.send(Request::get("/hello/").body(Body::empty()).unwrap());
    assert_eq!(bare.line(), NOT_PROVIDED);
}

#[test]
fn our_scheme_wants_one_word_behind_it() {
    let world = World::new();
    for header in ["Bearer", "Bearer a b", "Bearer a, Bearer b"] {
        assert_eq!(
            world.hello(header).line(),
            concat!(
                r#"401 {"detail":"Authorization header must contain two space-delimited values","#,
                r#""code":"bad_authorization_header"}"#
            )
        );
    }
}

#[test]
fn each_fault_is_explained_for_each_class() {
    let world = World::new();
    let (refresh, access) = world.log_in("alice");
    let refused = |message: &str| {
        format!(
            concat!(
                r#"401 {{"detail":"Given token not valid for any token type","code":"token_not_valid","#,
                r#""messages":[{{"token_class":"AccessToken","token_type":"access","message":"{}"}}]}}"#
            ),
            message
        )
    };
    assert_eq!(world.hello(&format!("Bearer {refresh}")).line(), refused("Token has wrong type"));
    assert_eq!(world.hello(&format!("Bearer \"{access}\"")).line(), refused("Token is invalid"));
    world.pass(300);
    assert_eq!(world.hello(&format!("Bearer {access}")).line(), refused("Token is expired"));
}

#[test]
fn the_user_decides_at_once() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    let header = format!("Bearer {access}");
    world.set_active(1, false);
    assert_eq!(world.hello(&header).line(), r#"401 {"detail":"User is inactive","code":"user_inactive"}"#);
    world.set_active(1, true);
    assert_eq!(world.hello(&header).status, 200);
}

#[test]
fn a_token_of_nobody_is_refused_and_never_an_error_of_ours() {
    let world = World::new();
    let with = |user_id: &str| {
        let claims = format!(r#"{{"token_type":"access","exp":{},"jti":"x"{user_id}}}"#, START + 100);
        world.hello(&format!("Bearer {}", world.sign(&claims))).line()
    };
    assert_eq!(
        with(""),
        r#"401 {"detail":"Token contained no recognizable user identification","code":"token_not_valid"}"#
    );
    for user_id in [r#""777""#, "null", r#""abc""#, r#""""#, "[1]", "true", "1.5", r#""1\u0000""#] {
        assert_eq!(
            with(&format!(r#","user_id":{user_id}"#)),
            r#"401 {"detail":"User not found","code":"user_not_found"}"#,
            "{user_id}"
        );
    }
    assert_eq!(with(r#","user_id":1"#), r#"200 {"message":"Hello, World!"}"#);
}

#[test]
fn a_changed_password_ends_tokens_that_follow_it() {
    let world = World::with(SimpleJwt { check_revoke_token: true, ..SimpleJwt::default() });
    let (_, access) = world.log_in("alice");
    assert_eq!(world.hello(&format!("Bearer {access}")).status, 200);
    world.set_password(1, "!unusable");
    assert_eq!(
        world.hello(&format!("Bearer {access}")).line(),
        r#"401 {"detail":"The user's password has been changed.","code":"password_changed"}"#
    );
}

#[test]
fn inactive_users_pass_where_nobody_asks() {
    let world = World::with(SimpleJwt { check_user_is_active: false, ..SimpleJwt::default() });
    let (_, access) = world.log_in("alice");
    world.set_active(1, false);
    assert_eq!(world.hello(&format!("Bearer {access}")).status, 200);
}

#[test]
fn another_header_can_be_asked_for_and_then_only_that_one_counts() {
    let world = World::with(SimpleJwt { auth_header_name: "x-access-token".into(), ..SimpleJwt::default() });
    let (_, access) = world.log_in("alice");
    assert_eq!(world.hello(&format!("Bearer {access}")).line(), NOT_PROVIDED);
    let request = Request::get("/hello/").header("x-access-token", format!("Bearer {access}"));
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).status, 200);
}

#[test]
fn authentication_comes_before_the_method() {
    let world = World::new();
    let put = Request::put("/hello/").body(Body::empty()).unwrap();
    assert_eq!(world.send(put).line(), NOT_PROVIDED);
    let (_, access) = world.log_in("alice");
    let put = Request::put("/hello/").header("authorization", format!("Bearer {access}"));
    let answer = world.send(put.body(Body::empty()).unwrap());
    assert_eq!(answer.line(), r#"405 {"detail":"Method \"PUT\" not allowed."}"#);
}
