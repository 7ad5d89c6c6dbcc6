//! The admin pages in a real browser: each act by clicking and typing, with scripts and without, in both colour schemes
//! and at the width of a phone, and judged by axe-core. `cargo xtask browser` runs it.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

#[path = "../admin/world.rs"]
mod world;

use countersign_webdriver::{Browser, variable};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use world::{PASSWORD, World};

/// The pages on a port of this machine, and a browser.
struct Stage {
    world: World,
    base: String,
    browser: Browser,
}

impl Stage {
    async fn new() -> Option<Self> {
        let browser = Browser::start().await?;
        let world = World::new();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/admin/", socket.local_addr().unwrap());
        let service = world.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(socket, service).await });
        browser.resize(1280, 900).await;
        Some(Self { world, base, browser })
    }

    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.base)).await;
    }

    async fn sign_in(&self, name: &str) {
        self.open("sign-in/").await;
        self.browser.type_into("#username", name).await;
        self.browser.type_into("#password", PASSWORD).await;
        self.browser.click("main button").await;
        self.browser.wait_for("document.querySelector('.who') !== null").await;
    }

    async fn says(&self, selector: &str, text: &str) {
        self.browser.wait_for_text(selector, text).await;
    }
}

/// Every act, as a person does it.
async fn every_act(stage: &Stage) {
    let browser = &stage.browser;
    let link = stage.world.admin.first_link(countersign_server::pages::admin::FIRST_LINK_AGE).await.unwrap();
    browser.open(&stage.base.replace("/admin/", &link)).await;
    browser.type_into("#username", "root").await;
    browser.type_into("#password", PASSWORD).await;
    browser.type_into("#password_again", PASSWORD).await;
    browser.click("main button").await;
    stage.says(".said", "signed in as the first superuser").await;

    browser.follow("Add a user").await;
    browser.type_into("#username", "alice").await;
    browser.type_into("#email", "alice@example.org").await;
    browser.click("main form button").await;
    stage.says("h1", "Password of alice").await;
    browser.click("form[action$='/link/'] button").await;
    let secret = browser.text_of(".secret").await;
    assert!(secret.starts_with(&stage.base), "{secret}");

    browser.follow("alice").await;
    stage.says("h1", "alice").await;
    browser.type_into("#first_name", "Alice").await;
    browser.click("#is_staff").await;
    browser.click("form.narrow button").await;
    stage.says(".said", "saved").await;
    browser.click("form[action$='/active/'] button").await;
    stage.says(".said", "disabled").await;
    browser.click("form[action$='/active/'] button").await;
    stage.says(".said", "enabled").await;

    // Somebody else opens the link.
    browser.click(".who button").await;
    stage.says("h1", "Sign in").await;
    browser.open(&secret).await;
    browser.type_into("#password", "purple monkey").await;
    browser.type_into("#password_again", "purple monkey").await;
    browser.click("main button").await;
    stage.says("h1", "Done").await;
    browser.open(&secret).await;
    stage.says("h1", "This link is over").await;

    stage.sign_in("root").await;
    stage.open("users/?q=ali").await;
    browser.follow("alice").await;
    end_sessions(stage).await;
    turn_keys(stage).await;
    stage.open("users/?q=ali").await;
    browser.follow("alice").await;
    stage.world.pass(11);
    browser.follow("Delete…").await;
    stage.says("h1", "once more").await;
    browser.type_into("#password", "wrong").await;
    browser.click("main button").await;
    stage.says("#password-error", "not your password").await;
    browser.type_into("#password", PASSWORD).await;
    browser.click("main button").await;
    stage.says("h1", "Delete alice").await;
    browser.click("main button.danger").await;
    stage.says(".said", "deleted").await;

    browser.follow("Audit trail").await;
    for act in [
        "user delete",
        "key rotate",
        "session revoke",
        "user enable",
        "user disable",
        "user edit",
        "user link",
        "user add",
    ] {
        stage.says("table", act).await;
    }
    browser.follow("Token debugger").await;
    browser.type_into("#token", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA").await;
    browser.click("main form button").await;
    stage.says("#verdict", "Refused").await;
    browser.click(".who button").await;
    stage.says("h1", "Sign in").await;
    assert!(browser.place().await.starts_with("/admin/sign-in/"));
    stage.open("users/").await;
    assert!(browser.place().await.starts_with("/admin/sign-in/"));
}

/// From the page of alice: one of her sessions, and then all.
async fn end_sessions(stage: &Stage) {
    let browser = &stage.browser;
    let alice = stage.world.find("alice").await.unwrap();
    log_in(&stage.world, &alice, "0123456789abcdef").await;
    log_in(&stage.world, &alice, "fedcba9876543210").await;
    browser.follow("Sessions").await;
    stage.open(&format!("sessions/?user={}", alice.id)).await;
    stage.says("h1", "Sessions of alice").await;
    stage.says("table", "Firefox").await;
    browser.click("table form button").await;
    stage.says(".said", "The session was ended").await;
    browser.follow("End all of them…").await;
    stage.says("h1", "End all sessions of alice").await;
    browser.click("main button.danger").await;
    stage.says(".said", "All sessions were ended").await;
}

/// A new key takes over.
async fn turn_keys(stage: &Stage) {
    let browser = &stage.browser;
    browser.follow("Keys").await;
    stage.says("h1", "Keys").await;
    browser.follow("Rotate…").await;
    stage.says("#happens", "What will happen").await;
    browser.click("#now").await;
    browser.click("form.filter button").await;
    stage.says("section", "a new key signs from").await;
    browser.click("section button").await;
    stage.says(".said", "The rotation is planned").await;
}

/// A session of somebody.
async fn log_in(world: &World, user: &countersign_core::user::User, id: &str) {
    use countersign_core::event::Origin;
    use countersign_core::store::{NewSession, Record};
    let token = Record {
        jti: id.to_owned(),
        token: "t".to_owned(),
        claims: "{}".to_owned(),
        user: Some(user.id.clone()),
        created_at: world.now(),
        expires_at: world.now() + std::time::Duration::from_hours(24),
    };
    let user_agent = Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let origin = Origin { address: Some([198, 51, 100, 7].into()), user_agent, ..Origin::default() };
    world.database.store.record(&token, Some(NewSession { id, fingerprint: None, origin })).await.unwrap();
}

#[tokio::test]
async fn every_act_is_done_by_clicking_and_typing() {
    let Some(stage) = Stage::new().await else { return };
    every_act(&stage).await;
    stage.browser.close().await;
}

#[tokio::test]
async fn every_act_is_done_without_any_script() {
    let Some(stage) = Stage::new().await else { return };
    stage.browser.without_scripts().await;
    every_act(&stage).await;
    stage.browser.close().await;
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_whoever_is_signed_in() {
    let Some(stage) = Stage::new().await else { return };
    stage.world.superuser("root").await;
    let id = stage.world.plain("alice").await.id;
    stage.sign_in("root").await;
    let form = format!(
        "data:text/html,<form method=post action='{}users/{id}/active/'><input name=to value=disabled>\
         <button>go</button></form>",
        stage.base
    );
    stage.browser.open(&form).await;
    stage.browser.click("button").await;
    stage.says("h1", "Refused").await;
    assert!(stage.world.find("alice").await.unwrap().is_active);
    stage.browser.close().await;
}

/// People, groups, tokens and failures, so that the pages have something to show.
async fn furnish(world: &World) {
    use countersign_core::event::{Events as _, LoginEvent, LoginOutcome, Origin};
    use countersign_core::store::{NewSession, Record};
    let root = world.superuser("root").await;
    world.staff("helper").await;
    for name in ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"] {
        let user = world.plain(name).await;
        let jti = format!("{:032x}", name.len() * 7_919);
        let (created_at, expires_at) = (world.now(), world.now() + std::time::Duration::from_hours(24));
        let token = Record {
            jti: format!("{name}{}", &jti[name.len()..]),
            token: "t".to_owned(),
            claims: "{}".to_owned(),
            user: Some(user.id),
            created_at,
            expires_at,
        };
        let session = NewSession { id: name, fingerprint: None, origin: Origin::default() };
        world.database.store.record(&token, Some(session)).await.unwrap();
        if name.starts_with('b') {
            world.database.store.blacklist(&token, world.now()).await.unwrap();
        }
    }
    let outcomes = [
        LoginOutcome::Success,
        LoginOutcome::Success,
        LoginOutcome::WrongPassword,
        LoginOutcome::UnknownUser,
    ];
    for number in 0..240_usize {
        let at = world.now() - std::time::Duration::from_secs(3540 - 14 * number as u64);
        let outcome = outcomes[number * number % 7 % outcomes.len()];
        let user = Some(&root.id).filter(|_| outcome != LoginOutcome::UnknownUser);
        let origin = Origin { address: Some([192, 0, 2, 7].into()), ..Origin::default() };
        world.activity.login(&LoginEvent {
            at,
            username: "root",
            user,
            origin,
            method: "simple_jwt",
            outcome,
        });
        for request in 0..number % 23 {
            let took = std::time::Duration::from_micros(400 * request as u64);
            world.activity.answered(at, 200, request % 3 == 0, took);
        }
    }
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    db.execute_batch("INSERT INTO auth_group (name) VALUES ('editors'), ('support')").unwrap();
}

/// Every page, judged and photographed in both colour schemes and at the width of a phone.
#[tokio::test]
async fn every_page_is_accessible_in_both_schemes_and_at_phone_width() {
    let Some(stage) = Stage::new().await else { return };
    let axe = variable("COUNTERSIGN_AXE").map(|path| std::fs::read_to_string(path).unwrap());
    furnish(&stage.world).await;
    let browser = &stage.browser;
    let link = stage.world.find("alice").await.unwrap().id.to_string();
    let judged = async |name: &str| {
        for (scheme, dark) in [("light", false), ("dark", true)] {
            browser.prefer_dark(dark).await;
            for (size, width) in [("wide", 1280), ("phone", 390)] {
                browser.resize(width, 900).await;
                // Colours that are on their way from one scheme to the other are nobody's.
                browser.wait_for("document.getAnimations().length === 0").await;
                let beyond = browser.overhang().await;
                assert!(beyond <= 0, "{name} is {beyond} wider than {width}");
                browser.picture(&format!("admin-{name}-{scheme}-{size}")).await;
                if let Some(axe) = &axe {
                    assert_eq!(browser.obstacles(axe).await, [""; 0], "{name} {scheme} {size}");
                }
            }
        }
    };
    stage.open("sign-in/").await;
    judged("sign-in").await;
    browser.type_into("#username", "root").await;
    browser.type_into("#password", "wrong").await;
    browser.click("main button").await;
    judged("sign-in-refused").await;
    stage.sign_in("root").await;
    let user = format!("users/{link}/");
    for (name, path) in [
        ("overview", ""),
        ("users", "users/"),
        ("users-none", "users/?q=zzz"),
        ("add", "users/add/"),
        ("user", &user),
        ("saved", &format!("{user}?said=saved")),
        ("password", &format!("{user}password/")),
        ("delete", &format!("{user}delete/")),
        ("tokens", "tokens/"),
        ("sessions", "sessions/"),
        ("sessions-end", "sessions/end/"),
        ("keys", "keys/"),
        ("key-rotate", "keys/rotate/"),
        ("key-retire", "keys/retire/?key=configured&compromised=on"),
        ("debugger", "debugger/"),
        ("audit", "audit/"),
        ("configuration", "configuration/?show=changed"),
        ("confirm", "confirm/"),
        ("not-found", "nowhere/"),
    ] {
        stage.open(path).await;
        judged(name).await;
    }
    stage.browser.close().await;
}
