//! Questions about what the project is built on.

use crate::command::cargo;
use crate::place::Place;
use crate::report::Problem;
use std::collections::BTreeSet;

/// The names and versions of the crates that a package is built from for this machine, itself included,
/// with all its features: what could be in the program, not what tests use.
pub(crate) fn tree(place: &Place, package: &str) -> Result<BTreeSet<String>, Problem> {
    let arguments =
        ["tree", "--locked", "--edges", "normal", "--all-features", "--prefix", "none", "--format", "{p}"];
    let lines = cargo(&place.root, &arguments).argument("--package").argument(package).read()?;
    Ok(lines.lines().filter_map(name_and_version).collect())
}

/// The crates that a package is built from for its users, each with the features that it is built with.
pub(crate) fn features(place: &Place, package: &str) -> Result<BTreeSet<String>, Problem> {
    let arguments = ["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p} {f}"];
    let lines = cargo(&place.root, &arguments).argument("--package").argument(package).read()?;
    Ok(lines.lines().map(str::to_owned).collect())
}

/// `axum v0.8.9` of `axum v0.8.9 (proc-macro) (*)`.
fn name_and_version(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

/// One crate of the lock file, as `cargo metadata` describes it.
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence expression; empty if it states none.
    pub(crate) licence: String,
    /// Where it comes from; `None` for the workspace's own.
    pub(crate) source: Option<String>,
}

/// Every crate that any target, feature or test could use.
pub(crate) fn all(place: &Place) -> Result<Vec<Crate>, Problem> {
    let metadata =
        cargo(&place.root, &["metadata", "--locked", "--format-version", "1", "--all-features"]).read()?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Ok(packages
        .iter()
        .map(|package| Crate {
            name: text(&package["name"]).unwrap_or_default(),
            version: text(&package["version"]).unwrap_or_default(),
            licence: text(&package["license"]).unwrap_or_default(),
            source: text(&package["source"]),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_a_name_and_a_version() {
        assert_eq!(
            name_and_version("thiserror-impl v2.0.21 (proc-macro) (*)").unwrap(),
            "thiserror-impl v2.0.21"
        );
        assert_eq!(name_and_version(""), None);
    }
}
