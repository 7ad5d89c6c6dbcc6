//! Ten million refresh tokens: a refresh takes what it takes with ten thousand, and a purge of a million keeps nobody
//! waiting. `cargo xtask soak` runs it; each database needs 9 GB of room for as long as it runs.

use crate::replica::{Replica, Site};
use countersign_postgres_fixture::{Database, Server};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const FEW: u64 = 10_000;
const MANY: u64 = 10_000_000;

/// Who refreshes at once.
const CLIENTS: usize = 4;

/// Refreshes of each client a round; what else the machine does meets few and many rows alike.
const ROUND: usize = 100;
const ROUNDS: usize = 12;

const SETTINGS: &str = "[blacklist]\nstore_raw_tokens = false\n[sessions]\npurge_interval = false";

/// What ends is over since January; the rest outlives us.
const ENDED: (&str, i64) = ("2026-01-02 00:00:00", 1_767_312_000_000_000);
const LASTS: (&str, i64) = ("2099-01-01 00:00:00", 4_070_908_800_000_000);

#[test]
#[ignore = "makes ten million rows first"]
fn on_sqlite_ten_million_tokens_are_as_quick_as_ten_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let place = |rows: u64| {
        let file = folder.path().join(format!("{rows}.db"));
        let site = Site::new(&format!("sqlite://{}", file.display()), SETTINGS);
        fill_sqlite(&file, rows);
        site
    };
    let (few, many) = (place(FEW), place(MANY));
    compare("SQLite", &few, &many);
    let left = rusqlite::Connection::open(folder.path().join(format!("{MANY}.db"))).unwrap();
    let left: i64 = left.query_row(LEFT, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "the purge has left what ended");
}

#[test]
#[ignore = "makes ten million rows first"]
fn on_postgres_ten_million_tokens_are_as_quick_as_ten_thousand() {
    let settings =
        ["shared_buffers=512MB", "max_wal_size=2GB", "fsync=on", "full_page_writes=on", "autovacuum=on"];
    let Some(server) = Server::own(&settings).map(Arc::new) else { return };
    let place = |rows: u64| {
        let database = server.database();
        let site = Site::new(&database.url(), SETTINGS);
        fill_postgres(&database, rows);
        (site, database)
    };
    let (few, many) = (place(FEW), place(MANY));
    compare("PostgreSQL", &few.0, &many.0);
    assert_eq!(many.1.sql(LEFT), "0", "the purge has left what ended");
}

/// What a purge should have removed.
const LEFT: &str =
    "SELECT (SELECT count(*) FROM token_blacklist_outstandingtoken WHERE expires_at < '2026-06-01')
                         + (SELECT count(*) FROM countersign_refresh WHERE expires_at < 1780272000000000)
                         + (SELECT count(*) FROM countersign_family WHERE expires_at < 1780272000000000)";

/// How a database says what the other says in another way.
struct Words {
    /// `n (i)`: the numbers from 0 up to the number of rows.
    numbers: String,
    /// Eight hexadecimal digits of a number.
    hexadecimal: fn(&str) -> String,
    instant: &'static str,
    /// The id of a user as our own tables have it.
    user: &'static str,
}

fn fill_sqlite(file: &Path, rows: u64) {
    let db = rusqlite::Connection::open(file).unwrap();
    // No log of the whole beside the whole.
    db.execute_batch("PRAGMA foreign_keys = off; PRAGMA synchronous = off; PRAGMA journal_mode = delete")
        .unwrap();
    let words = Words {
        numbers: format!(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} - 1)"
        ),
        hexadecimal: |number| format!("printf('%08x', {number})"),
        instant: "text",
        user: "i / 100 + 2",
    };
    for statement in words.statements(rows) {
        db.execute_batch(&statement).unwrap();
    }
    db.execute_batch("ANALYZE; PRAGMA journal_mode = wal").unwrap();
}

fn fill_postgres(database: &Database, rows: u64) {
    let words = Words {
        numbers: format!("WITH n (i) AS (SELECT generate_series(0::bigint, {rows} - 1))"),
        hexadecimal: |number| format!("lpad(to_hex({number}), 8, '0')"),
        instant: "timestamptz",
        user: "CAST(i / 100 + 2 AS text)",
    };
    for statement in words.statements(rows) {
        // What refers to what is known: asking for each row would take longer than all the rest.
        database.sql(&format!("SET session_replication_role = replica; {statement}"));
    }
    database.sql(
        "SELECT setval(pg_get_serial_sequence('token_blacklist_outstandingtoken', 'id'), max(id))
         FROM token_blacklist_outstandingtoken",
    );
    database.sql("VACUUM (ANALYZE)");
    database.sql("CHECKPOINT");
}

