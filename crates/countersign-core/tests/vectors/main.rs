//! Published test vectors, read from the directory that `COUNTERSIGN_VECTORS` names: Wycheproof, the RFCs and their
//! cookbook, `JSONTestSuite` and the list of naughty strings. Their numbers are pinned, so that a file that is not
//! read is a failure.
#![expect(clippy::unwrap_used, reason = "a vector that is not what it should be is a failure")]

mod json_suite;
mod keys;
mod naughty;
mod primitives;
mod rfc;
mod wycheproof;

use countersign_core::jws::{Algorithm, KeyRing, VerifyingKey};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The directory, or none after saying so.
fn directory(wanted: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where vectors lie is the tester's business")]
    let directory = std::env::var_os("COUNTERSIGN_VECTORS").map(PathBuf::from);
    if directory.is_none() {
        say(&format!("left out: COUNTERSIGN_VECTORS names no directory with {wanted}"));
    }
    directory
}

fn read(path: &str) -> Option<Value> {
    let path = directory(path)?.join(path);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_slice(&text).expect("the vectors are JSON"))
}

/// A line that begins with `compared:` is repeated by whoever runs all tests.
#[expect(clippy::print_stdout, reason = "what was compared is worth reading when it passes, too")]
fn say(line: &str) {
    println!("{line}");
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a string"))
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    let digits = text(value, name);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// The tests of a Wycheproof file, each with its group.
fn tests(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().expect("there are groups");
    groups.iter().flat_map(|group| {
        group["tests"].as_array().expect("there are tests").iter().map(move |test| (group, test))
    })
}

/// A ring of the one key that a JWK is. Where it does not say for what algorithm, it is this one.
fn ring(jwk: &Value, otherwise: Option<Algorithm>) -> Option<KeyRing> {
    let stated = jwk["alg"].as_str();
    let otherwise = if stated.is_some() { None } else { otherwise };
    let jwk = countersign_core::jwk::Jwk::read(jwk.to_string().as_bytes()).ok()?;
    let key: VerifyingKey = jwk.verifying_key(otherwise).ok()?;
    Some(KeyRing::verifying_only(vec![key]))
}
