//! The program is killed while clients refresh and log out, again and again: nobody loses a session, and nothing that
//! was ended lives again. And so is the process of the server that does its work.

use crate::database::Base;
use crate::replica::{Answer, Replica, Site};
use countersign_core::random::{Random as _, SystemRandom};
use countersign_postgres_fixture::Server;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const HOLDERS: usize = 4;
const REFRESH: &str = "/api/token/refresh/";
const BLACKLIST: &str = "/api/token/blacklist/";

/// A client whose answer was lost tries again within the grace. Where the machine is too busy to start the program in time,
/// what became of its session says nothing.
const GRACE: Duration = Duration::from_secs(10);

#[test]
fn twenty_kills_on_sqlite_lose_no_session_and_bring_nothing_back() {
    kills(&Base::sqlite(), 20);
}

#[test]
fn twenty_kills_on_postgresql_lose_no_session_and_bring_nothing_back() {
    let Some(base) = Base::postgres() else { return };
    kills(&base, 20);
}

/// `cargo xtask soak -E 'test(kills)'`
#[test]
#[ignore = "minutes"]
fn a_thousand_kills_on_sqlite_lose_no_session_and_bring_nothing_back() {
    kills(&Base::sqlite(), 1000);
}

#[test]
#[ignore = "minutes"]
fn a_thousand_kills_on_postgresql_lose_no_session_and_bring_nothing_back() {
    let Some(base) = Base::postgres() else { return };
    kills(&base, 1000);
}

#[test]
fn three_kills_of_postgresql_under_the_program_lose_no_session() {
    kills_below(3);
}

#[test]
#[ignore = "minutes"]
fn a_hundred_kills_of_postgresql_under_the_program_lose_no_session() {
    kills_below(100);
}

/// Kills the program so many times.
fn kills(base: &Base, count: usize) {
    let site = Site::new(&base.url(), "rotation_grace = \"10s\"\nreuse_detection = true");
    let begun = Instant::now();
    let mut crowd = Crowd::log_in(&site.serve_in_the_end());
    let mut killed = Instant::now();
    for number in 0..count {
        let replica = site.serve_in_the_end();
        crowd.come_back(&replica, killed);
        crowd.are_out(&replica, 20);
        crowd.go_on(&replica, || {
            std::thread::sleep(instant());
            replica.kill();
        });
        killed = Instant::now();
        if number % 50 == 0 {
            base.is_sound();
        }
    }
    let replica = site.serve_in_the_end();
    crowd.come_back(&replica, killed);
    crowd.are_out(&replica, usize::MAX);
    base.is_sound();
    crowd.report(count, begun);
}

/// Kills so many processes that do the program's work at the server, which ends them all and recovers.
fn kills_below(count: usize) {
    let Some(server) = Server::own(&[]) else { return };
    server.sql("postgres", "CREATE DATABASE app");
    let site = Site::new(&server.url("app"), "rotation_grace = \"60s\"\nreuse_detection = true");
    let replica = site.serve();
    let begun = Instant::now();
    let mut crowd = Crowd::log_in(&replica);
    let worker = "SELECT coalesce(max(pid), 0) FROM (SELECT pid FROM pg_stat_activity
                  WHERE datname = 'app' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS one";
    for _ in 0..count {
        crowd.go_on(&replica, || {
            std::thread::sleep(instant());
            let pid = server.sql("app", worker).parse().unwrap();
            kill_process(Pid::from_raw(pid).expect("the program is connected"), Signal::KILL).unwrap();
            // Some find it down, some find it back.
            std::thread::sleep(instant());
        });
        replica.recovers();
        crowd.come_back(&replica, Instant::now());
        crowd.are_out(&replica, 20);
    }
    crowd.are_out(&replica, usize::MAX);
    crowd.report(count, begun);
}

/// A random time, up to 131 ms.
fn instant() -> Duration {
    let mut bytes = [0; 2];
    SystemRandom.fill(&mut bytes);
    Duration::from_micros(u64::from(u16::from_le_bytes(bytes)) * 2)
}

/// Clients, and what they know.
struct Crowd {
    /// What each holds.
    held: Vec<String>,
    /// What was revoked, as they were told.
    revoked: Mutex<Vec<String>>,
    /// How many refreshes were answered.
    answered: AtomicU64,
    /// How many tries again came too late, because the machine was busy.
    late: usize,
}

impl Crowd {
    fn log_in(replica: &Replica) -> Self {
        let held = (0..HOLDERS).map(|_| replica.log_in().1).collect();
        Self { held, revoked: Mutex::default(), answered: AtomicU64::new(0), late: 0 }
    }

    /// They refresh and log out until `end`, which begins once one of them was answered, has ended. Who gets no answer, or is
    /// told to come again, stops.
    fn go_on(&mut self, replica: &Replica, end: impl FnOnce()) {
        let (over, before) = (AtomicBool::new(false), self.answered.load(Ordering::Relaxed));
        let (over, answered, revoked) = (&over, &self.answered, &self.revoked);
        std::thread::scope(|scope| {
            for token in &mut self.held {
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed)
                        && let Some(successor) = successor(replica.try_to_post(REFRESH, token))
                    {
                        *token = successor;
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(move || {
                let credentials = serde_json::json!({ "username": "ann", "password": "pass" }).to_string();
                while !over.load(Ordering::Relaxed)
                    && let Some(token) = successor(replica.attempt("POST", "/api/token/", "", &credentials))
                    && replica.try_to_post(BLACKLIST, &token).is_ok_and(|answer| answer.status == 200)
                {
                    revoked.lock().unwrap().push(token);
                }
            });
            let begun = Instant::now();
            while answered.load(Ordering::Relaxed) == before && begun.elapsed() < GRACE {
                std::thread::sleep(Duration::from_millis(1));
            }
            end();
            over.store(true, Ordering::Relaxed);
        });
    }

    /// Each tries again with what it holds.
    fn come_back(&mut self, replica: &Replica, since: Instant) {
        for (holder, token) in self.held.iter_mut().enumerate() {
            let answer = asked(replica, token);
            // The machine was so busy that the grace was over.
            if answer.status == 401 && since.elapsed() + Duration::from_secs(2) > GRACE {
                self.late += 1;
                *token = replica.log_in().1;
                continue;
            }
            assert_eq!(answer.status, 200, "holder {holder} lost a session: {answer:?}");
            *token = answer.text("refresh");
        }
    }

    /// The last so many of what was revoked are refused.
    fn are_out(&self, replica: &Replica, last: usize) {
        for token in self.revoked.lock().unwrap().iter().rev().take(last) {
            let answer = asked(replica, token);
            assert_eq!(answer.status, 401, "a token that was revoked lives again: {answer:?}");
        }
    }

    fn report(self, kills: usize, begun: Instant) {
        let (answered, revoked) = (self.answered.into_inner(), self.revoked.into_inner().unwrap().len());
        assert!(answered > 0 && revoked > 0, "the clients did nothing");
        eprintln!(
            "{kills} kills in {:?}: {answered} refreshes and {revoked} logouts answered, {} came back too late",
            begun.elapsed(),
            self.late
        );
    }
}

/// What comes of a refresh, once anything can be said.
fn asked(replica: &Replica, token: &str) -> Answer {
    loop {
        let answer = replica.refresh(token);
        if answer.status != 503 {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The token of an answer; `None` where there was none, or it said to come again.
fn successor(answer: io::Result<Answer>) -> Option<String> {
    answer.ok().filter(|answer| answer.status != 503).map(|answer| answer.text("refresh"))
}
