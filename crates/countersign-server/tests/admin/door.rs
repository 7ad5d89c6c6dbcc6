//! Who gets in, for how long, and which forms are believed.

use crate::client::{Browser, Page, form};
use crate::world::{PASSWORD, World};
use countersign_core::store::UserChange;
use countersign_core::user::User;
use http::HeaderValue;
use http::header::{COOKIE, HOST, ORIGIN, REFERER, RETRY_AFTER, SET_COOKIE};

#[tokio::test]
async fn a_visitor_is_sent_to_the_door_and_back_to_where_they_wanted() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.browser();
    let page = browser.get("users/?q=a").await;
    assert_eq!(page.is(303).to(), "/admin/sign-in/?next=%2Fadmin%2Fusers%2F%3Fq%3Da");
    let door = browser.get("sign-in/?next=%2Fadmin%2Fusers%2F%3Fq%3Da").await;
    let next = door.is(200).field("next");
    let fields = [("username", "root"), ("password", PASSWORD), ("next", &*next)];
    let page = browser.post_with(&door.field("csrf"), "sign-in/", &fields).await;
    assert_eq!(page.is(303).to(), "/admin/users/?q=a");
    browser.get("users/?q=a").await.is(200);
    assert_eq!(browser.get("sign-in/").await.is(303).to(), "/admin/");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let world = World::new();
    world.superuser("root").await;
    for next in
        ["https://evil.test/", "//evil.test/", "/\\evil.test", "/admin", "javascript:alert(1)", "/other/"]
    {
        let mut browser = world.browser();
        let fields = [("username", "root"), ("password", PASSWORD), ("next", next)];
        let page = browser.post("sign-in/", "sign-in/", &fields).await;
        assert_eq!(page.is(303).to(), "/admin/", "{next}");
    }
}

