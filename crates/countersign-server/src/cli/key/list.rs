//! `countersign key list`

use super::change::open;
use crate::cli::{Common, Failure, Output};
use crate::keys;
use crate::keys::moment;
use clap::Args;
use countersign_core::clock::Timestamp;
use countersign_core::jws::{CONFIGURED, KeyState, Tenure};
use countersign_core::keys::states;
use countersign_core::store::KeyRecord;
use serde_json::{Value, json};

/// List the keys, with what each is doing and what comes next
#[derive(Debug, Args)]
#[command(after_help = "\
next       published, so that everybody has it; signs when it is rotated to
signing    signs new tokens
verifying  its tokens are still good, another key signs
retired    nothing that it signed is good any more

`configured` stands for the keys that the configuration names: secret_key, signing_key, private_key.

Examples:
  countersign key list
  countersign key list --all --json")]
pub(in crate::cli) struct List {
    /// Retired keys too
    #[arg(long)]
    all: bool,
}

impl List {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let ring = open(common)?;
        let configured = keys::configured_algorithms(&ring.config);
        let mut states = states(&ring.records.keys, ring.at);
        states.retain(|(_, state)| self.all || *state != KeyState::Retired);
        if output.is_json() {
            let keys = states.iter().map(|(record, state)| to_json(record, *state, &configured));
            return output.json(&Value::Array(keys.collect()));
        }
        let rows = states.iter().map(|(record, state)| row(record, *state, &configured, ring.at));
        output.text(&table(rows.collect()))
    }
}

fn algorithm(record: &KeyRecord, configured: &[&str]) -> String {
    record.material.as_ref().map_or_else(|| configured.join(" "), |own| own.algorithm.name().to_owned())
}

fn to_json(record: &KeyRecord, state: KeyState, configured: &[&str]) -> Value {
    let Tenure { next, signing, verifying, retired } = record.tenure;
    // That the configured keys were always there is no date.
    let date = |at: Option<Timestamp>| at.filter(|at| *at > Timestamp::UNIX_EPOCH).map(|at| at.to_string());
    json!({
        "kid": record.kid,
        "configured": record.kid == CONFIGURED,
        "algorithm": algorithm(record, configured),
        "state": state.name(),
        "published_at": date(Some(next)),
        "signing_at": date(signing),
        "verifying_at": date(verifying),
        "retired_at": date(retired),
    })
}

fn row(record: &KeyRecord, state: KeyState, configured: &[&str], now: Timestamp) -> [String; 5] {
    let Tenure { next, signing, verifying, retired } = record.tenure;
    let since = match state {
        KeyState::Next => Some(next),
        KeyState::Signing => signing,
        KeyState::Verifying => verifying.or(signing),
        KeyState::Retired => retired,
    };
    let since = since.filter(|since| *since > Timestamp::UNIX_EPOCH).map_or_else(String::new, moment);
    let plans = [("signs from", signing), ("verifies from", verifying), ("retired from", retired)];
    let to_come = plans.into_iter().filter_map(|(what, at)| Some((what, at.filter(|at| *at > now)?)));
    let coming = to_come.map(|(what, at)| format!("{what} {}", moment(at))).collect::<Vec<_>>().join(", ");
    [record.kid.clone(), algorithm(record, configured), state.name().to_owned(), since, coming]
}

const HEAD: [&str; 5] = ["KEY", "ALGORITHM", "STATE", "SINCE", "TO COME"];

/// Columns as wide as their widest cell.
fn table(mut rows: Vec<[String; 5]>) -> String {
    rows.insert(0, HEAD.map(str::to_owned));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; HEAD.len()] = std::array::from_fn(width);
    let line = |row: &[String; HEAD.len()]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
