//! Random mutations of good tokens, read by countersign, jsonwebtoken and, where `COUNTERSIGN_PEER_PYTHON` names a
//! Python that has it, PyJWT. What both of them refuse is never accepted, and wherever one of them decides
//! otherwise there is a [`rule::Rule`] that says why.
//!
//! `COUNTERSIGN_MUTATIONS` is how many tokens are tried, and `COUNTERSIGN_SEED` where they begin.
#![expect(clippy::unwrap_used, reason = "a peer that does not answer is a failure")]

mod mutation;
mod peers;
mod rule;

use countersign_core::claims::{self, ClaimsError, Expectations};
use countersign_core::clock::{Clock as _, SignedDuration, SystemClock};
use countersign_core::jws::{Algorithm, JwsError, Key, KeyRing};
use mutation::Dice;
use peers::{JsonWebToken, PyJwt};
use rule::Rule;
use std::collections::BTreeMap;

/// The secret of the HMAC tokens.
const SECRET: &[u8] = b"a secret of more than 32 bytes, surely";

/// Each key with the algorithm that it is for: one of each kind.
const KEYS: [(Algorithm, &[u8], &[u8]); 4] = [
    (Algorithm::Hs256, SECRET, SECRET),
    (
        Algorithm::Rs256,
        include_bytes!("../vectors/keys/rsa.pem"),
        include_bytes!("../vectors/keys/rsa_public.pem"),
    ),
    (
        Algorithm::Es256,
        include_bytes!("../vectors/keys/p256.pem"),
        include_bytes!("../vectors/keys/p256_public.pem"),
    ),
    (
        Algorithm::EdDsa,
        include_bytes!("../vectors/keys/ed25519.pem"),
        include_bytes!("../vectors/keys/ed25519_public.pem"),
    ),
];

/// Why a token is refused here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Form(JwsError),
    Claims(ClaimsError),
}

/// A pair of verdicts that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Divergence {
    /// Refused here, accepted there.
    Stricter,
    /// Accepted here, refused there.
    Laxer,
}

#[test]
fn what_both_peers_refuse_is_never_accepted_and_every_divergence_has_a_rule() {
    let cases = number("COUNTERSIGN_MUTATIONS", 6_000);
    let dice = Dice::new(number("COUNTERSIGN_SEED", 1));
    let rings: Vec<Key> = KEYS.iter().map(|(algorithm, private, _)| key(*algorithm, private)).collect();
    let ours = JsonWebToken::new();
    let mut pyjwt = PyJwt::start();
    let mut counts = BTreeMap::<(&str, Divergence, Rule), u64>::new();
    let mut accepted = 0;
    for case in 0..cases {
        let place = usize::try_from(case % 4).unwrap();
        let token = mutation::token(&rings[place], &dice);
        let here = verdict(&KeyRing::new(rings[place].clone()), &token);
        accepted += u64::from(here.is_ok());
        let mut there = vec![("jsonwebtoken", ours.accepts(place, &token))];
        there.extend(pyjwt.as_mut().map(|pyjwt| ("PyJWT", pyjwt.accepts(place, &token))));
        // With one peer alone its quirks would pass for the truth; each divergence still needs its rule below.
        if here.is_ok() && pyjwt.is_some() {
            assert!(there.iter().any(|(_, accepts)| *accepts), "accepted here alone: {token}");
        }
        for (peer, accepts) in there {
            let divergence = match (here.is_ok(), accepts) {
                (true, false) => Divergence::Laxer,
                (false, true) => Divergence::Stricter,
                _ => continue,
            };
            let rule = rule::of(here, peer, &token);
            let rule = rule
                .unwrap_or_else(|| panic!("{divergence:?} than {peer} without a rule ({here:?}): {token}"));
            *counts.entry((peer, divergence, rule)).or_default() += 1;
        }
    }
    report(cases, accepted, pyjwt.is_some(), &counts);
}

fn verdict(ring: &KeyRing, token: &str) -> Result<(), Refusal> {
    let expected =
        Expectations { now: SystemClock.now(), leeway: SignedDuration::ZERO, audience: None, issuer: None };
    let verified = ring.verify(token).map_err(Refusal::Form)?;
    claims::read(&verified.payload, &expected).map(drop).map_err(Refusal::Claims)
}

/// A key without a name, as the peers have them.
fn key(algorithm: Algorithm, private: &[u8]) -> Key {
    if algorithm.is_symmetric() {
        Key::hmac(algorithm, private, None)
    } else {
        // Not looked up by name: tokens without one mean it.
        Key::read(algorithm, private, None).unwrap()
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how much is tried is the tester's business")]
    let value = std::env::var(name);
    value.map_or(otherwise, |value| value.parse().unwrap())
}

#[expect(clippy::print_stdout, reason = "what was compared is worth reading when it passes, too")]
fn report(cases: u64, accepted: u64, with_pyjwt: bool, counts: &BTreeMap<(&str, Divergence, Rule), u64>) {
    let peers = if with_pyjwt { "jsonwebtoken and PyJWT" } else { "jsonwebtoken" };
    println!("compared: {cases} mutated tokens with {peers}: {accepted} accepted, 0 that both refuse");
    if !with_pyjwt {
        println!("left out: COUNTERSIGN_PEER_PYTHON names no Python to ask PyJWT with");
    }
    for ((peer, divergence, rule), count) in counts {
        println!("compared: {divergence:?} than {peer} by the rule {rule:?}: {count}");
    }
}
