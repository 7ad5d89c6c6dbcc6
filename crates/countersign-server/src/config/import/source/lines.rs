//! Logical lines: statements, whatever brackets and texts they span.

use super::Rest;

/// A statement on a line of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: usize,
    /// Whether it stands below another: under a condition, in a loop, a function or a class.
    pub(super) is_indented: bool,
    /// Without comments, its line breaks as spaces; texts are as they are.
    pub(super) text: String,
}

/// The statements of a module. What is left open at its end is one statement.
pub(super) fn logical_lines(module: &str) -> Vec<Line> {
    let mut reader = Reader { rest: module, number: 1, lines: Vec::new(), now: None, depth: 0 };
    while reader.step() {}
    reader.end();
    reader.lines
}

struct Reader<'a> {
    rest: &'a str,
    number: usize,
    lines: Vec<Line>,
    now: Option<Line>,
    depth: usize,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        let length = match first {
            '#' => return self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
            '"' | '\'' => text_length(self.rest),
            '\\' if self.rest[1..].starts_with(['\n', '\r']) => 2,
            _ => first.len_utf8(),
        };
        match first {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            '\n' if self.depth == 0 => {
                self.end();
                return self.skip(1);
            }
            _ => {}
        }
        self.take(length)
    }

    fn take(&mut self, length: usize) -> bool {
        let (taken, rest) = self.rest.split_at(length);
        let line = self.now.get_or_insert_with(|| Line {
            number: self.number,
            is_indented: taken.starts_with([' ', '\t']),
            text: String::new(),
        });
        match taken {
            "\n" | "\\\n" | "\r" | "\\\r" => line.text.push(' '),
            _ => line.text.push_str(taken),
        }
        self.number += taken.matches('\n').count();
        self.rest = rest;
        true
    }

    fn skip(&mut self, length: usize) -> bool {
        self.number += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
        true
    }

    fn end(&mut self) {
        if let Some(line) = self.now.take() {
            let text = line.text.trim().to_owned();
            if !text.is_empty() {
                self.lines.push(Line { text, ..line });
            }
        }
    }
}

/// How long the text is that begins here, its quotes included.
pub(super) fn text_length(from: &str) -> usize {
    let quote = &from[..1];
    let triple = quote.repeat(3);
    let end = if from.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = end.len();
    while at < from.len() {
        let rest = &from[at..];
        if rest.starts_with(end) {
            return at + end.len();
        }
        let first = rest.chars().next().map_or(1, char::len_utf8);
        if end.len() == 1 && rest.starts_with('\n') {
            return at;
        }
        let escaped = rest[first..].chars().next().map_or(0, char::len_utf8);
        at += if rest.starts_with('\\') { first + escaped } else { first };
    }
    from.len()
}

/// The name that a statement sets, and how.
pub(super) fn target(statement: &str) -> Option<(&str, Rest<'_>)> {
    let end = statement.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(statement.len());
    let (name, rest) = statement.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut rest = rest.trim_start();
    if let Some(value) = rest.strip_prefix("+=") {
        return Some((name, Rest::Add(value.trim())));
    }
    if let Some(member) = rest.strip_prefix('[') {
        let (key, after) = member.split_once(']')?;
        let value = after.trim_start().strip_prefix('=').filter(|value| !value.starts_with('='))?;
        return Some((name, Rest::Member(key.trim(), value.trim())));
    }
    if let Some(annotated) = rest.strip_prefix(':') {
        rest = &annotated[annotated.find('=')?..];
    }
    let value = rest.strip_prefix('=').filter(|value| !value.starts_with('='))?;
    Some((name, Rest::Assign(value.trim())))
}
