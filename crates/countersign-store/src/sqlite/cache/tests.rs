//! What is given out is never older than a commit that was finished before it was asked for.

use super::Field;
use crate::Options;
use crate::sqlite::Sqlite;
use countersign_core::clock::Timestamp;
use countersign_core::store::{AddOutcome, Ledger as _, Record, UserAdmin as _, Users as _};
use countersign_core::testing::block_on;
use countersign_core::user::{NewUser, User, UserId, UserKey};
use proptest::prelude::*;
use rusqlite::Connection;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

fn opened(directory: &Path) -> (Sqlite, UserId) {
    let options = Options::new(directory.join("test.db").as_path().into());
    Sqlite::migrate(&options, NOW).unwrap();
    let store = Sqlite::open(&options, NOW).unwrap();
    let user = User {
        id: UserId::Integer(0),
        username: "ann".to_owned(),
        password: "!".to_owned(),
        is_active: true,
        is_staff: false,
        is_superuser: false,
        email: String::new(),
        first_name: "0".to_owned(),
        last_name: String::new(),
        last_login: None,
        date_joined: Some(NOW),
    };
    let AddOutcome::Added(user) = block_on(store.add(&NewUser { user })).unwrap() else {
        panic!("it is free")
    };
    (store, user.id)
}

fn find(store: &Sqlite) -> Arc<User> {
    block_on(store.find_by_key(UserKey { field: "id", value: "1" })).unwrap().unwrap()
}

/// The number that the last commit wrote.
fn number(user: &User) -> u64 {
    user.first_name.parse().unwrap()
}

fn write(db: &Connection, number: u64) {
    db.execute("UPDATE auth_user SET first_name = ?1", [number.to_string()]).unwrap();
}

fn beside(directory: &Path) -> Connection {
    let db = Connection::open(directory.join("test.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db
}

#[test]
fn a_user_is_read_once_while_nothing_changes() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = opened(directory.path());
    let first = find(&store);
    assert!(Arc::ptr_eq(&first, &find(&store)));
    write(&beside(directory.path()), 1);
    assert_eq!(number(&find(&store)), 1);
}

#[test]
fn a_user_who_changed_while_they_were_read_is_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = opened(directory.path());
    let cache = store.cache.as_ref().unwrap();
    let kept = || cache.users.get(&super::Borrowed { field: Field::Id, value: "1" });
    let (user, before) = (block_on(store.find_by_username("ann")).unwrap().unwrap(), cache.moment().unwrap());
    cache.keep(Field::Id, "1", before, &user);
    assert_eq!(kept(), Some((before, user.clone())));
    cache.users.clear();
    write(&beside(directory.path()), 1);
    cache.keep(Field::Id, "1", before, &user);
    assert_eq!(kept(), None);
}

#[test]
fn a_file_in_rollback_mode_has_no_cache() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = opened(directory.path());
    drop(store);
    beside(directory.path())
        .execute_batch("PRAGMA application_id = 0; PRAGMA journal_mode = DELETE")
        .unwrap();
    let options = Options::new(directory.path().join("test.db").as_path().into());
    assert!(Sqlite::open(&options, NOW).unwrap().cache.is_none());
}

#[test]
fn nobody_can_leave_wal_mode_while_the_store_is_open() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = opened(directory.path());
    find(&store);
    let other = Connection::open(directory.path().join("test.db")).unwrap();
    assert!(other.execute_batch("PRAGMA journal_mode = DELETE").is_err());
}

#[test]
fn headers_that_differ_are_no_moment() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shm");
    let mut header = [7_u8; super::HEADER];
    header[..4].copy_from_slice(&super::VERSION.to_ne_bytes());
    header[super::IS_INIT] = 1;
    let with = |second: [u8; super::HEADER]| {
        std::fs::write(&path, [header, second].concat()).unwrap();
        super::WalIndex::open(&path).is_some()
    };
    assert!(with(header));
    for at in 0..super::HEADER {
        let mut other = header;
        other[at] ^= 1;
        assert!(!with(other), "byte {at}");
    }
    std::fs::write(&path, header).unwrap();
    assert!(super::WalIndex::open(&path).is_none(), "half of it is missing");
}

/// What the other process does to the file.
#[derive(Clone, Debug)]
enum Deed {
    Write,
    Many(u8),
    Checkpoint(&'static str),
    RollBack,
    Vacuum,
    Reconnect,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => Just(Deed::Write),
        2 => (2_u8..40).prop_map(Deed::Many),
        2 => prop_oneof![Just("PASSIVE"), Just("FULL"), Just("RESTART"), Just("TRUNCATE")].prop_map(Deed::Checkpoint),
        1 => Just(Deed::RollBack),
        1 => Just(Deed::Vacuum),
        1 => Just(Deed::Reconnect),
    ]
}

