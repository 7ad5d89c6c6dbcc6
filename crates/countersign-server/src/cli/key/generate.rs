//! `countersign key generate`

use super::algorithm;
use super::change::{open, write};
use crate::cli::{Common, Failure, Output};
use clap::Args;
use countersign_core::jws::Algorithm;
use serde_json::json;

/// Make a key that others can learn of before it signs
#[derive(Debug, Args)]
#[command(after_help = "\
The key is `next`: its public half is served, tokens signed with it would be good, and it signs nothing until
`countersign key rotate`. Its private half is in the database, sealed with secret_key, and is never printed.

Examples:
  countersign key generate
  countersign key generate --algorithm ES256 --json")]
pub(in crate::cli) struct Generate {
    /// What it is for: a name that `[simple_jwt] algorithm` takes
    #[arg(long, value_name = "NAME", default_value = "EdDSA", value_parser = algorithm)]
    algorithm: Algorithm,
}

impl Generate {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let ring = open(common)?;
        let key = ring.make(self.algorithm).map_err(Failure::Refused)?;
        write(&ring, "key generate", &key.kid, std::slice::from_ref(&key))?;
        if output.is_json() {
            return output
                .json(&json!({ "kid": key.kid, "algorithm": self.algorithm.name(), "state": "next" }));
        }
        output.note(&format!("{}; `countersign key rotate` lets it sign", ring.known_within()));
        output.text(&key.kid)
    }
}
