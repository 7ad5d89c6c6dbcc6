//! `POST /api/token/sliding/` and `POST /api/token/sliding/refresh/`

use crate::world::{Answer, START, World, not_valid};
use countersign_core::settings::SimpleJwt;
use countersign_core::token::TokenClass;

fn obtain(world: &World) -> String {
    world.post("/api/token/sliding/", &[("username", "alice"), ("password", "alice-pass-1")]).text("token")
}

fn refresh(world: &World, token: &str) -> Answer {
    world.post("/api/token/sliding/refresh/", &[("token", token)])
}

#[test]
fn a_sliding_token_keeps_its_id_and_moves_its_end() {
    let world = World::new();
    let token = obtain(&world);
    world.pass(200);
    let slid = refresh(&world, &token).text("token");
    let claims = |token: &str| world.tokens.decode(token, world.clock_now()).unwrap().claims().clone();
    assert_eq!(claims(&slid).get("jti"), claims(&token).get("jti"));
    assert_eq!(claims(&slid).get("refresh_exp"), claims(&token).get("refresh_exp"));
    assert_eq!(claims(&slid).get("exp"), Some(&(START + 200 + 300).into()));
}

#[test]
fn a_sliding_token_authenticates_where_its_class_is_listed() {
    let world = World::new();
    assert_eq!(world.hello(&format!("Bearer {}", obtain(&world))).status, 401);
    let classes = vec![TokenClass::Access, TokenClass::Sliding];
    let world = World::with(SimpleJwt { auth_token_classes: classes, ..SimpleJwt::default() });
    let token = obtain(&world);
    assert_eq!(world.hello(&format!("Bearer {token}")).status, 200);
    assert_eq!(
        world.hello("Bearer x").body,
        concat!(
            r#"{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":["#,
            r#"{"token_class":"AccessToken","token_type":"access","message":"Token is invalid"},"#,
            r#"{"token_class":"SlidingToken","token_type":"sliding","message":"Token is invalid"}]}"#
        )
    );
}

#[test]
fn a_blacklisted_sliding_token_stays_so_after_a_purge() {
    use countersign_core::store::Ledger as _;
    use countersign_core::testing::block_on;
    let classes = vec![TokenClass::Sliding];
    let world = World::with(SimpleJwt { auth_token_classes: classes, ..SimpleJwt::default() });
    let token = obtain(&world);
    world.pass(200);
    let slid = refresh(&world, &token).text("token");
    let claims = world.tokens.decode(&slid, world.clock_now()).unwrap();
    let jti = world.tokens.jti(&claims).unwrap();
    assert!(world.store.blacklist_alone(jti));
    // The end of the first token has come, that of the slid one has not.
    world.pass(200);
    block_on(world.store.purge(world.clock_now(), 0, 100)).unwrap();
    assert_eq!(world.hello(&format!("Bearer {slid}")).status, 401);
    assert_eq!(refresh(&world, &slid).line(), not_valid("Token is blacklisted"));
}

#[test]
fn the_user_is_looked_at() {
    let world = World::new();
    let token = obtain(&world);
    world.set_active(1, false);
    assert_eq!(
        refresh(&world, &token).line(),
        r#"401 {"detail":"No active account found for the given token."}"#
    );
}

#[test]
fn the_end_of_the_right_to_refresh_has_its_words() {
    let world = World::new();
    let token = |end: &str| {
        world.sign(&format!(
            r#"{{"token_type":"sliding","exp":{},"jti":"x","user_id":"1"{end}}}"#,
            START + 1000
        ))
    };
    for (end, detail) in [
        ("", "Token has no 'refresh_exp' claim"),
        (r#","refresh_exp":1"#, "Token 'refresh_exp' claim has expired"),
        (r#","refresh_exp":null"#, "Token is invalid"),
        (r#","refresh_exp":"1999999999""#, "Token is invalid"),
    ] {
        assert_eq!(refresh(&world, &token(end)).line(), not_valid(detail), "{end}");
    }
}
