//! The examples: each is built, run as a program and driven over HTTP as its own first lines say.

use super::postgres;
use super::unit::{nextest, nextest_of, tally};
use crate::command::cargo;
use crate::place::Place;
use crate::report::{Problem, Report};

const PACKAGE: &str = "countersign-examples";

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    cargo(&place.root, &["build", "--locked", "--package", PACKAGE, "--bins"]).succeed()?;
    tally(if nextest(place) {
        nextest_of(place, &format!("package({PACKAGE}) - {}", postgres::TESTS))
    } else {
        cargo(&place.root, &["test", "--locked", "--package", PACKAGE, "--tests", "--no-fail-fast"])
    })
}
