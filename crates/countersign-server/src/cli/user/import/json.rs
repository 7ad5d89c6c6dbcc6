//! `FILE.jsonl`: one object a line, with Django's names of columns.

use super::Rows;
use super::row::{COLUMNS, Problem, Row, row};
use crate::cli::{Failure, Output};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

pub(super) fn read(path: &Path, output: &Output) -> Result<Rows, Failure> {
    let file = File::open(path).map_err(Failure::io(format!("cannot read {}", path.display())))?;
    let output = output.clone();
    let mut warned = Vec::new();
    let lines = BufReader::new(file).lines().zip(1..);
    let filled = lines.filter(|(line, _)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    let rows = filled.map(move |(line, number)| {
        let line = line.map_err(|_| Problem::new(number, None, "it is not UTF-8, or cannot be read"))?;
        let object: Map<String, Value> =
            serde_json::from_str(&line).map_err(|_| Problem::new(number, None, "it is no JSON object"))?;
        for name in object.keys().filter(|name| !COLUMNS.contains(&name.as_str())) {
            if !warned.contains(name) {
                output.note(&format!("warning: the member {name:?} is not read"));
                warned.push(name.clone());
            }
        }
        user(number, &object)
    });
    Ok(Box::new(rows))
}

/// A user out of an object. Numbers and truth values are as good as their texts.
pub(super) fn user(line: u64, object: &Map<String, Value>) -> Result<Row, Problem> {
    let mut texts = HashMap::new();
    for column in COLUMNS {
        let text = match object.get(column) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            Some(_) => return Err(Problem::new(line, None, format!("{column}: it is no text"))),
        };
        texts.insert(column, text);
    }
    row(line, |column| texts.get(column).map(String::as_str))
}
