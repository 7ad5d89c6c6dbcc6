//! This very program, serving on a free port for as long as it is asked.

use super::client::Base;
use crate::cli::Failure;
use std::io::{BufRead as _, BufReader, Error};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that ends with its owner.
pub(super) struct Own {
    child: Child,
    base: Base,
}

impl Own {
    pub(super) fn start(config: Option<&Path>) -> Result<Self, Failure> {
        let failed = || Failure::io("cannot start this server");
        let mut command = Command::new(std::env::current_exe().map_err(failed())?);
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stderr(Stdio::piped());
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let mut child = command.spawn().map_err(failed())?;
        let errors = child.stderr.take().ok_or_else(|| failed()(Error::other("it has no standard error")))?;
        let mut said = String::new();
        let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
        for line in lines.by_ref() {
            if let Some(base) = line.split_once("listening on ").and_then(|(_, url)| url.trim().parse().ok())
            {
                // Whatever it writes from here on is read, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, base });
            }
            said += &line;
            said.push('\n');
        }
        let _ended = child.wait();
        Err(Failure::Refused(format!("this server does not start:\n{said}")))
    }

    pub(super) fn base(&self) -> &Base {
        &self.base
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // One that has ended already is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
