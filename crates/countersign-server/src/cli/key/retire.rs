//! `countersign key retire`

use super::change::{open, write};
use crate::cli::{Common, Failure, Output};
use crate::keys::{NEW, Ring};
use clap::Args;
use countersign_core::jws::CONFIGURED;
use countersign_core::keys::Retirement;
use serde_json::json;

/// End a key
#[derive(Debug, Args)]
#[command(after_help = "\
A key is retired once no token of its own can be good any more, so nobody is logged out. A key that waits is given up,
and the rotation to it with it. With --compromised a key is nothing at once, and so are its tokens: whoever has one logs
in again. If it signs, a new key takes its place in the same act.

`configured` are the keys that the configuration names. If secret_key itself is compromised, put another in its place
too: it seals the keys in the database, and [cookie_auth] makes its refresh tokens' secret of it.

Examples:
  countersign key retire configured --preview      what would happen, and when
  countersign key retire configured
  countersign key retire 2xQbQ… --compromised")]
pub(in crate::cli) struct Retire {
    /// The key, as `countersign key list` names it
    key: String,
    /// Somebody else knows it: end it and its tokens at once
    #[arg(long)]
    compromised: bool,
    /// Say what would happen, and do nothing
    #[arg(long)]
    preview: bool,
}

impl Retire {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let ring = open(common)?;
        let algorithm = ring.algorithm_in_place_of(&self.key);
        let successor =
            self.compromised.then(|| ring.make(algorithm)).transpose().map_err(Failure::Refused)?;
        let retirement = ring.retire(&self.key, successor.as_ref()).map_err(Failure::Refused)?;
        if !self.preview {
            write(&ring, "key retire", &self.key, &retirement.write)?;
        }
        if output.is_json() {
            return output.json(&json!({
                "done": !self.preview,
                "kid": self.key,
                "ends_at": retirement.ends.to_string(),
                "kills_tokens": retirement.kills_tokens,
                "successor": retirement.successor.as_ref().filter(|_| !self.preview),
            }));
        }
        output.text(&self.consequences(&retirement, &ring))
    }

    fn consequences(&self, retirement: &Retirement, ring: &Ring) -> String {
        let successor = retirement.successor.clone();
        let named = if self.preview { successor.map(|_| NEW.to_owned()) } else { successor };
        let mut lines =
            ring.about_retirement(&self.key, &Retirement { successor: named, ..retirement.clone() });
        if self.key == CONFIGURED && self.compromised {
            lines.push(
                "put another secret_key in its place too: see `countersign key retire --help`".to_owned(),
            );
        }
        lines.join("\n")
    }
}
