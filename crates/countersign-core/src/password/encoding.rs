//! A new hash under way.

use super::PasswordTooLong;
use super::hasher::{Hasher, NewKey};
use crate::random::Random;
use crate::secret::Secret;
use countersign_pbkdf2::Derivation;
use std::fmt;

/// A new hash under way: [`Hashers::begin_encoding`](super::Hashers::begin_encoding). It goes forward as a
/// [`Checking`](super::Checking) does.
pub struct Encoding<'a> {
    hasher: &'a dyn Hasher,
    random: &'a dyn Random,
    password: Secret,
    stage: Stage,
}

enum Stage {
    NotBegun,
    Deriving(Box<NewKey>),
    Done(Result<String, PasswordTooLong>),
}

impl<'a> Encoding<'a> {
    pub(super) fn new(hasher: &'a dyn Hasher, password: Secret, random: &'a dyn Random) -> Self {
        Self { hasher, random, password, stage: Stage::NotBegun }
    }

    /// Goes on to the next derivation or to the end.
    pub fn go_on(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::NotBegun) {
            Stage::NotBegun => match self.hasher.in_steps() {
                Some(hasher) => Stage::Deriving(Box::new(hasher.begin(self.password.expose(), self.random))),
                None => Stage::Done(self.hasher.encode(self.password.expose(), self.random)),
            },
            Stage::Deriving(new) => match (new.key.key(), self.hasher.in_steps()) {
                (Some(key), Some(hasher)) => Stage::Done(Ok(hasher.encoded(&new.salt, key))),
                _ => Stage::Deriving(new),
            },
            done @ Stage::Done(_) => done,
        };
    }

    /// The derivation that has to be finished first, if there is one.
    pub fn derivation(&mut self) -> Option<&mut Derivation> {
        match &mut self.stage {
            Stage::Deriving(new) => Some(&mut new.key),
            Stage::NotBegun | Stage::Done(_) => None,
        }
    }

    /// The hash, once it is there.
    pub fn outcome(&mut self) -> Option<Result<String, PasswordTooLong>> {
        match &self.stage {
            Stage::Done(outcome) => Some(outcome.clone()),
            Stage::NotBegun | Stage::Deriving(_) => None,
        }
    }
}

/// Shows nothing of the password or the hash.
impl fmt::Debug for Encoding<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Encoding").field("hasher", self.hasher).finish_non_exhaustive()
    }
}
