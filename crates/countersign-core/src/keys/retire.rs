//! A key ends.

use super::{Terms, later, with_configured};
use crate::clock::Timestamp;
use crate::jws::{KeyState, Tenure};
use crate::store::KeyRecord;

/// A retirement, planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// What is to be written.
    pub write: Vec<KeyRecord>,
    /// From when on nothing that the key signed is good.
    pub ends: Timestamp,
    /// The key that signs in its place, where it signed until now.
    pub successor: Option<String>,
    /// Whether tokens that would be good now are refused from now on.
    pub kills_tokens: bool,
}

/// Why a key cannot be retired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetirementError {
    /// There is none of that name.
    #[error("there is no key {0:?}: `countersign key list` shows all")]
    Unknown(String),
    /// It was.
    #[error("{kid} is retired since {since}")]
    Already {
        /// The key.
        kid: String,
        /// Since when.
        since: Timestamp,
    },
    /// New tokens are signed with it.
    #[error(
        "{0} signs: `countersign key rotate` lets another sign first. If somebody else knows the key, say --compromised"
    )]
    Signs(String),
}

/// Plans the end of a key: as soon as no token of its own can be good any more, and at once where it is compromised.
/// `successor`, a new key, signs from now on where the compromised key does so and no other would.
///
/// # Errors
/// [`RetirementError`].
pub fn retire(
    records: &[KeyRecord],
    kid: &str,
    at: Timestamp,
    terms: Terms,
    compromised: Option<&KeyRecord>,
) -> Result<Retirement, RetirementError> {
    let records = with_configured(records);
    let record = records
        .iter()
        .find(|record| record.kid == kid)
        .ok_or_else(|| RetirementError::Unknown(kid.to_owned()))?;
    let state = record.tenure.state(at).unwrap_or(KeyState::Next);
    let ends = match (state, compromised) {
        (KeyState::Retired, _) => {
            let since = record.tenure.retired.unwrap_or(at);
            return Err(RetirementError::Already { kid: kid.to_owned(), since });
        }
        (KeyState::Signing, None) => return Err(RetirementError::Signs(kid.to_owned())),
        // It has signed nothing.
        (KeyState::Next, _) | (_, Some(_)) => at,
        (KeyState::Verifying, None) => {
            let stopped = record.tenure.verifying.unwrap_or(at);
            record.tenure.retired.unwrap_or_else(|| later(stopped, terms.life)).max(at)
        }
    };
    let mut write = vec![KeyRecord { tenure: record.tenure.ended(ends), ..record.clone() }];
    if state == KeyState::Next
        && let Some(begins) = record.tenure.signing
    {
        write.extend(going_on(&records, kid, begins));
    }
    let signs_alone = state == KeyState::Signing
        && !records.iter().any(|other| other.kid != kid && other.tenure.state(at) == Some(KeyState::Signing));
    let successor = compromised.filter(|_| signs_alone).map(|successor| {
        write.push(KeyRecord { tenure: Tenure::starting(at), ..successor.clone() });
        successor.kid.clone()
    });
    let may_have_live_tokens = match (state, record.tenure.verifying) {
        (KeyState::Next | KeyState::Retired, _) => false,
        (_, stopped) => stopped.is_none_or(|stopped| later(stopped, terms.life) > ends),
    };
    Ok(Retirement { write, ends, successor, kills_tokens: may_have_live_tokens })
}

/// The keys that were to stop signing when another begins: they go on.
fn going_on(records: &[KeyRecord], kid: &str, begins: Timestamp) -> Vec<KeyRecord> {
    let waiting = |record: &&KeyRecord| record.kid != kid && record.tenure.verifying == Some(begins);
    let on = |record: &KeyRecord| {
        let tenure = Tenure { verifying: None, retired: None, ..record.tenure };
        KeyRecord { tenure, ..record.clone() }
    };
    records.iter().filter(waiting).map(on).collect()
}
