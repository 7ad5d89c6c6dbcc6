//! A page of somebody else's, in a browser that is signed in, with cookies that it may send from everywhere.

use crate::session::{click, last_line, sign_in};
use crate::stage::{Stage, TWO_SITES};
use countersign_webdriver::Browser;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_forged_request_from_another_site_changes_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let stage = Stage::new(TWO_SITES).await;
    browser.open(&stage.page).await;
    sign_in(&browser).await;
    let jar = browser.jar().await;
    let api = stage.api.strip_prefix("http://").unwrap();
    for path in ["login", "refresh_token", "logout"] {
        browser.open(&format!("{}/form/{api}/accounts/{path}", stage.foreign)).await;
        browser.wait_for("document.title !== 'forged'").await;
        browser.picture(&format!("forged-{path}")).await;
    }
    browser.open(&format!("{}/blank", stage.foreign)).await;
    for path in ["login", "refresh_token", "logout"] {
        browser
            .run(&format!(
                "fetch('{}/accounts/{path}', {{method: 'POST', mode: 'no-cors', credentials: 'include'}}).catch(() => 0)",
                stage.api
            ))
            .await;
    }
    let forged = || stage.lines().iter().filter(|line| line.ends_with(" 403")).count();
    let patience = Instant::now() + Duration::from_mins(1);
    while forged() < 6 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(forged(), 6, "every one was refused: {:?}", stage.lines());
    assert_eq!(browser.jar().await, jar, "no cookie was set, changed or cleared");

    browser.open(&stage.page).await;
    browser.wait_for("document.getElementById('state').textContent === 'Signed in as alice'").await;
    click(&browser, "call").await;
    last_line(&browser, "The API says hello to alice").await;
    browser.close().await;
}
