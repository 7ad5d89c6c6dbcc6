//! When each key signs and verifies: rotation as data.
//!
//! A key's [`Tenure`] says at which instants it enters its states. States follow from the tenure and the time, so
//! all servers that know the same tenures change over at the same instant without a word between them, and a plan
//! survives every restart. [`KeySchedule::ring`] is what may sign and verify at an instant.

use super::{Key, KeyRing, VerifyingKey};
use crate::clock::{SignedDuration, Timestamp};

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyState {
    /// Published, so that everybody has it before it is used. It verifies already: another server's clock may be
    /// ahead.
    Next,
    /// The one that signs.
    Signing,
    /// Its tokens are still good, new ones are another's.
    Verifying,
    /// Nothing it signed is good any more.
    Retired,
}

impl KeyState {
    /// Its name: `next`, `signing`, `verifying` or `retired`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }
}

/// When a key enters its states. An instant that has not come is a plan; a state that is skipped has none. The
/// latest state that has come holds, whatever was planned before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// From when it is published.
    pub next: Timestamp,
    /// From when it signs.
    pub signing: Option<Timestamp>,
    /// From when another signs.
    pub verifying: Option<Timestamp>,
    /// From when it is nothing.
    pub retired: Option<Timestamp>,
}

impl Tenure {
    /// Signs from now on: the first key of a server.
    #[must_use]
    pub const fn starting(now: Timestamp) -> Self {
        Self { next: now, signing: Some(now), verifying: None, retired: None }
    }

    /// Published now, and not yet planned to sign.
    #[must_use]
    pub const fn published(now: Timestamp) -> Self {
        Self { next: now, signing: None, verifying: None, retired: None }
    }

    /// Published now, signing after `lead`: at least as long as others keep the published keys (`max-age`) and as
    /// clocks may differ.
    #[must_use]
    pub fn successor(now: Timestamp, lead: SignedDuration) -> Self {
        Self { signing: Some(after(now, lead)), ..Self::published(now) }
    }

    /// Another signs from `at` on, and `life` later nothing of this key is good: the longest life of a token, with
    /// what clocks may differ.
    #[must_use]
    pub fn succeeded(self, at: Timestamp, life: SignedDuration) -> Self {
        Self { verifying: Some(at), retired: Some(after(at, life)), ..self }
    }

    /// Nothing of this key is good from `at` on: it is known to others.
    #[must_use]
    pub const fn ended(self, at: Timestamp) -> Self {
        Self { retired: Some(at), ..self }
    }

    /// The state at an instant; none before it is published.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> Option<KeyState> {
        let entered = |instant: Option<Timestamp>| instant.is_some_and(|instant| instant <= at);
        [
            (self.retired, KeyState::Retired),
            (self.verifying, KeyState::Verifying),
            (self.signing, KeyState::Signing),
            (Some(self.next), KeyState::Next),
        ]
        .into_iter()
        .find_map(|(instant, state)| entered(instant).then_some(state))
    }

    /// Every instant at which something changes.
    pub(super) fn instants(&self) -> impl Iterator<Item = Timestamp> {
        [Some(self.next), self.signing, self.verifying, self.retired].into_iter().flatten()
    }
}

fn after(instant: Timestamp, time: SignedDuration) -> Timestamp {
    instant.saturating_add(time).unwrap_or(Timestamp::MAX)
}

/// A key and its tenure.
#[derive(Clone, Debug)]
pub struct ScheduledKey {
    verifying: VerifyingKey,
    /// None: whoever else has it signs.
    signing: Option<Key>,
    /// When it does what.
    pub tenure: Tenure,
}

impl ScheduledKey {
    /// A key that can sign.
    #[must_use]
    pub fn new(key: Key, tenure: Tenure) -> Self {
        Self { verifying: key.verifying().clone(), signing: Some(key), tenure }
    }

    /// A key that can only verify.
    #[must_use]
    pub const fn verifying(key: VerifyingKey, tenure: Tenure) -> Self {
        Self { verifying: key, signing: None, tenure }
    }

    /// The half that verifies.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The whole key.
    ///
    /// # Errors
    /// [`ScheduleError::CannotSign`].
    pub fn signing(&self) -> Result<Key, ScheduleError> {
        self.signing.clone().ok_or_else(|| ScheduleError::CannotSign(name(&self.verifying)))
    }

    /// The state at an instant; none before it is published.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> Option<KeyState> {
        self.tenure.state(at)
    }
}

/// Why keys make no schedule, or a schedule no ring.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Two keys have the same name.
    #[error("two keys are called {0:?}: give each a `kid` of its own")]
    DuplicateKid(String),
    /// No key signs at that instant.
    #[error("no key signs: `countersign key generate` makes one")]
    NothingSigns,
    /// The key whose turn it is has no private half here.
    #[error(
        "key {0:?} is to sign, but only its public half is here: give the private key, or let another sign"
    )]
    CannotSign(String),
}

/// All keys of a server with their tenures.
#[derive(Clone, Debug, Default)]
pub struct KeySchedule {
    keys: Vec<ScheduledKey>,
}

impl KeySchedule {
    /// A schedule of these keys.
    ///
    /// # Errors
    /// [`ScheduleError::DuplicateKid`]; one key without a name may be among them, Django's `SECRET_KEY`.
    pub fn new(keys: Vec<ScheduledKey>) -> Result<Self, ScheduleError> {
        for (at, key) in keys.iter().enumerate() {
            if keys[..at].iter().any(|other| other.key().kid() == key.key().kid()) {
                return Err(ScheduleError::DuplicateKid(name(key.key())));
            }
        }
        Ok(Self { keys })
    }

