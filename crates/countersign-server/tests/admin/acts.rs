//! What is done to users, and that it is written down.

use crate::world::{PASSWORD, World};
use countersign_core::password::{Check, Hashers};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::store::AuditOutcome;

#[tokio::test]
async fn a_user_is_added_edited_disabled_enabled_and_deleted() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    let page = browser
        .post(
            "users/add/",
            "users/add/",
            &[
                ("username", "alice"),
                ("email", "alice@EXAMPLE.org"),
                ("how", "now"),
                ("password", "purple monkey"),
                ("password_again", "purple monkey"),
            ],
        )
        .await;
    let to = page.is(303).to().to_owned();
    let at = to.strip_prefix("/admin/").unwrap().split('?').next().unwrap().to_owned();
    browser
        .get(to.strip_prefix("/admin/").unwrap())
        .await
        .says("The user was added.")
        .says("alice@example.org");
    let edit = [("username", "alice2"), ("first_name", "Alice"), ("email", ""), ("is_staff", "on")];
    browser.post(&at, &at, &edit).await.is(303);
    browser.post(&at, &format!("{at}active/"), &[("to", "disabled")]).await.is(303);
    let found = world.find("alice2").await.unwrap();
    assert_eq!(
        (found.is_active, found.is_staff, &*found.first_name, &*found.email),
        (false, true, "Alice", "")
    );
    browser.post(&at, &format!("{at}active/"), &[("to", "enabled")]).await.is(303);
    assert!(world.find("alice2").await.unwrap().is_active);
    browser.post(&format!("{at}delete/"), &format!("{at}delete/"), &[]).await.is(303);
    assert!(world.find("alice2").await.is_none());
    let acts =
        ["user delete done", "user enable done", "user disable done", "user edit done", "user add done"];
    assert_eq!(world.acts().await[..5], acts);
    let trail = world.trail().await;
    let edited = &trail[3];
    assert_eq!((&*edited.actor, &*edited.subject_name), ("root", "alice"));
    assert_eq!(edited.address.as_deref(), Some("192.0.2.1"));
    let before = r#"{"username":"alice","email":"alice@example.org","first_name":"","is_staff":false}"#;
    assert_eq!(
        edited.before.as_deref().map(|text| text.replace(", ", ",").replace(": ", ":")).as_deref(),
        Some(before)
    );
    let written = format!("{trail:?}");
    for secret in ["purple", "pbkdf2", PASSWORD] {
        assert!(!written.contains(secret));
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_form_is_said_beside_its_field() {
    let world = World::new();
    world.superuser("root").await;
    world.plain("taken").await;
    let mut browser = world.signed_in("root").await;
    let add = async |browser: &mut crate::client::Browser<'_>, fields: &[(&str, &str)]| {
        browser.post("users/add/", "users/add/", fields).await
    };
    let wrong = [
        ("username", "a b"),
        ("email", "nowhere"),
        ("how", "now"),
        ("password", "12345678"),
        ("password_again", "12345678"),
    ];
    let page = add(&mut browser, &wrong).await;
    page.is(422)
        .says("Enter a valid username.")
        .says("Enter a valid email address.")
        .says("This password is entirely numeric.")
        .says("aria-invalid=\"true\"")
        .says_not("12345678");
    let page = add(
        &mut browser,
        &[("username", "x"), ("how", "now"), ("password", "one thing"), ("password_again", "other")],
    )
    .await;
    page.is(422).says("do not match");
    let page = add(&mut browser, &[("username", "taken"), ("how", "link")]).await;
    page.is(422).says("already exists");
    let taken = world.find("taken").await.unwrap().id.to_string();
    let edit = format!("users/{taken}/");
    browser.post(&edit, &edit, &[("username", "root")]).await.is(422).says("already exists");
    assert_eq!(world.acts().await[0], "user edit refused");
}

