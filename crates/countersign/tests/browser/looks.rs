//! The page for everybody: in both colour schemes, wide and on a phone, with and without a pointer.

use crate::session::{SIGNED_OUT, click, sign_in};
use crate::stage::{Stage, TWO_PORTS};
use countersign_webdriver::{Browser, axe};

#[tokio::test]
async fn the_page_keeps_nobody_out_wide_or_narrow_light_or_dark() {
    let Some(browser) = Browser::start().await else { return };
    let axe = axe();
    let stage = Stage::new(TWO_PORTS).await;
    for (width, dark) in [(1200, false), (390, true)] {
        browser.resize(width, 800).await;
        browser.prefer_dark(dark).await;
        browser.open(&stage.page).await;
        browser.wait_for(SIGNED_OUT).await;
        judge(&browser, axe.as_deref(), &format!("signed-out-{width}")).await;
        sign_in(&browser).await;
        judge(&browser, axe.as_deref(), &format!("signed-in-{width}")).await;
        click(&browser, "logout").await;
        browser.wait_for(SIGNED_OUT).await;
    }
    browser.close().await;
}

async fn judge(browser: &Browser, axe: Option<&str>, name: &str) {
    browser.picture(&format!("looks-{name}")).await;
    assert!(browser.overhang().await <= 0, "{name} is wider than its window");
    if let Some(axe) = axe {
        assert_eq!(browser.obstacles(axe).await, [""; 0], "{name}");
    }
}