    /// The keys, in the order given.
    #[must_use]
    pub fn keys(&self) -> &[ScheduledKey] {
        &self.keys
    }

    /// The key that signs at an instant: of several that may, the one that began last.
    #[must_use]
    pub fn signing(&self, at: Timestamp) -> Option<&ScheduledKey> {
        let may_sign = self.keys.iter().filter(|key| key.state(at) == Some(KeyState::Signing));
        may_sign.max_by_key(|key| key.tenure.signing)
    }

    /// The keys whose tokens are good at an instant.
    pub fn in_use(&self, at: Timestamp) -> impl Iterator<Item = &ScheduledKey> {
        let is_used = move |state| state != KeyState::Retired;
        self.keys.iter().filter(move |key| key.state(at).is_some_and(is_used))
    }

    /// What may sign and verify at an instant.
    ///
    /// # Errors
    /// [`ScheduleError::NothingSigns`] or [`ScheduleError::CannotSign`].
    pub fn ring(&self, at: Timestamp) -> Result<KeyRing, ScheduleError> {
        let signing = self.signing(at).ok_or(ScheduleError::NothingSigns)?;
        let others = self.in_use(at).filter(|key| !std::ptr::eq(*key, signing)).map(|key| key.key().clone());
        Ok(others.fold(KeyRing::new(signing.signing()?), KeyRing::with_verifying))
    }

    /// When the ring of an instant is no longer the right one; none if it is forever.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        self.keys.iter().flat_map(|key| key.tenure.instants()).filter(|instant| *instant > after).min()
    }
}

fn name(key: &VerifyingKey) -> String {
    key.kid().unwrap_or(key.algorithm().name()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Algorithm, JwsError};
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(kid: &str) -> Key {
        Key::hmac(Algorithm::Hs256, kid.as_bytes(), Some(kid))
    }

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    /// `old` signs from 0 on; at 1000 `new` is published, to sign from 1300 on, and `old` is good until 1900.
    fn rotated() -> KeySchedule {
        let successor = Tenure::successor(at(1000), seconds(300));
        let old = Tenure::starting(at(0)).succeeded(successor.signing.unwrap(), seconds(600));
        KeySchedule::new(vec![ScheduledKey::new(key("old"), old), ScheduledKey::new(key("new"), successor)])
            .unwrap()
    }

    #[test]
    fn a_key_goes_through_its_states_at_the_instants_of_its_tenure() {
        let schedule = rotated();
        let states = |second| -> Vec<Option<KeyState>> {
            schedule.keys().iter().map(|key| key.state(at(second))).collect()
        };
        assert_eq!(states(-1), [None, None]);
        assert_eq!(states(0), [Some(KeyState::Signing), None]);
        assert_eq!(states(1000), [Some(KeyState::Signing), Some(KeyState::Next)]);
        assert_eq!(states(1299), [Some(KeyState::Signing), Some(KeyState::Next)]);
        assert_eq!(states(1300), [Some(KeyState::Verifying), Some(KeyState::Signing)]);
        assert_eq!(states(1900), [Some(KeyState::Retired), Some(KeyState::Signing)]);
        let changes = std::iter::successors(Some(at(-5)), |instant| schedule.next_change(*instant));
        let changes: Vec<i64> = changes.skip(1).map(Timestamp::as_second).collect();
        assert_eq!(changes, [0, 1000, 1300, 1900]);
    }

    #[test]
    fn a_key_that_others_know_is_nothing_at_once() {
        let mut keys = rotated().keys().to_vec();
        keys[0].tenure = keys[0].tenure.ended(at(1400));
        let schedule = KeySchedule::new(keys).unwrap();
        let token = schedule.ring(at(1200)).unwrap().sign("{}");
        assert!(schedule.ring(at(1399)).unwrap().verify(&token).is_ok());
        let refused = schedule.ring(at(1400)).unwrap();
        assert_eq!(refused.verify(&token).unwrap_err(), JwsError::UnknownKey);
    }

    #[test]
    fn nothing_signs_before_the_first_key_or_with_half_a_key() {
        let schedule = rotated();
        assert_eq!(schedule.ring(at(-1)).unwrap_err(), ScheduleError::NothingSigns);
        let half = ScheduledKey::verifying(key("half").into(), Tenure::starting(at(0)));
        let schedule = KeySchedule::new(vec![half]).unwrap();
        assert_eq!(schedule.ring(at(0)).unwrap_err(), ScheduleError::CannotSign("half".into()));
        assert_eq!(KeySchedule::default().ring(at(0)).unwrap_err(), ScheduleError::NothingSigns);
    }

    #[test]
    fn two_keys_of_one_name_make_no_schedule() {
        let key = |kid| ScheduledKey::new(key(kid), Tenure::starting(at(0)));
        let twins = KeySchedule::new(vec![key("a"), key("b"), key("a")]);
        assert_eq!(twins.unwrap_err(), ScheduleError::DuplicateKid("a".into()));
    }

    proptest! {
        /// Whoever signs, with a clock that is up to the lead ahead, is understood for the whole life of a token.
        #[test]
        fn a_rotation_logs_nobody_out(signed in 0i64..4000, age in 0i64..=600, ahead in 0i64..=300) {
            let schedule = rotated();
            let token = schedule.ring(at(signed)).unwrap().sign("{}");
            let later = schedule.ring(at(signed + age)).unwrap();
            prop_assert!(later.verify(&token).is_ok() || (signed < 1300 && signed + age >= 1900));
            let behind = schedule.ring(at((signed - ahead).max(0))).unwrap();
            prop_assert!(behind.verify(&token).is_ok());
        }
    }
}
