//! The keys at a moment, and what can be planned with them: by commands and pages alike.

use super::{sealer, terms};
use crate::config::Config;
use crate::config::value::written_duration;
use crate::database::Database;
use countersign_core::clock::Timestamp;
use countersign_core::jws::{Algorithm, CONFIGURED, KeyState, Tenure};
use countersign_core::keys::{Retirement, Rotation, make, retire, rotate};
use countersign_core::random::SystemRandom;
use countersign_core::store::{KeyRecord, KeyRecords, StoreError};

/// The keys at a moment.
pub struct Ring {
    /// What is waited for, and what seals keys.
    pub config: Config,
    /// The keys in the database.
    pub records: KeyRecords,
    /// The moment.
    pub at: Timestamp,
    database: Database,
}

/// What a plan has in place of a key that is yet to be made.
pub const NEW: &str = "a new key";

impl Ring {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn read(config: Config, database: Database, at: Timestamp) -> Result<Self, StoreError> {
        let records = database.keys.keys().await?;
        Ok(Self { config, records, at, database })
    }

    /// A new key, published from now on; not yet written. A key pair of RSA takes seconds.
    ///
    /// # Errors
    /// A sentence, where there is nothing to seal it with.
    pub fn make(&self, algorithm: Algorithm) -> Result<KeyRecord, String> {
        let sealer = sealer(&self.config).ok_or_else(|| {
            "secret_key is not set, and the keys in the database are sealed with it: set it first".to_owned()
        })?;
        Ok(make(algorithm, &sealer, &SystemRandom, self.at))
    }

    /// In the place of a key that is yet to be made, for a preview.
    #[must_use]
    pub fn imagine(&self) -> KeyRecord {
        KeyRecord { kid: NEW.to_owned(), material: None, tenure: Tenure::published(self.at) }
    }

    /// The key that waits longest, or the one of this name.
    ///
    /// # Errors
    /// A sentence, where there is none of this name.
    pub fn waiting(&self, kid: Option<&str>) -> Result<Option<KeyRecord>, String> {
        let records = &self.records.keys;
        let is_next = |record: &&KeyRecord| record.tenure.state(self.at) == Some(KeyState::Next);
        let Some(kid) = kid else { return Ok(records.iter().find(is_next).cloned()) };
        let found = records.iter().find(|record| record.kid == kid).cloned();
        found.map(Some).ok_or_else(|| format!("there is no key {kid:?}: `countersign key list` shows all"))
    }

    /// Plans that a key takes over; `in_haste` without waiting for others who keep the published keys.
    ///
    /// # Errors
    /// A sentence that says why it cannot.
    pub fn rotate(&self, to: &KeyRecord, in_haste: bool) -> Result<Rotation, String> {
        rotate(&self.records.keys, to, self.at, terms(&self.config), in_haste)
            .map_err(|error| error.to_string())
    }

    /// Plans the end of a key; at once where there is a `successor`, since somebody else knows it.
    ///
    /// # Errors
    /// A sentence that says why it cannot.
    pub fn retire(&self, kid: &str, successor: Option<&KeyRecord>) -> Result<Retirement, String> {
        retire(&self.records.keys, kid, self.at, terms(&self.config), successor)
            .map_err(|error| error.to_string())
    }

    /// A key in the place of another is for the same algorithm; in the place of a secret, it is a key pair.
    #[must_use]
    pub fn algorithm_in_place_of(&self, kid: &str) -> Algorithm {
        let record = self.records.keys.iter().find(|record| record.kid == kid);
        let own = record.and_then(|record| record.material.as_ref()).map(|material| material.algorithm);
        own.unwrap_or(Algorithm::EdDsa)
    }

    /// Writes a plan, unless the keys were changed since they were read. Says whether it was written.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn write(&self, plan: &[KeyRecord]) -> Result<bool, StoreError> {
        self.database.keys.write_keys(self.records.version, plan).await
    }

    /// Where the keys are.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// How soon every server has what was written.
    #[must_use]
    pub fn known_within(&self) -> String {
        format!("every server has it within {}", written_duration(self.config.keys.refresh_interval))
    }

    /// What a rotation means, in sentences. `name`: what the new key is called.
    #[must_use]
    pub fn about_rotation(rotation: &Rotation, name: &str) -> Vec<String> {
        let mut lines = vec![format!("{name} signs from {}", moment(rotation.begins))];
        lines.extend(rotation.from.iter().map(|(kid, until)| match until {
            Some(until) => format!("{kid} signs until then; its tokens are good until {}", moment(*until)),
            None => format!(
                "{kid} signs until then; its tokens stay good until they end, and it verifies until \
                 `countersign key retire {CONFIGURED}`"
            ),
        }));
        lines.push("nobody is logged out".to_owned());
        lines
    }

    /// What the end of a key means, in sentences.
    #[must_use]
    pub fn about_retirement(&self, kid: &str, retirement: &Retirement) -> Vec<String> {
        let mut lines = vec![if retirement.ends <= self.at {
            format!("{kid} is retired now: {}", self.known_within())
        } else {
            format!("{kid} is retired from {}", moment(retirement.ends))
        }];
        lines.push(if retirement.kills_tokens {
            "every token that it signed is refused from then on: whoever has one logs in again".to_owned()
        } else {
            "nobody is logged out".to_owned()
        });
        lines
            .extend(retirement.successor.as_ref().map(|successor| format!("{successor} signs in its place")));
        lines
    }
}

/// A moment, as people and other programs read it.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
