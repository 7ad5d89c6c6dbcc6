//! `countersign token`

mod decode;
mod issue;
mod revoke;
mod text;
mod verify;
mod words;

pub(super) use self::issue::Issue;

use super::{Common, Failure, Output};

/// Issues, decodes, verifies and revokes tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Tokens {
    Issue(Issue),
    Decode(decode::Decode),
    Verify(verify::Verify),
    Revoke(revoke::Revoke),
}

impl Tokens {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Issue(command) => command.run(common, output),
            Self::Decode(command) => command.run(output),
            Self::Verify(command) => command.run(common, output),
            Self::Revoke(command) => command.run(common, output),
        }
    }
}
