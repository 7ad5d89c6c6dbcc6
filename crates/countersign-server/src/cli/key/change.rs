//! What every command that changes keys works with.

use crate::cli::{Common, Failure};
use crate::config::Config;
use crate::database::{self, Database};
use crate::keys;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::jws::{Algorithm, Sealer};
use countersign_core::keys::{Terms, make};
use countersign_core::random::SystemRandom;
use countersign_core::store::{KeyRecord, KeyRecords};

/// The keys at a moment, and what can be done with them.
pub(super) struct Ring {
    pub(super) config: Config,
    pub(super) records: KeyRecords,
    pub(super) at: Timestamp,
    database: Database,
}

impl Ring {
    /// Reads the keys.
    pub(super) fn open(common: &Common) -> Result<Self, Failure> {
        let config = common.layers().load()?;
        let at = SystemClock.now();
        let database = database::open(&config, at)?;
        let records = database::wait(database.keys.keys())?;
        Ok(Self { config, records, at, database })
    }

    pub(super) fn terms(&self) -> Terms {
        keys::terms(&self.config)
    }

    /// A new key, published from now on; not yet written.
    pub(super) fn make(&self, algorithm: Algorithm) -> Result<KeyRecord, Failure> {
        let sealer: Sealer = keys::sealer(&self.config).ok_or_else(|| {
            Failure::Refused(
                "secret_key is not set, and the keys in the database are sealed with it: set it first"
                    .to_owned(),
            )
        })?;
        Ok(make(algorithm, &sealer, &SystemRandom, self.at))
    }

    /// Writes a plan, unless the keys were changed since they were read.
    pub(super) fn write(&self, plan: &[KeyRecord]) -> Result<(), Failure> {
        if database::wait(self.database.keys.write_keys(self.records.version, plan))? {
            return Ok(());
        }
        let why =
            "somebody else changed the keys meanwhile: nothing was done, look at `countersign key list`";
        Err(Failure::Refused(why.to_owned()))
    }

    /// How soon every server has what was written.
    pub(super) fn known_within(&self) -> String {
        format!(
            "every server has it within {}",
            crate::config::value::written_duration(self.config.keys.refresh_interval)
        )
    }
}
