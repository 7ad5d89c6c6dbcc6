//! The blacklist, and the exchange that relies on it.

use super::world::{NOW, World, keys, signed};
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::jwt_auth::{
    Blacklisted, Exchanged, JwtAuth, Profile, Refreshed, Refusal, TokenId, blacklist, entries, entry,
    exchange, withdraw,
};
use crate::settings::{Passwords, SimpleJwt};
use crate::simple_jwt::{Authentication, Mode, SimpleJwtRules, authenticate};
use crate::store::{Act, Blacklisting, Fingerprint, Revocation, Revocations, Revoked, RevokedListing};
use crate::testing::{MemoryStore, block_on};
use crate::token;
use crate::user::UserId;
use std::sync::Arc;

fn end(world: &World, text: &str) -> Blacklisted {
    block_on(blacklist(&world.authority, &world.rules, text)).unwrap()
}

const DONE: Blacklisted = Blacklisted::Done { keeps_token: true };

#[test]
fn a_line_ends_with_any_of_its_tokens() {
    for ended in 0..3 {
        let world = World::fork();
        let first = world.login("alice");
        let second = world.next(&first);
        let line = [first, second.clone(), world.next(&second)];
        let other = world.login("alice");
        assert_eq!(end(&world, &line[ended]), DONE);
        for token in &line {
            assert_eq!(world.authenticate(token), Err(Refusal::Blacklisted));
            assert_eq!(world.verify(token), Err(Refusal::Blacklisted));
            assert!(matches!(world.refresh(token), Refreshed::Refused(Refusal::Blacklisted)));
        }
        assert!(world.authenticate(&other).is_ok());
        assert_eq!(end(&world, &line[0]), DONE, "the second time is fine too");
    }
}

#[test]
fn a_token_without_an_id_ends_alone() {
    let world = World::original();
    let (first, second) = (signed([("jti", None)]), signed([("jti", None), ("iat", Some((NOW - 1).into()))]));
    assert_eq!(end(&world, &first), DONE);
    assert_eq!(world.authenticate(&first), Err(Refusal::Blacklisted));
    assert!(world.authenticate(&second).is_ok());
}

#[test]
fn what_is_no_good_token_is_refused_and_not_an_error() {
    let world = World::fork();
    for (token, refusal) in [
        ("x".to_owned(), Refusal::Undecodable),
        (signed([("exp", Some(1.into()))]), Refusal::Expired),
        (signed([("jti", Some("zz".into()))]), Refusal::NotUuid("zz".to_owned())),
        (signed([("username", Some("nobody".into()))]), Refusal::UserUnknown),
        (signed([("username", Some("ida".into()))]), Refusal::UserInactive),
    ] {
        assert_eq!(end(&world, &token), Blacklisted::Refused(refusal));
    }
}

#[test]
fn an_entry_lasts_until_the_token_ends_and_keeps_it_only_where_ids_are_not_enough() {
    for (token_id, keeps_token) in [(TokenId::Off, true), (TokenId::Include, true), (TokenId::Require, false)]
    {
        let world = World::new(JwtAuth { token_id, ..JwtAuth::of(Profile::Fork) });
        let token = signed([("exp", Some((NOW + 77).into()))]);
        assert_eq!(end(&world, &token), Blacklisted::Done { keeps_token });
        let listed = block_on(entries(&world.rules, &world.user("alice"), None, 10)).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].entry.expires_at.as_second(), NOW + 77);
        assert_eq!(listed[0].entry.token.is_some(), keeps_token);
        assert_eq!(listed[0].entry.token_id.is_some(), token_id != TokenId::Off);
        assert_eq!(world.authenticate(&token), Err(Refusal::Blacklisted));
    }
}

#[test]
fn entries_are_seen_and_withdrawn_by_their_owner_and_by_superusers() {
    let world = World::fork();
    let (alices, bobs) = (world.login("alice"), world.login("bob"));
    end(&world, &alices);
    end(&world, &bobs);
    let seen = |name: &str| block_on(entries(&world.rules, &world.user(name), None, 10)).unwrap();
    let ids = |name: &str| seen(name).iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids("root").len(), 2);
    assert_eq!(ids("alice"), [ids("root")[0]]);
    let (alice, bob, bobs_entry) = (world.user("alice"), world.user("bob"), ids("bob")[0]);
    assert_eq!(block_on(entry(&world.rules, &alice, bobs_entry)).unwrap(), None);
    assert!(!block_on(withdraw(&world.rules, &alice, bobs_entry)).unwrap());
    assert_eq!(world.authenticate(&bobs), Err(Refusal::Blacklisted));
    assert!(block_on(entry(&world.rules, &bob, bobs_entry)).unwrap().is_some());
    assert!(block_on(withdraw(&world.rules, &world.user("root"), bobs_entry)).unwrap());
    assert!(world.authenticate(&bobs).is_ok());
}

