//! The hashes in the test suites of Django 3.2, 4.2 and 5.2, read from the directory that `COUNTERSIGN_VECTORS`
//! names.

use super::matches;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

#[test]
fn the_hashes_of_djangos_own_tests_match() {
    let Some(vectors) = read("django/django_hashers_from_upstream_tests.json") else { return };
    let mut seen = 0;
    for vector in vectors.as_array().unwrap() {
        let encoded = vector["encoded"].as_str().unwrap();
        // One entry is a prefix without a password; SHA-1 left Django with version 5.1.
        let Some(password) = vector["password"].as_str().filter(|_| !encoded.starts_with("sha1$")) else {
            continue;
        };
        assert!(matches(password, encoded), "{encoded}");
        assert!(!matches(vector["wrong"].as_str().unwrap(), encoded), "{encoded}");
        seen += 1;
    }
    assert_eq!(seen, 15);
}

fn read(path: &str) -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "where vectors lie is the tester's business")]
    let Some(directory) = std::env::var_os("COUNTERSIGN_VECTORS") else {
        eprintln!("left out: COUNTERSIGN_VECTORS names no directory with {path}");
        return None;
    };
    let path = PathBuf::from(directory).join(path);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_slice(&text).expect("the vectors are JSON"))
}
