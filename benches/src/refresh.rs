//! Refresh with rotation and blacklisting, durable, on both databases, beside simplejwt's: what comes through in a second.
//!
//! simplejwt runs as people run it: gunicorn, two workers, a thread for every client, connections to PostgreSQL kept. Both
//! have a database of their own on one disk; every commit is flushed before it is acknowledged (PostgreSQL with `fsync` and
//! `synchronous_commit` on, SQLite with `synchronous = FULL`, which is what Django uses).

use crate::median;
use crate::program::{Program, prepare_on, sibling};
use countersign_conformance::process::{Failure, Peer, Server, Settings};
use countersign_postgres_fixture::Server as Postgres;
use std::io::{BufRead as _, BufReader, Error, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Clients, each with a connection that it keeps and a login of its own.
const CLIENTS: usize = 64;
/// How often either has its turn.
const TURNS: usize = 3;
const DURABLE: [&str; 3] = ["fsync=on", "full_page_writes=on", "synchronous_commit=on"];
const ROTATE: &str = "[passwords]\npbkdf2_iterations = 1\n\
                      [simple_jwt]\nrotate_refresh_tokens = true\nblacklist_after_rotation = true\n";

/// Prints refreshes a second of both, on SQLite and on PostgreSQL.
pub(crate) fn run(time: Duration) -> Result<(), Failure> {
    let Some(peer) = Peer::current() else { return Ok(()) };
    println!(
        "Refresh with rotation and blacklisting, durable, {CLIENTS} clients, {TURNS} turns of {time:?} each"
    );
    beside(&peer, "SQLite", None, time)?;
    if let Some(server) = Postgres::own(&DURABLE) {
        beside(&peer, "PostgreSQL", Some(&server), time)?;
    }
    Ok(())
}

fn beside(peer: &Peer, name: &str, server: Option<&Postgres>, time: Duration) -> Result<(), Failure> {
    let (ours, theirs) = (Ours::start(server)?, Theirs::start(peer, server)?);
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        here.push(ours.side().refreshes(time)?);
        there.push(theirs.side().refreshes(time)?);
    }
    let ratio = median(here.iter().zip(&there).map(|(here, there)| here / there).collect());
    println!("  {name:<10}  countersign            {:8.0} /s", median(here));
    println!("  {name:<10}  simplejwt on gunicorn  {:8.0} /s   {ratio:.1} times (20 wanted)", median(there));
    Ok(())
}

/// The program with a database of its own.
struct Ours {
    program: Program,
    _folder: TempDir,
}

impl Ours {
    fn start(server: Option<&Postgres>) -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        let database = match server {
            Some(server) => {
                server.sql("postgres", "CREATE DATABASE ours");
                server.url("ours")
            }
            None => format!("sqlite://{}", folder.path().join("bench.db").display()),
        };
        let config = prepare_on(folder.path(), &database, ROTATE)?;
        let mut command = Command::new(sibling("countersign")?);
        let program = Program::start(command.arg("serve").arg("--config").arg(config))?;
        Ok(Self { program, _folder: folder })
    }

    fn side(&self) -> Side {
        let login = r#"{"username":"demo","password":"demo-pass-1"}"#;
        Side { address: self.program.address.clone(), login }
    }
}

/// simplejwt with a database of its own.
struct Theirs {
    server: Server,
    _folder: TempDir,
}

impl Theirs {
    fn start(peer: &Peer, server: Option<&Postgres>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let mut settings = Settings::new();
        for name in ["ROTATE_REFRESH_TOKENS", "BLACKLIST_AFTER_ROTATION"] {
            settings.insert(name.to_owned(), "1".to_owned());
        }
        if let Some(server) = server {
            server.sql("postgres", "CREATE DATABASE theirs");
            settings.insert("DATABASE_URL".to_owned(), server.url("theirs"));
            settings.insert("CONN_MAX_AGE".to_owned(), "60".to_owned());
        }
        peer.prepare(folder.path(), &settings)?;
        let server = peer.start_with(folder.path(), &settings, 2, CLIENTS / 2)?;
        Ok(Self { server, _folder: folder })
    }

    fn side(&self) -> Side {
        let login = r#"{"username":"alice","password":"alice-pass-1"}"#;
        Side { address: self.server.address().to_string(), login }
    }
}

/// Where to ask, and who.
struct Side {
    address: String,
    login: &'static str,
}

impl Side {
    /// Refreshes a second. Whoever is refused logs in again; that counts for nothing.
    #[expect(clippy::cast_precision_loss, reason = "a benchmark's figures are small")]
    fn refreshes(&self, time: Duration) -> Result<f64, Error> {
        let (granted, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        let clients = (0..CLIENTS).map(|_| Client::log_in(self)).collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        thread::scope(|scope| {
            let clients = clients.into_iter().map(|mut client| {
                let (granted, refused) = (&granted, &refused);
                scope.spawn(move || -> Result<(), Error> {
                    while begun.elapsed() < time {
                        let counted = if client.refresh()? { granted } else { refused };
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            });
            let clients: Vec<_> = clients.collect();
            clients.into_iter().try_for_each(|client| client.join().expect("no client panics"))
        })?;
        let refused = refused.into_inner();
        if refused > 0 {
            println!("    {} refused {refused}", self.address);
        }
        Ok(granted.into_inner() as f64 / begun.elapsed().as_secs_f64())
    }
}

/// A client with a connection that it keeps.
struct Client<'a> {
    side: &'a Side,
    stream: BufReader<TcpStream>,
    token: String,
}

impl<'a> Client<'a> {
    fn log_in(side: &'a Side) -> Result<Self, Error> {
        let stream = TcpStream::connect(&side.address)?;
        stream.set_nodelay(true)?;
        let mut client = Self { side, stream: BufReader::new(stream), token: String::new() };
        let (status, body) = client.post("/api/token/", side.login)?;
        client.token =
            refresh_token(&body).ok_or_else(|| Error::other(format!("no login: {status} {body}")))?;
        Ok(client)
    }

    /// Whether it got a new token for its own.
    fn refresh(&mut self) -> Result<bool, Error> {
        let body = format!(r#"{{"refresh":"{}"}}"#, self.token);
        // A server may close a connection between two requests.
        let answer = self.post("/api/token/refresh/", &body).unwrap_or_default();
        let token = refresh_token(&answer.1);
        let is_granted = answer.0 == 200 && token.is_some();
        match token {
            Some(token) if is_granted => self.token = token,
            _ => *self = Self::log_in(self.side)?,
        }
        Ok(is_granted)
    }

    fn post(&mut self, path: &str, body: &str) -> Result<(u16, String), Error> {
        let (host, length) = (&self.side.address, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let broken = || Error::other("no answer that can be read");
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        while !line.trim().is_empty() {
            line.clear();
            self.stream.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| broken())?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, String::from_utf8(body).map_err(|_| broken())?))
    }
}

fn refresh_token(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body["refresh"].as_str()?.to_owned())
}
