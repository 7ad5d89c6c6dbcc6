//! `countersign key rotate`

use super::change::Ring;
use super::{algorithm, moment};
use crate::cli::{Common, Failure, Output};
use clap::Args;
use countersign_core::jws::{Algorithm, CONFIGURED, KeyState};
use countersign_core::keys::{Rotation, rotate};
use countersign_core::store::KeyRecord;
use serde_json::json;
use std::fmt::Write as _;

/// Let a new key sign, and log nobody out
#[derive(Debug, Args)]
#[command(after_help = "\
The new key signs once it has been published for as long as anybody may keep the published keys ([keys] max_age), so
that a token never comes before its key. Tokens of the key before it stay good until they end; then that key is retired
by itself. Only the keys that the configuration names verify until somebody retires them.

Examples:
  countersign key rotate --preview           what would happen, and when
  countersign key rotate                     the key that waits, else a new one with EdDSA
  countersign key rotate --algorithm ES256   a new one for another algorithm
  countersign key rotate --now               where nobody but these servers verifies tokens")]
pub(in crate::cli) struct Rotate {
    /// The key that takes over, of those that wait [default: the one that waits longest, else a new one]
    #[arg(long, value_name = "KEY", conflicts_with = "algorithm")]
    to: Option<String>,
    /// Make a new key for this algorithm
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Option<Algorithm>,
    /// Wait for these servers alone, not for others who keep the published keys
    #[arg(long)]
    now: bool,
    /// Say what would happen, and do nothing
    #[arg(long)]
    preview: bool,
}

impl Rotate {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let ring = Ring::open(common)?;
        let to = self.successor(&ring)?;
        let rotation = rotate(&ring.records.keys, &to, ring.at, ring.terms(), self.now)
            .map_err(|error| Failure::Refused(error.to_string()))?;
        if !self.preview {
            ring.write(&rotation.write)?;
        }
        let is_new = ring.records.keys.iter().all(|record| record.kid != to.kid);
        let name = if self.preview && is_new { "a new key" } else { &rotation.to };
        if output.is_json() {
            return output.json(&json!({
                "done": !self.preview,
                "kid": if self.preview && is_new { None } else { Some(&rotation.to) },
                "algorithm": to.material.as_ref().map(|material| material.algorithm.name()),
                "signs_from": rotation.begins.to_string(),
                "verifying": rotation.from.iter().map(|(kid, until)| json!({
                    "kid": kid,
                    "good_until": until.map(|until| until.to_string()),
                })).collect::<Vec<_>>(),
            }));
        }
        output.text(&consequences(&rotation, name))
    }

    /// The key that is to sign.
    fn successor(&self, ring: &Ring) -> Result<KeyRecord, Failure> {
        let records = &ring.records.keys;
        let is_next = |record: &&KeyRecord| record.tenure.state(ring.at) == Some(KeyState::Next);
        match (&self.to, self.algorithm) {
            (Some(kid), _) => records.iter().find(|record| record.kid == *kid).cloned().ok_or_else(|| {
                Failure::Refused(format!("there is no key {kid:?}: `countersign key list` shows all"))
            }),
            (None, Some(algorithm)) => ring.make(algorithm),
            (None, None) => {
                records.iter().find(is_next).cloned().map_or_else(|| ring.make(Algorithm::EdDsa), Ok)
            }
        }
    }
}

fn consequences(rotation: &Rotation, name: &str) -> String {
    let mut text = format!("{name} signs from {}", moment(rotation.begins));
    for (kid, until) in &rotation.from {
        let _ = match until {
            Some(until) => {
                write!(text, "\n{kid} signs until then; its tokens are good until {}", moment(*until))
            }
            None => write!(
                text,
                "\n{kid} signs until then; its tokens stay good until they end, and it verifies until \
                 `countersign key retire {CONFIGURED}`"
            ),
        };
    }
    text + "\nnobody is logged out"
}
