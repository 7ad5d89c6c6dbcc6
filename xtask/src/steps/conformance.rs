//! Beside the real thing: recorded exchanges replayed, and a live Django project asked the same.

use super::unit::{compared, nextest, nextest_of};
use crate::command::{Command, cargo};
use crate::install::ensure_venv;
use crate::place::Place;
use crate::report::{Problem, Report};

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    // The differential test of the core is the same without PyJWT, which is here.
    if nextest(place) {
        let command = nextest_of(place, "package(countersign-conformance) | binary(differential)");
        return compared(with_peers(place, command)?);
    }
    let test = |arguments: &[&str]| {
        let command = cargo(&place.root, &["test", "--locked", "--no-fail-fast"]);
        let command = arguments.iter().fold(command, Command::argument);
        compared(with_peers(place, command.argument("--").argument("--show-output"))?)
    };
    let report = test(&["--package", "countersign-conformance"])?;
    Ok(report.and(test(&["--package", "countersign-core", "--test", "differential"])?))
}

/// The command, told where the peers' Pythons and our program are.
pub(crate) fn with_peers(place: &Place, command: Command) -> Result<Command, Problem> {
    super::build::run(place)?;
    Ok(with_pythons(place, command)?.env("COUNTERSIGN_PROGRAM", place.program()))
}

/// The command, told where the peers' Pythons are.
pub(crate) fn with_pythons(place: &Place, command: Command) -> Result<Command, Problem> {
    let python = |requirements: &str, folder: &str| {
        let requirements = place.root.join("conformance/peer").join(requirements);
        ensure_venv(&requirements, &place.target.join("conformance").join(folder))
    };
    Ok(command
        .env("COUNTERSIGN_PEER_PYTHON", python("requirements.txt", "venv")?)
        .env("COUNTERSIGN_ORIGINAL_PEER_PYTHON", python("requirements_original.txt", "venv_original")?))
}
