//! Expressions, as far as they say something without being run.

use super::lines::text_length;
use crate::config::import::python::Python;
use std::collections::BTreeMap;
use std::path::Path;

/// How deep brackets may stand in each other.
const DEPTH: usize = 32;

/// Arguments by name.
type Named = Vec<(String, Python)>;

/// The names that were assigned before.
type Names = BTreeMap<String, Python>;

/// An expression that is being read.
pub(super) struct Expression<'a> {
    rest: &'a str,
    names: &'a Names,
    depth: usize,
}

impl<'a> Expression<'a> {
    /// The value of a whole expression; [`Python::Code`] if it is not understood to its end.
    pub(super) fn read(text: &'a str, names: &'a Names) -> Python {
        let mut expression = Self { rest: text, names, depth: 0 };
        match expression.sum() {
            Some(value) if expression.rest.trim_start().is_empty() => value,
            _ => Python::Code(text.to_owned()),
        }
    }

    fn sum(&mut self) -> Option<Python> {
        let mut value = self.product()?;
        while self.take('+') {
            value = sum(value, self.product()?);
        }
        Some(value)
    }

    /// Products of numbers, and paths joined by `/`.
    fn product(&mut self) -> Option<Python> {
        let mut value = self.atom()?;
        loop {
            if self.take('*') {
                value = match (value, self.atom()?) {
                    (Python::Integer(one), Python::Integer(other)) => {
                        Python::Integer(one.checked_mul(other)?)
                    }
                    _ => return None,
                };
            } else if self.take('/') {
                value = join(&[value, self.atom()?])?;
            } else {
                return Some(value);
            }
        }
    }

