//! One key takes over from another.

use super::{CONFIGURED, Terms, later, with_configured};
use crate::clock::Timestamp;
use crate::jws::KeyState;
use crate::store::KeyRecord;

/// A rotation, planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What is to be written.
    pub write: Vec<KeyRecord>,
    /// The key that will sign.
    pub to: String,
    /// From when on.
    pub begins: Timestamp,
    /// The keys that stop signing then, and until when their tokens are good; none: until somebody retires them.
    pub from: Vec<(String, Option<Timestamp>)>,
}

/// Why a key cannot take over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// Another rotation has not happened yet.
    #[error(
        "a rotation is under way: {kid} signs from {begins} on. Wait for it, or give it up with `countersign key retire {kid}`"
    )]
    UnderWay {
        /// The key that takes over then.
        kid: String,
        /// When.
        begins: Timestamp,
    },
    /// The key is not one that waits.
    #[error(
        "{0} is no key that waits to sign: `countersign key list` shows which does, `countersign key generate` makes one"
    )]
    NotNext(String),
}

/// Plans that `to`, one of the records or a new one, takes over: as soon as it has been published for the lead.
///
/// # Errors
/// [`RotationError`].
pub fn rotate(
    records: &[KeyRecord],
    to: &KeyRecord,
    at: Timestamp,
    terms: Terms,
    in_haste: bool,
) -> Result<Rotation, RotationError> {
    if to.tenure.state(at) != Some(KeyState::Next) || to.kid == CONFIGURED {
        return Err(RotationError::NotNext(to.kid.clone()));
    }
    let planned = |record: &&KeyRecord| record.tenure.state(at) == Some(KeyState::Next);
    let pending = records.iter().filter(planned).find_map(|record| Some((record, record.tenure.signing?)));
    if let Some((record, begins)) = pending {
        return Err(RotationError::UnderWay { kid: record.kid.clone(), begins });
    }
    // Every server has to know the key first, however long it has been published to others.
    let lead = if in_haste { terms.short_lead } else { terms.lead };
    let begins = later(at, terms.short_lead).max(later(to.tenure.next, lead));
    let mut rotation = Rotation { write: Vec::new(), to: to.kid.clone(), begins, from: Vec::new() };
    for mut record in with_configured(records) {
        if record.tenure.state(at) != Some(KeyState::Signing) {
            continue;
        }
        record.tenure = record.tenure.succeeded(begins, terms.life);
        if record.kid == CONFIGURED {
            record.tenure.retired = None;
        }
        rotation.from.push((record.kid.clone(), record.tenure.retired));
        rotation.write.push(record);
    }
    let mut to = to.clone();
    to.tenure.signing = Some(begins);
    rotation.write.push(to);
    Ok(rotation)
}
