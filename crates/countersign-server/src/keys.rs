//! The keys that servers share in the database, beside those of the configuration.

mod foreign;
mod ring;
mod watch;

pub use self::foreign::{Foreign, is_same_foreign};
pub use self::ring::{NEW, Ring, moment};
pub use self::watch::{Seen, watch};

use crate::config::{Config, Rings};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::jws::{KeyRing, Roster, RosterError, Sealer};
use countersign_core::keys::Terms;
use countersign_core::store::KeyRecord;

/// What clocks may differ: nothing is planned closer than this to the end of a token.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What opens and seals private keys; none without `secret_key`.
#[must_use]
pub fn sealer(config: &Config) -> Option<Sealer> {
    config.top.secret_key.as_ref().map(Sealer::new)
}

/// The rings of an instant: those of the configuration, joined to the keys that are written down.
///
/// # Errors
/// Which key cannot be used, and what to do.
pub fn rings(config: &Config, records: &[KeyRecord], at: Timestamp) -> Result<Rings, RosterError> {
    join(config, &Roster::open(records, sealer(config).as_ref(), at)?, at)
}

/// The rings of an instant, joined to keys that were opened.
///
/// # Errors
/// Where nothing would sign.
pub fn join(config: &Config, roster: &Roster, at: Timestamp) -> Result<Rings, RosterError> {
    let rings = config.rings();
    if roster.is_empty() {
        return Ok(rings);
    }
    let joined = |ring: Option<KeyRing>| ring.map(|ring| roster.ring(&ring, at)).transpose();
    Ok(Rings {
        simple_jwt: joined(rings.simple_jwt)?,
        // A key for each user is made of a secret alone.
        jwt_auth: if config.jwt_auth.user_secret { rings.jwt_auth } else { joined(rings.jwt_auth)? },
        cookie_auth: joined(rings.cookie_auth)?,
    })
}

/// What a change of keys has to wait for, under this configuration.
#[must_use]
pub fn terms(config: &Config) -> Terms {
    let interval = config.keys.refresh_interval;
    // A server asks, asks once more where the database did not answer, and has some time to read.
    let short_lead = [interval; 3].iter().fold(SignedDuration::ZERO, |sum, time| sum.saturating_add(*time));
    let (simple, jwt, cookie) = (&config.simple_jwt, &config.jwt_auth, &config.cookie_auth);
    let lives = [
        simple.access_token_lifetime.saturating_add(simple.leeway),
        simple.refresh_token_lifetime.saturating_add(simple.leeway),
        simple.sliding_token_lifetime.saturating_add(simple.leeway),
        if jwt.enabled { jwt.expiration_delta.saturating_add(jwt.leeway) } else { SignedDuration::ZERO },
        if cookie.enabled { cookie.access_token_lifetime } else { SignedDuration::ZERO },
    ];
    let life = lives.into_iter().max().unwrap_or_default();
    Terms {
        lead: config.keys.max_age.saturating_add(short_lead),
        short_lead,
        life: life.saturating_add(SKEW),
    }
}

/// The algorithms of the keys that the configuration names.
#[must_use]
pub fn configured_algorithms(config: &Config) -> Vec<&'static str> {
    let rings = config.rings();
    let mut names = Vec::new();
    for key in rings.all().flat_map(KeyRing::keys) {
        if !names.contains(&key.algorithm().name()) {
            names.push(key.algorithm().name());
        }
    }
    names
}
