//! drf-jwt's endpoints.

use crate::{Recordings, nothing};
use countersign_conformance::recording::{Configuration, JWT_AUTH, Step};
use countersign_conformance::replay::Tokens;

const RECORDINGS: Recordings = Recordings {
    name: "drf-jwt",
    file: JWT_AUTH,
    divergences: "divergences_jwt_auth.toml",
    left_out: &[(
        "jnoverify",
        "a server that verifies no signatures is refused when the configuration is read",
    )],
    adapted: as_demonstrated,
    meant: nothing,
};

/// The protected view is the project's own, in `peer/` as in the demo: when it was recorded it said the user's id too.
fn as_demonstrated(configuration: &Configuration) -> Configuration {
    let mut configuration = configuration.clone();
    for step in &mut configuration.steps {
        let Step::Exchange(exchange) = step else { continue };
        let body: serde_json::Value = serde_json::from_slice(&exchange.response.body).unwrap_or_default();
        if let Some(name) = body.get("user").and_then(|user| user.get("username")) {
            let user = serde_json::json!({ "user": name });
            let is_indented = exchange.response.body.contains(&b'\n');
            let text = if is_indented { format!("{{\n    \"user\": {name}\n}}") } else { user.to_string() };
            exchange.response.body = text.into_bytes();
        }
    }
    configuration
}

#[test]
fn recorded_requests_are_answered_alike_with_tokens_of_our_own() {
    RECORDINGS.replay(Tokens::Own, &[]);
}

#[test]
fn recorded_requests_are_answered_alike_with_the_tokens_that_drf_jwt_issued() {
    // Its project made each user's key by a function of its own; the key pairs of `rs256` and `es256` are gone.
    RECORDINGS.replay(Tokens::Recorded, &["juser-secret", "rs256", "es256"]);
}
