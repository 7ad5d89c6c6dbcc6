//! Arbitrary input for everything that reads what strangers send: the targets of `fuzz/`, each for a while.

use crate::command::{Command, Ran, cargo};
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::fs;
use std::path::Path;

/// Seconds for each target in the whole proof: enough to notice what a change broke, not to find what nobody saw.
const BRIEF: u32 = 4;

/// What builds the targets.
const CARGO_FUZZ: &str = "0.13.2";

/// The compiler that it needs.
const TOOLCHAIN: &str = "nightly";

/// How the targets are built.
#[derive(Clone, Copy)]
enum Build {
    /// Soon: what counts in the proof is how long the whole takes.
    Quick,
    /// For speed: what counts in a long run is how much is tried.
    Fast,
}

impl Build {
    /// What cargo-fuzz is told.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Quick => &["--dev"],
            Self::Fast => &[],
        }
    }

    /// The folder of cargo's profile.
    fn folder(self) -> &'static str {
        match self {
            Self::Quick => "debug",
            Self::Fast => "release",
        }
    }
}

/// The step of the proof.
pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    fuzz(place, BRIEF, Build::Quick)
}

/// Every target for so many seconds.
pub(crate) fn run_for(place: &Place, seconds: u32) -> Result<Report, Problem> {
    fuzz(place, seconds, Build::Fast)
}

/// Builds every target and runs each for so many seconds, from its corpus on. What is new goes to a folder that is
/// not kept; what fails, to `fuzz/artifacts`.
fn fuzz(place: &Place, seconds: u32, build: Build) -> Result<Report, Problem> {
    ensure_nightly(place)?;
    ensure_cargo_fuzz(place)?;
    let folder = place.root.join("fuzz");
    let targets = targets(&fs::read_to_string(folder.join("Cargo.toml"))?)?;
    let host = host()?;
    // Our code has no `unsafe` for the address sanitizer to watch, and is twice as fast without it.
    let arguments = ["fuzz", "build", "--sanitizer", "none", "--target", &host];
    build.flags().iter().fold(nightly(place, &arguments), Command::argument).succeed()?;
    let mut failed = Vec::new();
    let mut executions = 0;
    for target in &targets {
        let ran = try_out(
            place,
            &folder.join("target").join(&host).join(build.folder()).join(target),
            target,
            seconds,
        )?;
        executions += executed(&ran.output).unwrap_or(0);
        // A target that ran nothing shows nothing.
        if !ran.status.success() || executed(&ran.output).is_none_or(|count| count == 0) {
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

fn try_out(place: &Place, program: &Path, target: &str, seconds: u32) -> Result<Ran, Problem> {
    let found = place.target.join("fuzz").join(target);
    let artifacts = place.root.join("fuzz/artifacts").join(target);
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&artifacts)?;
    let limits = ["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"];
    Command::new(program, &limits)
        .argument(format!("-max_total_time={seconds}"))
        .argument(format!("-artifact_prefix={}/", artifacts.display()))
        .argument(found)
        .argument(place.root.join("fuzz/corpus").join(target))
        .run()
}

/// Installs the compiler where it is missing.
fn ensure_nightly(place: &Place) -> Result<(), Problem> {
    let is_there = || nightly(place, &["--version"]).read().is_ok_and(|version| version.contains("-nightly"));
    if is_there() {
        return Ok(());
    }
    say(&format!("  the {TOOLCHAIN} compiler is missing: installing it by rustup"));
    let by_hand = || format!("the {TOOLCHAIN} compiler is missing: `rustup toolchain install {TOOLCHAIN}`");
    let install = ["toolchain", "install", TOOLCHAIN, "--profile", "minimal", "--no-self-update"];
    Command::new("rustup", &install).succeed().map_err(|problem| format!("{} ({problem})", by_hand()))?;
    if is_there() { Ok(()) } else { Err(by_hand().into()) }
}

/// Installs it where it is missing.
fn ensure_cargo_fuzz(place: &Place) -> Result<(), Problem> {
    if cargo(&place.root, &["fuzz", "--version"]).works() {
        return Ok(());
    }
    say("  cargo-fuzz is missing: installing it by cargo");
    let install = ["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ];
    cargo(&place.root, &install).succeed()?;
    if cargo(&place.root, &["fuzz", "--version"]).works() {
        return Ok(());
    }
    Err("cargo-fuzz was installed and does not run: is cargo's bin folder in PATH?".into())
}

/// Cargo of the other toolchain, in `fuzz/`. What rustup told us of ours is overruled.
fn nightly(place: &Place, arguments: &[&str]) -> Command {
    cargo(&place.root.join("fuzz"), arguments).env("RUSTUP_TOOLCHAIN", TOOLCHAIN)
}

fn host() -> Result<String, Problem> {
    let version = Command::new("rustc", &["--version", "--verbose"]).read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say what machine this is")?.to_owned())
}

/// The names of the binaries of a manifest.
fn targets(manifest: &str) -> Result<Vec<String>, Problem> {
    let manifest: toml::Table = manifest.parse()?;
    let binaries =
        manifest.get("bin").and_then(toml::Value::as_array).ok_or("fuzz/Cargo.toml has no targets")?;
    let name = |binary: &toml::Value| Some(binary.get("name")?.as_str()?.to_owned());
    Ok(binaries.iter().filter_map(name).collect())
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
    fn every_target_is_a_binary_of_the_manifest() {
        let manifest = "[package]\nname = \"fuzz\"\n[[bin]]\nname = \"token\"\n[[bin]]\nname = \"cookie\"\n";
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
