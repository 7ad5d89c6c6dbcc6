//! A million users with what belongs to them, and no page that takes long. `cargo xtask soak` runs it, on both
//! databases, and prints how long each page takes.

use crate::client::Browser;
use crate::world::World;
use countersign_core::event::{Events as _, LoginEvent, LoginOutcome, Origin};
use countersign_postgres_fixture::Server;
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

/// No page may take longer.
const LIMIT: Duration = Duration::from_millis(100);

/// How often each page is asked for.
const TIMES: usize = 9;

/// Sessions end when they were not used for two weeks, as most of those here were not.
const SETTINGS: &str = "[sessions]\nidle_lifetime = \"14d\"\n";

#[tokio::test]
#[ignore = "makes millions of rows first"]
async fn on_sqlite_every_page_comes_within_a_tenth_of_a_second() {
    let world = World::with(SETTINGS);
    world.superuser("root").await;
    let db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    db.execute_batch("PRAGMA foreign_keys = off; PRAGMA synchronous = off").unwrap();
    for statement in seeds(&world, "text", "user_id") {
        db.execute_batch(&statement).unwrap();
    }
    db.execute_batch("ANALYZE").unwrap();
    every_page(&world, "SQLite").await;
}

#[tokio::test]
#[ignore = "makes millions of rows first"]
async fn on_postgres_every_page_comes_within_a_tenth_of_a_second() {
    let Some(server) = Server::own(&["shared_buffers=256MB"]) else { return };
    let server = Arc::new(server);
    let database = server.database();
    let world = World::on(tempfile::tempdir().unwrap(), &database.url(), SETTINGS);
    world.superuser("root").await;
    for statement in seeds(&world, "timestamptz", "CAST(user_id AS text)") {
        // What refers to what is known: asking for each row would take longer than all the rest.
        database.sql(&format!("SET session_replication_role = replica; {statement}"));
    }
    database.sql("VACUUM (ANALYZE)");
    every_page(&world, "PostgreSQL").await;
}

/// Whole numbers from 0 on, as both databases make them.
fn numbers(below: u32) -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {below} - 1)"
    )
}

/// Seven digits of a number, and enough behind them for an id of simplejwt's length.
fn digits(number: &str) -> String {
    format!("substr(CAST(10000000 + {number} AS text), 2)")
}

/// What fills the tables. User 500000 has a hundred thousand tokens and sessions, the oldest; user 600000 half as many
/// sessions, every one of them from before the password was changed; the rest belongs to everybody.
fn seeds(world: &World, instant: &str, key: &str) -> Vec<String> {
    let owner =
        "CASE WHEN i < 100000 THEN 500000 WHEN i < 150000 THEN 600000 ELSE 2 + (i * 7919) % 1000000 END";
    let at = |text: &str| format!("CAST('{text}' AS {instant})");
    let (now, day) = (world.now().as_microsecond(), 86_400_000_000_i64);
    vec![
        format!(
            "{} INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active,
             date_joined, first_name)
             SELECT i + 2, 'pbkdf2_sha256$1000000$ssssssssssssssssssssss$hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh=',
             false, 'user' || {name}, 'Person', 'user' || {name} || '@example.org', i % 100000 = 5, i % 1000 <> 7, {joined},
             'A' FROM n",
            numbers(1_000_000),
            name = digits("(i * 7654321) % 1000000"),
            joined = at("2026-01-01 00:00:00"),
        ),
        format!("{} INSERT INTO auth_group (name) SELECT 'group ' || {} FROM n", numbers(200), digits("i")),
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT 500000, id FROM auth_group WHERE id % 10 = 0".to_owned(),
        format!(
            "{} INSERT INTO token_blacklist_outstandingtoken (id, token, created_at, expires_at, user_id, jti)
             SELECT i + 1, '{}', {}, CASE WHEN i % 4 = 0 THEN {} ELSE {} END, {owner}, {} || 'abcdef0123456789abcdef012' FROM n",
            numbers(1_000_000),
            "t".repeat(220),
            at("2026-01-01 00:00:00"),
            at("2026-01-02 00:00:00"),
            at("2099-01-01 00:00:00"),
            digits("(i * 7654321) % 1000000"),
        ),
        format!(
            "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT id, {} FROM token_blacklist_outstandingtoken WHERE id % 5 < 3 ORDER BY id",
            at("2026-01-01 12:00:00")
        ),
        format!(
            "{} INSERT INTO countersign_family (id, user_id, created_at, expires_at, revoked_at, used_at, address, user_agent,
             fingerprint)
             SELECT id, {key}, {now} - 60 * {day}, {now} + CASE WHEN i % 10 = 1 THEN -1 ELSE 1 END * {day},
             CASE WHEN i % 10 = 0 THEN {now} END, {now} - CASE WHEN i % 10 < 7 THEN 20 ELSE 1 END * {day},
             '198.51.100.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
             CASE WHEN user_id = 600000 THEN 'of another password' END
             FROM (SELECT i, {} || 'abcdef0123456789abcdef012' AS id, {owner} AS user_id FROM n) AS of_users",
            numbers(300_000),
            digits("(i * 7654321) % 300000"),
        ),
        format!(
            "{} INSERT INTO countersign_audit (at, actor_kind, actor_id, actor, act, subject_id, subject, before, after, outcome)
             SELECT {now} - (500000 - i) * 1000000, CASE WHEN i % 2 = 0 THEN 'user' ELSE 'command' END, NULL,
             CASE WHEN i % 2 = 0 THEN 'root' ELSE 'cron' END,
             CASE WHEN i < 1000 THEN 'key retire' WHEN i % 2 = 0 THEN 'user edit' ELSE 'session revoke' END,
             {key}, 'somebody', '{{\"email\":\"a@example.org\"}}', '{{\"email\":\"b@example.org\"}}', 'done'
             FROM (SELECT i, CASE WHEN i < 50000 THEN 500000 ELSE 2 + i END AS user_id FROM n) AS of_users",
            numbers(500_000),
        ),
    ]
}

