//! The pages in a real browser: a token is obtained, used, left to expire and refreshed by clicking alone.
//!
//! axe-core looks for what keeps people from using a page.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod stage;

use self::stage::Stage;
use countersign_webdriver::Browser;

/// From the login to the refresh, by clicking.
async fn a_whole_life(browser: &Browser) {
    let stage = Stage::new().await;
    browser.open(&stage.url("/api/token/")).await;
    browser.wait_for_text("h1", "Token Obtain Pair").await;
    browser.type_into("[name=username]", "alice").await;
    browser.type_into("[name=password]", "alice-pass-1").await;
    browser.click("#request-POST ~ form button").await;
    browser.wait_for_text(".status", "HTTP 200 OK").await;
    browser.picture("page-obtained").await;

    browser.click("button[name=_use]").await;
    browser.wait_for_text("h1", "Hello").await;
    browser.wait_for_text("pre", "Hello, World!").await;
    assert!(!browser.place().await.contains("ey"), "no token is in the address");

    stage.wait(10 * 60);
    browser.click("#request-GET ~ form button").await;
    browser.wait_for_text(".status", "HTTP 401 Unauthorized").await;
    browser.wait_for_text("td.bad", "refused: it expired 5 minutes ago").await;
    browser.picture("page-expired").await;

    browser.click("button[name=_field][value=refresh]").await;
    browser.wait_for_text("h1", "Token Refresh").await;
    browser.wait_for_text(".status", "HTTP 200 OK").await;
    browser.click("button[name=_use]").await;
    browser.wait_for_text("h1", "Hello").await;
    browser.wait_for_text("pre", "Hello, World!").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_obtained_used_expired_and_refreshed_by_clicking() {
    let Some(browser) = Browser::start().await else { return };
    a_whole_life(&browser).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_works_where_no_script_runs() {
    let Some(browser) = Browser::start_without_scripts().await else { return };
    a_whole_life(&browser).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_pages_keeps_anybody_from_using_them() {
    let Some(browser) = Browser::start().await else { return };
    let Some(axe) = countersign_webdriver::axe() else { return };
    let stage = Stage::new().await;
    let wide = (1200, false, &["/api/token/", "/hello/", "/docs", "/"][..]);
    let narrow = (390, true, &["/docs"][..]);
    for (width, dark, paths) in [wide, narrow] {
        browser.resize(width, 900).await;
        browser.prefer_dark(dark).await;
        for path in paths {
            browser.open(&stage.url(path)).await;
            check(&browser, &axe, path).await;
        }
        browser.open(&stage.url("/api/token/")).await;
        browser.type_into("[name=username]", "alice").await;
        browser.type_into("[name=password]", "alice-pass-1").await;
        browser.click("#request-POST ~ form button").await;
        browser.wait_for_text(".status", "HTTP 200 OK").await;
        check(&browser, &axe, "the answer").await;
        browser.click("button[name=_look]").await;
        browser.wait_for_text("table", "simple_jwt").await;
        check(&browser, &axe, "the debugger").await;
        browser.picture(&format!("page-{width}-{}", if dark { "dark" } else { "light" })).await;
    }
    browser.close().await;
}

async fn check(browser: &Browser, axe: &str, what: &str) {
    assert_eq!(browser.obstacles(axe).await, [""; 0], "{what}");
}
