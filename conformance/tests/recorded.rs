//! The recorded exchanges, asked of the program's application in-process at the recorded moments.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod stand;

use countersign_conformance::divergences::{self, Divergences};
use countersign_conformance::recording::{Configuration, Exchange, SIMPLE_JWT, Step, read};
use countersign_conformance::replay::{Outcome, Tokens, replay};
use countersign_conformance::{file, say};
use stand::Stand;
use std::collections::{BTreeMap, BTreeSet};

/// The configurations that are recorded and not replayed, with the reason.
const LEFT_OUT: [(&str, &str); 2] = [
    ("cors-all", "every origin with credentials is refused when the configuration is read"),
    ("debug", "Django's debug pages are no part of the wire"),
];

/// Why an exchange is not replayed, if it is not.
fn reason_to_leave_out(exchange: &Exchange) -> Option<&'static str> {
    let stateless = exchange.request.path == "/who-stateless/";
    stateless.then_some("the demo has no view that looks no user up")
}

fn replayed(tokens: Tokens, also_left_out: &[&str]) {
    let mut divergences =
        Divergences::read(&std::fs::read_to_string(file(divergences::FILE)).unwrap()).unwrap();
    let configurations = read(&file(SIMPLE_JWT)).unwrap();
    let left_out = |name: &str| LEFT_OUT.iter().any(|(own, _)| *own == name) || also_left_out.contains(&name);
    let mut all = Outcome::default();
    let mut names = BTreeSet::new();
    for configuration in configurations.iter().filter(|configuration| !left_out(&configuration.name)) {
        let outcome = replay(
            &replayable(configuration),
            tokens,
            &mut Stand::new(&configuration.settings),
            &mut divergences,
        );
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
        "compared: {compared} recorded answers ({whose} tokens), {listed} diverge as listed, {odd} otherwise"
    ));
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert!(unused.is_empty(), "entries that nobody needs: {unused:?}");
}

fn replayable(configuration: &Configuration) -> Configuration {
    let wanted = |step: &&Step| match step {
        Step::Exchange(exchange) => reason_to_leave_out(exchange).is_none(),
        Step::Sql(_) => true,
    };
    Configuration {
        steps: configuration.steps.iter().filter(wanted).cloned().collect(),
        ..configuration.clone()
    }
}

/// One line for each reason: how many exchanges it leaves out.
fn report_left_out(configurations: &[Configuration]) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for configuration in configurations {
        let whole = LEFT_OUT.iter().find(|(name, _)| *name == configuration.name).map(|(_, reason)| *reason);
        for exchange in configuration.exchanges() {
            if let Some(reason) = whole.or_else(|| reason_to_leave_out(exchange)) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    for (reason, count) in reasons {
        say(&format!("left out: {count} recorded answers, {reason}"));
    }
}

#[test]
fn recorded_requests_are_answered_alike_with_tokens_of_our_own() {
    replayed(Tokens::Own, &[]);
    report_left_out(&read(&file(SIMPLE_JWT)).unwrap());
}

#[test]
fn recorded_requests_are_answered_alike_with_the_tokens_that_django_issued() {
    // `revoke`: the recorded tokens carry a digest of a password hash that was salted otherwise. `no-type-jti`:
    // Django's tokens have their id in a claim named null, which to countersign is a claim like any other. `rs256`,
    // `es256`: the keys of that Django are gone.
    replayed(Tokens::Recorded, &["revoke", "no-type-jti", "rs256", "es256"]);
}
