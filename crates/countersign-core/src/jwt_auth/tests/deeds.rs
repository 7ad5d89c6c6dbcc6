//! Logging in, refreshing, becoming somebody else.

use super::world::{NOW, World, describe, signed};
use crate::json::Value;
use crate::jwt_auth::{
    Impersonated, JwtAuth, Obtained, Profile, Refreshed, Refusal, Token, Verification, impersonate, verify,
};
use crate::settings::Passwords;
use crate::store::UserChange;
use crate::testing::block_on;

#[test]
fn nobody_learns_why_they_cannot_log_in() {
    let world = World::fork();
    for (name, password) in [("alice", "wrong"), ("nobody", "pass"), ("ida", "pass"), ("Alice", "pass")] {
        assert!(matches!(world.try_login(name, password), Obtained::NoActiveAccount), "{name}");
    }
    assert!(matches!(world.try_login("alice", "pass"), Obtained::Token { .. }));
}

#[test]
fn an_inactive_user_who_may_log_in_gets_a_token_of_the_fork_alone() {
    for (profile, gets_one) in [(Profile::Fork, true), (Profile::Original, false)] {
        let mut world = World::new(JwtAuth::of(profile));
        world.rules.passwords = Passwords { allow_inactive: true, ..Passwords::default() };
        match world.try_login("ida", "pass") {
            Obtained::Token { text, .. } => {
                assert!(gets_one);
                assert_eq!(world.authenticate(&text), Err(Refusal::UserInactive));
            }
            Obtained::UserInactive => assert!(!gets_one),
            Obtained::NoActiveAccount => panic!("the password is right"),
        }
    }
}

#[test]
fn a_user_who_is_disabled_or_deleted_is_out_at_once() {
    let world = World::fork();
    let token = world.login("alice");
    world.change("alice", UserChange { is_active: Some(false), ..UserChange::default() });
    assert_eq!(world.authenticate(&token), Err(Refusal::UserInactive));
    assert!(matches!(world.refresh(&token), Refreshed::Refused(Refusal::UserInactive)));
    let id = world.user("alice").id.clone();
    assert!(world.store.delete_alone(&id));
    assert_eq!(world.authenticate(&token), Err(Refusal::UserUnknown));
}

#[test]
fn a_line_is_refreshed_until_the_limit_and_not_a_second_longer() {
    let limit = JwtAuth::of(Profile::Fork).refresh_expiration_delta.as_secs();
    for (age, goes_on) in [(limit, true), (limit + 1, false)] {
        let world = World::fork();
        let token = signed([("orig_iat", Some((NOW - age).into()))]);
        match world.refresh(&token) {
            Refreshed::Token { token, .. } => {
                assert!(goes_on);
                assert_eq!(token.claims().get("orig_iat"), Some(&Value::from(NOW - age)));
            }
            Refreshed::Ended => assert!(!goes_on),
            other => panic!("{}", describe(&other)),
        }
    }
}

#[test]
fn a_token_without_the_beginning_of_its_line_is_not_refreshed() {
    let world = World::fork();
    for token in [signed([("orig_iat", None)]), signed([("orig_iat", Some(Value::Null))])] {
        assert!(matches!(world.refresh(&token), Refreshed::NoOrigIat));
    }
    for odd in [Value::from("x"), Value::from(true), Value::from(-1)] {
        let token = signed([("orig_iat", Some(odd))]);
        assert!(matches!(world.refresh(&token), Refreshed::Refused(Refusal::Invalid)));
    }
    let world = World::new(JwtAuth { allow_refresh: false, ..JwtAuth::of(Profile::Fork) });
    assert!(matches!(world.refresh(&signed([])), Refreshed::NoOrigIat));
}

#[test]
fn a_token_of_the_other_dialect_lets_nobody_in_whatever_it_says() {
    let world = World::fork();
    let token = signed([("token_type", Some("access".into()))]);
    assert_eq!(world.authenticate(&token), Err(Refusal::NoUsername));
    assert!(matches!(world.refresh(&token), Refreshed::Refused(Refusal::NoUsername)));
    // The endpoint that verifies is as generic as the packages'.
    assert!(matches!(
        block_on(verify(&world.authority, &world.rules, &token)).unwrap(),
        Verification::Valid(_)
    ));
}

