//! Two tabs of one browser.

use crate::session::{click, last_line, sign_in};
use crate::stage::{Stage, TWO_PORTS};
use countersign_webdriver::Browser;

const HELLO: &str = "The API says hello to alice";

/// Makes a tab call the API at this moment, wherever the driver looks by then.
async fn call_at(browser: &Browser, moment: f64) {
    browser
        .run(&format!("setTimeout(() => document.getElementById('call').click(), {moment} - Date.now())"))
        .await;
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_rotate_once_and_nobody_is_logged_out() {
    let Some(browser) = Browser::start().await else { return };
    let stage = Stage::new(TWO_PORTS).await;
    browser.open(&stage.page).await;
    sign_in(&browser).await;
    let one = browser.this_tab().await;
    let other = browser.new_tab().await;
    browser.switch_to(&other).await;
    browser.open(&stage.page).await;
    browser.wait_for("document.getElementById('state').textContent === 'Signed in as alice'").await;

    stage.pass(301);
    let before = stage.rotations();
    let moment = browser.run("return Date.now() + 1500").await.as_f64().unwrap();
    call_at(&browser, moment).await;
    browser.switch_to(&one).await;
    call_at(&browser, moment).await;
    last_line(&browser, HELLO).await;
    browser.picture("two-tabs-1").await;
    browser.switch_to(&other).await;
    last_line(&browser, HELLO).await;
    browser.picture("two-tabs-2").await;
    assert_eq!(stage.rotations(), before + 1, "{:?}", stage.lines());

    // Who signs out in one tab is out in the other.
    click(&browser, "logout").await;
    browser.switch_to(&one).await;
    browser.wait_for("document.getElementById('state').textContent === 'Signed out'").await;
    browser.close().await;
}
