//! What an import did, or would do.

use super::row::Problem;
use crate::cli::page::plain;
use crate::cli::{Failure, Output};
use countersign_core::password::Judgement;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What became of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Added,
    Updated,
    Exists,
}

/// Remarkable rows that are told one by one in words. `--json` has them all.
const MOST_TOLD: usize = 50;

/// What an import did, or would do.
pub(super) struct Report {
    dry_run: bool,
    added: u64,
    updated: u64,
    exist: u64,
    refused: u64,
    /// Rows whose hash no password can match, and that were not meant so.
    dead: u64,
    without_password: u64,
    schemes: BTreeMap<&'static str, u64>,
    lost: Vec<&'static str>,
    /// Those with something to say.
    rows: Vec<Remark>,
}

/// Something to say of a row.
struct Remark {
    line: u64,
    username: Option<String>,
    /// For machines, by one word.
    what: &'static str,
    words: String,
}

impl Report {
    pub(super) fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            added: 0,
            updated: 0,
            exist: 0,
            refused: 0,
            dead: 0,
            without_password: 0,
            schemes: BTreeMap::new(),
            lost: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// How many rows there were.
    pub(super) fn rows(&self) -> u64 {
        self.added + self.updated + self.exist + self.refused
    }

    /// Whether every row could be used, with a password that somebody can log in with.
    pub(super) fn is_clean(&self) -> bool {
        self.refused == 0 && self.dead == 0
    }

    pub(super) fn refused(&mut self, problem: Problem) {
        self.refused += 1;
        let Problem { line, username, reason } = problem;
        self.rows.push(Remark { line, username, what: "refused", words: reason });
    }

    pub(super) fn done(&mut self, line: u64, username: &str, deed: Deed, judgement: Judgement) {
        match deed {
            Deed::Added => self.added += 1,
            Deed::Updated => self.updated += 1,
            Deed::Exists => {
                self.exist += 1;
                let words = "a user of this name exists and is left alone".to_owned();
                return self.remark(line, username, "exists", words);
            }
        }
        let (what, words) = match judgement {
            Judgement::Verifies { scheme, .. } => {
                *self.schemes.entry(scheme).or_default() += 1;
                return;
            }
            Judgement::Unusable => {
                self.without_password += 1;
                return;
            }
            Judgement::NotListed { scheme } => (
                "not_listed",
                format!(
                    "the hash is of the kind {scheme}, which [passwords] hashers and foreign_hashers do not list"
                ),
            ),
            Judgement::Malformed { scheme } => {
                ("malformed", format!("the hash looks like {scheme} and is damaged, or costs too much"))
            }
            Judgement::Unknown => (
                "unknown",
                "the password is no hash of a known kind, so none is stored; set a new one".to_owned(),
            ),
        };
        self.dead += 1;
        self.remark(line, username, what, format!("can never log in: {words}"));
    }

    /// Says once of each column that the user table does not have it.
    pub(super) fn lost(&mut self, columns: Vec<&'static str>, output: &Output) {
        for column in columns {
            if !self.lost.contains(&column) {
                output.note(&format!("warning: the user table has no column for {column}"));
                self.lost.push(column);
            }
        }
    }

    fn remark(&mut self, line: u64, username: &str, what: &'static str, words: String) {
        self.rows.push(Remark { line, username: Some(username.to_owned()), what, words });
    }

    pub(super) fn print(&self, output: &Output) -> Result<(), Failure> {
        if output.is_json() { output.json(&self.to_json()) } else { output.text(&self.to_text()) }
    }

    fn to_json(&self) -> Value {
        let rows: Vec<_> = self.rows.iter().map(Remark::to_json).collect();
        json!({
            "dry_run": self.dry_run,
            "rows": self.rows(),
            "added": self.added,
            "updated": self.updated,
            "exist": self.exist,
            "refused": self.refused,
            "can_never_log_in": self.dead,
            "without_password": self.without_password,
            "hashes": self.schemes,
            "remarks": rows,
        })
    }

    fn to_text(&self) -> String {
        let mut lines: Vec<_> = self.rows.iter().take(MOST_TOLD).map(Remark::to_text).collect();
        if self.rows.len() > MOST_TOLD {
            lines.push(format!("and {} more such rows; --json lists them all", self.rows.len() - MOST_TOLD));
        }
        let would = if self.dry_run { "would be " } else { "" };
        lines.push(format!(
            "{} rows: {} {would}added, {} {would}updated, {} exist, {} refused",
            self.rows(),
            self.added,
            self.updated,
            self.exist,
            self.refused
        ));
        let schemes = self.schemes.iter().map(|(scheme, count)| format!("{count} {scheme}"));
        let mut hashes: Vec<_> = schemes.collect();
        for (count, words) in [(self.without_password, "without one"), (self.dead, "that can never verify")] {
            hashes.extend((count > 0).then(|| format!("{count} {words}")));
        }
        if !hashes.is_empty() {
            lines.push(format!("passwords: {}", hashes.join(", ")));
        }
        lines.join("\n")
    }
}

impl Remark {
    fn to_json(&self) -> Value {
        json!({ "line": self.line, "username": self.username, "what": self.what, "reason": self.words })
    }

    fn to_text(&self) -> String {
        let who = self.username.as_deref().map(|name| format!(" ({})", plain(name))).unwrap_or_default();
        format!("line {}{who}: {}", self.line, self.words)
    }
}
