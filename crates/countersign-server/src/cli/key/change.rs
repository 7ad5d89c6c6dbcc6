//! What every command that changes keys works with.

use crate::cli::audit::audited;
use crate::cli::{Common, Failure};
use crate::database;
use crate::keys::Ring;
use countersign_core::admin::turning;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::store::{AuditOutcome, KeyRecord};

/// Reads the keys.
pub(super) fn open(common: &Common) -> Result<Ring, Failure> {
    let config = common.layers().load()?;
    let at = SystemClock.now();
    let database = database::open(&config, at)?;
    Ok(database::wait(Ring::read(config, database, at))?)
}

/// Writes a plan down, with its line in the audit trail, unless the keys were changed since they were read.
pub(super) fn write(ring: &Ring, act: &'static str, kid: &str, plan: &[KeyRecord]) -> Result<(), Failure> {
    let deed = turning(act, kid, &ring.records.keys, plan, ring.at);
    let written = database::wait(audited(ring.database(), deed, async {
        let written = ring.write(plan).await?;
        Ok((if written { AuditOutcome::Done } else { AuditOutcome::Refused }, written))
    }))?;
    if written {
        return Ok(());
    }
    let why = "somebody else changed the keys meanwhile: nothing was done, look at `countersign key list`";
    Err(Failure::Refused(why.to_owned()))
}
