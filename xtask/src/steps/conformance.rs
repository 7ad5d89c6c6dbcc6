//! Beside the real thing: recorded exchanges replayed, and a live Django project asked the same.

use super::unit::{counted, nextest, nextest_of};
use crate::command::{Command, cargo};
use crate::install::ensure_venv;
use crate::place::Place;
use crate::report::{Problem, Report};
use std::collections::BTreeSet;

/// Until `countersign serve` is built, the tests that need it are left out, and said to be.
const THE_PROGRAM_SERVES: bool = false;

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let command = if nextest(place) {
        let without_program = if THE_PROGRAM_SERVES { "" } else { " and not test(countersign)" };
        nextest_of(place, &format!("package(countersign-conformance){without_program}"))
    } else {
        let arguments = ["test", "--locked", "--package", "countersign-conformance", "--no-fail-fast"];
        let command = cargo(&place.root, &arguments).argument("--").argument("--show-output");
        if THE_PROGRAM_SERVES { command } else { command.argument("--skip").argument("countersign") }
    };
    let (mut report, output) = counted(with_peers(place, command)?)?;
    if !THE_PROGRAM_SERVES {
        report =
            report.and(Report::passed(0, "left out: the live comparisons, the program does not serve yet"));
    }
    let said = |line: &&str| line.starts_with("compared:") || line.starts_with("left out:");
    let lines: BTreeSet<&str> = output.lines().map(str::trim).filter(said).collect();
    Ok(lines.into_iter().fold(report, |report, line| report.and(Report::passed(0, line))))
}

/// The command, told where the peer's Python and our program are.
pub(crate) fn with_peers(place: &Place, command: Command) -> Result<Command, Problem> {
    let requirements = place.root.join("conformance/peer/requirements.txt");
    let python = ensure_venv(&requirements, &place.target.join("conformance/venv"))?;
    let command = command.env("COUNTERSIGN_PEER_PYTHON", python);
    Ok(if THE_PROGRAM_SERVES { command.env("COUNTERSIGN_PROGRAM", place.program()) } else { command })
}