/// A day on which much happened.
fn bustle(world: &World) {
    for second in (0..86_400).step_by(5) {
        let at = world.now() - Duration::from_secs(86_400 - second);
        let outcome = if second % 3 == 0 { LoginOutcome::WrongPassword } else { LoginOutcome::Success };
        let origin = Origin { address: Some([192, 0, 2, 7].into()), ..Origin::default() };
        let (username, method) = ("root", "simple_jwt");
        world.activity.login(&LoginEvent { at, username, user: None, origin, method, outcome });
        world.activity.answered(at, 200, second % 2 == 0, Duration::from_micros(second));
    }
}

const PAGES: &[&str] = &[
    "",
    "?span=day",
    "?events=failure",
    "users/",
    "users/?after=500000",
    "users/?after=52",
    "users/?order=old",
    "users/?order=old&after=900000",
    "users/?order=name",
    "users/?order=name&after=user0500000",
    "users/?order=eman",
    "users/?order=eman&after=user0500000",
    "users/?q=user",
    "users/?q=USER",
    "users/?q=user05&order=eman",
    "users/?q=user0123456",
    "users/?q=zz",
    "users/?q=750000",
    "users/?q=zz&in=contains",
    "users/?q=0999&in=contains&after=500000",
    "users/?q=0999&in=contains&order=name",
    "users/?show=active",
    "users/?show=disabled&order=eman",
    "users/?show=staff&order=name",
    "users/?show=superusers",
    "users/?show=superusers&order=old&after=500000",
    "users/?q=user&show=disabled",
    "users/?q=user0&show=staff",
    "users/?q=9@example&in=contains&show=staff&order=old",
    "users/add/",
    "users/500000/",
    "users/700000/",
    "users/700000/password/",
    "users/700000/delete/",
    "sessions/",
    "sessions/?after=0150000abcdef0123456789abcdef012",
    "sessions/?after=0299900abcdef0123456789abcdef012",
    "sessions/?user=500000",
    "sessions/?user=500000&after=0150000abcdef0123456789abcdef012",
    "sessions/?user=600000",
    "sessions/?user=700000",
    "sessions/?user=user0123456",
    "sessions/?user=nobody",
    "sessions/end/",
    "sessions/end/?user=500000",
    "tokens/",
    "tokens/?before=500000",
    "tokens/?before=60",
    "tokens/?user=500000",
    "tokens/?user=500000&before=50000",
    "tokens/?user=700000",
    "tokens/?jti=0123456abcdef0123456789abcdef012",
    "tokens/?list=blacklisted",
    "tokens/?list=blacklisted&before=300000",
    "tokens/?list=blacklisted&user=500000",
    "tokens/?list=blacklisted&user=700000",
    "tokens/?list=blacklisted&jti=0123456abcdef0123456789abcdef012",
    "keys/",
    "keys/?show=all",
    "keys/rotate/",
    "keys/retire/?key=configured&compromised=on",
    "audit/",
    "audit/?before=250000",
    "audit/?act=user+edit",
    "audit/?act=key+retire",
    "audit/?act=user+disable",
    "audit/?actor=root",
    "audit/?actor=nobody",
    "audit/?actor=cron&act=user+edit",
    "audit/?actor=root&act=key+retire&before=400000",
    "configuration/",
    "configuration/?show=changed",
    "debugger/",
];

async fn every_page(world: &World, name: &str) {
    bustle(world);
    let mut browser = world.signed_in("root").await;
    eprintln!("{name}: the median and the longest of {TIMES}, in milliseconds");
    let mut slow = Vec::new();
    for path in PAGES {
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            browser.get(path).await.is(200);
            took.push(began.elapsed());
        }
        slow.extend(told(&mut took, &format!("/admin/{path}")));
    }
    for path in ["audit.jsonl", "audit.jsonl?act=user+edit", "audit.jsonl?actor=cron&act=key+retire"] {
        slow.extend(first_bytes(&browser, path).await);
    }
    slow.extend(debugger(&mut browser).await);
    assert!(slow.is_empty(), "over {LIMIT:?}: {slow:#?}");
}

/// An export is as long as the trail: what is measured is when it begins to come.
async fn first_bytes(browser: &Browser<'_>, path: &str) -> Option<String> {
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let request = browser.request("GET", path, String::new());
        let began = Instant::now();
        let response = browser.world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let frame = response.into_body().frame().await.unwrap().unwrap();
        took.push(began.elapsed());
        assert!(frame.into_data().unwrap().starts_with(b"{"));
    }
    told(&mut took, &format!("/admin/{path}: its first lines"))
}

/// The token debugger, with one that is written down.
async fn debugger(browser: &mut Browser<'_>) -> Option<String> {
    let csrf = browser.get("debugger/").await.field("csrf");
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                 eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImp0aSI6IjAxMjM0NTZhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyIn0.AAAA";
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        browser.post_with(&csrf, "debugger/", &[("token", token)]).await.is(200);
        took.push(began.elapsed());
    }
    told(&mut took, "/admin/debugger/ with a token")
}

/// Prints a line. The page, if it is slow: by the median, for what else the machine does is not the page's doing.
fn told(took: &mut [Duration], page: &str) -> Option<String> {
    took.sort();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    eprintln!("{:>7.1} {:>7.1}  {page}", milliseconds(median), milliseconds(longest));
    (median >= LIMIT).then(|| page.to_owned())
}
