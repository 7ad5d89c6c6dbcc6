//! Uses of refresh tokens, as tests of stores make them.

use crate::clock::{SignedDuration, Timestamp};
use crate::event::Origin;
use crate::store::{Limits, Record, Rotate, Terms};

/// A use of `presented`, issued at the same instant, by an active user and from nowhere: without grace, without reuse
/// detection, in a session that lasts as long as its tokens and the password. One that has none begins one of its name.
#[must_use]
pub fn rotating<'a>(presented: &'a Record, successor: &'a Record, at: Timestamp) -> Rotate<'a> {
    Rotate {
        presented,
        successor,
        family: &presented.jti,
        must_be_active: true,
        at,
        grace: SignedDuration::ZERO,
        reuse_detection: false,
        terms: Terms { issued_at: Some(at), limits: Limits::default(), tied_to_password: true },
        origin: Origin::default(),
    }
}
