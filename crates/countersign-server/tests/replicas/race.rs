//! Two processes on one database, and every refresh token used by many at once: one successor each.

use crate::replica::{Answer, Replica, Site};
use countersign_postgres_fixture::Server;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn of_many_uses_at_two_processes_on_one_postgresql_one_wins() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "");
    race(&site, 8, 24);
    assert_eq!(database.sql("SELECT count(*) FROM token_blacklist_outstandingtoken"), "48");
    assert_eq!(database.sql("SELECT count(*) FROM token_blacklist_blacklistedtoken"), "24");
}

#[test]
fn of_many_uses_at_two_processes_on_one_sqlite_file_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("race.db");
    let site = Site::new(&format!("sqlite://{}", file.display()), "");
    race(&site, 8, 24);
    let db = rusqlite::Connection::open(file).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM token_blacklist_{table}token");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("outstanding"), count("blacklisted")), (48, 24));
}

#[test]
#[ignore = "takes minutes"]
fn of_64_clients_with_10_000_tokens_one_wins_each_on_one_postgresql() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    race(&Site::new(&database.url(), ""), 64, 10_000);
    assert_eq!(database.sql("SELECT count(*) FROM token_blacklist_outstandingtoken"), "20000");
}

#[test]
#[ignore = "takes minutes"]
fn of_64_clients_with_10_000_tokens_one_wins_each_on_one_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("race.db");
    race(&Site::new(&format!("sqlite://{}", file.display()), ""), 64, 10_000);
}

/// Every client uses every token, half of them at either process. No answer but the two that there are; who is told to
/// come again does so.
fn race(site: &Site, clients: usize, tokens: usize) {
    let replicas = [site.serve(), site.serve()];
    let tokens: Vec<String> = issue(&replicas, clients, tokens);
    let begun = Instant::now();
    let won: Vec<[AtomicUsize; 2]> = tokens.iter().map(|_| <_>::default()).collect();
    std::thread::scope(|scope| {
        for client in 0..clients {
            let (replicas, tokens, won) = (&replicas, &tokens, &won);
            scope.spawn(move || {
                for (token, won) in tokens.iter().zip(won) {
                    let answer = insist(|| replicas[client % 2].refresh(token));
                    match answer.status {
                        200 => drop(won[client % 2].fetch_add(1, Ordering::Relaxed)),
                        401 => assert!(answer.body.contains("Token is blacklisted"), "{answer:?}"),
                        _ => panic!("{answer:?}"),
                    }
                }
            });
        }
    });
    let sum = |replica: usize| -> usize { won.iter().map(|won| won[replica].load(Ordering::Relaxed)).sum() };
    eprintln!("{} here, {} there, after {:?}", sum(0), sum(1), begun.elapsed());
    for won in &won {
        assert_eq!(won[0].load(Ordering::Relaxed) + won[1].load(Ordering::Relaxed), 1);
    }
}

/// So many logins, by all clients.
fn issue(replicas: &[Replica; 2], clients: usize, tokens: usize) -> Vec<String> {
    std::thread::scope(|scope| {
        let clients = (0..clients).map(|client| {
            scope.spawn(move || {
                let log_in = || insist(|| replicas[client % 2].try_to_log_in()).text("refresh");
                (client..tokens).step_by(clients).map(|_| log_in()).collect::<Vec<_>>()
            })
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// Asks until there is an answer. On a busy machine a queue may be longer than its patience.
fn insist(ask: impl Fn() -> Answer) -> Answer {
    loop {
        let answer = ask();
        if answer.status != 503 {
            return answer;
        }
        answer.is_unavailable();
        std::thread::sleep(Duration::from_millis(200));
    }
}
