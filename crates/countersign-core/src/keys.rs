//! The keys that servers share in a database: how one takes over from another, and nobody is logged out.
//!
//! Everything here plans: it says what is to be written of the keys that are there, and writes nothing. A plan is a set
//! of [`Tenure`]s, so that all servers change over at the same instant without a word between them.
//!
//! - A new key is published before it signs ([`Terms::lead`]), so that every server has it, and everybody who fetches
//!   the public keys.
//! - The key that it takes over from verifies for as long as a token of its own may live ([`Terms::life`]).
//! - The keys of the configuration take part as one, [`CONFIGURED`]. They are never planned to be retired: that is
//!   for somebody to say.

mod retire;
mod rotate;

pub use self::retire::{Retirement, RetirementError, retire};
pub use self::rotate::{Rotation, RotationError, rotate};
pub use crate::jws::CONFIGURED;

use crate::clock::{SignedDuration, Timestamp};
use crate::jwk::public_jwk;
use crate::jws::{Algorithm, Key, KeyState, Sealer, Tenure, generate};
use crate::random::Random;
use crate::store::{KeyMaterial, KeyRecord};

/// What a change has to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a key is published before it signs: longer than anybody keeps the published keys, and than a server
    /// takes to read the new ones.
    pub lead: SignedDuration,
    /// The same for whoever cannot wait: long enough for the servers alone.
    pub short_lead: SignedDuration,
    /// The longest life of a token, and what clocks may differ.
    pub life: SignedDuration,
}

/// Makes a key, published from now on and not yet planned to sign. A key pair is called by its RFC 7638 thumbprint, a
/// secret by a random id, which says nothing about it.
#[must_use]
pub fn make(algorithm: Algorithm, sealer: &Sealer, random: &dyn Random, at: Timestamp) -> KeyRecord {
    const SOUND: &str = "what was generated is a key";
    let private = generate(algorithm, random);
    let key = Key::read(algorithm, private.expose(), None).expect(SOUND);
    key.self_test().expect(SOUND);
    let kid = key.kid().map_or_else(|| random.jti(), str::to_owned);
    let at_rest = sealer.seal(&kid, algorithm, &private, random);
    let material = KeyMaterial { algorithm, public: public_jwk(key.verifying()), sealed: at_rest };
    KeyRecord { kid, material: Some(material), tenure: Tenure::published(at) }
}

/// The state of each key at an instant, that of the configured keys among them.
#[must_use]
pub fn states(records: &[KeyRecord], at: Timestamp) -> Vec<(KeyRecord, KeyState)> {
    let records = with_configured(records);
    let state = |record: KeyRecord| record.tenure.state(at).map(|state| (record, state));
    let mut states: Vec<_> = records.into_iter().filter_map(state).collect();
    // Of several that may sign, the one that began last does; the others verify.
    let begun = |record: &KeyRecord| record.tenure.signing;
    let signing = states.iter().filter(|(_, state)| *state == KeyState::Signing);
    let last = signing.max_by_key(|(record, _)| begun(record)).map(|(record, _)| record.kid.clone());
    for (record, state) in &mut states {
        if *state == KeyState::Signing && last.as_deref() != Some(&record.kid) {
            *state = KeyState::Verifying;
        }
    }
    states
}

/// All records, and one of the configured keys: that they have signed ever since, where nothing is written down.
fn with_configured(records: &[KeyRecord]) -> Vec<KeyRecord> {
    let mut all = records.to_vec();
    if !all.iter().any(|record| record.kid == CONFIGURED) {
        let tenure = Tenure::starting(Timestamp::UNIX_EPOCH);
        all.insert(0, KeyRecord { kid: CONFIGURED.to_owned(), material: None, tenure });
    }
    all
}

fn later(at: Timestamp, time: SignedDuration) -> Timestamp {
    at.saturating_add(time).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
