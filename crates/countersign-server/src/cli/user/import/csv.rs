//! `FILE.csv`: a line with names of columns, and a line for each user (RFC 4180).

use super::Rows;
use super::row::{COLUMNS, Problem, row};
use crate::cli::{Failure, Output};
use csv::{ReaderBuilder, StringRecord};
use std::fs::File;
use std::path::Path;

pub(super) fn read(path: &Path, output: &Output) -> Result<Rows, Failure> {
    let what = || format!("cannot read {}", path.display());
    let file = File::open(path).map_err(Failure::io(what()))?;
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let names = reader.headers().map_err(|error| Failure::Refused(format!("{}: {error}", what())))?.clone();
    let names: Vec<String> = names.iter().map(name).collect();
    if !names.iter().any(|name| name == "username") {
        return Err(Failure::Refused(format!(
            "{} has no column `username`; its first line names the columns: {}",
            path.display(),
            COLUMNS.join(", ")
        )));
    }
    for unknown in names.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        output.note(&format!("warning: the column {unknown:?} is not read"));
    }
    let rows = reader.into_records().enumerate().map(move |(number, record)| match record {
        Ok(record) => {
            let line = record.position().map_or(number as u64 + 2, csv::Position::line);
            if record.len() != names.len() {
                let reason = format!("{} values for {} columns", record.len(), names.len());
                return Err(Problem::new(line, None, reason));
            }
            row(line, |column| value(&names, &record, column))
        }
        Err(error) => {
            let line = error.position().map_or(number as u64 + 2, csv::Position::line);
            Err(Problem::new(line, None, "it is not UTF-8, or cannot be read"))
        }
    });
    Ok(Box::new(rows))
}

fn value<'a>(names: &[String], record: &'a StringRecord, column: &str) -> Option<&'a str> {
    record.get(names.iter().position(|name| name == column)?)
}

/// A column's name, without the mark that some programs put before a file.
fn name(name: &str) -> String {
    name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()
}
