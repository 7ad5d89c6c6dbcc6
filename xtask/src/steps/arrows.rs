//! The arrows between the crates, and what none of them may stand on.

use crate::dependencies::{features, tree};
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::collections::BTreeSet;
use std::fs;

/// What a package, with everything under it, must do without.
struct Arrow {
    package: &'static str,
    without: &'static [&'static str],
    because: &'static str,
}

const ARROWS: &[Arrow] = &[
    Arrow {
        package: "countersign-pbkdf2",
        without: &["countersign-core", "serde", "tokio", "getrandom"],
        because: "the one crate with `unsafe` knows nothing but its loop",
    },
    Arrow {
        package: "countersign-core",
        without: &["axum", "tokio", "hyper", "http", "rusqlite", "tokio-postgres"],
        because: "the rules know no HTTP, no SQL and no runtime",
    },
    Arrow {
        package: "countersign",
        without: &["countersign-store", "rusqlite", "tokio-postgres", "toml", "clap"],
        because: "the library knows no database, configuration file or command line",
    },
    Arrow {
        package: "countersign-store",
        without: &["countersign", "axum", "http", "hyper"],
        because: "the store knows no HTTP",
    },
    Arrow {
        package: "countersign-server",
        without: &["openssl", "openssl-sys", "native-tls", "rsa"],
        because: "the program brings its own cryptography, and no RSA that leaks time",
    },
];

/// The one member whose lint table is its own: it may contain `unsafe`, where an `expect` argues for it.
const UNSAFE: &str = "crates/countersign-pbkdf2";

/// Features of ours that no build of the program may have.
const FOR_TESTS: [&str; 2] = ["failpoints", "testing"];

/// The most crates that the program may be built from. Raising it is a decision: say in the commit what the
/// new ones are for.
const CRATES: usize = 215;

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let mut wrong = Vec::new();
    for arrow in ARROWS {
        let tree = tree(place, arrow.package)?;
        wrong.extend(forbidden(&tree, arrow.without).map(|found| {
            let (package, because) = (arrow.package, arrow.because);
            format!(
                "{package} depends on {found}, but {because}; `cargo tree -p {package} -i {found}` shows how"
            )
        }));
    }
    let crates = tree(place, "countersign-server")?.len();
    if crates > CRATES {
        wrong.push(format!("the program is built from {crates} crates, {CRATES} is the ceiling"));
    }
    wrong.extend(lax(place)?);
    wrong.extend(
        features(place, "countersign-server")?
            .into_iter()
            .filter(|line| is_for_tests(line))
            .map(|line| format!("what users build has a feature that is for tests: {line}")),
    );
    for line in &wrong {
        say(&format!("  {line}"));
    }
    let failed = wrong.len() as u64;
    let passed = if failed == 0 { ARROWS.len() as u64 + 3 } else { 0 };
    Ok(Report { passed, failed, note: format!("{crates} crates, at most {CRATES}") })
}

/// Members that do not take the workspace's lints, and with them `unsafe_code = "forbid"`.
fn lax(place: &Place) -> Result<Vec<String>, Problem> {
    let mut members = vec!["conformance".to_owned(), "benches".to_owned(), "xtask".to_owned()];
    for folder in fs::read_dir(place.root.join("crates"))? {
        members.push(format!("crates/{}", folder?.file_name().to_string_lossy()));
    }
    let mut wrong = Vec::new();
    for member in members.iter().filter(|member| *member != UNSAFE) {
        let manifest = fs::read_to_string(place.root.join(member).join("Cargo.toml"))?;
        if !takes_the_lints(&manifest)? {
            wrong.push(format!("{member} does not say `[lints] workspace = true`"));
        }
    }
    let workspace: toml::Table = fs::read_to_string(place.root.join("Cargo.toml"))?.parse()?;
    if workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str() != Some("forbid") {
        wrong.push("the workspace does not forbid `unsafe_code`".to_owned());
    }
    Ok(wrong)
}

/// Whether one of our own crates has a feature that only tests may turn on.
fn is_for_tests(line: &str) -> bool {
    let mut words = line.split([' ', ',']);
    let ours = words.next().is_some_and(|name| name.starts_with("countersign"));
    ours && words.any(|word| FOR_TESTS.contains(&word))
}

fn takes_the_lints(manifest: &str) -> Result<bool, Problem> {
    let manifest: toml::Table = manifest.parse()?;
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    Ok(lints.and_then(toml::Value::as_bool) == Some(true))
}

fn forbidden<'a>(tree: &BTreeSet<String>, without: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let named = |name: &str| tree.iter().any(|one| one.split(' ').next() == Some(name));
    without.iter().copied().filter(move |name| named(name)).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_lints_of_its_own_is_found() {
        assert!(takes_the_lints("[lints]\nworkspace = true").unwrap());
        assert!(!takes_the_lints("[lints.rust]\nunsafe_code = \"allow\"").unwrap());
        assert!(!takes_the_lints("[package]\nname = \"a\"").unwrap());
    }

    #[test]
    fn a_feature_for_tests_is_found_in_our_own_crates_alone() {
        assert!(is_for_tests("countersign-store v0.1.0 (/src) default,failpoints"));
        assert!(!is_for_tests("countersign-store v0.1.0 (/src/failpoints) default"));
        assert!(!is_for_tests("other v1.0.0 testing"));
    }

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = BTreeSet::from(["http v1.0.0".to_owned(), "http-body v1.0.0".to_owned()]);
        assert_eq!(forbidden(&tree, &["axum", "http"]).collect::<Vec<_>>(), ["http"]);
        let tree = BTreeSet::from(["http-body v1.0.0".to_owned()]);
        assert_eq!(forbidden(&tree, &["axum", "http"]).count(), 0);
    }
}
