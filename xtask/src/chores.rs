//! What is run by hand: formatting, benchmarks, long runs.

use crate::command::{Command, cargo};
use crate::place::Place;
use crate::report::{Problem, say};
use crate::steps::{conformance, fuzz, postgres, unit};

/// Formats every source.
pub(crate) fn format(place: &Place) -> Result<bool, Problem> {
    Ok(cargo(&place.root, &["fmt", "--all"]).run()?.status.success())
}

/// Builds the programs that are measured, optimised, and runs the benchmarks.
pub(crate) fn bench(place: &Place, arguments: &[&str]) -> Result<bool, Problem> {
    let packages = ["--package", "countersign-server", "--package", "countersign-benches", "--bins"];
    let build = cargo(&place.root, &["build", "--release", "--locked"]);
    packages.iter().fold(build, Command::argument).succeed()?;
    let mut run =
        cargo(&place.root, &["run", "--release", "--locked", "--package", "countersign-benches", "--"]);
    let is_named = |word: &&str| word.parse::<u64>().is_err();
    if arguments.contains(&"refresh") || !arguments.iter().any(is_named) {
        run = postgres::with_programs(conformance::with_pythons(place, run)?)?;
    }
    Ok(arguments.iter().fold(run, Command::argument).run()?.status.success())
}

/// Runs the tests that are marked `#[ignore]` because they take long, optimised.
pub(crate) fn soak(place: &Place, filters: &[&str]) -> Result<bool, Problem> {
    let arguments: &[&str] = if unit::nextest(place) {
        &["nextest", "run", "--workspace", "--release", "--profile", "soak", "--run-ignored", "only"]
    } else {
        &["test", "--workspace", "--release", "--", "--ignored"]
    };
    let server = postgres::start()?;
    let command = conformance::with_peers(place, cargo(&place.root, arguments))?;
    let command = postgres::with_server(command, &server)?;
    let command = filters.iter().fold(command, Command::argument);
    let tests = command.run()?.status.success();
    // Filters are of tests.
    let fuzz = !filters.is_empty() || fuzz_for(place, 600)?;
    Ok(tests && fuzz)
}

/// Runs every fuzz target for so many seconds.
pub(crate) fn fuzz(place: &Place, seconds: &str) -> Result<bool, Problem> {
    fuzz_for(place, seconds.parse().map_err(|_| format!("`{seconds}` is no number of seconds"))?)
}

fn fuzz_for(place: &Place, seconds: u32) -> Result<bool, Problem> {
    let report = fuzz::run_for(place, seconds)?;
    say(&format!("{} targets passed, {} failed: {}", report.passed, report.failed, report.note));
    Ok(report.failed == 0)
}
