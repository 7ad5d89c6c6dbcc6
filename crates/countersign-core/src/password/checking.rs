//! A check under way.

use super::hasher::{Hasher, Stored};
use super::{Check, Encoding};
use crate::random::Random;
use crate::secret::Secret;
use countersign_pbkdf2::{Derivation, Engine};
use std::fmt;
use std::time::Duration;

/// A check under way: [`Hashers::begin_checking`](super::Hashers::begin_checking).
///
/// Where the work is PBKDF2-HMAC-SHA256 it goes forward in steps, so that a thread can do two checks side by side
/// and leave off one that nobody waits for:
///
/// 1. [`go_on`](Self::go_on) does what is to be done at once, which is all of it where another scheme is at work;
/// 2. the [`derivation`](Self::derivation) is advanced until nothing is left of it, and then it is 1. again;
/// 3. without one, the [`outcome`](Self::outcome) is there.
pub struct Checking<'a> {
    preferred: &'a dyn Hasher,
    random: &'a dyn Random,
    password: Secret,
    plan: Plan<'a>,
    stage: Stage<'a>,
}

/// What a check will do, settled before any of the slow work.
pub(super) struct Plan<'a> {
    /// `None`: nothing that any password could match.
    pub(super) stored: Option<Box<dyn Stored + 'a>>,
    /// Whether a match calls for a new hash.
    pub(super) upgrade: bool,
    /// Work added to a refusal.
    pub(super) padding: Duration,
}

enum Stage<'a> {
    NotBegun,
    /// What the stored key would be if the password were right.
    Matching(Derivation),
    /// The password is right and gets a new hash.
    Upgrading(Encoding<'a>),
    /// It is wrong, and what a right one would have cost more is spent.
    Spending(Derivation),
    Done(Check),
}

impl<'a> Checking<'a> {
    pub(super) fn new(
        preferred: &'a dyn Hasher,
        plan: Plan<'a>,
        password: Secret,
        random: &'a dyn Random,
    ) -> Self {
        Self { preferred, random, password, plan, stage: Stage::NotBegun }
    }

    /// Goes on to the next derivation or to the end.
    pub fn go_on(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::NotBegun) {
            Stage::NotBegun => self.begin(),
            Stage::Matching(derivation) => match derivation.key() {
                Some(key) => {
                    let stored = self.plan.stored.as_deref().and_then(Stored::in_steps);
                    let matched = stored.is_some_and(|stored| stored.is_key(key));
                    self.settle(matched)
                }
                None => Stage::Matching(derivation),
            },
            Stage::Spending(derivation) if derivation.left() == 0 => Stage::Done(Check::Refused),
            Stage::Upgrading(mut encoding) => {
                encoding.go_on();
                upgraded(encoding)
            }
            stage @ (Stage::Spending(_) | Stage::Done(_)) => stage,
        };
    }

    /// The derivation that has to be finished first, if there is one.
    pub fn derivation(&mut self) -> Option<&mut Derivation> {
        match &mut self.stage {
            Stage::Matching(derivation) | Stage::Spending(derivation) => Some(derivation),
            Stage::Upgrading(encoding) => encoding.derivation(),
            Stage::NotBegun | Stage::Done(_) => None,
        }
    }

    /// The verdict, once it is there.
    pub fn outcome(&mut self) -> Option<Check> {
        match &self.stage {
            Stage::Done(check) => Some(check.clone()),
            _ => None,
        }
    }

    /// All of it at once.
    pub(super) fn finish(mut self) -> Check {
        let engine = Engine::detect();
        loop {
            self.go_on();
            if let Some(check) = self.outcome() {
                return check;
            }
            while let Some(derivation) = self.derivation().filter(|derivation| derivation.left() > 0) {
                derivation.advance(engine, u32::MAX);
            }
        }
    }

    fn begin(&mut self) -> Stage<'a> {
        let password = self.password.expose();
        match &self.plan.stored {
            None => self.settle(false),
            Some(stored) => match stored.in_steps() {
                Some(stored) => Stage::Matching(stored.begin(password)),
                None => self.settle(stored.matches(password)),
            },
        }
    }

    fn settle(&self, matched: bool) -> Stage<'a> {
        let Plan { upgrade, padding, .. } = self.plan;
        if matched && upgrade {
            let mut encoding = Encoding::new(self.preferred, self.password.clone(), self.random);
            encoding.go_on();
            return upgraded(encoding);
        }
        if matched {
            return Stage::Done(Check::Matched { upgrade: None });
        }
        match self.preferred.in_steps() {
            _ if padding.is_zero() => Stage::Done(Check::Refused),
            Some(preferred) => Stage::Spending(preferred.begin_to_spend(self.password.expose(), padding)),
            None => {
                self.preferred.spend(self.password.expose(), padding);
                Stage::Done(Check::Refused)
            }
        }
    }
}

/// A password that the preferred hasher cannot take keeps the hash it has.
fn upgraded(mut encoding: Encoding<'_>) -> Stage<'_> {
    match encoding.outcome() {
        Some(outcome) => Stage::Done(Check::Matched { upgrade: outcome.ok() }),
        None => Stage::Upgrading(encoding),
    }
}

/// Shows nothing of the password or the hash.
impl fmt::Debug for Checking<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Checking").field("preferred", self.preferred).finish_non_exhaustive()
    }
}
