//! The pages that only show something.

use crate::world::World;
use countersign_core::event::{Events as _, LoginEvent, LoginOutcome, Origin};
use countersign_core::store::Record;
use countersign_server::app;
use std::time::Duration;

#[tokio::test]
async fn every_page_takes_nothing_from_elsewhere_and_runs_nothing() {
    let world = World::new();
    let id = world.superuser("root").await.id;
    let mut browser = world.signed_in("root").await;
    let own = format!("users/{id}/");
    let paths = [
        "",
        "users/",
        "users/add/",
        &own,
        "tokens/",
        "debugger/",
        "audit/",
        "configuration/",
        "confirm/",
        "nowhere/",
    ];
    for path in paths {
        let page = browser.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(page.headers[name], value, "{path} {name}");
        }
        page.says_not("<script").says_not("style=\"").says_not(" onclick");
        if path != "configuration/" {
            page.says_not("http://").says_not("https://");
        }
    }
    let style = world.browser().get("style.css").await;
    style.is(200).says_not("url(").says_not("@import");
}

#[tokio::test]
async fn the_overview_counts_what_happened() {
    let world = World::new();
    let root = world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    let event = |user, outcome| LoginEvent {
        at: world.now(),
        username: "what was typed",
        user,
        origin: Origin::default(),
        method: "simple_jwt",
        outcome,
    };
    world.activity.login(&event(None, LoginOutcome::UnknownUser));
    world.activity.login(&event(Some(&root.id), LoginOutcome::WrongPassword));
    world.activity.answered(world.now(), 200, true, Duration::from_millis(3));
    let page = browser.get("").await;
    page.is(200)
        .says("<dt>Sign-ins</dt><dd>1</dd>")
        .says("<dt>Failures</dt><dd>2</dd>")
        .says("<dt>Refreshes</dt><dd>1</dd>")
        .says("<dt>Half within</dt><dd>5 ms</dd>")
        .says("<dt>wrong password</dt><dd>1</dd>")
        .says("role=\"img\"");
    browser.get("?span=day").await.is(200).says("<dt>Failures</dt><dd>2</dd>");
    let failures = browser.get("?events=failure").await;
    failures.says("<span class=\"mark bad\">unknown user</span>").says_not("mark good\">signed in");
}

#[tokio::test]
async fn the_debugger_says_why_a_token_is_refused() {
    let world = World::new();
    let root = world.superuser("root").await;
    let tokens = app::tokens(&world.config, &world.config.rings()).unwrap();
    let mut browser = world.signed_in("root").await;
    let (exp, iat) = (world.now().as_second() + 300, world.now().as_second());
    let claims = |kind: &str, exp| {
        format!(r#"{{"token_type":"{kind}","exp":{exp},"iat":{iat},"jti":"j1","user_id":"{}"}}"#, root.id)
    };
    let good = tokens.keys().sign(&claims("access", exp));
    let mut look = async |token: &str| {
        let page = browser.post("debugger/", "debugger/", &[("token", token)]).await;
        page.is(200);
        page
    };
    look(&good).await.says("Good: every check passes").says("4 minutes").says("root (id 1)").says("HS256");
    look(&format!("Authorization: Bearer {good}")).await.says("Good: every check passes");
    look(&tokens.keys().sign(&claims("access", iat - 10)))
        .await
        .says("Refused: ")
        .says("over for 10 seconds");
    let changed = good.replacen(&good[good.len() - 4..], "AAAA", 1);
    look(&changed).await.says("Refused: ").says("signed by nobody we know").says_not("root (id 1)");
    look("garbage").await.says("Refused: ");
    look(&tokens.keys().sign(&claims("other", exp)))
        .await
        .says("Refused: it is of no kind that is used here");
    let refresh = tokens.keys().sign(&claims("refresh", exp));
    let record = Record {
        jti: "j1".to_owned(),
        token: refresh.clone(),
        claims: String::new(),
        user: Some(root.id.clone()),
        created_at: world.now(),
        expires_at: world.now() + Duration::from_mins(5),
    };
    world.database.store.blacklist(&record, world.now()).await.unwrap();
    look(&refresh).await.says("Refused: it is blacklisted");
    browser.get("tokens/").await.says("j1").says("mark bad\">blacklisted");
    browser.get("tokens/?list=blacklisted&user=1").await.says("j1");
    browser.get("tokens/?user=4711").await.says_not("j1").says("None.");
    browser.get("tokens/?jti=none").await.says("None.");
    assert!(!browser.get("tokens/").await.text.contains(&refresh), "the token itself is nowhere");
}

#[tokio::test]
async fn the_configuration_shows_origins_and_no_secret() {
    let world = World::with("session_age = \"4h\"\n");
    world.superuser("root").await;
    let mut browser = world.signed_in("root").await;
    let page = browser.get("configuration/?show=changed").await;
    page.is(200).says("session_age").says("countersign.toml:").says_not(&"k7".repeat(32)).says("secret_key");
    page.says_not("session_idle");
    browser.get("configuration/").await.says("session_idle").says_not(&"k7".repeat(32));
}

#[tokio::test]
async fn the_trail_is_exported_as_json_lines() {
    let world = World::new();
    world.superuser("root").await;
    let id = world.plain("alice").await.id;
    let mut browser = world.signed_in("root").await;
    browser.post("users/", &format!("users/{id}/active/"), &[("to", "disabled")]).await.is(303);
    let page = browser.get("audit.jsonl?act=user+disable").await;
    let lines: Vec<serde_json::Value> =
        page.is(200).text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["act"], "user disable");
    assert_eq!(lines[0]["by"]["name"], "root");
    assert_eq!(lines[0]["before"]["is_active"], true);
    assert_eq!(lines[0]["after"]["is_active"], false);
    browser.get("audit/").await.is(200).says("is_active: yes → no");
    browser.get("audit/?actor=nobody").await.says("Nothing yet.");
    assert_eq!(browser.get("audit.jsonl?actor=nobody").await.is(200).text, "");
}

#[tokio::test]
async fn an_export_has_every_line_once_however_many_there_are() {
    let world = World::new();
    world.superuser("root").await;
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    db.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         INSERT INTO countersign_audit (at, actor_kind, actor, act, subject)
         SELECT i, 'command line', 'uid 0', CASE WHEN i > 500 THEN 'user edit' ELSE 'key retire' END, i FROM n",
    )
    .unwrap();
    let mut browser = world.signed_in("root").await;
    for (path, count) in [("?act=user+edit", 1000), ("?act=key+retire&actor=uid+0", 500)] {
        let page = browser.get(&format!("audit.jsonl{path}")).await;
        let id = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_i64().unwrap();
        let ids: Vec<i64> = page.is(200).text.lines().map(id).collect();
        assert_eq!(ids.len(), count);
        assert!(ids.is_sorted_by(|one, next| one > next));
    }
}