    fn atom(&mut self) -> Option<Python> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        self.rest = self.rest.trim_start();
        let value = match self.rest.chars().next()? {
            '[' => Python::List(self.items('[', ']')?.0),
            '(' => match self.items('(', ')')? {
                (mut items, false) if items.len() == 1 => items.pop()?,
                (items, _) => Python::List(items),
            },
            '{' => self.dict()?,
            '"' | '\'' => self.texts()?,
            '-' => self.negative()?,
            '0'..='9' => self.number()?,
            _ => self.name()?,
        };
        self.depth -= 1;
        self.attributes(value)
    }

    /// Items up to the closing bracket, and whether a comma stood behind one.
    fn items(&mut self, open: char, close: char) -> Option<(Vec<Python>, bool)> {
        self.expect(open)?;
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.take(close) {
            items.push(self.sum()?);
            if self.take(',') {
                comma = true;
            } else {
                self.expect(close)?;
                break;
            }
        }
        Some((items, comma))
    }

    fn dict(&mut self) -> Option<Python> {
        self.expect('{')?;
        let mut members = Vec::new();
        while !self.take('}') {
            let key = self.sum()?;
            if !self.take(':') {
                // A set.
                let mut items = vec![key];
                while self.take(',') && !self.peek('}') {
                    items.push(self.sum()?);
                }
                self.expect('}')?;
                return Some(Python::List(items));
            }
            members.push((key, self.value()?));
            if !self.take(',') {
                self.expect('}')?;
                break;
            }
        }
        Some(Python::Dict(members))
    }

    /// The value of a member. One that is not understood does not cost the others.
    fn value(&mut self) -> Option<Python> {
        let (rest, depth) = (self.rest, self.depth);
        if let Some(value) = self.sum()
            && (self.peek(',') || self.peek('}'))
        {
            return Some(value);
        }
        (self.rest, self.depth) = (rest, depth);
        let end = end_of_item(rest)?;
        self.rest = &rest[end..];
        Some(Python::Code(rest[..end].trim().to_owned()))
    }

    /// Texts that stand beside each other are one.
    fn texts(&mut self) -> Option<Python> {
        let mut all = String::new();
        loop {
            self.rest = self.rest.trim_start();
            let raw = self.rest.starts_with(['r', 'R']) && self.rest[1..].starts_with(['"', '\'']);
            if raw {
                self.rest = &self.rest[1..];
            }
            if !self.rest.starts_with(['"', '\'']) {
                return Some(Python::Text(all));
            }
            let length = text_length(self.rest);
            let (text, rest) = self.rest.split_at(length);
            let quotes = if text.len() >= 6 && text.starts_with(&text[..1].repeat(3)) { 3 } else { 1 };
            let inner = text.get(quotes..text.len().checked_sub(quotes)?)?;
            all.push_str(&if raw { inner.to_owned() } else { unescaped(inner)? });
            self.rest = rest;
        }
    }

    fn negative(&mut self) -> Option<Python> {
        self.expect('-')?;
        match self.number()? {
            Python::Integer(number) => Some(Python::Integer(-number)),
            Python::Float(number) => Some(Python::Float(-number)),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Python> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let digits = digits.replace('_', "");
        digits.parse().map(Python::Integer).or_else(|_| digits.parse().map(Python::Float)).ok()
    }

    fn name(&mut self) -> Option<Python> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() || (matches!(name, "r" | "R" | "u" | "b") && rest.starts_with(['"', '\''])) {
            return self.prefixed(name);
        }
        self.rest = rest;
        match name {
            "True" => return Some(Python::Bool(true)),
            "False" => return Some(Python::Bool(false)),
            "None" => return Some(Python::None),
            "os.environ" => return self.variable(),
            _ => {}
        }
        if self.peek('(') {
            return self.call(name);
        }
        let (first, attributes) = name.split_once('.').unwrap_or((name, ""));
        let value = self.names.get(first).cloned().or_else(|| well_known(first))?;
        attributes.split('.').filter(|attribute| !attribute.is_empty()).try_fold(value, parent)
    }

    fn prefixed(&mut self, prefix: &str) -> Option<Python> {
        match prefix {
            "r" | "R" => self.texts(),
            "u" | "b" => {
                self.rest = &self.rest[1..];
                self.texts()
            }
            _ => None,
        }
    }

    /// `os.environ["NAME"]`
    fn variable(&mut self) -> Option<Python> {
        let (items, _) = self.items('[', ']')?;
        Some(Python::Env(items.first()?.as_str()?.to_owned(), None))
    }

    /// The calls that settings are made of.
    fn call(&mut self, function: &str) -> Option<Python> {
        let (arguments, named) = self.arguments()?;
        let first = arguments.first();
        match function.rsplit('.').next()? {
            "timedelta" => timedelta(&arguments, &named),
            "get" | "getenv" | "config" | "env" | "str" if is_environment(function) => {
                let default = arguments.get(1).cloned().or_else(|| named_argument(&named, "default"));
                Some(Python::Env(first?.as_str()?.to_owned(), default.map(Box::new)))
            }
            "list" | "tuple" | "str" | "Path" | "abspath" | "realpath" | "fspath" => first.cloned(),
            "dirname" => parent(first?.clone(), "parent"),
            "join" if function == "os.path.join" => join(&arguments),
            _ => None,
        }
    }

    /// Arguments by place, and by name.
    fn arguments(&mut self) -> Option<(Vec<Python>, Named)> {
        self.expect('(')?;
        let (mut places, mut named) = (Vec::new(), Vec::new());
        while !self.take(')') {
            self.rest = self.rest.trim_start();
            let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
            let (name, rest) = self.rest.split_at(end);
            let rest = rest.trim_start();
            if !name.is_empty() && rest.starts_with('=') && !rest.starts_with("==") {
                self.rest = &rest[1..];
                let value = self.sum();
                // A cast or another function has no value of its own, and need not have.
                named.push((name.to_owned(), value.or_else(|| self.function())?));
            } else {
                places.push(self.sum()?);
            }
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Some((places, named))
    }

    /// The name of a function that is handed on: `cast=bool`.
    fn function(&mut self) -> Option<Python> {
        let end = end_of_item(self.rest)?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Python::Code(name.trim().to_owned()))
    }

    /// `.parent`, `.resolve()` and the like behind a value.
    fn attributes(&mut self, mut value: Python) -> Option<Python> {
        while let Some(rest) = self.rest.trim_start().strip_prefix('.') {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            self.rest = rest;
            if self.peek('(') {
                self.arguments()?;
            }
            value = parent(value, name)?;
        }
        Some(value)
    }

    fn peek(&self, wanted: char) -> bool {
        self.rest.trim_start().starts_with(wanted)
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.take(wanted).then_some(())
    }
}

