//! simplejwt's endpoints.

use crate::{Recordings, nothing};
use countersign_conformance::recording::{Configuration, Exchange, SIMPLE_JWT, Step, read};
use countersign_conformance::replay::Tokens;
use countersign_conformance::{divergences, file, say};
use std::collections::BTreeMap;

const RECORDINGS: Recordings = Recordings {
    name: "simplejwt",
    file: SIMPLE_JWT,
    divergences: divergences::FILE,
    left_out: &[
        ("cors-all", "every origin with credentials is refused when the configuration is read"),
        ("debug", "Django's debug pages are no part of the wire"),
    ],
    adapted: replayable,
    meant: nothing,
};

/// Why an exchange is not replayed, if it is not.
fn reason_to_leave_out(exchange: &Exchange) -> Option<&'static str> {
    let stateless = exchange.request.path == "/who-stateless/";
    stateless.then_some("the demo has no view that looks no user up")
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
        let whole = RECORDINGS
            .left_out
            .iter()
            .find(|(name, _)| *name == configuration.name)
            .map(|(_, reason)| *reason);
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
    RECORDINGS.replay(Tokens::Own, &[]);
    report_left_out(&read(&file(SIMPLE_JWT)).unwrap());
}

#[test]
fn recorded_requests_are_answered_alike_with_the_tokens_that_django_issued() {
    // `revoke`: the recorded tokens carry a digest of a password hash that was salted otherwise. `no-type-jti`:
    // Django's tokens have their id in a claim named null, which to countersign is a claim like any other. `rs256`,
    // `es256`: the keys of that Django are gone.
    RECORDINGS.replay(Tokens::Recorded, &["revoke", "no-type-jti", "rs256", "es256"]);
}
