//! Beside the real thing: recorded exchanges replayed, and a live Django project asked the same.

use super::unit::{nextest, nextest_of, tally};
use crate::command::{Command, cargo};
use crate::install::ensure_venv;
use crate::place::Place;
use crate::report::{Problem, Report};

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let command = if nextest(place) {
        nextest_of(place, "package(countersign-conformance)")
    } else {
        cargo(&place.root, &["test", "--locked", "--package", "countersign-conformance", "--no-fail-fast"])
    };
    tally(with_peers(place, command)?)
}

/// The command, told where the peer's Python and our program are.
pub(crate) fn with_peers(place: &Place, command: Command) -> Result<Command, Problem> {
    let requirements = place.root.join("conformance/peer/requirements.txt");
    let python = ensure_venv(&requirements, &place.target.join("conformance/venv"))?;
    Ok(command.env("COUNTERSIGN_PEER_PYTHON", python).env("COUNTERSIGN_PROGRAM", place.program()))
}
