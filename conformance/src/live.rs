//! The peer and countersign side by side: random questions, and both answers compared.

use crate::compare::{Difference, Slack, differences};
use crate::exchange::{Request, Response};
use crate::generate::{Both, Questions};
use crate::process::{Failure, Server};
use std::fmt::Write as _;

/// What was found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// How many pairs of answers were compared.
    pub compared: usize,
    /// How many of the peer's answers granted what was asked: the rest were refusals.
    pub granted: usize,
    /// How many of the peer's answers were a 5xx of its own, and countersign's was a better one.
    pub peer_failed: usize,
    /// The questions that were answered differently, in words.
    pub diverged: Vec<String>,
}

/// The two servers ask the machine's clock one after the other.
const CLOCKS: Slack = Slack(3);

/// Asks two servers, the peer first, `count` questions.
///
/// # Errors
///
/// If one of them does not answer at all.
pub fn compare(
    servers: Both<&Server>,
    questions: &mut Questions,
    count: usize,
) -> Result<Comparison, Failure> {
    let mut comparison = Comparison::default();
    for number in 0..count {
        let requests = questions.ask();
        let mut answers = [servers[0].ask(&requests[0])?, servers[1].ask(&requests[1])?];
        questions.learn(&answers);
        (questions.wire().meant)(&requests[1], &mut answers);
        comparison.note(number, &requests[1], &answers);
    }
    Ok(comparison)
}

impl Comparison {
    fn note(&mut self, number: usize, request: &Request, answers: &Both<Response>) {
        self.compared += 1;
        let [theirs, ours] = answers;
        self.granted += usize::from(theirs.status < 300);
        if theirs.status >= 500 && ours.status < 500 {
            self.peer_failed += 1;
            return;
        }
        let found = differences(theirs, ours, CLOCKS);
        if found.is_empty() {
            return;
        }
        let Request { method, path, headers, body } = request;
        let mut text =
            format!("question {number}: {method} {path} {headers:?}\n  {}\n", String::from_utf8_lossy(body));
        for Difference { aspect, theirs, ours } in found {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {aspect}\n    theirs: {theirs}\n    ours:   {ours}");
        }
        self.diverged.push(text);
    }
}
