//! Sessions on the pages: seen, and ended by whoever may.

use crate::world::World;
use countersign_core::event::Origin;
use countersign_core::store::{NewSession, Record};
use countersign_core::user::User;

/// A session of somebody, by its id, with a token of the same id.
async fn log_in(world: &World, user: &User, id: &str) {
    let token = Record {
        jti: id.to_owned(),
        token: "t".to_owned(),
        claims: "{}".to_owned(),
        user: Some(user.id.clone()),
        created_at: world.now(),
        expires_at: world.now() + std::time::Duration::from_hours(24),
    };
    let origin = Origin {
        address: Some([198, 51, 100, 7].into()),
        user_agent: Some("Mozilla/5.0 <b>"),
        ..Origin::default()
    };
    let session = NewSession { id, fingerprint: None, origin };
    world.database.store.record(&token, Some(session)).await.unwrap();
}

async fn is_over(world: &World, id: &str) -> bool {
    world.database.store.find_session(id).await.unwrap().unwrap().ended_at.is_some()
}

#[tokio::test]
async fn a_session_is_seen_and_ended_alone() {
    let world = World::new();
    world.superuser("root").await;
    let alice = world.plain("alice").await;
    log_in(&world, &alice, "first").await;
    log_in(&world, &alice, "second").await;
    let mut browser = world.signed_in("root").await;
    let page = browser.get("sessions/").await;
    page.says("198.51.100.7").says("Mozilla/5.0 &#60;b&#62;").says(">alice<").says("<code>first</code>");
    let to = browser.post("sessions/?user=alice", "sessions/first/end/", &[("user", "alice")]).await;
    assert_eq!(to.is(303).to(), "/admin/sessions/?user=alice&said=session");
    browser.get("sessions/?user=alice&said=session").await.says("was ended").says_not("<code>first</code>");
    assert!(is_over(&world, "first").await && !is_over(&world, "second").await);
    assert!(world.database.store.is_blacklisted("first").await.unwrap());
    let again = browser.post("sessions/", "sessions/first/end/", &[]).await;
    assert!(again.is(303).to().ends_with("said=over"));
    browser.post("sessions/", "sessions/nothing/end/", &[]).await.is(404);
    assert_eq!(world.acts().await[..2], ["session revoke refused", "session revoke done"]);
    assert_eq!(world.trail().await[1].before.as_deref(), Some(r#"{"session":"first"}"#));
}

#[tokio::test]
async fn all_of_a_user_end_and_then_all_of_everybody() {
    let world = World::new();
    world.superuser("root").await;
    let (alice, bob) = (world.plain("alice").await, world.plain("bob").await);
    for (user, id) in [(&alice, "a"), (&alice, "b"), (&bob, "c")] {
        log_in(&world, user, id).await;
    }
    let mut browser = world.signed_in("root").await;
    let id = alice.id.to_string();
    let ask = format!("sessions/end/?user={id}");
    browser.get(&ask).await.says("End all sessions of alice").says("stay good until their own end");
    browser.post(&ask, "sessions/end/", &[("user", &id)]).await.is(303);
    assert!(is_over(&world, "a").await && is_over(&world, "b").await && !is_over(&world, "c").await);
    browser.get("sessions/end/").await.says("of everybody");
    browser.post("sessions/end/", "sessions/end/", &[("user", "")]).await.is(303);
    assert!(is_over(&world, "c").await);
    assert!(world.database.store.epoch().await.unwrap().is_some_and(|epoch| epoch > world.now()));
    let subjects: Vec<_> = world.trail().await.into_iter().map(|line| line.subject_name).collect();
    assert_eq!(subjects[..2], ["everybody", "alice"]);
}

#[tokio::test]
async fn the_password_is_asked_for_once_more_and_nothing_ends_before() {
    let world = World::new();
    world.superuser("root").await;
    let alice = world.plain("alice").await;
    log_in(&world, &alice, "first").await;
    let mut browser = world.signed_in("root").await;
    world.pass(11);
    for path in ["sessions/first/end/", "sessions/end/"] {
        let token = browser.get("sessions/").await.field("csrf");
        let page = browser.post_with(&token, path, &[]).await;
        assert!(page.is(303).to().starts_with("/admin/confirm/?next="), "{path}");
    }
    assert!(browser.get("sessions/end/").await.is(303).to().starts_with("/admin/confirm/"));
    assert!(!is_over(&world, "first").await);
}

#[tokio::test]
async fn staff_see_and_end_what_their_permissions_say() {
    let world = World::new();
    let root = world.superuser("root").await;
    let alice = world.plain("alice").await;
    let helper = world.staff("helper").await;
    log_in(&world, &alice, "hers").await;
    log_in(&world, &root, "roots").await;
    let mut browser = world.signed_in("helper").await;
    browser.get("sessions/").await.is(403);
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    let grant = "INSERT INTO auth_user_user_permissions (user_id, permission_id)
                 SELECT ?1, id FROM auth_permission WHERE codename IN ('view_outstandingtoken', 'change_user')";
    db.execute(grant, [helper.id.to_string().parse::<i64>().unwrap()]).unwrap();
    browser.get("sessions/").await.is(200).says("hers").says_not("End all…");
    browser.post("sessions/", "sessions/roots/end/", &[]).await.is(403);
    browser.post("sessions/", "sessions/end/", &[("user", "")]).await.is(403);
    browser.post("sessions/", "sessions/hers/end/", &[]).await.is(303);
    assert!(is_over(&world, "hers").await && !is_over(&world, "roots").await);
}
