//! Logins through HTTP at Django's default cost: how many a second, what they do to everybody else, and what a flood of
//! them does to the program.

use crate::program::{Program, access_token, ask, prepare, sibling};
use std::io::Error;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Clients that log in again and again: enough that two wait for each thread.
const CLIENTS: usize = 8;
/// Logins that a flood begins in a second, whatever becomes of those before.
const FLOOD: u32 = 500;
/// Threads that begin them in turn. Each turn is two seconds, longer than the slowest answer should take.
const SENDERS: u32 = 1000;
const LOGIN: &str = r#"{"username":"demo","password":"demo-pass-1"}"#;

/// What clients counted.
#[derive(Default)]
struct Counts {
    granted: AtomicU64,
    /// 503 with `Retry-After`.
    refused: AtomicU64,
    /// Anything else.
    failed: AtomicU64,
    /// The longest that a refusal took, in microseconds.
    slowest_refusal: AtomicU64,
    is_over: AtomicBool,
}

impl Counts {
    fn log_in(&self, address: &str) {
        let begun = Instant::now();
        let answer = ask(address, "POST", "/api/token/", "Content-Type: application/json\r\n", LOGIN);
        let answer = answer.unwrap_or_default().to_ascii_lowercase();
        match answer.get(9..12) {
            Some("200") => &self.granted,
            Some("503") if answer.contains("\r\nretry-after: ") => {
                let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.slowest_refusal.fetch_max(took, Ordering::Relaxed);
                &self.refused
            }
            _ => &self.failed,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    #[expect(clippy::cast_precision_loss, reason = "a benchmark's figures are small")]
    fn granted_in(&self, time: Duration) -> f64 {
        self.granted.load(Ordering::Relaxed) as f64 / time.as_secs_f64()
    }

    /// An error if there were answers that nobody should get.
    fn expect_no_failure(&self) -> Result<(), Error> {
        match self.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            failed => Err(Error::other(format!("{failed} logins got neither 200 nor 503 with Retry-After"))),
        }
    }
}

/// Prints logins a second with nothing else to do.
pub(crate) fn run(time: Duration) -> Result<(), Error> {
    let server = Server::start()?;
    let (counts, ()) = server.beside_clients(|| {
        thread::sleep(time);
        Ok(())
    })?;
    counts.expect_no_failure()?;
    println!("Logins through HTTP, a million iterations, {CLIENTS} clients, {time:?}");
    println!("  granted                          {:8.1} /s   (28 wanted)", counts.granted_in(time));
    Ok(())
}

/// Prints the p99 of `GET /hello/` alone and beside logins.
pub(crate) fn beside(time: Duration) -> Result<(), Error> {
    let server = Server::start()?;
    let token = access_token(server.address())?;
    let alone = p99(server.address(), &token, time)?;
    let (counts, loaded) = server.beside_clients(|| p99(server.address(), &token, time))?;
    counts.expect_no_failure()?;
    println!("GET /hello/ beside logins, {CLIENTS} clients, {time:?} each");
    println!("  p99 alone                        {:8.0} us", alone * 1e6);
    println!(
        "  p99 beside logins                {:8.0} us   {:.2} times (2 allowed)",
        loaded * 1e6,
        loaded / alone
    );
    println!("  logins granted meanwhile         {:8.1} /s   (12 wanted)", counts.granted_in(time));
    Ok(())
}

/// Prints what became of a flood of logins, and of the program's memory.
pub(crate) fn flood(time: Duration) -> Result<(), Error> {
    let server = Server::start()?;
    // What a login takes for good is taken before.
    access_token(server.address())?;
    let before = server.memory("VmRSS:")?;
    let counts = Counts::default();
    let turn = Duration::from_secs(1) * SENDERS / FLOOD;
    let begun = Instant::now();
    thread::scope(|scope| -> Result<(), Error> {
        for number in 0..SENDERS {
            let (server, counts) = (&server, &counts);
            let sender = thread::Builder::new().stack_size(64 * 1024);
            sender.spawn_scoped(scope, move || {
                let mut due = begun + turn * number / SENDERS;
                while due < begun + time {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    counts.log_in(server.address());
                    due += turn;
                }
            })?;
        }
        Ok(())
    })?;
    let (after, peak) = (server.memory("VmRSS:")?, server.memory("VmHWM:")?);
    let [granted, refused, failed] =
        [&counts.granted, &counts.refused, &counts.failed].map(|count| count.load(Ordering::Relaxed));
    println!("A flood of {FLOOD} logins a second, {time:?}");
    println!(
        "  begun {}, granted {granted}, refused with 503 and Retry-After {refused}, other answers {failed}",
        granted + refused + failed
    );
    println!(
        "  the slowest refusal              {:8} ms   (1000 allowed)",
        counts.slowest_refusal.load(Ordering::Relaxed) / 1000
    );
    println!("  resident before {before} kB, after {after} kB, at most {peak} kB");
    counts.expect_no_failure()
}

/// The program with a database of its own.
struct Server {
    program: Program,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        let (config, _) = prepare(folder.path(), "")?;
        let mut command = Command::new(sibling("countersign")?);
        let program = Program::start(command.arg("serve").arg("--config").arg(config))?;
        Ok(Self { program, _folder: folder })
    }

    fn address(&self) -> &str {
        &self.program.address
    }

    /// Does something while clients log in again and again.
    fn beside_clients<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<(Counts, T), Error> {
        let counts = Counts::default();
        let done = thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while !counts.is_over() {
                        counts.log_in(self.address());
                    }
                });
            }
            let done = work();
            counts.is_over.store(true, Ordering::Relaxed);
            done
        })?;
        Ok((counts, done))
    }

    /// A figure of the system's about its memory, in kB.
    fn memory(&self, name: &str) -> Result<u64, Error> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        number.ok_or_else(|| Error::other("the system does not say how much memory it takes"))
    }
}

/// The time that 99 of 100 requests stay under, in seconds: one client, a request every other millisecond.
fn p99(address: &str, token: &str, time: Duration) -> Result<f64, Error> {
    let header = format!("Authorization: Bearer {token}\r\n");
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < time {
        let asked = Instant::now();
        let answer = ask(address, "GET", "/hello/", &header, "")?;
        times.push(asked.elapsed().as_secs_f64());
        if answer.get(9..12) != Some("200") {
            return Err(Error::other(format!("no good answer:\n{answer}")));
        }
        thread::sleep(Duration::from_millis(2));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}
