//! Arbitrary input for everything that reads what strangers send: the targets of `fuzz/`, each for a while.

use crate::command::{Command, Ran, cargo};
use crate::install::ensure_debian;
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::fs;

/// Seconds for each target in the whole proof: enough to notice what a change broke, not to find what nobody saw.
const BRIEF: u32 = 4;

/// The step of the proof.
pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    run_for(place, BRIEF)
}

/// Builds every target and runs each for so many seconds, from its corpus on. What is new goes to a folder that is
/// not kept; what fails, to `fuzz/artifacts`.
pub(crate) fn run_for(place: &Place, seconds: u32) -> Result<Report, Problem> {
    let targets = targets(&fs::read_to_string(place.root.join("fuzz/Cargo.toml"))?)?;
    build(place, &targets)?;
    let mut failed = Vec::new();
    let mut executions = 0;
    for target in &targets {
        let ran = try_out(place, target, seconds)?;
        let executed = executed(&ran.output).unwrap_or(0);
        executions += executed;
        // A target that ran nothing shows nothing.
        if !ran.status.success() || executed == 0 {
            failed.push(target.as_str());
        }
    }
    if !failed.is_empty() {
        say(&format!("  what they failed on is in fuzz/artifacts: {}", failed.join(", ")));
    }
    let passed = (targets.len() - failed.len()) as u64;
    let note = format!("{executions} inputs, {seconds} s a target");
    Ok(Report { passed, failed: failed.len() as u64, note })
}

/// Our own crates once more, by a compiler that instruments them; the others are those of the other steps. But for
/// the loops of PBKDF2 it has no `unsafe` for a sanitizer to watch, so that the usual compiler will do.
fn build(place: &Place, targets: &[String]) -> Result<(), Problem> {
    ensure_debian("g++", &|| Command::new("c++", &["--version"]).works())?;
    let build =
        cargo(&place.root, &["build", "--locked", "--workspace", "--features", "countersign-fuzz/libfuzzer"])
            .env("RUSTC_WORKSPACE_WRAPPER", place.root.join("fuzz/instrumented"));
    targets.iter().fold(build, |build, target| build.argument("--example").argument(target)).succeed()?;
    Ok(())
}

fn try_out(place: &Place, target: &str, seconds: u32) -> Result<Ran, Problem> {
    let found = place.target.join("fuzz").join(target);
    let artifacts = place.root.join("fuzz/artifacts").join(target);
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&artifacts)?;
    let limits =
        ["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096", "-verbosity=0"];
    Command::new(place.target.join("debug/examples").join(target), &limits)
        .argument(format!("-max_total_time={seconds}"))
        .argument(format!("-artifact_prefix={}/", artifacts.display()))
        .argument(found)
        .argument(place.root.join("fuzz/corpus").join(target))
        .run()
}

/// The names of the examples of a manifest.
fn targets(manifest: &str) -> Result<Vec<String>, Problem> {
    let manifest: toml::Table = manifest.parse()?;
    let examples =
        manifest.get("example").and_then(toml::Value::as_array).ok_or("fuzz/Cargo.toml has no targets")?;
    let name = |example: &toml::Value| Some(example.get("name")?.as_str()?.to_owned());
    Ok(examples.iter().filter_map(name).collect())
}

/// How many inputs libFuzzer tried, by its closing statistics.
fn executed(output: &str) -> Option<u64> {
    let line = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_an_example_of_the_manifest() {
        let manifest =
            "[package]\nname = \"fuzz\"\n[[example]]\nname = \"token\"\n[[example]]\nname = \"cookie\"\n";
        assert_eq!(targets(manifest).unwrap(), ["token", "cookie"]);
        assert!(targets("[package]\nname = \"fuzz\"").is_err());
    }

    #[test]
    fn the_number_of_inputs_is_read_from_the_statistics() {
        let output = "Done 5 runs\nstat::number_of_executed_units: 81726\nstat::peak_rss_mb: 40\n";
        assert_eq!(executed(output), Some(81726));
        assert_eq!(executed("#1 INITED"), None);
    }
}
