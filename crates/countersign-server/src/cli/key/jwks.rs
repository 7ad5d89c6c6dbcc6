//! `countersign key jwks`

use super::change::open;
use crate::cli::{Common, Failure, Output};
use crate::keys;
use countersign_core::jwk::publish;
use countersign_core::jws::KeyRing;

pub(super) fn run(common: &Common, output: &Output) -> Result<(), Failure> {
    let ring = open(common)?;
    let rings = keys::rings(&ring.config, &ring.records.keys, ring.at)?;
    output.text(&publish(rings.all().flat_map(KeyRing::keys)).to_ascii())
}
