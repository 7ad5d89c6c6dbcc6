//! `POST /api-token-impersonate/` of drf-jwt.

use crate::world::{FORBIDDEN, NOT_PROVIDED, Scene, World, claims, complaint, refused};
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};

const PATH: &str = "/api-token-impersonate/";

#[test]
fn a_superuser_gets_a_token_of_the_user_with_this_key() {
    let world = World::fork();
    let root = world.login("root");
    for user in ["1", "\"1\"", "1.5", "1.0", "\" 1 \""] {
        let answer = world.post_as(&root, PATH, &format!(r#"{{"user":{user}}}"#));
        let token = answer.text("token");
        assert_eq!(answer.line(), format!(r#"201 {{"token":"{token}"}}"#));
        assert_eq!(world.view(&format!("Bearer {token}")).line(), r#"200 {"user":"alice"}"#);
        assert!(!claims(&token).contains("act"), "no trace, as with the package");
    }
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", &*format!("Bearer {root}")),
    ];
    assert_eq!(world.ask("POST", PATH, &form, "user=4").status, 201);
}

#[test]
fn everybody_else_is_kept_out() {
    let world = World::fork();
    let anybody = world.post(PATH, r#"{"user":1}"#);
    assert_eq!(anybody.line(), refused(NOT_PROVIDED));
    assert_eq!(anybody.header("www-authenticate"), "Bearer realm=\"api\"");
    let ordinary = world.post_as(&world.login("alice"), PATH, r#"{"user":4}"#);
    assert_eq!(ordinary.line(), FORBIDDEN);
    assert_eq!(ordinary.header("www-authenticate"), "");
    assert_eq!(world.ask("GET", PATH, &[], "").status, 401);
    assert_eq!(world.ask_as(&world.login("root"), "GET", PATH).status, 405);
}

#[test]
fn what_is_nobodys_key_is_refused_in_the_frameworks_words() {
    let world = World::fork();
    let root = world.login("root");
    let post = |user: &str| world.post_as(&root, PATH, &format!(r#"{{"user":{user}}}"#)).line();
    let wrong = |words: &str| format!(r#"400 {{"user":["{words}"]}}"#);
    let unknown = |pk: &str| wrong(&format!(r#"Invalid pk \"{pk}\" - object does not exist."#));
    let kind = |kind: &str| wrong(&format!("Incorrect type. Expected pk value, received {kind}."));
    assert_eq!(post("999"), unknown("999"));
    assert_eq!(post("-1"), unknown("-1"));
    let huge = "1000000000000000000000000000000";
    assert_eq!(post(huge), unknown(huge));
    assert_eq!(post(&format!("\"{huge}\"")), unknown(huge));
    for (user, received) in [("\"abc\"", "str"), ("true", "bool"), ("[1]", "list"), ("{}", "dict")] {
        assert_eq!(post(user), kind(received), "{user}");
    }
    for user in ["null", "\"\""] {
        assert_eq!(post(user), wrong("This field may not be null."), "{user}");
    }
    assert_eq!(world.post_as(&root, PATH, "{}").line(), wrong("This field is required."));
    assert_eq!(post("2"), complaint("User account is disabled."));
}

#[test]
fn who_acts_is_named_where_that_is_configured() {
    let settings = Settings { impersonation_actor: true, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = world.post_as(&world.login("root"), PATH, r#"{"user":1}"#).text("token");
    let act = r#"{"sub":"3","username":"root"}"#;
    assert_eq!(claims(&token).get("act").unwrap().to_ascii(), act);
    let next = world.refresh(&token).text("token");
    assert_eq!(claims(&next).get("act").unwrap().to_ascii(), act);
    assert_eq!(world.view(&format!("Bearer {next}")).line(), r#"200 {"user":"alice"}"#);
}