#[tokio::test]
async fn only_active_staff_and_superusers_get_in_and_the_others_learn_nothing() {
    let world = World::new();
    world.plain("plain").await;
    let gone = world.superuser("gone").await;
    world.staff("helper").await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    world.database.users.update(&gone.id, change, world.now()).await.unwrap();
    let mut texts = Vec::new();
    for (name, password) in
        [("plain", PASSWORD), ("gone", PASSWORD), ("nobody", PASSWORD), ("helper", "wrong")]
    {
        let mut browser = world.browser();
        let page = browser.sign_in(name, password).await;
        let token = page.is(403).field("csrf");
        texts.push(page.text.replace(&token, "").replace(name, ""));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    world.signed_in("helper").await.get("").await.is(200);
    assert_eq!(world.acts().await, ["admin sign-in done", "admin sign-in refused"]);
}

#[tokio::test]
async fn signing_in_gives_a_secret_that_was_not_there_before() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.browser();
    browser.get("sign-in/").await;
    let before = browser.cookie.clone();
    let page = browser.sign_in("root", PASSWORD).await;
    assert_ne!(browser.cookie, before);
    let cookie = page.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("countersign_admin="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn where_others_can_connect_the_cookie_is_bound_to_the_host() {
    let world = World::with("[server]\nlisten = \"0.0.0.0:8000\"\n");
    world.superuser("root").await;
    let mut browser = world.browser();
    let page = browser.get("sign-in/").await;
    let cookie = page.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-countersign_admin=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"));
}

#[tokio::test]
async fn two_cookies_of_our_name_are_no_session() {
    let world = World::new();
    world.superuser("root").await;
    let browser = world.signed_in("root").await;
    let mut request = browser.request("GET", "", String::new());
    let twice = format!("{}; countersign_admin=x", browser.cookie.clone().unwrap());
    request.headers_mut().insert(COOKIE, HeaderValue::try_from(twice).unwrap());
    world.send(request).await.is(400);
}

/// A form that would disable alice, with what a browser says of where it comes from.
async fn forged(browser: &mut Browser<'_>, id: &str, from: &[(&str, &str)]) -> Page {
    let token = browser.get(&format!("users/{id}/")).await.field("csrf");
    let body = form(&[("to", "disabled"), ("csrf", &token)]);
    let mut request = browser.request("POST", &format!("users/{id}/active/"), body);
    for name in [ORIGIN.as_str(), "sec-fetch-site", REFERER.as_str()] {
        request.headers_mut().remove(name);
    }
    for (name, value) in from {
        let name = http::HeaderName::try_from(*name).unwrap();
        request.headers_mut().insert(name, HeaderValue::try_from(*value).unwrap());
    }
    browser.world.send(request).await
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id.to_string();
    let mut browser = world.signed_in("root").await;
    for from in [
        &[][..],
        &[("origin", "null")],
        &[("origin", "http://evil.test")],
        &[("origin", "http://admin.test.evil.test")],
        &[("origin", "http://admin.test:8080")],
        &[("origin", "http://admin.test"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://admin.test"), ("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.test"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("referer", "http://evil.test/admin.test/")],
        &[("referer", "nonsense")],
    ] {
        forged(&mut browser, &id, from).await.is(403).says("did not come from a page of yours");
        assert!(world.find("alice").await.unwrap().is_active, "{from:?}");
    }
    for from in [
        &[("origin", "http://admin.test")][..],
        &[("origin", "https://admin.test"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin")],
        &[("referer", "http://admin.test/admin/users/")],
    ] {
        forged(&mut browser, &id, from).await.is(303);
    }
    assert!(!world.find("alice").await.unwrap().is_active);
}

#[tokio::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id.to_string();
    let mut browser = world.signed_in("root").await;
    let mut other = world.signed_in("root").await;
    let foreign = other.get("users/").await.field("csrf");
    let path = format!("users/{id}/active/");
    for token in ["", "0", foreign.as_str()] {
        browser.post_with(token, &path, &[("to", "disabled")]).await.is(403);
    }
    let own = browser.get("users/").await.field("csrf");
    let mut request = browser.request("POST", &path, form(&[("to", "disabled"), ("csrf", &own)]));
    request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    world.send(request).await.is(400);
    assert!(world.find("alice").await.unwrap().is_active);
    browser.post_with(&own, &path, &[("to", "disabled")]).await.is(303);
}

#[tokio::test]
async fn signing_in_takes_a_page_of_ours_too() {
    let world = World::new();
    world.superuser("root").await;
    let fields = [("username", "root"), ("password", PASSWORD)];
    world.browser().post_with("0", "sign-in/", &fields).await.is(403);
    let mut browser = world.browser();
    let token = browser.get("sign-in/").await.field("csrf");
    let mut request = browser.request("POST", "sign-in/", form(&fields) + "csrf=" + &token);
    request.headers_mut().insert(ORIGIN, HeaderValue::from_static("http://evil.test"));
    world.send(request).await.is(403);
    browser.post_with(&token, "sign-in/", &fields).await.is(303);
}

#[tokio::test]
async fn nothing_changes_by_looking() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let mut browser = world.signed_in("root").await;
    for path in ["sign-out/", &format!("users/{id}/active/"), &format!("users/{id}/link/")] {
        browser.get(path).await.is(405);
    }
    browser.get("").await.is(200);
}

#[tokio::test]
async fn who_tries_too_often_waits_and_keeps_nobody_else_out() {
    let world = World::new();
    world.superuser("root").await;
    world.superuser("other").await;
    let mut browser = world.browser();
    for _ in 0..5 {
        browser.sign_in("root", "wrong").await.is(403);
    }
    let page = browser.sign_in("root", PASSWORD).await;
    page.is(429).says("tried too often");
    assert_eq!(page.headers[RETRY_AFTER], "900");
    browser.sign_in("nobody", "wrong").await.is(403);
    let mut elsewhere = world.browser();
    elsewhere.address = [192, 0, 2, 2];
    elsewhere.sign_in("root", PASSWORD).await.is(303);
    world.pass(15);
    browser.sign_in("root", PASSWORD).await.is(303);
}

#[tokio::test]
async fn an_address_cannot_try_one_name_after_the_other() {
    let world = World::new();
    let mut browser = world.browser();
    for number in 0..20 {
        browser.sign_in(&format!("name{number}"), "wrong").await.is(403);
    }
    browser.sign_in("another", "wrong").await.is(429);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_or_old() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    world.pass(29);
    browser.get("users/").await.is(200);
    world.pass(29);
    browser.get("users/").await.is(200);
    world.pass(32);
    browser.get("users/").await.is(303);
    let mut browser = world.signed_in("root").await;
    for _ in 0..23 {
        world.pass(20);
        browser.get("users/").await.is(200);
    }
    world.pass(20);
    browser.get("users/").await.is(303);
}

#[tokio::test]
async fn a_session_ends_with_the_password_the_rights_and_the_account() {
    let world = World::new();
    world.superuser("boss").await;
    let mut boss = world.signed_in("boss").await;
    for (name, path, fields) in [
        ("one", "active/", &[("to", "disabled")][..]),
        ("two", "password/", &[("password", "another horse"), ("password_again", "another horse")]),
        ("three", "", &[("username", "three")]),
        ("four", "delete/", &[]),
    ] {
        let id = world.superuser(name).await.id;
        let mut browser = world.signed_in(name).await;
        browser.get("users/").await.is(200);
        boss.post("users/", &format!("users/{id}/{path}"), fields).await.is(303);
        browser.get("users/").await.is(303);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let world = World::new();
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    let kept = browser.cookie.clone();
    let page = browser.post("", "sign-out/", &[]).await;
    assert_eq!(page.is(303).to(), "/admin/sign-in/");
    assert!(page.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    browser.cookie = kept;
    browser.get("users/").await.is(303);
}

#[tokio::test]
async fn dangerous_acts_ask_for_the_password_again_after_a_while() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let mut browser = world.signed_in("root").await;
    let delete = format!("users/{id}/delete/");
    browser.get(&delete).await.is(200);
    world.pass(10);
    let confirm = format!("/admin/confirm/?next=%2Fadmin%2Fusers%2F{id}%2Fdelete%2F");
    assert_eq!(browser.get(&delete).await.is(303).to(), confirm);
    assert_eq!(browser.post("users/", &delete, &[]).await.is(303).to(), confirm);
    assert!(world.find("alice").await.is_some());
    let next = format!("/admin/{delete}");
    let fields = |password| [("next", next.as_str()), ("password", password)];
    browser.post("users/", "confirm/", &fields("wrong")).await.is(403).says("not your password");
    assert_eq!(browser.post("users/", "confirm/", &fields(PASSWORD)).await.is(303).to(), next);
    browser.post(&delete, &delete, &[]).await.is(303);
    assert!(world.find("alice").await.is_none());
}

#[tokio::test]
async fn a_host_that_is_not_served_gets_nothing() {
    let world = World::with("[server]\nallowed_hosts = [\"admin.test\"]\n");
    let browser = world.browser();
    let mut request = browser.request("GET", "sign-in/", String::new());
    request.headers_mut().insert(HOST, HeaderValue::from_static("evil.test"));
    world.send(request).await.is(400);
    world.send(browser.request("GET", "sign-in/", String::new())).await.is(200);
}

#[tokio::test]
async fn staff_do_what_their_permissions_say_and_touch_no_administrator() {
    let world = World::new();
    let root = world.superuser("root").await;
    let alice = world.plain("alice").await;
    let helper = world.staff("helper").await;
    let mut browser = world.signed_in("helper").await;
    for path in ["users/", "audit/", "configuration/", "tokens/", "debugger/", "audit.jsonl", "users/add/"] {
        browser.get(path).await.is(403);
    }
    browser.get("").await.is(200).says("your permissions allow").says_not("Recent events");
    grant(&world, &helper, &["view_user", "change_user"]);
    browser.get("users/").await.is(200);
    let (a, r) = (alice.id.to_string(), root.id.to_string());
    browser
        .post(
            &format!("users/{a}/"),
            &format!("users/{a}/"),
            &[("username", "alice"), ("first_name", "Alice"), ("is_superuser", "on"), ("is_staff", "on")],
        )
        .await
        .is(303);
    let found = world.find("alice").await.unwrap();
    assert_eq!((&*found.first_name, found.is_staff, found.is_superuser), ("Alice", false, false));
    for path in ["", "active/", "password/", "link/"] {
        browser
            .post("users/", &format!("users/{r}/{path}"), &[("username", "root"), ("to", "disabled")])
            .await
            .is(403);
    }
    browser.get(&format!("users/{a}/delete/")).await.is(403);
    assert!(world.find("root").await.unwrap().is_active);
}

/// Gives permissions on users, as Django's admin does.
fn grant(world: &World, user: &User, codenames: &[&str]) {
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    for codename in codenames {
        let sql = "INSERT INTO auth_user_user_permissions (user_id, permission_id)
                   SELECT ?1, id FROM auth_permission WHERE codename = ?2";
        assert_eq!(db.execute(sql, (user.id.to_string(), codename)).unwrap(), 1);
    }
}
