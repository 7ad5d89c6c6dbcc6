//! The key ring on the pages.

use crate::world::World;
use countersign_core::jws::KeyState;
use countersign_core::keys::states;

async fn ring(world: &World) -> Vec<(String, KeyState)> {
    let records = world.database.keys.keys().await.unwrap();
    states(&records.keys, world.now()).into_iter().map(|(record, state)| (record.kid, state)).collect()
}

#[tokio::test]
async fn a_new_key_takes_over_as_the_preview_says_and_the_old_one_is_retired() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    browser.get("keys/").await.says("configured").says("the tokens of simple_jwt").says("signing");
    let preview = browser.get("keys/rotate/?to=new+ES256&now=on").await;
    preview.says("a new key signs from").says("configured signs until then").says("nobody is logged out");
    assert_eq!(ring(&world).await.len(), 1, "a preview writes nothing");
    let version = preview.field("version");
    let fields = [("to", "new ES256"), ("now", "on"), ("version", &*version)];
    let done = browser.post("keys/rotate/", "keys/rotate/", &fields).await;
    assert_eq!(done.is(303).to(), "/admin/keys/?said=rotated");
    browser.post("keys/rotate/", "keys/rotate/", &fields).await.is(409).says("changed the keys meanwhile");
    world.pass(5);
    let [(_, KeyState::Verifying), (new, KeyState::Signing)] = &*ring(&world).await else {
        panic!("{:?}", ring(&world).await)
    };
    browser.get("keys/").await.says(new).says("no new token").says("ES256");
    let refused = browser.get(&format!("keys/retire/?key={new}")).await;
    refused.says("signs: ").says_not("What will happen");
    let preview = browser.get("keys/retire/?key=configured").await;
    preview.says("What will happen").says("nobody is logged out");
    let version = preview.field("version");
    let fields = [("key", "configured"), ("version", &*version)];
    let done = browser.post("keys/retire/?key=configured", "keys/retire/", &fields).await;
    assert_eq!(done.is(303).to(), "/admin/keys/?said=retired");
    assert_eq!(world.acts().await[..2], ["key retire done", "key rotate done"]);
}

#[tokio::test]
async fn a_key_that_became_known_ends_with_its_tokens() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    let ask = "keys/retire/?key=configured&compromised=on";
    let preview = browser.get(ask).await;
    preview
        .says("every token that it signed is refused")
        .says("a new key signs in its place")
        .says("secret_key");
    let version = preview.field("version");
    let fields = [("key", "configured"), ("compromised", "on"), ("version", &*version)];
    browser.post(ask, "keys/retire/", &fields).await.is(303);
    let states: Vec<_> = ring(&world).await.into_iter().map(|(_, state)| state).collect();
    assert!(states.contains(&KeyState::Retired) && states.contains(&KeyState::Signing), "{states:?}");
}

#[tokio::test]
async fn keys_are_for_superusers_who_gave_their_password() {
    let world = World::new();
    world.superuser("root").await;
    world.staff("helper").await;
    world.signed_in("helper").await.get("keys/").await.is(403);
    let mut browser = world.signed_in("root").await;
    world.pass(11);
    for path in ["keys/rotate/", "keys/retire/?key=configured"] {
        assert!(browser.get(path).await.is(303).to().starts_with("/admin/confirm/"), "{path}");
    }
    let token = browser.get("keys/").await.field("csrf");
    let page = browser.post_with(&token, "keys/rotate/", &[("to", "new EdDSA"), ("version", "0")]).await;
    assert!(page.is(303).to().starts_with("/admin/confirm/"));
    assert_eq!(ring(&world).await.len(), 1);
}
