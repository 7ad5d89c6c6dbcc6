//! The recorded exchanges, asked of the program's application in-process at the recorded moments.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cookie_auth;
mod jwt_auth;
mod simple_jwt;
mod stand;

use countersign_conformance::divergences::Divergences;
use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::generate::Both;
use countersign_conformance::recording::{Configuration, read};
use countersign_conformance::replay::{Outcome, Tokens, replay};
use countersign_conformance::{file, say};
use stand::Stand;
use std::collections::BTreeSet;

/// One wire's recordings, and how they are judged.
struct Recordings {
    /// What the summary calls it.
    name: &'static str,
    /// The recordings.
    file: &'static str,
    /// The list of what is meant to differ, exchange by exchange.
    divergences: &'static str,
    /// The configurations that are recorded and not replayed, with the reason.
    left_out: &'static [(&'static str, &'static str)],
    /// What of a configuration is asked, and how.
    adapted: fn(&Configuration) -> Configuration,
    /// Takes out of two answers what is meant to differ in all of them.
    meant: fn(&Request, &mut Both<Response>),
}

impl Recordings {
    /// Replays all but what is left out, here or for this kind of tokens.
    fn replay(&self, tokens: Tokens, also_left_out: &[&str]) {
        let mut divergences =
            Divergences::read(&std::fs::read_to_string(file(self.divergences)).unwrap()).unwrap();
        let left_out =
            |name: &str| self.left_out.iter().any(|(own, _)| *own == name) || also_left_out.contains(&name);
        let (mut all, mut names) = (Outcome::default(), BTreeSet::new());
        let configurations = read(&file(self.file)).unwrap();
        for configuration in configurations.iter().filter(|configuration| !left_out(&configuration.name)) {
            let mut stand = Stand::new(&configuration.settings);
            let configuration = (self.adapted)(configuration);
            let outcome = replay(&configuration, tokens, &mut stand, &mut divergences, self.meant);
            all.compared += outcome.compared;
            all.listed += outcome.listed;
            all.unexpected.extend(outcome.unexpected);
            names.insert(configuration.name);
        }
        let Outcome { compared, listed, unexpected } = all;
        let whose = if tokens == Tokens::Own { "own" } else { "Django's" };
        let (name, odd) = (self.name, unexpected.len());
        say(&format!(
            "compared: {compared} recorded answers of {name} ({whose} tokens), {listed} diverge as listed, {odd} otherwise"
        ));
        assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
        let names = names.iter().map(String::as_str).collect();
        let unused: Vec<&str> = divergences.unused(&names).collect();
        assert!(unused.is_empty(), "entries that nobody needs: {unused:?}");
    }
}

/// Nothing is meant to differ but what the list has.
fn nothing(_: &Request, _: &mut Both<Response>) {}
