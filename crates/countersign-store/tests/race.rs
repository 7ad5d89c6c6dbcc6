//! Many at once: threads, and two processes on one file.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::store::{Ledger, Record, Rotate, Rotation};
use countersign_core::testing::{block_on, rotating};
use countersign_store::Options;
use countersign_store::sqlite::Sqlite;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const TOKENS: usize = 40;
const THREADS: usize = 8;

fn token(jti: String) -> Record {
    let expires_at = NOW + SignedDuration::from_hours(1);
    Record { token: jti.clone(), claims: jti.clone(), jti, user: None, created_at: NOW, expires_at }
}

fn options(path: &Path) -> Options {
    Options { busy_timeout: std::time::Duration::from_secs(20), ..Options::new(path.into()) }
}

/// Every thread uses every token, from one end or the other; how often each was rotated.
fn use_all(store: &Sqlite, who: &str) -> Vec<usize> {
    let order = |at: usize| if who == "child" { TOKENS - 1 - at } else { at };
    let won = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    (0..TOKENS)
                        .map(order)
                        .filter(|number| wins(store, *number, who, thread))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    (0..TOKENS).map(|number| won.iter().filter(|other| **other == number).count()).collect()
}

fn wins(store: &Sqlite, number: usize, who: &str, thread: usize) -> bool {
    let presented = token(format!("{number}"));
    let successor = token(format!("{number} {who} {thread}"));
    let rotate = Rotate {
        family: &successor.jti,
        grace: SignedDuration::from_secs(10),
        reuse_detection: true,
        ..rotating(&presented, &successor, NOW)
    };
    match block_on(store.rotate(rotate)).unwrap() {
        Rotation::Rotated => true,
        Rotation::Replayed { claims } => {
            assert!(claims.starts_with(&format!("{number} ")) && claims != successor.jti, "{claims}");
            false
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_of_many_tokens_is_rotated_once_by_many_threads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    Sqlite::migrate(&options(&path), NOW).unwrap();
    let store = Sqlite::open(&options(&path), NOW).unwrap();
    assert_eq!(use_all(&store, "one"), vec![1; TOKENS]);
}

#[test]
fn each_of_many_tokens_is_rotated_once_by_two_processes() {
    for journal in ["wal", "delete"] {
        // On a busy machine one process may be through before the other begins; then it is tried again.
        assert!((0..10).any(|_| is_raced_by_two_processes(journal)), "{journal}: it was never a race");
    }
}

/// Whether both processes won some tokens. Each token is won once in any case.
fn is_raced_by_two_processes(journal: &str) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    Sqlite::migrate(&options(&path), NOW).unwrap();
    if journal == "delete" {
        // As a file of Django's: not ours, and in rollback mode.
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA application_id = 0; PRAGMA journal_mode = DELETE").unwrap();
    }
    let store = Sqlite::open(&options(&path), NOW).unwrap();
    let mut other = spawn(&path);
    let mut said = BufReader::new(other.stdout.take().unwrap());
    while read_line(&mut said) != "ready" {}
    writeln!(other.stdin.take().unwrap(), "go").unwrap();
    let own = use_all(&store, "parent");
    let theirs = other.wait_with_output().unwrap();
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    let line = read_line(&mut said);
    let theirs: Vec<usize> = line.split(' ').map(|count| count.parse().unwrap()).collect();
    let both: Vec<usize> = own.iter().zip(&theirs).map(|(own, theirs)| own + theirs).collect();
    assert_eq!(both, vec![1; TOKENS], "{journal}: {own:?} and {theirs:?}");
    eprintln!("{journal}: {} here, {} there", own.iter().sum::<usize>(), theirs.iter().sum::<usize>());
    own.contains(&1) && theirs.contains(&1)
}

fn read_line(said: &mut impl BufRead) -> String {
    let mut line = String::new();
    assert_ne!(said.read_line(&mut line).unwrap(), 0, "the other process said too little");
    line.trim().rsplit(" ... ").next().unwrap_or_default().to_owned()
}

const CHILD: &str = "COUNTERSIGN_TEST_RACE";

/// This very test program again, as the other process.
fn spawn(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_other_process", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Does nothing unless it was started by the test above.
#[test]
#[expect(clippy::disallowed_methods, reason = "how one test process tells the other what to do")]
fn the_other_process() {
    if let Some(path) = std::env::var_os(CHILD) {
        let store = Sqlite::open(&options(Path::new(&path)), NOW).unwrap();
        println!("ready");
        read_line(&mut std::io::stdin().lock());
        let won: Vec<String> = use_all(&store, "child").iter().map(usize::to_string).collect();
        println!("{}", won.join(" "));
    }
}
