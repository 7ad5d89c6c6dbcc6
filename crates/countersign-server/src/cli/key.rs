//! `countersign key`

mod change;
mod generate;
mod jwks;
mod list;
mod retire;
mod rotate;

use super::{Common, Failure, Output};
use countersign_core::jws::Algorithm;

/// Lists, generates, rotates, retires and publishes keys. Servers take each change over without a restart.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Keys {
    List(list::List),
    Generate(generate::Generate),
    Rotate(rotate::Rotate),
    Retire(retire::Retire),
    /// Print the public keys that `/.well-known/jwks.json` serves
    #[command(after_help = "\
Secrets of the HS algorithms are never in it: a server that has no others prints an empty set.

Examples:
  countersign key jwks > keys.json")]
    Jwks,
}

impl Keys {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(common, output),
            Self::Generate(command) => command.run(common, output),
            Self::Rotate(command) => command.run(common, output),
            Self::Retire(command) => command.run(common, output),
            Self::Jwks => jwks::run(common, output),
        }
    }
}

/// An algorithm by its registered name.
fn algorithm(name: &str) -> Result<Algorithm, String> {
    name.parse().map_err(|_| format!("it is none of {}", Algorithm::ALL.map(Algorithm::name).join(", ")))
}
