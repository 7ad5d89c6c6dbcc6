//! The tests that drive a real browser, and those of the JavaScript client.

use super::unit::{nextest, nextest_of, tally};
use crate::command::{Command, cargo};
use crate::install::ensure_debian;
use crate::place::{Place, variable};
use crate::report::{Problem, Report, say};

/// Which driver the browser tests use; theirs is found or installed where it is not set.
const DRIVER: &str = "COUNTERSIGN_CHROMEDRIVER";

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    Ok(client(place)?.and(pages(place)?))
}

/// Every test program whose name begins with `browser`.
fn pages(place: &Place) -> Result<Report, Problem> {
    let driver = driver()?;
    let command = if nextest(place) {
        nextest_of(place, "binary(/^browser/)")
    } else {
        cargo(&place.root, &["test", "--locked", "--workspace", "--no-fail-fast", "--test", "browser*"])
    };
    tally(command.env(DRIVER, driver).env("COUNTERSIGN_AXE", axe(place)?))
}

/// The judge of pages for people who do not see them, and its version.
const AXE: &str = "axe-core";
const AXE_VERSION: &str = "4.10.3";

/// Where axe-core is: fetched once, under `target/`, and injected into pages by tests alone.
fn axe(place: &Place) -> Result<String, Problem> {
    let folder = place.root.join("target").join(AXE).join(AXE_VERSION);
    let script = folder.join("package/axe.min.js");
    if !script.exists() {
        ensure_debian("npm", &|| Command::new("npm", &["--version"]).works())?;
        std::fs::create_dir_all(&folder)?;
        let (wanted, packed) = (format!("{AXE}@{AXE_VERSION}"), format!("{AXE}-{AXE_VERSION}.tgz"));
        say(&format!("  fetching {wanted} from npm into target/"));
        Command::new("npm", &["pack", "--silent", &wanted]).folder(&folder).succeed()?;
        Command::new("tar", &["xzf", &packed]).folder(&folder).succeed()?;
    }
    Ok(script.display().to_string())
}

/// The driver that is named, or Debian's with the browser that belongs to it.
fn driver() -> Result<String, Problem> {
    if let Some(named) = variable(DRIVER) {
        return Ok(named);
    }
    for (package, program) in [("chromium", "chromium"), ("chromium-driver", "chromedriver")] {
        ensure_debian(package, &|| Command::new(program, &["--version"]).works())?;
    }
    Ok("chromedriver".to_owned())
}

/// The tests of `clients/js`.
fn client(place: &Place) -> Result<Report, Problem> {
    ensure_debian("nodejs", &|| Command::new("node", &["--version"]).works())?;
    let folder = place.root.join("clients/js");
    let ran = Command::new("node", &["--test", "--test-reporter=tap"]).folder(&folder).run()?;
    let report = count(&ran.output);
    if report.passed + report.failed == 0 || (report.failed == 0 && !ran.status.success()) {
        return Err(format!("node's tests did not run to their end: {}", ran.status).into());
    }
    say(&format!("  {} tests of the JavaScript client passed, {} failed", report.passed, report.failed));
    Ok(report)
}

/// The lines `# pass 19` and `# fail 0` at the end of TAP; a test that was cancelled or skipped did not pass.
fn count(tap: &str) -> Report {
    let number = |name: &str| {
        let lines = tap.lines().filter_map(|line| line.strip_prefix(&format!("# {name} ")));
        lines.filter_map(|number| number.trim().parse::<u64>().ok()).sum::<u64>()
    };
    let failed = number("fail") + number("cancelled") + number("skipped") + number("todo");
    Report { passed: number("pass"), failed, note: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_of_the_client_that_did_not_pass_failed() {
        let tap = "# tests 5\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n";
        assert_eq!(count(tap), Report { passed: 2, failed: 3, note: String::new() });
        assert_eq!(count("TAP version 13\n"), Report::default());
    }
}
