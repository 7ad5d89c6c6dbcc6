//! The tests that need nothing but the clone.

use super::postgres;
use crate::command::{Command, cargo};
use crate::place::{Place, is_set};
use crate::report::{Problem, Report, say};
use std::collections::BTreeSet;

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let report = if nextest(place) {
        let elsewhere = "package(countersign-conformance) | package(countersign-examples) | binary(/^browser/) | binary(differential)";
        compared(nextest_of(place, &format!("not ({elsewhere} | {})", postgres::TESTS)))?
    } else {
        say("  cargo-nextest is not installed: cargo test does the same, slower");
        let arguments = [
            "test",
            "--locked",
            "--workspace",
            "--exclude",
            "countersign-conformance",
            "--exclude",
            "countersign-examples",
            "--lib",
            "--bins",
            "--tests",
        ];
        compared(
            cargo(&place.root, &arguments)
                .argument("--no-fail-fast")
                .argument("--")
                .argument("--show-output"),
        )?
    };
    if is_set("COUNTERSIGN_VECTORS") {
        return Ok(report);
    }
    Ok(report.and(Report::passed(0, "published test vectors left out: COUNTERSIGN_VECTORS is not set")))
}

/// Whether cargo-nextest is installed.
pub(crate) fn nextest(place: &Place) -> bool {
    cargo(&place.root, &["nextest", "--version"]).works()
}

/// A run of the tests that a filter names, in the shared build.
pub(crate) fn nextest_of(place: &Place, filter: &str) -> Command {
    let profile = if is_set("CI") { "ci" } else { "default" };
    cargo(&place.root, &["nextest", "run", "--locked", "--workspace", "--profile", profile, "-E", filter])
}

/// Runs tests and counts them.
///
/// # Errors
///
/// If the command fails although no test did: it did not build, or there was nothing to run.
pub(crate) fn tally(command: Command) -> Result<Report, Problem> {
    Ok(counted(command)?.0)
}

/// The same, and notes what the tests say that they compared or left out.
pub(crate) fn compared(command: Command) -> Result<Report, Problem> {
    let (report, output) = counted(command)?;
    let said = |line: &&str| line.starts_with("compared:") || line.starts_with("left out:");
    let lines: BTreeSet<&str> = output.lines().map(str::trim).filter(said).collect();
    Ok(lines.into_iter().fold(report, |report, line| report.and(Report::passed(0, line))))
}

/// The same, with what the tests wrote.
fn counted(command: Command) -> Result<(Report, String), Problem> {
    let ran = command.run()?;
    // Under nextest the programs' own summaries may be quoted beside its one.
    let nextest = |line: &&str| line.trim_start().starts_with("Summary [");
    let only_nextest = ran.output.lines().any(|line| nextest(&line));
    let lines = ran.output.lines().filter(|line| !only_nextest || nextest(line));
    let Counts { passed, failed, skipped } = lines.filter_map(Counts::read).sum();
    if !ran.status.success() && failed == 0 {
        return Err(format!("the tests did not run to their end: {}", ran.status).into());
    }
    let note = if skipped == 0 { String::new() } else { format!("{skipped} not run") };
    Ok((Report { passed, failed, note }, ran.output))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Reads the summary of nextest or of one test program of cargo; other lines are `None`.
    ///
    /// `Summary [ 1.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped` and
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    fn read(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let nextest = line.strip_prefix("Summary [").and_then(|rest| rest.split_once(" run: "));
        let counted = match nextest {
            Some((_, counted)) => counted,
            None => line.strip_prefix("test result: ")?.split_once(". ")?.1,
        };
        let mut counts = Self::default();
        for (number, words) in counted.split([',', ';', '(']).filter_map(|item| item.trim().split_once(' ')) {
            let Ok(number) = number.parse::<u64>() else { continue };
            match words.trim_end_matches([')', ' ']) {
                "passed" => counts.passed += number,
                "failed" | "timed out" | "exec failed" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), |sum, next| Self {
            passed: sum.passed + next.passed,
            failed: sum.failed + next.failed,
            skipped: sum.skipped + next.skipped,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_test_runners_are_read() {
        let line =
            "     Summary [   1.250s] 12 tests run: 9 passed (1 slow), 1 failed, 2 timed out, 3 skipped";
        assert_eq!(Counts::read(line), Some(Counts { passed: 9, failed: 3, skipped: 3 }));
        let line =
            "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0s";
        assert_eq!(Counts::read(line), Some(Counts { passed: 3, failed: 1, skipped: 2 }));
        assert_eq!(Counts::read("    PASS [   0.004s] xtask steps::tests::it"), None);
    }

    #[test]
    fn a_failure_without_a_failed_test_is_a_problem() {
        assert!(tally(Command::new("sh", &["-c", "exit 101"])).is_err());
        let failed = "echo 'test result: FAILED. 0 passed; 1 failed; 0 ignored'; exit 101";
        assert_eq!(tally(Command::new("sh", &["-c", failed])).unwrap().failed, 1);
    }

    #[test]
    fn a_summary_that_nextest_quotes_is_not_counted_twice() {
        let both = "echo 'test result: ok. 1 passed; 0 failed'; echo 'Summary [ 1s] 3 tests run: 3 passed, 0 skipped'";
        assert_eq!(tally(Command::new("sh", &["-c", both])).unwrap(), Report::passed(3, ""));
    }
}
