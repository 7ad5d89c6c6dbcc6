//! Lines for people: `2026-11-23T14:00:00.000Z  INFO login username="alice" outcome="ok" request="…"`.

use super::line::Line;
use serde_json::Value;

pub(super) fn written(line: &Line) -> String {
    let fields = line.fields.iter().map(|(name, value)| match value {
        Value::String(text) => format!(" {name}={text:?}"),
        other => format!(" {name}={other}"),
    });
    let message = line.message.escape_debug();
    format!("{:.3} {:>5} {message}{}\n", line.time, line.level, fields.collect::<Vec<_>>().concat())
}
