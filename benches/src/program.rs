//! Programs that say `listening on http://…`, started for a measurement and ended after it.

use std::io::{BufRead as _, BufReader, Error, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server, ended when dropped.
pub(crate) struct Program {
    child: Child,
    /// `ADDR:PORT`
    pub(crate) address: String,
}

impl Program {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Error> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().expect("it was piped");
        let mut lines = BufReader::new(stderr).lines();
        let address = loop {
            let Some(line) = lines.next().transpose()? else {
                let _ = child.kill();
                return Err(Error::other("the server ended before it listened"));
            };
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().to_owned();
            }
        };
        // What it says later must go somewhere, or it would stop.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that stands beside this one, as cargo builds them.
pub(crate) fn sibling(name: &str) -> Result<PathBuf, Error> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(Error::other(format!("{name} is not built: run `cargo build --release --workspace` first")))
}

const SECRET: &str = "benchmark-secret-key-0123456789-abcdefghijklmnop";

/// A configuration with a file of its own and one user, `demo` with the password `demo-pass-1`; and the key.
pub(crate) fn prepare(folder: &Path, more: &str) -> Result<(PathBuf, String), Error> {
    let file = folder.join("bench.db");
    let config = configure(folder, &format!("sqlite://{}", file.display()), more)?;
    if !file.exists() {
        populate(&config)?;
    }
    Ok((config, SECRET.to_owned()))
}

/// The same, on an empty database that is anywhere.
pub(crate) fn prepare_on(folder: &Path, database: &str, more: &str) -> Result<PathBuf, Error> {
    let config = configure(folder, database, more)?;
    populate(&config)?;
    Ok(config)
}

fn configure(folder: &Path, database: &str, more: &str) -> Result<PathBuf, Error> {
    let config = folder.join("countersign.toml");
    let text = format!(
        "database = \"{database}\"\nsecret_key = \"{SECRET}\"\n[server]\nlisten = \"127.0.0.1:0\"\n[demo]\nenabled = true\n{more}"
    );
    std::fs::write(&config, text)?;
    Ok(config)
}

fn populate(config: &Path) -> Result<(), Error> {
    let run = |arguments: &[&str], input: &str| {
        let mut child = Command::new(sibling("countersign")?)
            .args(arguments)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        child.stdin.take().expect("it was piped").write_all(input.as_bytes())?;
        if child.wait()?.success() {
            Ok(())
        } else {
            Err(Error::other(format!("countersign {arguments:?} failed")))
        }
    };
    run(&["db", "migrate"], "")?;
    run(&["user", "add", "demo", "--password-stdin"], "demo-pass-1\n")
}

/// A request of one's own, on a connection of its own: the whole answer. `headers` end with a line break each.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Result<String, Error> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A request with JSON, for the few that are not measured: the answer's body.
pub(crate) fn post(address: &str, path: &str, body: &str) -> Result<String, Error> {
    let answer = ask(address, "POST", path, "Content-Type: application/json\r\n", body)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or_else(|| Error::other("no answer"))?;
    Ok(body.to_owned())
}

/// An access token of the demo user.
pub(crate) fn access_token(address: &str) -> Result<String, Error> {
    let body = post(address, "/api/token/", r#"{"username":"demo","password":"demo-pass-1"}"#)?;
    let pair: serde_json::Value = serde_json::from_str(&body).map_err(Error::other)?;
    pair["access"].as_str().map(str::to_owned).ok_or_else(|| Error::other(format!("no token in {body}")))
}