impl Words {
    /// Sessions of five tokens each, of which the last is live and the others are used. The oldest twentieth has ended,
    /// and of the rest one in twenty. Ids are spread as random ones are, in the order in which tables are filled quickest.
    fn statements(&self, rows: u64) -> [String; 5] {
        let Self { numbers, hexadecimal, instant, user } = self;
        let stride = (1 << 32) / rows;
        let jti = |number: &str| {
            format!("{} || '0123456789abcdef01234567'", hexadecimal(&format!("({number}) * {stride}")))
        };
        let family =
            format!("{} || 'fedcba9876543210fedcba98'", hexadecimal(&format!("(i / 5) * 5 * {stride}")));
        let has_ended = format!("i < {rows} / 20 OR i % 20 = 0");
        [
            format!(
                "{numbers} INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active,
                 date_joined, first_name)
                 SELECT i + 2, '!', false, 'user' || i, '', '', false, true, CAST('2026-01-01 00:00:00' AS {instant}), ''
                 FROM n WHERE i < {rows} / 100"
            ),
            format!(
                "{numbers} INSERT INTO token_blacklist_outstandingtoken (id, token, created_at, expires_at, user_id, jti)
                 SELECT i + 1, '{digest}', CAST('2026-01-01 00:00:00' AS {instant}),
                 CAST(CASE WHEN {has_ended} THEN '{}' ELSE '{}' END AS {instant}), i / 100 + 2, {} FROM n",
                ENDED.0,
                LASTS.0,
                jti("i"),
                digest = "d".repeat(64),
            ),
            "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
             SELECT id, created_at FROM token_blacklist_outstandingtoken WHERE (id - 1) % 5 < 4 ORDER BY id"
                .to_owned(),
            format!(
                "{numbers} INSERT INTO countersign_family (id, user_id, created_at, expires_at, used_at)
                 SELECT {family}, {user}, {ended}, CASE WHEN i < {rows} / 20 THEN {ended} ELSE {} END, {ended}
                 FROM n WHERE i % 5 = 0",
                LASTS.1,
                ended = ENDED.1,
            ),
            format!(
                "{numbers} INSERT INTO countersign_refresh
                 (jti, family_id, generation, claims, expires_at, consumed_at, successor_jti)
                 SELECT {}, {family}, i % 5, CASE WHEN i % 5 = 4 THEN '{claims}' END,
                 CASE WHEN {has_ended} THEN {ended} ELSE {} END,
                 CASE WHEN i % 5 < 4 THEN {ended} END, CASE WHEN i % 5 < 4 THEN {} END FROM n",
                jti("i"),
                LASTS.1,
                jti("i + 1"),
                claims = "c".repeat(150),
                ended = ENDED.1,
            ),
        ]
    }
}

fn compare(name: &str, few: &Site, many: &Site) {
    let (few, replica) = (few.serve(), many.serve());
    let (mut of_few, mut of_many) = (clients(&few), clients(&replica));
    // Connections, statements and plans are made by whoever needs them first.
    refresh(&few, &mut of_few, 50);
    refresh(&replica, &mut of_many, 50);
    let (mut quick, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quick.extend(refresh(&few, &mut of_few, ROUND));
        slow.extend(refresh(&replica, &mut of_many, ROUND));
    }
    let (quick, slow) = (Spread::of(quick), Spread::of(slow));
    let ratio = slow.p99.as_secs_f64() / quick.p99.as_secs_f64();
    eprintln!("{name}: {FEW} tokens: {quick}");
    eprintln!("{name}: {MANY} tokens: {slow}; p99 is {ratio:.2} times as long");
    let is_over = AtomicBool::new(false);
    let waited = std::thread::scope(|scope| {
        let refreshing = scope.spawn(|| {
            let mut waited = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                waited.extend(refresh(&replica, &mut of_many, 10));
            }
            waited
        });
        let began = Instant::now();
        let (code, said, complained) = many.outcome(&["db", "purge"], "");
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(code, Some(0), "{said}{complained}");
        eprintln!("{name}: {} in {:.0?}", said.trim(), began.elapsed());
        refreshing.join().unwrap()
    });
    eprintln!("{name}: refreshes during the purge: {}", Spread::of(waited));
    assert!(ratio <= 2.0, "p99 with {MANY} tokens is {ratio:.2} times that with {FEW}");
}

/// A token of each client.
fn clients(replica: &Replica) -> Vec<String> {
    (0..CLIENTS).map(|_| replica.log_in().1).collect()
}

/// Each client refreshes so many times. How long each refresh took; every one is answered.
fn refresh(replica: &Replica, tokens: &mut [String], count: usize) -> Vec<Duration> {
    std::thread::scope(|scope| {
        let clients: Vec<_> = tokens
            .iter_mut()
            .map(|token| {
                scope.spawn(move || {
                    let mut waited = Vec::with_capacity(count);
                    for _ in 0..count {
                        let began = Instant::now();
                        let answer = replica.refresh(token);
                        waited.push(began.elapsed());
                        *token = answer.text("refresh");
                    }
                    waited
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

struct Spread {
    count: usize,
    p50: Duration,
    p99: Duration,
    longest: Duration,
}

impl Spread {
    fn of(mut waited: Vec<Duration>) -> Self {
        waited.sort();
        let at = |share: usize| waited[(waited.len() * share / 100).min(waited.len() - 1)];
        Self { count: waited.len(), p50: at(50), p99: at(99), longest: at(100) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, p50, p99, longest } = self;
        write!(out, "{count} refreshes, p50 {p50:.1?}, p99 {p99:.1?}, longest {longest:.1?}")
    }
}