/// Where the item ends that begins here: before a comma or a closing bracket of the same depth.
fn end_of_item(from: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(next) = from[at..].chars().next() {
        match next {
            '"' | '\'' => {
                at += text_length(&from[at..]);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ',' if depth == 0 => return Some(at),
            ')' | ']' | '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            },
            _ => {}
        }
        at += next.len_utf8();
    }
    None
}

/// Names that settings import: of django-cors-headers.
fn well_known(name: &str) -> Option<Python> {
    let words: &[&str] = match name {
        "default_headers" => {
            &["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"]
        }
        "default_methods" => &["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"],
        _ => return None,
    };
    Some(Python::List(words.iter().map(|word| Python::Text((*word).to_owned())).collect()))
}

/// An attribute of a path: the folder it is in, or the path itself.
fn parent(value: Python, attribute: &str) -> Option<Python> {
    let Python::Text(path) = &value else { return None };
    match attribute {
        "parent" => Some(Python::Text(Path::new(path).parent()?.display().to_string())),
        "resolve" | "absolute" | "as_posix" => Some(value),
        _ => None,
    }
}

fn join(parts: &[Python]) -> Option<Python> {
    let parts: Option<Vec<&str>> = parts.iter().map(Python::as_str).collect();
    let path: std::path::PathBuf = parts?.into_iter().collect();
    Some(Python::Text(path.display().to_string()))
}

/// The sum of two values: of lists, texts and numbers.
pub(super) fn sum(one: Python, other: Python) -> Python {
    match (one, other) {
        (Python::List(one), Python::List(other)) => Python::List([one, other].concat()),
        (Python::Text(one), Python::Text(other)) => Python::Text(one + &other),
        (Python::Integer(one), Python::Integer(other)) => Python::Integer(one.saturating_add(other)),
        _ => Python::Code("a sum".to_owned()),
    }
}

fn is_environment(function: &str) -> bool {
    matches!(
        function,
        "os.environ.get" | "environ.get" | "os.getenv" | "getenv" | "config" | "env" | "env.str"
    )
}

fn named_argument(named: &[(String, Python)], name: &str) -> Option<Python> {
    named.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
}

fn timedelta(arguments: &[Python], named: &[(String, Python)]) -> Option<Python> {
    let unit = |name: &str| {
        Some(match name {
            "weeks" => 604_800.0,
            "days" => 86_400.0,
            "hours" => 3_600.0,
            "minutes" => 60.0,
            "seconds" => 1.0,
            "milliseconds" => 0.001,
            "microseconds" => 0.000_001,
            _ => return None,
        })
    };
    let places = arguments.iter().zip([
        "days",
        "seconds",
        "microseconds",
        "milliseconds",
        "minutes",
        "hours",
        "weeks",
    ]);
    let places = places.map(|(value, name)| (name, value));
    let all = places.chain(named.iter().map(|(name, value)| (name.as_str(), value)));
    let mut total = 0.0;
    for (name, value) in all {
        let count = match value {
            #[expect(clippy::cast_precision_loss, reason = "a setting's count of days is far below 2^53")]
            Python::Integer(number) => *number as f64,
            Python::Float(number) => *number,
            _ => return None,
        };
        total += count * unit(name)?;
    }
    Some(Python::Seconds(total))
}

/// A text with its escapes resolved. `None` for escapes that settings do not have.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\n' => {}
            escaped @ ('\\' | '\'' | '"') => out.push(escaped),
            'x' | 'u' | 'U' | 'N' | '0'..='7' => return None,
            other => out.extend(['\\', other]),
        }
    }
    Some(out)
}