#[test]
fn stale_entries_go_with_a_new_one_but_never_while_a_token_of_the_line_lives() {
    let world = World::new(JwtAuth { delete_stale_blacklisted_tokens: true, ..JwtAuth::of(Profile::Fork) });
    let first = world.login("alice");
    world.pass(290);
    let second = world.next(&first);
    end(&world, &first);
    world.pass(20);
    let count = || block_on(entries(&world.rules, &world.user("root"), None, 10)).unwrap().len();
    end(&world, &world.login("bob"));
    assert_eq!(world.authenticate(&second), Err(Refusal::Blacklisted), "the entry's own token has ended");
    assert_eq!(count(), 2);
    world.pass(300);
    end(&world, &world.login("bob"));
    assert_eq!(count(), 2, "the first one is gone");
}

#[test]
fn without_a_blacklist_nothing_is_ended_or_exchanged() {
    let mut world = World::fork();
    let token = world.login("alice");
    world.rules.revocations = None;
    assert_eq!(end(&world, &token), Blacklisted::Unavailable);
    assert!(matches!(swap(&world, &token), Exchanged::Unavailable));
    assert!(world.authenticate(&token).is_ok());
}

fn simple() -> SimpleJwtRules {
    SimpleJwtRules {
        tokens: token::Tokens::new(SimpleJwt::default(), keys()),
        passwords: Passwords::default(),
    }
}

fn swap(world: &World, text: &str) -> Exchanged {
    block_on(exchange(&world.authority, &world.rules, &simple(), text, Origin::default())).unwrap()
}

#[test]
fn a_token_is_exchanged_for_a_pair_that_works_and_is_ended_with_its_line() {
    let world = World::fork();
    let first = world.login("alice");
    let second = world.next(&first);
    let Exchanged::Pair { access, .. } = swap(&world, &first) else { panic!("it is good") };
    let admitted = block_on(authenticate(&world.authority, &simple(), &access, Mode::Stateful)).unwrap();
    assert!(
        matches!(admitted, Authentication::Admitted { user: Some(user), .. } if user.username == "alice")
    );
    for token in [first, second] {
        assert!(matches!(swap(&world, &token), Exchanged::Refused(Refusal::Blacklisted)));
        assert_eq!(world.authenticate(&token), Err(Refusal::Blacklisted));
    }
}

/// A blacklist as it looks to requests that all asked before any of them wrote.
struct Late(Arc<MemoryStore>);

impl Revocations for Late {
    fn revoke<'a>(&'a self, entry: &'a Revocation, at: Timestamp) -> Act<'a, Blacklisting> {
        self.0.revoke(entry, at)
    }

    fn is_revoked<'a>(&'a self, _: Fingerprint<'a>) -> Act<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn list_revoked<'a>(&'a self, listing: RevokedListing<'a>) -> Act<'a, Vec<Revoked>> {
        self.0.list_revoked(listing)
    }

    fn find_revoked<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, Option<Revoked>> {
        self.0.find_revoked(id, user)
    }

    fn withdraw<'a>(&'a self, id: i64, user: Option<&'a UserId>) -> Act<'a, bool> {
        self.0.withdraw(id, user)
    }

    fn forget_revoked(&self, at: Timestamp, limit: u32) -> Act<'_, u64> {
        self.0.forget_revoked(at, limit)
    }
}

#[test]
fn of_many_exchanges_of_a_line_at_once_one_gets_a_pair() {
    let mut world = World::fork();
    let first = world.login("alice");
    let line = [first.clone(), world.next(&first)];
    world.rules.revocations = Some(Arc::new(Late(world.store.clone())));
    let outcomes = (0..16).map(|at| swap(&world, &line[at % 2]));
    assert_eq!(outcomes.filter(|outcome| matches!(outcome, Exchanged::Pair { .. })).count(), 1);
}

#[test]
fn a_token_of_impersonation_or_of_the_other_dialect_is_not_exchanged() {
    let world = World::fork();
    let act = crate::json::Object::from([("sub", "3")]);
    let token = signed([("act", Some(act.into()))]);
    assert!(matches!(swap(&world, &token), Exchanged::Refused(Refusal::Invalid)));
    let token = signed([("token_type", Some("refresh".into()))]);
    assert!(matches!(swap(&world, &token), Exchanged::Refused(Refusal::NoUsername)));
    assert!(matches!(swap(&world, &signed([("exp", Some(1.into()))])), Exchanged::Refused(Refusal::Expired)));
}
