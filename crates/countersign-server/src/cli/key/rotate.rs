//! `countersign key rotate`

use super::algorithm;
use super::change::{open, write};
use crate::cli::{Common, Failure, Output};
use crate::keys::{NEW, Ring};
use clap::Args;
use countersign_core::jws::Algorithm;
use countersign_core::store::KeyRecord;
use serde_json::json;

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
        let ring = open(common)?;
        let to = self.successor(&ring).map_err(Failure::Refused)?;
        let rotation = ring.rotate(&to, self.now).map_err(Failure::Refused)?;
        if !self.preview {
            write(&ring, "key rotate", &rotation.to, &rotation.write)?;
        }
        let is_new = ring.records.keys.iter().all(|record| record.kid != to.kid);
        let name = if self.preview && is_new { NEW } else { &rotation.to };
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
        output.text(&Ring::about_rotation(&rotation, name).join("\n"))
    }

    /// The key that is to sign.
    fn successor(&self, ring: &Ring) -> Result<KeyRecord, String> {
        if let Some(algorithm) = self.algorithm {
            return ring.make(algorithm);
        }
        ring.waiting(self.to.as_deref())?.map_or_else(|| ring.make(Algorithm::EdDsa), Ok)
    }
}
