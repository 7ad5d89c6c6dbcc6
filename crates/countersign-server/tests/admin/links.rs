//! Links that work once.

use crate::world::{PASSWORD, World};
use countersign_server::pages::admin::FIRST_LINK_AGE;

#[tokio::test]
async fn the_first_superuser_is_made_by_a_link_that_works_once() {
    let world = World::new();
    let link = world.admin.first_link(FIRST_LINK_AGE).await.unwrap();
    let path = link.strip_prefix("/admin/").unwrap();
    let once = path.strip_prefix("link/?once=").unwrap();
    let mut browser = world.browser();
    browser.get(path).await.is(200).says("Make the first superuser");
    let fields = |password| {
        [
            ("once", once),
            ("username", "root"),
            ("email", ""),
            ("password", password),
            ("password_again", password),
        ]
    };
    browser.post_with("", "link/", &fields("short")).await.is(422).says("too short");
    let page = browser.post_with("", "link/", &fields("purple monkey")).await;
    assert_eq!(page.is(303).to(), "/admin/users/?said=welcome");
    browser.get("users/?said=welcome").await.is(200).says("signed in as the first superuser");
    let found = world.find("root").await.unwrap();
    assert!(found.is_superuser && found.is_staff && found.is_active);
    let mut other = world.browser();
    other.get(path).await.is(410);
    other.post_with("", "link/", &fields("purple monkey")).await.is(410);
    assert_eq!(world.acts().await, ["user add done"]);
    assert_eq!(world.trail().await[0].actor_kind, "one-time link");
}

#[tokio::test]
async fn the_first_link_is_over_after_ten_minutes_and_once_there_is_a_superuser() {
    let world = World::new();
    let first = world.admin.first_link(FIRST_LINK_AGE).await.unwrap();
    let second = world.admin.first_link(FIRST_LINK_AGE).await.unwrap();
    let path = |link: &str| link.strip_prefix("/admin/").unwrap().to_owned();
    let mut browser = world.browser();
    browser.get(&path(&first)).await.is(410);
    browser.get(&path(&second)).await.is(200);
    world.pass(10);
    browser.get(&path(&second)).await.is(410);
    let third = world.admin.first_link(FIRST_LINK_AGE).await.unwrap();
    world.superuser("root").await;
    browser.get(&path(&third)).await.is(410);
}

#[tokio::test]
async fn somebody_sets_their_own_password_by_a_link() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let mut browser = world.signed_in("root").await;
    let page = browser.post(&format!("users/{id}/password/"), &format!("users/{id}/link/"), &[]).await;
    let once = page.is(200).text.split("link/?once=").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(world.acts().await[0], "user link done");
    assert!(!format!("{:?}", world.trail().await).contains(&once));
    let mut alice = world.browser();
    let fields = [("once", &*once), ("password", "purple monkey"), ("password_again", "purple monkey")];
    alice.get(&format!("link/?once={once}")).await.is(200).says("Choose a password for alice");
    let before = world.find("alice").await.unwrap().password.clone();
    let mut request = alice.request("POST", "link/", crate::client::form(&fields));
    request.headers_mut().insert("origin", http::HeaderValue::from_static("http://evil.test"));
    world.send(request).await.is(403);
    assert_eq!(world.find("alice").await.unwrap().password, before);
    alice.post_with("", "link/", &fields).await.is(200).says("The password is set");
    assert_ne!(world.find("alice").await.unwrap().password, before);
    alice.post_with("", "link/", &fields).await.is(410);
    assert!(alice.cookie.is_none(), "setting a password signs nobody in here");
}

#[tokio::test]
async fn a_link_of_nobody_says_no_more_than_that_it_is_over() {
    let world = World::new();
    let mut browser = world.browser();
    for once in ["", "x", &"0".repeat(64), "%00", "%ff"] {
        browser.get(&format!("link/?once={once}")).await.is(410);
    }
    let fields = [("once", &*"0".repeat(64)), ("password", PASSWORD), ("password_again", PASSWORD)];
    browser.post_with("", "link/", &fields).await.is(410);
}
