//! A job that a thread has in hand.

use super::Shared;
use super::job::{Job, Task};
use countersign_core::password::{Check, Checking, Encoding, PasswordTooLong};
use countersign_pbkdf2::Derivation;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// Iterations of PBKDF2 between two looks at what else there is to do: half a millisecond or less.
const SLICE: u32 = 4096;

/// A job in hand. It is over when it is answered, has panicked, or nobody waits for it any more.
pub(super) struct Hand<'a> {
    work: Option<Work<'a>>,
    in_steps: bool,
}

enum Work<'a> {
    Check(Box<Checking<'a>>, oneshot::Sender<Check>),
    Encode(Encoding<'a>, oneshot::Sender<Result<String, PasswordTooLong>>),
}

impl<'a> Hand<'a> {
    /// Takes a job in hand. One that does not go forward in steps is over when this returns.
    pub(super) fn begin(job: Job, shared: &'a Shared) -> Self {
        let Job { task, in_steps } = job;
        let work = caught(|| match task {
            Task::Check { password, encoded, answer } => {
                let checking = shared.hashers.begin_checking(password, encoded.as_deref(), &*shared.random);
                Work::Check(Box::new(checking), answer)
            }
            Task::Encode { password, answer } => {
                Work::Encode(shared.hashers.begin_encoding(password, &*shared.random), answer)
            }
        });
        let mut hand = Self { work, in_steps };
        hand.go_on();
        hand
    }

    pub(super) fn is_over(&self) -> bool {
        self.work.is_none()
    }

    /// Whether another job can be done beside this one.
    pub(super) fn is_in_steps(&self) -> bool {
        self.in_steps
    }

    /// Takes one or two a slice further, and answers what comes to its end.
    pub(super) fn advance(hands: &mut [Self], shared: &Shared) {
        let mut derivations = hands.iter_mut().filter_map(Self::derivation);
        match (derivations.next(), derivations.next()) {
            (Some(one), Some(two)) => Derivation::advance_two(shared.engine, [one, two], SLICE),
            (Some(one), None) => one.advance(shared.engine, SLICE),
            (None, _) => {}
        }
        for hand in hands {
            if hand.is_abandoned() {
                hand.work = None;
            }
            hand.go_on();
        }
    }

    fn derivation(&mut self) -> Option<&mut Derivation> {
        match self.work.as_mut()? {
            Work::Check(checking, _) => checking.derivation(),
            Work::Encode(encoding, _) => encoding.derivation(),
        }
    }

    fn is_abandoned(&self) -> bool {
        match &self.work {
            Some(Work::Check(_, answer)) => answer.is_closed(),
            Some(Work::Encode(_, answer)) => answer.is_closed(),
            None => true,
        }
    }

    /// Does what is to be done before, between and after derivations, and answers.
    fn go_on(&mut self) {
        let Some(work) = self.work.take() else { return };
        self.work = caught(move || work.gone_on()).flatten();
    }
}

impl Work<'_> {
    /// `None` once it is answered. An answer that nobody waits for is dropped.
    fn gone_on(self) -> Option<Self> {
        match self {
            Self::Check(mut checking, answer) => loop {
                checking.go_on();
                if let Some(check) = checking.outcome() {
                    let _ = answer.send(check);
                    return None;
                }
                if checking.derivation().is_some_and(|derivation| derivation.left() > 0) {
                    return Some(Self::Check(checking, answer));
                }
            },
            Self::Encode(mut encoding, answer) => loop {
                encoding.go_on();
                if let Some(encoded) = encoding.outcome() {
                    let _ = answer.send(encoded);
                    return None;
                }
                if encoding.derivation().is_some_and(|derivation| derivation.left() > 0) {
                    return Some(Self::Encode(encoding, answer));
                }
            },
        }
    }
}

/// Nothing that a panic leaves behind is used again: the answer goes down with it, and a job beside it stays.
fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        tracing::error!("hashing a password panicked");
    }
    done.ok()
}
