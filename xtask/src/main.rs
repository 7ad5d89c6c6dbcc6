//! The project's chores, as `cargo xtask`.
//!
//! `cargo xtask test` is the whole proof: every step of [`steps::ALL`], in order. What a step needs, it finds
//! or installs and says so; what is missing and cannot be installed fails. Nothing is left out in silence.

mod api;
mod chores;
mod command;
mod dependencies;
mod install;
mod place;
mod report;
mod server;
mod steps;

use place::Place;
use report::Problem;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [--only STEP]...   the whole proof, or the named steps of it
cargo xtask STEP                    one step
cargo xtask fmt                     format the sources
cargo xtask write-api               take the library's public API as it is now for the committed one
cargo xtask bench [ARGUMENT]...     the benchmarks, as ratios of one run
cargo xtask fuzz SECONDS            arbitrary input, so long for each target
cargo xtask soak [FILTER]...        the tests that take long (marked #[ignore]); all of them: and ten minutes of each fuzz target
cargo xtask help                    this page

The steps, in order:
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            report::say(&format!("cargo xtask: {problem}"));
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line says; `false` if something was found wrong.
fn run(words: &[&str]) -> Result<bool, Problem> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            report::say(&help());
            Ok(true)
        }
        ["test", options @ ..] => Ok(steps::run(&Place::find()?, &only(options)?)),
        ["fmt"] => chores::format(&Place::find()?),
        ["write-api"] => api::write(&Place::find()?),
        ["bench", arguments @ ..] => chores::bench(&Place::find()?, arguments),
        ["fuzz", seconds] => chores::fuzz(&Place::find()?, seconds),
        ["soak", filters @ ..] => chores::soak(&Place::find()?, filters),
        [step] => Ok(steps::run(&Place::find()?, &[steps::find(step)?])),
        [command, ..] => Err(format!("`{command}` takes no arguments; see `cargo xtask help`").into()),
    }
}

/// The steps that `--only` names, or all of them.
fn only(mut options: &[&str]) -> Result<Vec<&'static steps::Step>, Problem> {
    let mut chosen = Vec::new();
    while let [option, rest @ ..] = options {
        options = match (*option, rest) {
            ("--only", [step, rest @ ..]) => {
                chosen.push(steps::find(step)?);
                rest
            }
            _ => return Err(format!("`{option}` is not understood; see `cargo xtask help`").into()),
        };
    }
    Ok(if chosen.is_empty() { steps::ALL.iter().collect() } else { chosen })
}

fn help() -> String {
    let steps = steps::ALL.iter().map(|step| format!("  {:<12}  {}\n", step.name, step.about));
    format!("{HELP}{}", steps.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_picks_steps_by_name_and_none_means_all() {
        let picked = only(&["--only", "lint", "--only", "format"]).unwrap();
        assert_eq!(picked.iter().map(|step| step.name).collect::<Vec<_>>(), ["lint", "format"]);
        assert_eq!(only(&[]).unwrap().len(), steps::ALL.len());
    }

    #[test]
    fn a_misspelt_step_or_option_is_refused() {
        assert!(only(&["--only", "lnit"]).unwrap_err().to_string().contains("lint"));
        assert!(only(&["--skip", "lint"]).is_err());
        assert!(only(&["--only"]).is_err());
    }

    #[test]
    fn the_help_names_every_step() {
        assert!(steps::ALL.iter().all(|step| help().contains(step.name)));
    }
}
