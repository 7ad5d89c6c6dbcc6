//! One tab: sign in, reload, call, expire, refresh, sign out.

use crate::stage::{Hosts, Stage, TWO_PORTS, TWO_SITES};
use countersign_webdriver::Browser;
use serde_json::Value;

const SIGNED_IN: &str = "document.getElementById('state').textContent === 'Signed in as alice'";
pub(crate) const SIGNED_OUT: &str = "document.getElementById('state').textContent === 'Signed out'";

/// Types name and password and presses the button.
pub(crate) async fn sign_in(browser: &Browser) {
    browser.wait_for(SIGNED_OUT).await;
    browser
        .run(
            "const form = document.getElementById('login');
             form.username.value = 'alice'; form.password.value = 'alice-pass-1'; form.requestSubmit();",
        )
        .await;
    browser.wait_for(SIGNED_IN).await;
}

pub(crate) async fn click(browser: &Browser, id: &str) {
    browser.run(&format!("document.getElementById('{id}').click()")).await;
}

/// Waits until the page's log ends with a line.
pub(crate) async fn last_line(browser: &Browser, line: &str) {
    browser
        .wait_for(&format!("document.querySelector('#log li:last-child')?.textContent === '{line}'"))
        .await;
}

const HELLO: &str = "The API says hello to alice";

fn find<'j>(jar: &'j [Value], name: &str) -> &'j Value {
    jar.iter().find(|cookie| cookie["name"] == name).unwrap_or_else(|| panic!("no {name} in {jar:?}"))
}

async fn whole_life(hosts: Hosts, reads_csrf: bool, name: &str) {
    let Some(browser) = Browser::start().await else { return };
    let stage = Stage::new(hosts).await;
    browser.open(&stage.page).await;
    sign_in(&browser).await;
    browser.picture(&format!("{name}-1-signed-in")).await;

    let jar = browser.jar().await;
    assert_eq!(jar.len(), 2, "{jar:?}");
    let refresh = find(&jar, "refreshtoken");
    assert_eq!((&refresh["httpOnly"], &refresh["path"]), (&Value::Bool(true), &"/accounts".into()));
    assert_eq!(find(&jar, "csrftoken")["httpOnly"], false);
    let readable = browser.run("return document.cookie").await;
    assert!(!readable.as_str().unwrap().contains("refreshtoken"));
    assert_eq!(readable.as_str().unwrap().contains("csrftoken="), reads_csrf);
    let stored = browser.run("return JSON.stringify([localStorage, sessionStorage])").await;
    assert_eq!(stored, "[{},{}]", "nothing is written down");

    browser.reload().await;
    browser.wait_for(SIGNED_IN).await;
    click(&browser, "call").await;
    last_line(&browser, HELLO).await;

    // The access token lives for five minutes; the page notices by the 401.
    stage.pass(301);
    let before = stage.rotations();
    click(&browser, "call").await;
    browser.wait_for(&format!("[...document.querySelectorAll('#log li')].filter((line) => line.textContent === '{HELLO}').length === 2")).await;
    assert_eq!(stage.rotations(), before + 1);
    let lines = stage.lines();
    assert!(lines.contains(&"GET /accounts/user 401".to_owned()), "{lines:?}");
    browser.picture(&format!("{name}-2-expired-and-refreshed")).await;

    click(&browser, "logout").await;
    browser.wait_for(SIGNED_OUT).await;
    last_line(&browser, "POST /accounts/logout → 200").await;
    assert!(browser.jar().await.is_empty(), "the jar is empty");
    browser.picture(&format!("{name}-3-signed-out")).await;
    browser.reload().await;
    browser.wait_for(SIGNED_OUT).await;
    browser.close().await;
}

#[tokio::test]
async fn a_page_of_another_origin_lives_through_a_session() {
    whole_life(TWO_PORTS, true, "two-ports").await;
}

#[tokio::test]
async fn a_page_of_another_site_lives_through_a_session_without_reading_a_cookie() {
    whole_life(TWO_SITES, false, "two-sites").await;
}