#[test]
fn a_change_of_the_password_ends_the_tokens_of_a_user_with_a_key_of_their_own() {
    let world = World::new(JwtAuth { user_secret: true, ..JwtAuth::of(Profile::Fork) });
    let (alices, bobs) = (world.login("alice"), world.login("bob"));
    assert!(world.authenticate(&world.next(&alices)).is_ok());
    world.change("alice", UserChange { password: Some("another"), ..UserChange::default() });
    assert_eq!(world.authenticate(&alices), Err(Refusal::Undecodable));
    assert!(matches!(world.refresh(&alices), Refreshed::Refused(Refusal::Undecodable)));
    assert!(world.authenticate(&bobs).is_ok());
}

#[test]
fn a_key_of_ones_own_is_found_by_a_name_that_the_signature_must_confirm() {
    let world = World::new(JwtAuth { user_secret: true, ..JwtAuth::of(Profile::Fork) });
    // Signed with the key that all share.
    assert_eq!(world.authenticate(&signed([])), Err(Refusal::Undecodable));
    for name in [Some("nobody".into()), Some(Value::Null), Some(true.into()), None] {
        assert_eq!(world.authenticate(&signed([("username", name)])), Err(Refusal::UserUnknown));
    }
    assert_eq!(world.authenticate("x.y"), Err(Refusal::Undecodable));
    let plain = World::fork();
    assert_eq!(plain.authenticate(&world.login("alice")), Err(Refusal::Undecodable));
}

fn become_user(world: &World, caller: &str, id: &str) -> Impersonated {
    let holder = world.authenticate(caller).expect("a good token");
    block_on(impersonate(&world.authority, &world.rules, &holder, id)).unwrap()
}

fn impersonated(world: &World, caller: &str, id: &str) -> String {
    match become_user(world, caller, id) {
        Impersonated::Token(text) => text,
        _ => panic!("{id} is not impersonated"),
    }
}

#[test]
fn a_superuser_becomes_anybody_who_is_active() {
    let world = World::fork();
    let root = world.login("root");
    let token = impersonated(&world, &root, "1");
    let holder = world.authenticate(&token).unwrap();
    assert_eq!(holder.user.username, "alice");
    assert_eq!(holder.token.actor(), None);
    assert!(matches!(become_user(&world, &root, "2"), Impersonated::UserInactive));
    assert!(matches!(become_user(&world, &root, "999"), Impersonated::UserUnknown));
    assert!(matches!(become_user(&world, &world.login("alice"), "4"), Impersonated::Forbidden));
}

#[test]
fn who_acts_is_named_through_every_refresh_and_every_further_impersonation() {
    let world = World::new(JwtAuth { impersonation_actor: true, ..JwtAuth::of(Profile::Fork) });
    let actor = |token: &Token| token.actor().map(Value::to_ascii);
    let token = impersonated(&world, &world.login("root"), "1");
    let named = Some(r#"{"sub":"3","username":"root"}"#.to_owned());
    assert_eq!(actor(&world.read(&token)), named);
    assert_eq!(actor(&world.read(&world.next(&token))), named);
    let through = impersonated(&world, &impersonated(&world, &world.login("root"), "3"), "1");
    let chain = r#"{"sub":"3","username":"root","act":{"sub":"3","username":"root"}}"#;
    assert_eq!(actor(&world.read(&through)), Some(chain.to_owned()));
}

#[test]
fn an_impersonation_is_not_refreshed_once_the_actor_may_not_act() {
    let world = World::new(JwtAuth { impersonation_actor: true, ..JwtAuth::of(Profile::Fork) });
    let token = impersonated(&world, &world.login("root"), "1");
    world.change("root", UserChange { is_active: Some(false), ..UserChange::default() });
    assert!(matches!(world.refresh(&token), Refreshed::Refused(Refusal::Invalid)));
    let odd = signed([("act", Some("root".into()))]);
    assert!(matches!(world.refresh(&odd), Refreshed::Refused(Refusal::Invalid)));
}