impl Deed {
    /// As a line to the other process.
    fn line(&self) -> String {
        match self {
            Self::Write => "write 1".to_owned(),
            Self::Many(count) => format!("write {count}"),
            Self::Checkpoint(mode) => format!("PRAGMA wal_checkpoint({mode})"),
            Self::RollBack => {
                "BEGIN IMMEDIATE; UPDATE auth_user SET first_name = 'never'; ROLLBACK".to_owned()
            }
            Self::Vacuum => "VACUUM".to_owned(),
            Self::Reconnect => "reconnect".to_owned(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever another process does, step by step: what is read after a step is what the step left.
    #[test]
    fn every_finished_commit_of_another_process_is_seen(deeds in prop::collection::vec(deed(), 1..60)) {
        let directory = tempfile::tempdir().unwrap();
        let (store, _) = opened(directory.path());
        let mut other = Other::spawn(directory.path());
        let mut hits = 0;
        for deed in deeds {
            let last = other.perform(&deed.line());
            let first = find(&store);
            prop_assert_eq!(number(&first), last, "{:?}", deed);
            let again = find(&store);
            prop_assert_eq!(number(&again), last);
            hits += u32::from(Arc::ptr_eq(&first, &again));
        }
        prop_assert!(hits > 0, "nothing was ever kept");
        drop(store);
        prop_assert_eq!(other.perform("PRAGMA integrity_check"), other.last);
    }
}

#[test]
fn readers_that_never_stop_see_each_commit_as_soon_as_it_is_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let (store, id) = opened(directory.path());
    let (acknowledged, over, hits) = (AtomicU64::new(0), AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut before = find(&store);
                while !over.load(Ordering::SeqCst) {
                    let floor = acknowledged.load(Ordering::SeqCst);
                    let user = find(&store);
                    assert!(number(&user) >= floor.max(number(&before)), "{floor}");
                    hits.fetch_add(u64::from(Arc::ptr_eq(&user, &before)), Ordering::Relaxed);
                    before = user;
                }
            });
        }
        let mut other = Other::spawn(directory.path());
        for round in 0..700_u64 {
            let line = if round % 50 == 49 { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "write 1" };
            acknowledged.store(other.perform(line), Ordering::SeqCst);
            if round % 7 == 0 {
                block_on(store.record_login(&id, NOW)).unwrap();
            }
        }
        over.store(true, Ordering::SeqCst);
    });
    assert!(hits.load(Ordering::Relaxed) > 100, "nothing was ever kept");
}

#[test]
fn a_writer_that_is_killed_leaves_nothing_old_behind() {
    for round in 0..10_u64 {
        let directory = tempfile::tempdir().unwrap();
        let (store, _) = opened(directory.path());
        let mut other = Other::spawn(directory.path());
        let last = other.perform("write 20");
        other.begin("write 250");
        for _ in 0..200 * round {
            assert!(number(&find(&store)) >= last);
        }
        drop(other);
        let seen = number(&find(&store));
        let real: String = beside(directory.path())
            .query_row("SELECT first_name FROM auth_user", [], |row| row.get(0))
            .unwrap();
        assert_eq!(seen.to_string(), real);
        assert_eq!(number(&find(&store)), seen);
    }
}

#[test]
fn two_stores_on_one_file_may_be_closed_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let (one, id) = opened(directory.path());
    let options = Options::new(directory.path().join("test.db").as_path().into());
    let two = Sqlite::open(&options, NOW).unwrap();
    drop((find(&one), find(&two)));
    drop(one);
    let mut other = Other::spawn(directory.path());
    for round in 1..50 {
        assert_eq!(other.perform("write 1"), round);
        assert_eq!(number(&find(&two)), round);
        let jti = round.to_string();
        let (token, claims, user) = (jti.clone(), String::new(), Some(id.clone()));
        let record = Record { jti, token, claims, user, created_at: NOW, expires_at: NOW };
        block_on(two.record(&record, None)).unwrap();
    }
    let sound: String =
        beside(directory.path()).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

const CHILD: &str = "COUNTERSIGN_TEST_CACHE";

/// This test program once more, as the other process; killed in the end.
struct Other {
    child: Child,
    said: BufReader<ChildStdout>,
    told: ChildStdin,
    last: u64,
}

impl Other {
    fn spawn(directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::cache::tests::the_other_process", "--nocapture", "--test-threads=1"])
            .env(CHILD, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, told) = (BufReader::new(child.stdout.take().unwrap()), child.stdin.take().unwrap());
        let mut other = Self { child, said, told, last: 0 };
        while other.line() != "ready" {}
        other
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.said.read_line(&mut line).unwrap(), 0, "the other process has ended");
        line.trim().rsplit(" ... ").next().unwrap_or_default().to_owned()
    }

    fn begin(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
    }

    /// Has something done; the number that the last commit wrote.
    fn perform(&mut self, line: &str) -> u64 {
        self.begin(line);
        self.last = self.line().parse().unwrap();
        self.last
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Does nothing unless it was started by a test above.
#[test]
#[expect(clippy::disallowed_methods, reason = "how one test process tells the other what to do")]
fn the_other_process() {
    let Some(directory) = std::env::var_os(CHILD) else { return };
    let mut db = beside(Path::new(&directory));
    let mut last = 0;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        match line.strip_prefix("write ") {
            Some(count) => (0..count.parse::<u64>().unwrap()).for_each(|_| {
                last += 1;
                write(&db, last);
            }),
            None if line == "reconnect" => db = beside(Path::new(&directory)),
            // A checkpoint that another connection prevents, or a vacuum, says so: that is not what is tested.
            None => drop(db.execute_batch(&line)),
        }
        println!("{last}");
    }
}
