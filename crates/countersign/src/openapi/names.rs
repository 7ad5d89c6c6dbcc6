//! Names that are the same at every start, and no two the same.

use crate::endpoint::{Endpoint, Operation};
use std::collections::HashMap;

/// The names of operations: made of the endpoint's name, of the method where it has several, and of the path where
/// two endpoints have one name.
pub(super) struct Names(HashMap<String, usize>);

impl Names {
    pub(super) fn of(endpoints: &[&Endpoint]) -> Self {
        let mut counted = HashMap::new();
        for endpoint in endpoints {
            *counted.entry(compact(&endpoint.name)).or_insert(0) += 1;
        }
        Self(counted)
    }

    /// The name of an operation and of its schemas: `TokenObtainPair`.
    pub(super) fn name(&self, endpoint: &Endpoint, operation: &Operation) -> String {
        let mut name = compact(&endpoint.name);
        if self.0.get(&name).is_some_and(|&count| count > 1) {
            name.push_str(&compact(&endpoint.path));
        }
        if endpoint.operations.len() > 1 {
            name.push_str(&compact(operation.method.as_str()));
        }
        name
    }
}

/// The path with its tail, as OpenAPI writes it: `/api-token-blacklist/{id}/`.
pub(super) fn path(endpoint: &Endpoint) -> String {
    match endpoint.tail {
        Some(tail) => format!("{}/{{{tail}}}/", endpoint.path.trim_end_matches('/')),
        None => endpoint.path.clone(),
    }
}

/// Words without what is between them, each with one capital: `Who`, `/api/endpoint/` and `POST` become `Who`,
/// `ApiEndpoint` and `Post`.
fn compact(words: &str) -> String {
    let words = words.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            let rest = if rest.bytes().all(|byte| byte.is_ascii_uppercase()) {
                rest.to_ascii_lowercase()
            } else {
                rest.to_owned()
            };
            first.to_ascii_uppercase() + &rest
        })
        .collect()
}

/// The same with a small first letter: the id of an operation.
pub(super) fn id(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_lowercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_run_together() {
        assert_eq!(compact("Token Obtain Pair"), "TokenObtainPair");
        assert_eq!(compact("/api/protected-endpoint/"), "ApiProtectedEndpoint");
        assert_eq!(compact("DELETE"), "Delete");
        assert_eq!(compact("refresh_token"), "RefreshToken");
        assert_eq!(id("TokenObtainPair"), "tokenObtainPair");
        assert_eq!(id(""), "");
    }
}
