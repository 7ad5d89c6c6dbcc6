//! The documentation: no broken link, and every example compiles and holds.

use super::unit::tally;
use crate::command::cargo;
use crate::place::Place;
use crate::report::{Problem, Report};

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    cargo(&place.root, &["doc", "--locked", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .succeed()?;
    let examples =
        tally(cargo(&place.root, &["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]))?;
    Ok(Report::passed(1, "").and(examples))
}
