//! The public API of the library: `crates/countersign/public-api.txt` is what rustdoc sees, and names no type of a crate
//! that users would have to depend on for it.
//!
//! rustdoc writes it as JSON, whose form changes from one compiler to the next: it is always asked of the oldest
//! compiler that the library supports, which shows besides that the library still compiles with it.

use crate::command::cargo;
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// The committed list.
const LIST: &str = "crates/countersign/public-api.txt";

/// The oldest compiler that the library supports: `rust-version` in Cargo.toml.
const TOOLCHAIN: &str = "1.95.0";

/// Whose types may stand in it: ours, the standard library's, and those that every axum application has.
const ALLOWED: [&str; 17] = [
    "alloc",
    "axum",
    "axum_core",
    "bytes", // `axum::body::Bytes`
    "core",
    "countersign",
    "countersign_core",
    "http",
    "http_body",      // `axum::body::HttpBody`
    "http_body_util", // `Full`: the body of an answer of the two services, whole
    "jiff",
    "proc_macro",
    "serde_core",
    "std",
    "tower",
    "tower_layer",
    "tower_service",
];

/// Compares the list with what rustdoc sees, and looks for types that nobody allowed.
pub(crate) fn check(place: &Place) -> Result<Report, Problem> {
    let found = list(place)?;
    let foreign = foreign(&found);
    for name in &foreign {
        say(&format!("  the public API names a type of `{name}`: wrap it, or allow it in xtask/src/api.rs"));
    }
    let written = fs::read_to_string(place.root.join(LIST)).unwrap_or_default();
    let differences = differences(&written, &found);
    for line in &differences {
        say(&format!("  {line}"));
    }
    if !differences.is_empty() {
        say(&format!(
            "  {LIST} is not the public API: if the change is meant, `cargo xtask write-api` writes it anew"
        ));
    }
    let failed = u64::from(!foreign.is_empty()) + u64::from(!differences.is_empty());
    Ok(Report { passed: 2 - failed, failed, note: format!("{} items", found.lines().count()) })
}

/// Writes the list anew.
pub(crate) fn write(place: &Place) -> Result<bool, Problem> {
    fs::write(place.root.join(LIST), list(place)?)?;
    Ok(true)
}

/// An item a line, without what every type has of itself: automatic, derived and blanket implementations.
fn list(place: &Place) -> Result<String, Problem> {
    let json = describe(place)?;
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| format!("what rustdoc wrote cannot be read by the crate `public-api`: {error}"))?;
    let items = api.items().map(|item| format!("{item}\n"));
    // What a macro writes for itself is nobody's to use.
    Ok(items.filter(|item| !item.contains("::__private::")).collect())
}

fn describe(place: &Place) -> Result<PathBuf, Problem> {
    let toolchain = format!("+{TOOLCHAIN}");
    let target = place.target.join("public-api");
    let rustdoc = [&toolchain, "rustdoc", "--locked", "--package", "countersign", "--lib", "--all-features"];
    let format = ["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"];
    // rustup installs the toolchain if it is missing.
    cargo(&place.root, &[&rustdoc[..], &format[..]].concat())
        // The form of the JSON is not promised, which is why the toolchain is pinned; a stable compiler writes it all the same.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target)
        .succeed()?;
    Ok(target.join("doc/countersign.json"))
}

/// The crates that the list names and that nobody allowed: whatever stands first in a path.
fn foreign(list: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let paths = list.split(|letter: char| !is_word(letter) && letter != ':');
    let first = paths.filter_map(|path| path.split_once("::")).map(|(first, _)| first);
    first
        .filter(|first| first.starts_with(|letter: char| letter.is_lowercase()) && !ALLOWED.contains(first))
        .collect()
}

/// The lines that only one of them has, in order.
fn differences(written: &str, found: &str) -> Vec<String> {
    let (before, after) = (written.lines().collect::<BTreeSet<_>>(), found.lines().collect::<BTreeSet<_>>());
    let gone = before.difference(&after).map(|line| format!("- {line}"));
    gone.chain(after.difference(&before).map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_nobody_allowed_is_found_where_a_path_begins() {
        let list = "pub fn countersign::a(x: &hyper::body::Incoming) -> std::io::Result<Self::Output>\n\
                    impl<T: rand_core::RngCore> countersign::B<T> for http::Uri\n";
        assert_eq!(foreign(list).into_iter().collect::<Vec<_>>(), ["hyper", "rand_core"]);
    }

    #[test]
    fn what_came_and_what_went_is_shown() {
        assert_eq!(differences("a\nb\n", "b\nc\n"), ["- a", "+ c"]);
        assert!(differences("a\n", "a\n").is_empty());
    }
}
