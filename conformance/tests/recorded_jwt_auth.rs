//! What drf-jwt answered, asked of the program's application in-process at the recorded moments.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod stand;

use countersign_conformance::divergences::Divergences;
use countersign_conformance::recording::{Configuration, JWT_AUTH, Step, read};
use countersign_conformance::replay::{Outcome, Tokens, replay};
use countersign_conformance::{file, say};
use stand::Stand;
use std::collections::BTreeSet;

const DIVERGENCES: &str = "divergences_jwt_auth.toml";

/// The configurations that are recorded and not replayed, with the reason.
const LEFT_OUT: [(&str, &str); 1] =
    [("jnoverify", "a server that verifies no signatures is refused when the configuration is read")];

fn replayed(tokens: Tokens, also_left_out: &[&str]) {
    let mut divergences = Divergences::read(&std::fs::read_to_string(file(DIVERGENCES)).unwrap()).unwrap();
    let left_out = |name: &str| LEFT_OUT.iter().any(|(own, _)| *own == name) || also_left_out.contains(&name);
    let (mut all, mut names) = (Outcome::default(), BTreeSet::new());
    let configurations = read(&file(JWT_AUTH)).unwrap();
    for configuration in configurations.iter().filter(|configuration| !left_out(&configuration.name)) {
        let mut stand = Stand::new(&configuration.settings);
        let outcome = replay(&as_demonstrated(configuration), tokens, &mut stand, &mut divergences);
        all.compared += outcome.compared;
        all.listed += outcome.listed;
        all.unexpected.extend(outcome.unexpected);
        names.insert(configuration.name.as_str());
    }
    let unused: Vec<&str> = divergences.unused(&names).collect();
    let Outcome { compared, listed, unexpected } = all;
    let whose = if tokens == Tokens::Own { "own" } else { "Django's" };
    let odd = unexpected.len();
    say(&format!(
        "compared: {compared} recorded answers of drf-jwt ({whose} tokens), {listed} diverge as listed, {odd} otherwise"
    ));
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert!(unused.is_empty(), "entries that nobody needs: {unused:?}");
}

/// The protected view is the project's own, in `peer/` as in the demo: that one says the user's id too.
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
    replayed(Tokens::Own, &[]);
}

#[test]
fn recorded_requests_are_answered_alike_with_the_tokens_that_drf_jwt_issued() {
    // Its project made each user's key by a function of its own, and its key pairs are gone.
    replayed(Tokens::Recorded, &["juser-secret", "rs256", "es256"]);
}
