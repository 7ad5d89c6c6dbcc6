//! Licences, banned crates and sources, as `deny.toml` says; with cargo-deny where it is installed, and
//! always by our own reading of the same file, so that nothing depends on what a machine happens to have.

use crate::command::cargo;
use crate::dependencies::{Crate, all};
use crate::place::Place;
use crate::report::{Problem, Report, say};
use spdx::{Expression, ParseMode};
use std::fs;

/// The part of `deny.toml` that we read ourselves.
struct Policy {
    licences: Vec<String>,
    exceptions: Vec<(String, Vec<String>)>,
    banned: Vec<String>,
    registries: Vec<String>,
}

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let policy = Policy::read(&fs::read_to_string(place.root.join("deny.toml"))?)?;
    let crates = all(place)?;
    let wrong: Vec<String> = crates.iter().filter_map(|one| policy.objection(one)).collect();
    for line in &wrong {
        say(&format!("  {line}"));
    }
    if !wrong.is_empty() {
        return Ok(Report { passed: 0, failed: wrong.len() as u64, note: wrong[0].clone() });
    }
    let report = Report::passed(1, format!("{} crates read", crates.len()));
    if !cargo(&place.root, &["deny", "--version"]).works() {
        return Ok(report);
    }
    let deny = cargo(
        &place.root,
        &["deny", "--workspace", "--all-features", "check", "bans", "licenses", "sources"],
    );
    deny.succeed()?;
    Ok(report.and(Report::passed(1, "cargo-deny agrees")))
}

impl Policy {
    fn read(text: &str) -> Result<Self, Problem> {
        let file: toml::Table = text.parse()?;
        let list = |section: &str, key: &str| file.get(section).and_then(|it| it.get(key)?.as_array());
        let words = |values: &[toml::Value]| -> Vec<String> {
            values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        };
        let named = |value: &toml::Value| value.get("crate")?.as_str().map(str::to_owned);
        let policy = Self {
            licences: words(list("licenses", "allow").ok_or("deny.toml allows no licence")?),
            exceptions: list("licenses", "exceptions")
                .into_iter()
                .flatten()
                .filter_map(|value| Some((named(value)?, words(value.get("allow")?.as_array()?))))
                .collect(),
            banned: list("bans", "deny").into_iter().flatten().filter_map(named).collect(),
            registries: words(list("sources", "allow-registry").ok_or("deny.toml allows no registry")?),
        };
        Ok(policy)
    }

    /// What is wrong with a crate, if anything.
    fn objection(&self, one: &Crate) -> Option<String> {
        let who = format!("{} {}", one.name, one.version);
        if self.banned.contains(&one.name) {
            return Some(format!("{who} is banned"));
        }
        let registry = one.source.as_deref().map(|source| source.trim_start_matches("registry+"));
        if let Some(source) = registry.filter(|registry| !self.registries.iter().any(|it| it == registry)) {
            return Some(format!("{who} comes from {source}"));
        }
        (!self.allows(one))
            .then(|| format!("{who} is licensed `{}`, which deny.toml does not allow", one.licence))
    }

    fn allows(&self, one: &Crate) -> bool {
        let also =
            self.exceptions.iter().find(|(name, _)| *name == one.name).map_or(&[][..], |(_, allow)| allow);
        Expression::parse_mode(&one.licence, ParseMode::LAX).is_ok_and(|expression| {
            expression.evaluate(|wanted| self.licences.iter().chain(also).any(|it| *it == wanted.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objection(name: &str, licence: &str, source: Option<&str>) -> Option<String> {
        let policy = Policy::read(
            r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
            exceptions = [{ crate = "odd", allow = ["Unicode-3.0"] }]
            [bans]
            deny = [{ crate = "openssl", reason = "…" }]
            [sources]
            allow-registry = ["https://github.com/rust-lang/crates.io-index"]
            "#,
        )
        .unwrap();
        let (name, licence) = (name.to_owned(), licence.to_owned());
        policy.objection(&Crate {
            name,
            version: "1.0.0".to_owned(),
            licence,
            source: source.map(str::to_owned),
        })
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_condition_must_be_met() {
        assert_eq!(objection("a", "GPL-3.0 OR MIT", None), None);
        assert_eq!(objection("a", "MIT/Apache-2.0", None), None);
        assert_eq!(objection("a", "Apache-2.0 WITH LLVM-exception", None), None);
        assert!(objection("a", "MIT AND Unicode-3.0", None).is_some());
        assert!(objection("a", "", None).is_some());
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        assert_eq!(objection("odd", "MIT AND Unicode-3.0", None), None);
        assert!(objection("even", "MIT AND Unicode-3.0", None).is_some());
    }

    #[test]
    fn banned_crates_and_other_sources_are_refused() {
        assert!(objection("openssl", "MIT", None).unwrap().contains("banned"));
        assert!(objection("a", "MIT", Some("git+https://example.com/a")).unwrap().contains("comes from"));
        assert_eq!(
            objection("a", "MIT", Some("registry+https://github.com/rust-lang/crates.io-index")),
            None
        );
    }
}