#[tokio::test]
async fn what_somebody_is_called_cannot_break_out_of_its_place() {
    let world = World::new();
    world.superuser("root").await;
    let evil = "<script>alert(1)</script>\"'&";
    let mut user = countersign_core::user::User::new("evil", "");
    evil.clone_into(&mut user.first_name);
    let id = world.add(user).await.id;
    let mut browser = world.signed_in("root").await;
    for path in [
        "users/".to_owned(),
        format!("users/{id}/"),
        "users/?q=%3Cscript%3E%22".to_owned(),
        "audit/?act=%22%3E%3Cscript%3E".to_owned(),
    ] {
        browser.get(&path).await.is(200).says_not("<script");
    }
}

#[tokio::test]
async fn a_user_with_rows_elsewhere_is_not_deleted_and_the_table_is_named() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    db.execute_batch(&format!(
        "CREATE TABLE shop_order (id integer PRIMARY KEY, buyer_id integer REFERENCES auth_user (id));
         INSERT INTO shop_order (buyer_id) VALUES ({id})"
    ))
    .unwrap();
    let mut browser = world.signed_in("root").await;
    let delete = format!("users/{id}/delete/");
    browser.post(&delete, &delete, &[]).await.is(409).says("shop_order");
    assert!(world.find("alice").await.is_some());
    assert_eq!(world.trail().await[0].outcome, Some(AuditOutcome::Refused));
}

#[tokio::test]
async fn nobody_takes_the_ground_from_under_themselves() {
    let world = World::new();
    let id = world.superuser("root").await.id;
    let mut browser = world.signed_in("root").await;
    let own = format!("users/{id}/");
    browser.post(&own, &format!("{own}active/"), &[("to", "disabled")]).await.is(403);
    browser.get(&format!("{own}delete/")).await.is(403);
    browser.post(&own, &own, &[("username", "root")]).await.is(303);
    let found = world.find("root").await.unwrap();
    assert!(found.is_active && found.is_superuser && found.is_staff);
}

#[tokio::test]
async fn a_password_is_set_and_matches() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let mut browser = world.signed_in("root").await;
    let path = format!("users/{id}/password/");
    let set = [("password", "purple monkey"), ("password_again", "purple monkey")];
    browser.post(&path, &path, &set).await.is(303);
    let found = world.find("alice").await.unwrap();
    let hashers = Hashers::new(&world.config.passwords.rules());
    let check = hashers.check(&Secret::from("purple monkey"), Some(&found.password), &SystemRandom);
    assert!(matches!(check, Check::Matched { .. }));
}

#[tokio::test]
async fn users_are_found_and_paged_through() {
    let world = World::new();
    world.superuser("root").await;
    for number in 0..60 {
        world.plain(&format!("user{number:02}")).await;
    }
    let mut browser = world.signed_in("root").await;
    let page = browser.get("users/").await;
    page.is(200).says(">user59<").says_not(">root</a>").says("Next page");
    let next = page
        .text
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    browser
        .get(&format!("users/{next}"))
        .await
        .is(200)
        .says(">root</a>")
        .says(">user00<")
        .says_not("Next page");
    browser.get("users/?q=USER1").await.says(">user10<").says(">user19<").says_not(">user20<");
    browser.get("users/?q=r5&in=contains").await.says(">user50<").says_not(">user49<");
    browser.get("users/?show=superusers").await.says(">root</a>").says_not(">user00<");
    browser.get("users/?q=1").await.says(">root</a>");
}

#[tokio::test]
async fn groups_are_given_and_taken() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    db.execute_batch("INSERT INTO auth_group (name) VALUES ('readers'), ('writers')").unwrap();
    let mut browser = world.signed_in("root").await;
    let path = format!("users/{id}/");
    let groups = async || world.database.users.memberships(&id).await.unwrap().groups;
    browser
        .post(&path, &path, &[("username", "alice"), ("group", "readers"), ("group", "writers")])
        .await
        .is(303);
    assert_eq!(groups().await, ["readers", "writers"]);
    browser.post(&path, &path, &[("username", "alice"), ("group", "writers")]).await.is(303);
    assert_eq!(groups().await, ["writers"]);
    browser.get(&path).await.says("groups: readers, writers → writers");
}
