//! The steps of the proof. Adding one is one entry in [`ALL`].

mod api;
mod arrows;
mod browser;
mod build;
pub(crate) mod conformance;
mod docs;
mod examples;
mod format;
pub(crate) mod fuzz;
mod licences;
mod lint;
mod openapi;
pub(crate) mod postgres;
mod reference;
mod sizes;
pub(crate) mod unit;

use crate::place::Place;
use crate::report::{Problem, Report, Row, say, summary};
use std::time::Instant;

/// One step: a name, a line about it, and what it does.
#[derive(Debug)]
pub(crate) struct Step {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// What it shows, in a line.
    pub(crate) about: &'static str,
    /// Does it. A problem counts as one failed check.
    pub(crate) run: fn(&Place) -> Result<Report, Problem>,
}

/// Every step, in the order in which they are run: what is cheap and often wrong comes first.
#[rustfmt::skip]
pub(crate) const ALL: &[Step] = &[
    Step { name: "format", about: "the sources are formatted", run: format::run },
    Step { name: "sizes", about: "no file is long without a reason", run: sizes::run },
    Step { name: "arrows", about: "each crate depends only on what it may know", run: arrows::run },
    Step { name: "licences", about: "licences, banned crates and sources, by deny.toml", run: licences::run },
    Step { name: "lint", about: "clippy finds nothing, with and without test features", run: lint::run },
    Step { name: "build", about: "everything builds; the steps below share it", run: build::run },
    Step { name: "docs", about: "rustdoc finds nothing; the examples in the documentation work", run: docs::run },
    Step { name: "api", about: "the library's public API is the committed one", run: api::run },
    Step { name: "reference", about: "docs/settings.md is what the program prints", run: reference::run },
    Step { name: "unit", about: "the unit and wire tests", run: unit::run },
    Step { name: "browser", about: "pages in Chromium, and the JavaScript client in Node", run: browser::run },
    Step { name: "examples", about: "every example runs and answers as it says", run: examples::run },
    Step { name: "postgres", about: "the stores and the program on a PostgreSQL of their own", run: postgres::run },
    Step { name: "conformance", about: "the same answers as the recorded and the live Django peer", run: conformance::run },
    Step { name: "openapi", about: "the program answers what its OpenAPI document says, whatever is asked", run: openapi::run },
    Step { name: "fuzz", about: "arbitrary input for everything that strangers send, some seconds of each", run: fuzz::run },
];

/// Finds a step by name.
pub(crate) fn find(name: &str) -> Result<&'static Step, Problem> {
    ALL.iter().find(|step| step.name == name).ok_or_else(|| {
        let names = ALL.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
        format!("there is no step `{name}`; there are {names}").into()
    })
}

/// Runs steps to the last one, whatever happens, and prints the summary. Says whether all is well.
pub(crate) fn run(place: &Place, steps: &[&Step]) -> bool {
    let mut rows = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        say(&format!("\n[{}/{}] {}: {}", number + 1, steps.len(), step.name, step.about));
        let begun = Instant::now();
        let report = (step.run)(place).unwrap_or_else(|problem| {
            say(&format!("  {} failed: {problem}", step.name));
            Report { passed: 0, failed: 1, note: first_line(&problem.to_string()) }
        });
        let took = begun.elapsed();
        let verdict = if report.failed == 0 { "ok" } else { "FAILED" };
        say(&format!("  {verdict} after {:.1} s", took.as_secs_f64()));
        rows.push(Row { name: step.name, report, took });
    }
    say(&summary(&rows));
    rows.iter().all(|row| row.report.failed == 0)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
