//! The writer: Python's bytes, compact or indented.

use super::{Object, Value};
use std::fmt::Write as _;

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    /// `ensure_ascii=True`, PyJWT's way.
    Ascii,
    /// Django REST framework's way: UTF-8, with the two line separators of JavaScript escaped.
    Utf8,
}

impl Value {
    /// Compact JSON in ASCII, as PyJWT writes headers and claims.
    #[must_use]
    pub fn to_ascii(&self) -> String {
        let mut out = String::with_capacity(256);
        value(self, Charset::Ascii, &mut out);
        out
    }

    /// Compact JSON in UTF-8, as Django REST framework writes answers.
    #[must_use]
    pub fn to_utf8(&self) -> String {
        let mut out = String::with_capacity(256);
        value(self, Charset::Utf8, &mut out);
        out
    }

    /// JSON in UTF-8 with each member on a line of its own, indented by `spaces` a level.
    #[must_use]
    pub fn to_utf8_indented(&self, spaces: usize) -> String {
        let mut out = String::with_capacity(256);
        indented(self, spaces, 0, &mut out);
        out
    }
}

impl Object {
    /// Compact JSON in ASCII, as PyJWT writes headers and claims.
    #[must_use]
    pub fn to_ascii(&self) -> String {
        let mut out = String::with_capacity(256);
        object(self, Charset::Ascii, &mut out);
        out
    }
}

fn value(value_: &Value, charset: Charset, out: &mut String) {
    match value_ {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(super::Number::Integer(number)) => out.push_str(itoa::Buffer::new().format(*number)),
        Value::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Value::String(text) => string(text, charset, out),
        Value::Unpaired(half) => {
            let _ = write!(out, "\"\\u{half:04x}\"");
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                value(item, charset, out);
            }
            out.push(']');
        }
        Value::Object(members) => object(members, charset, out),
    }
}

fn object(members: &Object, charset: Charset, out: &mut String) {
    out.push('{');
    for (at, (name, member)) in members.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        string(name, charset, out);
        out.push(':');
        value(member, charset, out);
    }
    out.push('}');
}

fn indented(value_: &Value, spaces: usize, level: usize, out: &mut String) {
    let newline = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', spaces * level));
    };
    match value_ {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                newline(out, level + 1);
                indented(item, spaces, level + 1, out);
            }
            newline(out, level);
            out.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                newline(out, level + 1);
                string(name, Charset::Utf8, out);
                out.push_str(": ");
                indented(member, spaces, level + 1, out);
            }
            newline(out, level);
            out.push('}');
        }
        other => value(other, Charset::Utf8, out),
    }
}

fn string(text: &str, charset: Charset, out: &mut String) {
    out.push('"');
    let mut plain_from = 0;
    for (at, character) in text.char_indices() {
        let escape_needed = match character {
            '"' | '\\' | '\0'..='\u{1f}' => true,
            '\u{7f}'.. => charset == Charset::Ascii || matches!(character, '\u{2028}' | '\u{2029}'),
            _ => false,
        };
        // Python writes DEL as it is: the only ASCII control character that JSON allows.
        if escape_needed && character != '\u{7f}' {
            out.push_str(&text[plain_from..at]);
            escape(character, out);
            plain_from = at + character.len_utf8();
        }
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}

fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Reader;

    #[test]
    fn claims_are_written_as_pyjwt_writes_them() {
        let value = Value::from("zoë \u{1F600} \"q\" \\ \u{7f} \n \u{1}");
        assert_eq!(value.to_ascii(), "\"zo\\u00eb \\ud83d\\ude00 \\\"q\\\" \\\\ \u{7f} \\n \\u0001\"");
    }

    #[test]
    fn answers_are_written_as_the_rest_framework_writes_them() {
        assert_eq!(Value::from("“zzz” \u{2028}").to_utf8(), "\"“zzz” \\u2028\"");
    }

    #[test]
    fn an_indented_answer_has_a_line_for_each_member() {
        let value = Reader::BODY.read(br#"{"a":[1,{}],"b":[]}"#).unwrap();
        assert_eq!(value.to_utf8_indented(2), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
    }
}
