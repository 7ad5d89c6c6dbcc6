//! `countersign key jwks`

use super::change::Ring;
use crate::cli::{Common, Failure, Output};
use crate::keys;
use countersign_core::jwk::publish;
use countersign_core::jws::KeyRing;

pub(super) fn run(common: &Common, output: &Output) -> Result<(), Failure> {
    let ring = Ring::open(common)?;
    let rings = keys::rings(&ring.config, &ring.records.keys, ring.at)?;
    output.text(&publish(rings.all().flat_map(KeyRing::keys)).to_ascii())
}
