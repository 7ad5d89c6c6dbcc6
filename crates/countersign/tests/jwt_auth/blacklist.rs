//! `/api-token-blacklist/` of drf-jwt.

use crate::world::{NOT_PROVIDED, START, Scene, World, complaint, refused, signed, token_with};
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile, TokenId};
use countersign_core::store::{Revocations as _, RevokedListing};
use countersign_core::testing::block_on;

const PATH: &str = "/api-token-blacklist/";
const BLACKLISTED: &str = r#"403 {"detail":"Token is blacklisted."}"#;

fn post(world: &World, caller: &str, token: &str) -> String {
    world.post_as(caller, PATH, &format!(r#"{{"token":"{token}"}}"#)).line()
}

#[test]
fn ones_own_token_is_ended_by_posting_it_or_nothing() {
    for body in ["", "{}", "posted"] {
        let world = World::fork();
        let token = world.login("alice");
        let body = if body == "posted" { format!(r#"{{"token":"{token}"}}"#) } else { body.to_owned() };
        let answer = world.post_as(&token, PATH, &body);
        assert_eq!(answer.line(), format!(r#"201 {{"token":"{token}"}}"#));
        assert_eq!(answer.header("allow"), "GET, POST, HEAD, OPTIONS");
        let view = world.view(&format!("Bearer {token}"));
        assert_eq!(view.line(), BLACKLISTED);
        assert_eq!(view.header("www-authenticate"), "");
        assert_eq!(world.verify(&token).line(), complaint("Token is blacklisted."));
        assert_eq!(world.refresh(&token).line(), complaint("Token is blacklisted."));
    }
}

#[test]
fn a_form_names_the_token_and_ends_nothing_where_it_does_not() {
    let world = World::fork();
    let token = world.login("alice");
    let authorization = format!("Bearer {token}");
    let form = |kind, body: &str| {
        let headers = [("content-type", kind), ("authorization", &*authorization)];
        world.ask("POST", PATH, &headers, body).line()
    };
    let urlencoded = "application/x-www-form-urlencoded";
    for (kind, body) in [(urlencoded, "x=1"), (urlencoded, ""), (urlencoded, "token=")] {
        assert_eq!(form(kind, body), r#"400 {"token":["This field is required."]}"#, "{body}");
    }
    assert_eq!(world.view(&authorization).status, 200);
    assert_eq!(form(urlencoded, &format!("token={token}")), format!(r#"201 {{"token":"{token}"}}"#));
}

#[test]
fn a_family_dies_together() {
    let world = World::fork();
    let first = world.login("alice");
    let second = world.refresh(&first).text("token");
    let caller = world.login("alice");
    assert!(post(&world, &caller, &second).starts_with("201 "));
    for token in [&first, &second] {
        assert_eq!(world.view(&format!("Bearer {token}")).line(), BLACKLISTED);
        assert_eq!(world.refresh(token).line(), complaint("Token is blacklisted."));
    }
    assert_eq!(world.view(&format!("Bearer {caller}")).status, 200);
    assert!(post(&world, &caller, &first).starts_with("201 "), "again is fine");
}

#[test]
fn what_drf_jwt_answers_with_500_is_a_400() {
    let world = World::fork();
    let caller = world.login("root");
    let ended = signed(&format!(r#"{{"username":"alice","exp":{START}}}"#));
    let odd = token_with(r#""username":"alice","jti":"zz""#);
    assert_eq!(post(&world, &caller, "x"), complaint("Error decoding token."));
    assert_eq!(post(&world, &caller, &ended), complaint("Token has expired."));
    assert_eq!(post(&world, &caller, &odd), complaint("“zz” is not a valid UUID."));
    let body = |body: &str| world.post_as(&caller, PATH, body).line();
    assert_eq!(body(r#"{"token":5}"#), complaint("Error decoding token."));
    assert_eq!(body(r#"{"token":null}"#), r#"400 {"token":["This field may not be null."]}"#);
    assert_eq!(body(r#"{"token":""}"#), r#"400 {"token":["This field may not be blank."]}"#);
    assert_eq!(body("[]"), complaint("Invalid data. Expected a dictionary, but got list."));
    assert_eq!(
        post(&world, &caller, &token_with(r#""username":"nobody""#)),
        complaint("User doesn't exist.")
    );
}

#[test]
fn everybody_sees_their_own_entries_and_superusers_everything() {
    let world = World::fork();
    let (alice, bob, root) = (world.login("alice"), world.login("bob"), world.login("root"));
    let other = world.login("bob");
    assert!(post(&world, &alice, &other).starts_with("201 "), "the entry is bob's, whoever had his token");
    let third = world.login("alice");
    assert!(post(&world, &root, &third).starts_with("201 "));
    let list = |token: &str| world.ask_as(token, "GET", PATH).line();
    assert_eq!(list(&alice), format!(r#"200 [{{"token":"{third}"}}]"#));
    assert_eq!(list(&bob), format!(r#"200 [{{"token":"{other}"}}]"#));
    assert_eq!(list(&root), format!(r#"200 [{{"token":"{other}"}},{{"token":"{third}"}}]"#));
}

#[test]
fn an_entry_is_shown_and_removed_by_its_owner_alone() {
    let world = World::fork();
    let (alice, bob) = (world.login("alice"), world.login("bob"));
    let ended = world.login("bob");
    assert!(post(&world, &bob, &ended).starts_with("201 "));
    let path = format!("{PATH}1/");
    let shown = world.ask_as(&bob, "GET", &path);
    assert_eq!(shown.line(), format!(r#"200 {{"token":"{ended}"}}"#));
    assert_eq!(shown.header("allow"), "GET, DELETE, HEAD, OPTIONS");
    let missing = r#"404 {"detail":"No BlacklistedToken matches the given query."}"#;
    for method in ["GET", "DELETE"] {
        assert_eq!(world.ask_as(&alice, method, &path).line(), missing);
        assert_eq!(world.ask_as(&bob, method, &format!("{PATH}9999/")).line(), missing);
        assert_eq!(world.ask_as(&bob, method, &format!("{PATH}x/")).line(), r#"404 {"detail":"Not found."}"#);
    }
    assert_eq!(world.view(&format!("Bearer {ended}")).line(), BLACKLISTED);
    let removed = world.ask_as(&bob, "DELETE", &path);
    assert_eq!(removed.line(), "204 ");
    assert_eq!(removed.header("content-type"), "");
    assert_eq!(world.view(&format!("Bearer {ended}")).status, 200);
}

#[test]
fn an_entry_is_never_rewritten() {
    let world = World::fork();
    let token = world.login("root");
    for method in ["PUT", "PATCH"] {
        let expected = format!(r#"405 {{"detail":"Method \"{method}\" not allowed."}}"#);
        assert_eq!(world.ask_as(&token, method, &format!("{PATH}1/")).line(), expected);
        assert_eq!(world.ask_as(&token, method, PATH).line(), expected);
    }
}

#[test]
fn nobody_is_kept_out_of_all_of_it() {
    let world = World::fork();
    for (method, path) in [("GET", PATH), ("POST", PATH), ("GET", "/api-token-blacklist/1/"), ("PUT", PATH)] {
        assert_eq!(world.ask(method, path, &[], "").line(), refused(NOT_PROVIDED), "{method} {path}");
    }
}

#[test]
fn an_entry_ends_with_its_token_and_not_an_expiry_after_its_beginning() {
    let world = World::fork();
    let token = signed(&format!(r#"{{"username":"alice","iat":{},"exp":{}}}"#, START - 200, START + 1000));
    assert!(post(&world, &token, &token).starts_with("201 "));
    let listing = RevokedListing { user: None, after: None, limit: 10 };
    let listed = block_on(world.store.list_revoked(listing)).unwrap();
    assert_eq!(listed[0].entry.expires_at.as_second(), START + 1000);
}

#[test]
fn the_token_itself_is_not_kept_where_ids_are_required() {
    let settings = Settings { token_id: TokenId::Require, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = world.login("alice");
    assert_eq!(world.post_as(&token, PATH, "{}").line(), r#"201 {"token":null}"#);
    assert_eq!(world.view(&format!("Bearer {token}")).line(), BLACKLISTED);
    assert_eq!(world.ask_as(&world.login("root"), "GET", PATH).line(), r#"200 [{"token":null}]"#);
}

#[test]
fn there_is_no_resource_without_its_table() {
    let mut scene = Scene::of(Settings::of(Profile::Fork));
    scene.blacklist = false;
    let world = scene.build();
    assert_eq!(world.ask_as(&world.login("root"), "GET", PATH).status, 404);
}
