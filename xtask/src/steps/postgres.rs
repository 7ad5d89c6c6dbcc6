//! The tests that need PostgreSQL, on a server that is started for them.

use super::conformance::with_peers;
use super::unit::{nextest, nextest_of, tally};
use crate::command::{Command, cargo};
use crate::install::ensure_debian;
use crate::place::Place;
use crate::report::{Problem, Report};
use countersign_postgres_fixture::{BIN, HOST, Server};
use std::fs;
use std::path::PathBuf;

/// The test programs that this step runs, and `unit` does not, as nextest names them.
pub(crate) const TESTS: &str = "binary(/^(postgres|replicas)/)";

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let server = start()?;
    let command = if nextest(place) {
        nextest_of(place, TESTS)
    } else {
        let arguments = ["test", "--locked", "--workspace", "--test", "postgres*", "--test", "replicas"];
        cargo(&place.root, &arguments).argument("--no-fail-fast")
    };
    tally(with_server(with_peers(place, command)?, &server)?)
}

/// A server with databases for every test, which ends with this program.
pub(crate) fn start() -> Result<Server, Problem> {
    Ok(Server::start(&installed()?, &[])?)
}

/// The command, told where the server and its programs are.
pub(crate) fn with_server(command: Command, server: &Server) -> Result<Command, Problem> {
    Ok(with_programs(command)?.env(HOST, server.host()))
}

/// The command, told where PostgreSQL's programs are, to start servers of its own.
pub(crate) fn with_programs(command: Command) -> Result<Command, Problem> {
    Ok(command.env(BIN, installed()?))
}

/// The folder of PostgreSQL's programs, installed if need be.
fn installed() -> Result<PathBuf, Problem> {
    ensure_debian("postgresql", &|| programs().is_some())?;
    Ok(programs().ok_or("PostgreSQL went away")?)
}

/// The folder of the newest PostgreSQL's programs: Debian's, or where `pg_config` says.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |folder: &fs::DirEntry| folder.file_name().to_str()?.parse::<u32>().ok();
    let mut found: Vec<_> =
        debian.filter_map(|folder| Some((version(&folder)?, folder.path().join("bin")))).collect();
    found.sort();
    let said = Command::new("pg_config", &["--bindir"]).read().ok();
    let said = said.map(|folder| PathBuf::from(folder.trim()));
    found.into_iter().rev().map(|(_, bin)| bin).chain(said).find(|bin| bin.join("initdb").exists())
}
