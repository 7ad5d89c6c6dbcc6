//! Clippy, over everything, and once more over what users build, without what only tests turn on.

use crate::command::cargo;
use crate::place::Place;
use crate::report::{Problem, Report};

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let clippy = |what: &[&str]| {
        let arguments = [&["clippy", "--locked"], what, &["--", "-D", "warnings"]].concat();
        cargo(&place.root, &arguments).succeed()
    };
    clippy(&["--workspace", "--all-targets"])?;
    clippy(&["--package", "countersign-core", "--lib", "--no-default-features"])?;
    clippy(&["--package", "countersign-server", "--lib", "--bins"])?;
    Ok(Report::passed(3, ""))
}
