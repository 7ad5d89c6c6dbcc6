//! The program, serving on a port of its own, for steps that ask it.

use crate::command::Command;
use crate::place::Place;
use crate::report::Problem;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// A server with a database of its own and the user `demo`, whose password is `demo`. It ends when it is dropped.
pub(crate) struct Server {
    child: Child,
    base: String,
    folder: PathBuf,
}

impl Server {
    /// Starts `countersign dev` with these settings more, in a folder of its own under `target/`.
    pub(crate) fn start(place: &Place, settings: &str) -> Result<Self, Problem> {
        let folder = place.target.join("openapi/site");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let usual = "[passwords]\npbkdf2_iterations = 1000\n";
        std::fs::write(folder.join("countersign.toml"), format!("{usual}{settings}"))?;
        let mut child = std::process::Command::new(place.program())
            .args(["dev", "--listen", "127.0.0.1:0"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines =
            BufReader::new(child.stderr.take().ok_or("the program has no standard error")?).lines();
        let mut server = Self { child, base: String::new(), folder };
        for line in lines.by_ref() {
            if let Some(base) = line?.strip_prefix("listening on ") {
                base.clone_into(&mut server.base);
                // Whoever logs to a pipe that nobody empties waits for ever.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(server);
            }
        }
        Err("the program ended before it listened".into())
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// An access token of its user.
    pub(crate) fn token(&self) -> Result<String, Problem> {
        let url = format!("{}/api/token/", self.base);
        let answer =
            Command::new("curl", &["-sS", &url, "-d", "username=demo", "-d", "password=demo"]).read()?;
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        Ok(answer["access"].as_str().ok_or("nobody can log in")?.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        // A little patience, so that its files are closed when the next one starts.
        std::thread::sleep(Duration::from_millis(100));
        let _gone = self.child.wait();
    }
}
