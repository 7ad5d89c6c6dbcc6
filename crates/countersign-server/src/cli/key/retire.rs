//! `countersign key retire`

use super::change::Ring;
use super::moment;
use crate::cli::{Common, Failure, Output};
use clap::Args;
use countersign_core::jws::{Algorithm, CONFIGURED};
use countersign_core::keys::{Retirement, retire};
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
        let ring = Ring::open(common)?;
        let successor = if self.compromised { Some(ring.make(self.algorithm(&ring))?) } else { None };
        let retirement = retire(&ring.records.keys, &self.key, ring.at, ring.terms(), successor.as_ref())
            .map_err(|error| Failure::Refused(error.to_string()))?;
        if !self.preview {
            ring.write(&retirement.write)?;
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

    /// A key in the place of another is for the same algorithm; in the place of a secret, it is a key pair.
    fn algorithm(&self, ring: &Ring) -> Algorithm {
        let record = ring.records.keys.iter().find(|record| record.kid == self.key);
        let own = record.and_then(|record| record.material.as_ref()).map(|material| material.algorithm);
        own.unwrap_or(Algorithm::EdDsa)
    }

    fn consequences(&self, retirement: &Retirement, ring: &Ring) -> String {
        let mut lines = vec![if retirement.ends <= ring.at {
            format!("{} is retired now: {}", self.key, ring.known_within())
        } else {
            format!("{} is retired from {}", self.key, moment(retirement.ends))
        }];
        lines.push(if retirement.kills_tokens {
            "every token that it signed is refused from then on: whoever has one logs in again".to_owned()
        } else {
            "nobody is logged out".to_owned()
        });
        match &retirement.successor {
            Some(_) if self.preview => lines.push("a new key signs in its place".to_owned()),
            Some(kid) => lines.push(format!("{kid} signs in its place")),
            None => {}
        }
        if self.key == CONFIGURED && self.compromised {
            lines.push(
                "put another secret_key in its place too: see `countersign key retire --help`".to_owned(),
            );
        }
        lines.join("\n")
    }
}
