//! The keys of the configuration and those that servers share, as one ring at each instant.

use super::{Key, KeyError, KeyRing, KeySchedule, KeyState, ScheduleError, ScheduledKey, Sealer, Tenure};
use crate::clock::Timestamp;
use crate::store::{KeyMaterial, KeyRecord};

/// The name under which the tenure of the configured keys is written down.
pub const CONFIGURED: &str = "configured";

/// The keys beside those of the configuration, and what they leave those to do.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    schedule: KeySchedule,
    /// None: as long as nobody said otherwise, the configured keys sign.
    configured: Option<Tenure>,
}

/// Why keys that are written down cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// It was sealed under another master secret, or changed.
    #[error(
        "key {0:?} was sealed under another secret_key: set that one again, or give the key up with `countersign key retire {0} --compromised`"
    )]
    Sealed(String),
    /// There is no master secret.
    #[error("key {0:?} is sealed, and secret_key, which opens it, is not set: set it")]
    NoMaster(String),
    /// It is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// They do not go together.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

impl Roster {
    /// Opens the keys that are in use at an instant or will be.
    ///
    /// # Errors
    /// The first key that cannot be used, by name. Retired keys are not opened.
    pub fn open(records: &[KeyRecord], sealer: Option<&Sealer>, at: Timestamp) -> Result<Self, RosterError> {
        let mut keys = Vec::new();
        let mut configured = None;
        for record in records {
            match &record.material {
                None if record.kid == CONFIGURED => configured = Some(record.tenure),
                None => {}
                Some(_) if record.tenure.state(at) == Some(KeyState::Retired) => {}
                Some(material) => {
                    let key = open(&record.kid, material, sealer)?;
                    keys.push(ScheduledKey::new(key, record.tenure));
                }
            }
        }
        Ok(Self { schedule: KeySchedule::new(keys)?, configured })
    }

    /// Whether nothing is added to the configured keys, at any time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.schedule.keys().is_empty() && self.configured.is_none()
    }

    /// What signs and verifies at an instant, of these keys and of those that the configuration has.
    ///
    /// # Errors
    /// [`ScheduleError::NothingSigns`] where the configured keys are retired and no other signs.
    pub fn ring(&self, configured: &KeyRing, at: Timestamp) -> Result<KeyRing, ScheduleError> {
        let tenure = self.configured.unwrap_or(Tenure::starting(Timestamp::UNIX_EPOCH));
        let state = tenure.state(at);
        let shared = self.schedule.signing(at);
        let others = self.schedule.in_use(at).map(|key| key.key().clone());
        let signs =
            state == Some(KeyState::Signing) && shared.is_none_or(|key| key.tenure.signing <= tenure.signing);
        if signs {
            return Ok(configured.clone().and(others));
        }
        let signing = shared.ok_or(ScheduleError::NothingSigns)?.signing()?;
        let own = configured.keys().iter().filter(|_| state != Some(KeyState::Retired)).cloned();
        let ring = KeyRing::new(signing).and(own).and(others);
        Ok(if configured.insists_on_kid() { ring.insisting_on_kid() } else { ring })
    }

    /// When the ring of an instant is no longer the right one; none if it is forever.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let configured = self.configured.iter().flat_map(Tenure::instants).filter(|instant| *instant > after);
        self.schedule.next_change(after).into_iter().chain(configured).min()
    }
}

fn open(kid: &str, material: &KeyMaterial, sealer: Option<&Sealer>) -> Result<Key, RosterError> {
    let sealer = sealer.ok_or_else(|| RosterError::NoMaster(kid.to_owned()))?;
    let private = sealer
        .open(kid, material.algorithm, &material.sealed)
        .ok_or_else(|| RosterError::Sealed(kid.to_owned()))?;
    let key = Key::read(material.algorithm, private.expose(), Some(kid)).and_then(|key| {
        key.self_test()?;
        Ok(key)
    });
    key.map_err(|fault| fault.of(kid).into())
}
