//! Lines for machines: one JSON object each.

use super::line::Line;
use serde_json::{Map, Value};

pub(super) fn written(line: &Line) -> String {
    let mut object = Map::new();
    object.insert("time".to_owned(), Value::from(format!("{:.3}", line.time)));
    object.insert("level".to_owned(), Value::from(line.level.as_str()));
    object.insert("target".to_owned(), Value::from(line.target));
    object.insert("message".to_owned(), Value::from(line.message.as_str()));
    object.extend(line.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    format!("{}\n", Value::Object(object))
}
