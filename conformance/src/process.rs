//! Live servers: the Django peer and the countersign program, each a process that ends with its owner.

use crate::exchange::{Request, Response};
use crate::{SECRET_KEY, file, settings, variable};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use tokio::net::TcpStream;

/// Why something live could not be used.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The peer's settings, by the names of its environment variables.
pub type Settings = BTreeMap<String, String>;

/// A Django project with the real packages, and the Python that has them.
#[derive(Clone, Debug)]
pub struct Peer {
    python: String,
    project: &'static str,
}

impl Peer {
    /// The project with today's packages; `None`, and a word about it, where there is no Python that has them.
    #[must_use]
    pub fn current() -> Option<Self> {
        Some(Self { python: needed("COUNTERSIGN_PEER_PYTHON")?, project: "peerproj" })
    }

    /// The project with djangorestframework-jwt 1.11 on Django 3.2; `None` likewise.
    #[must_use]
    pub fn original() -> Option<Self> {
        Some(Self { python: needed("COUNTERSIGN_ORIGINAL_PEER_PYTHON")?, project: "original" })
    }

    /// The Python.
    #[must_use]
    pub fn python(&self) -> &str {
        &self.python
    }

    /// Makes a database in `state`: Django's own migrations, and the people of `prepare.py`.
    ///
    /// # Errors
    ///
    /// If Python fails; the text is what it wrote.
    pub fn prepare(&self, state: &Path, settings: &Settings) -> Result<(), Failure> {
        let output = self.command(state, settings).arg("prepare.py").output()?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
    }

    /// Makes sure that Django has nothing to change in the database in `state`.
    ///
    /// # Errors
    ///
    /// With what `manage.py migrate --check` wrote, if it has.
    pub fn nothing_to_migrate(&self, state: &Path, settings: &Settings) -> Result<(), Failure> {
        let output =
            self.command(state, settings).args(["manage.py", "migrate", "--check", "--plan"]).output()?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stdout).into()) }
    }

    /// Starts the peer on what [`Peer::prepare`] made in `state`.
    ///
    /// # Errors
    ///
    /// If it does not say where it listens; the text is what it wrote instead.
    pub fn start(&self, state: &Path, settings: &Settings) -> Result<Server, Failure> {
        self.start_with(state, settings, 1, 4)
    }

    /// The same, in so many processes of so many threads each.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with(
        &self,
        state: &Path,
        settings: &Settings,
        workers: usize,
        threads: usize,
    ) -> Result<Server, Failure> {
        let mut command = self.command(state, settings);
        command.args(["-m", "gunicorn", "--bind", "127.0.0.1:0", "--log-level", "info"]);
        command.args(["--graceful-timeout", "2", "--workers", &workers.to_string()]);
        command.args(["--threads", &threads.to_string()]);
        command.arg(format!("{}.wsgi:application", self.project));
        Server::start(&mut command, "Listening at: http://")
    }

    fn command(&self, state: &Path, settings: &Settings) -> Command {
        let mut command = Command::new(&self.python);
        command.current_dir(file("peer")).env("STATE_DIR", state).env("SECRET_KEY", SECRET_KEY);
        command
            .env("DJANGO_SETTINGS_MODULE", format!("{}.settings", self.project))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .env("PBKDF2_ITERATIONS", "1000");
        command.envs(settings);
        command
    }
}

/// A server that was started, and that ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the countersign program on an SQLite file, configured as the peer is. The configuration file is
    /// written to `folder`.
    ///
    /// # Errors
    ///
    /// If a setting has no counterpart, or the program does not say where it listens.
    pub fn start_countersign(
        program: &str,
        folder: &Path,
        database: &Path,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let configuration = folder.join("countersign.toml");
        std::fs::write(&configuration, settings::configuration(settings, database)?)?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(configuration).args(["--listen", "127.0.0.1:0"]);
        Self::start(command.current_dir(folder), "listening on http://")
    }

    fn start(command: &mut Command, announces: &'static str) -> Result<Self, Failure> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (told, said) = channel();
        for pipe in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].into_iter().flatten() {
            let told = told.clone();
            thread::spawn(move || listen(pipe, &told));
        }
        drop(told);
        let mut log = String::new();
        while let Ok(line) = said.recv_timeout(Duration::from_mins(1)) {
            if let Some(address) = address_in(&line, announces) {
                return Ok(Self { child, address });
            }
            log = log + &line + "\n";
        }
        end(&mut child);
        Err(format!("the server did not say `{announces}…`:\n{log}").into())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks.
    ///
    /// # Errors
    ///
    /// If there is no whole answer within 30 seconds.
    pub fn ask(&self, request: &Request) -> Result<Response, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(30), ask(self.address, request)).await
        })?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

async fn ask(address: SocketAddr, request: &Request) -> Result<Response, Failure> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = request.to_http(&address.to_string())?.map(|body| Full::new(Bytes::from(body)));
    let answer = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        Ok(Response::from_http(&parts, body.collect().await?.to_bytes().to_vec()))
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        broken = connection => Err(broken.err().map_or("the server closed the connection".into(), Failure::from)),
    }
}

fn boxed(pipe: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(pipe)
}

/// Passes lines on while somebody listens, and reads on so that the server never waits.
fn listen(pipe: Box<dyn Read + Send>, told: &Sender<String>) {
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        let _nobody_listens_any_more = told.send(line);
    }
}

fn address_in(line: &str, announces: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(announces)?;
    rest.split_whitespace().next()?.trim_end_matches('/').parse().ok()
}

/// Asks a process to end, and makes it after five seconds.
fn end(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _gone_already = kill_process(pid, Signal::TERM);
    }
    for _ in 0..100 {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _gone_already = child.kill();
    let _gone_already = child.wait();
}

/// The built countersign program; `None`, and a word about it, where there is none.
#[must_use]
pub fn program() -> Option<String> {
    needed("COUNTERSIGN_PROGRAM")
}

fn needed(name: &str) -> Option<String> {
    let value = variable(name);
    if value.is_none() {
        crate::say(&format!("left out: {name} is not set (`cargo xtask conformance` sets it)"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_what_either_server_says() {
        let gunicorn = "[2026-11-22 03:52:30 +0000] [7] [INFO] Listening at: http://127.0.0.1:40123 (7)";
        let expected = Some(SocketAddr::from(([127, 0, 0, 1], 40123)));
        assert_eq!(address_in(gunicorn, "Listening at: http://"), expected);
        assert_eq!(address_in("listening on http://127.0.0.1:40123", "listening on http://"), expected);
        assert_eq!(address_in("starting", "listening on http://"), None);
    }

    #[test]
    fn a_server_that_does_not_start_is_told_with_its_own_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such setting >&2; exit 1"]);
        let failure = Server::start(&mut command, "listening on http://").unwrap_err();
        assert!(failure.to_string().contains("no such setting"), "{failure}");
    }
}
