//! Replays recordings against anything that answers.

use crate::compare::{Slack, differences};
use crate::divergences::{Divergences, entry};
use crate::exchange::{Request, Response};
use crate::generate::Both;
use crate::recording::{Configuration, Exchange, Step};

/// What is judged: a server whose clock and database are in our hand.
pub trait Subject {
    /// Answers a request at a moment, in seconds since 1970.
    fn answer(&mut self, moment: i64, request: &Request) -> Response;

    /// Runs SQL on the subject's database, from outside.
    fn sql(&mut self, statements: &str);
}

/// Which tokens later requests carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// Those of the recording: issued by Django, brought to a server that has never seen them.
    Recorded,
    /// Those that the subject itself gave in the place of the recorded ones.
    Own,
}

/// What a replay found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many answers were compared.
    pub compared: usize,
    /// How many of them differ as the list says.
    pub listed: usize,
    /// What else differs: for each exchange the entry that would list it.
    pub unexpected: Vec<String>,
}

/// Replays one configuration, in order. `meant` takes out of both answers what is meant to differ in all of them.
pub fn replay(
    configuration: &Configuration,
    tokens: Tokens,
    subject: &mut dyn Subject,
    divergences: &mut Divergences,
    meant: fn(&Request, &mut Both<Response>),
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut replaced = Vec::new();
    for step in &configuration.steps {
        match step {
            Step::Sql(statements) => subject.sql(statements),
            Step::Exchange(exchange) => {
                let answer = subject.answer(exchange.moment, &with_tokens(&exchange.request, &replaced));
                if tokens == Tokens::Own {
                    replaced.extend(pairs(&exchange.response, &answer));
                }
                let mut answers = [exchange.response.clone(), answer];
                meant(&exchange.request, &mut answers);
                outcome.note(exchange, &answers, divergences);
            }
        }
    }
    outcome
}

impl Outcome {
    fn note(&mut self, exchange: &Exchange, [theirs, ours]: &Both<Response>, divergences: &mut Divergences) {
        self.compared += 1;
        let found = differences(theirs, ours, Slack(0));
        let listed = divergences.is_listed(&exchange.id);
        if listed && divergences.explains(&exchange.id, &found) {
            self.listed += 1;
        } else if listed || !found.is_empty() {
            let request = &exchange.request;
            self.unexpected.push(format!(
                "# {} {}\n{}",
                request.method,
                request.path,
                entry(&exchange.id, &found)
            ));
        }
    }
}

/// The tokens that two answers have in the same place.
fn pairs(theirs: &Response, ours: &Response) -> Vec<(String, String)> {
    let ours = ours.tokens();
    let same = |name: &str| ours.iter().find(|(own, _)| *own == name).map(|(_, token)| token.clone());
    theirs.tokens().into_iter().filter_map(|(name, token)| Some((token, same(name)?))).collect()
}

/// The request with each recorded token replaced by the subject's own, in headers and body.
fn with_tokens(request: &Request, replaced: &[(String, String)]) -> Request {
    let mut request = request.clone();
    // Every token of the recordings begins so; a body of megabytes has none.
    if !request.headers.iter().any(|(_, value)| value.contains("eyJ"))
        && !request.body.windows(3).any(|it| it == b"eyJ")
    {
        return request;
    }
    for (theirs, ours) in replaced {
        for (_, value) in &mut request.headers {
            if value.contains(theirs.as_str()) {
                *value = value.replace(theirs, ours);
            }
        }
        let body = std::str::from_utf8(&request.body).ok().filter(|body| body.contains(theirs.as_str()));
        if let Some(body) = body {
            request.body = body.replace(theirs, ours).into_bytes();
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{SIMPLE_JWT, read};
    use std::collections::{BTreeSet, VecDeque};

    /// Gives the recorded answers back, with a change here and there.
    struct Echo<'a> {
        answers: VecDeque<&'a Exchange>,
        change: fn(&str, &mut Response),
        asked: Vec<String>,
    }

    impl Subject for Echo<'_> {
        fn answer(&mut self, moment: i64, request: &Request) -> Response {
            let exchange = self.answers.pop_front().unwrap();
            assert_eq!(moment, exchange.moment);
            self.asked.push(String::from_utf8_lossy(&request.body).into_owned());
            let mut answer = exchange.response.clone();
            (self.change)(&exchange.id, &mut answer);
            answer
        }

        fn sql(&mut self, _: &str) {}
    }

    fn echo(
        name: &str,
        tokens: Tokens,
        list: &str,
        change: fn(&str, &mut Response),
    ) -> (Outcome, Vec<String>, usize) {
        let configurations = read(&crate::file(SIMPLE_JWT)).unwrap();
        let configuration = configurations.iter().find(|it| it.name == name).unwrap();
        let mut subject = Echo { answers: configuration.exchanges().collect(), change, asked: Vec::new() };
        let mut divergences = Divergences::read(list).unwrap();
        let outcome = replay(configuration, tokens, &mut subject, &mut divergences, |_, _| {});
        let unused = divergences.unused(&BTreeSet::from([name])).count();
        (outcome, subject.asked, unused)
    }

    const LISTED: &str =
        "[[divergence]]\nexchange = \"rotate/flow/anon\"\nreason = \"r\"\nours.status = \"418\"";

    #[test]
    fn the_recorded_answers_are_the_same_as_themselves() {
        let (outcome, ..) = echo("default", Tokens::Recorded, "", |_, _| {});
        assert_eq!(outcome.compared, 924);
        assert_eq!(outcome.unexpected, [""; 0]);
    }

    #[test]
    fn one_changed_answer_is_found_and_one_listed_change_is_not() {
        fn teapot(id: &str, answer: &mut Response) {
            if id == "rotate/flow/anon" {
                answer.status = 418;
            }
        }
        let (outcome, ..) = echo("rotate", Tokens::Recorded, "", teapot);
        assert_eq!(outcome.unexpected.len(), 1);
        assert!(outcome.unexpected[0].contains("ours.status = \"418\""), "{}", outcome.unexpected[0]);

        let (outcome, _, unused) = echo("rotate", Tokens::Recorded, LISTED, teapot);
        assert_eq!((outcome.unexpected.len(), outcome.listed, unused), (0, 1, 0));
    }

    #[test]
    fn a_listed_exchange_that_is_answered_alike_is_told() {
        let (outcome, ..) = echo("rotate", Tokens::Recorded, LISTED, |_, _| {});
        assert_eq!(outcome.unexpected.len(), 1);
    }

    #[test]
    fn requests_carry_the_subjects_own_tokens() {
        fn own(id: &str, answer: &mut Response) {
            if id == "rotate/flow/obtain" {
                answer.body = br#"{"refresh":"o.w.n","access":"o.w.n2"}"#.to_vec();
            }
        }
        let (_, asked, _) = echo("rotate", Tokens::Own, "", own);
        assert!(asked.contains(&r#"{"refresh": "o.w.n"}"#.to_owned()), "{asked:?}");
        let (_, asked, _) = echo("rotate", Tokens::Recorded, "", own);
        assert!(!asked.contains(&r#"{"refresh": "o.w.n"}"#.to_owned()));
    }
}
