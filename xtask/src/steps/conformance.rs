//! Beside the real thing: recorded exchanges replayed, and a live Django project asked the same.

use super::unit::{counted, nextest, nextest_of};
use crate::command::{Command, cargo};
use crate::install::ensure_venv;
use crate::place::Place;
use crate::report::{Problem, Report};
use std::collections::BTreeSet;

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let command = if nextest(place) {
        nextest_of(place, "package(countersign-conformance)")
    } else {
        let arguments = ["test", "--locked", "--package", "countersign-conformance", "--no-fail-fast"];
        cargo(&place.root, &arguments).argument("--").argument("--show-output")
    };
    let (report, output) = counted(with_peers(place, command)?)?;
    let said = |line: &&str| line.starts_with("compared:") || line.starts_with("left out:");
    let lines: BTreeSet<&str> = output.lines().map(str::trim).filter(said).collect();
    Ok(lines.into_iter().fold(report, |report, line| report.and(Report::passed(0, line))))
}

/// The command, told where the peers' Pythons and our program are.
pub(crate) fn with_peers(place: &Place, command: Command) -> Result<Command, Problem> {
    super::build::run(place)?;
    let python = |requirements: &str, folder: &str| {
        let requirements = place.root.join("conformance/peer").join(requirements);
        ensure_venv(&requirements, &place.target.join("conformance").join(folder))
    };
    Ok(command
        .env("COUNTERSIGN_PEER_PYTHON", python("requirements.txt", "venv")?)
        .env("COUNTERSIGN_ORIGINAL_PEER_PYTHON", python("requirements_original.txt", "venv_original")?)
        .env("COUNTERSIGN_PROGRAM", place.program()))
}
