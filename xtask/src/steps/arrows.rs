//! The arrows between the crates, and what none of them may stand on.

use crate::dependencies::tree;
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::collections::BTreeSet;

/// What a package, with everything under it, must do without.
struct Arrow {
    package: &'static str,
    without: &'static [&'static str],
    because: &'static str,
}

const ARROWS: &[Arrow] = &[
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

/// The most crates that the program may be built from. Raising it is a decision: say in the commit what the
/// new ones are for.
const CRATES: usize = 170;

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
    for line in &wrong {
        say(&format!("  {line}"));
    }
    let failed = wrong.len() as u64;
    let passed = if failed == 0 { ARROWS.len() as u64 + 1 } else { 0 };
    Ok(Report { passed, failed, note: format!("{crates} crates, at most {CRATES}") })
}

fn forbidden<'a>(tree: &BTreeSet<String>, without: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let named = |name: &str| tree.iter().any(|one| one.split(' ').next() == Some(name));
    without.iter().copied().filter(move |name| named(name)).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = BTreeSet::from(["http v1.0.0".to_owned(), "http-body v1.0.0".to_owned()]);
        assert_eq!(forbidden(&tree, &["axum", "http"]).collect::<Vec<_>>(), ["http"]);
        let tree = BTreeSet::from(["http-body v1.0.0".to_owned()]);
        assert_eq!(forbidden(&tree, &["axum", "http"]).count(), 0);
    }
}
