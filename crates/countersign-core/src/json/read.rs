//! The reader: RFC 8259, with the places where readers differ decided by its caller.

use super::{Number, Object, Value, name, plain};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

/// What a reader accepts beyond the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// How deep arrays and objects may nest.
    max_depth: usize,
    /// Claims: refuse duplicate names, unpaired surrogates and numbers beyond a double. Bodies: the last
    /// duplicate wins, the others are kept for a field to refuse.
    strict: bool,
}

/// Why a text is not (acceptable) JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A byte order mark stands at the beginning.
    ByteOrderMark,
    /// A value is missing or misspelt.
    ExpectingValue,
    /// A member name is missing or not in double quotes.
    ExpectingName,
    /// The colon after a member name is missing.
    ExpectingColon,
    /// The comma between two items is missing.
    ExpectingComma,
    /// Something follows the value.
    ExtraData,
    /// A string does not end.
    Unterminated,
    /// A control character stands unescaped in a string.
    ControlCharacter,
    /// An unknown escape, or `\u` without four hexadecimal digits.
    Escape,
    /// `NaN`, `Infinity` or `-Infinity`, which Python writes and JSON does not know.
    NotFinite,
    /// More nesting than the reader allows.
    TooDeep,
    /// Strict only: a member name stands twice in one object.
    Duplicate,
    /// Strict only: half a surrogate pair.
    Unpaired,
    /// Strict only: a number beyond the range of a double.
    OutOfRange,
}

/// A fault and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// The byte at which it was seen.
    pub offset: usize,
    line: usize,
    column: usize,
    character: usize,
}

impl Reader {
    /// For headers and claims of tokens: nothing that two readers could read differently
    /// (RFC 8725 §2.4; nesting of at most 16).
    pub const CLAIMS: Self = Self { max_depth: 16, strict: true };
    /// For request bodies: what Python's `json` accepts, but nested at most 128 deep, where Python runs out
    /// of stack.
    pub const BODY: Self = Self { max_depth: 128, strict: false };

    /// Reads one value that fills the whole text.
    ///
    /// # Errors
    /// The first fault and its place.
    pub fn read(self, text: &[u8]) -> Result<Value, JsonError> {
        let utf8 = std::str::from_utf8(text)
            .map_err(|error| JsonError::at(JsonFault::NotUtf8, text, error.valid_up_to()))?;
        if utf8.starts_with('\u{feff}') {
            return Err(JsonError::at(JsonFault::ByteOrderMark, text, 0));
        }
        let mut cursor = Cursor { text: utf8, at: 0, reader: self };
        cursor.document().map_err(|(fault, offset)| JsonError::at(fault, text, offset))
    }
}

impl JsonError {
    fn at(fault: JsonFault, text: &[u8], offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let characters = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        Self {
            fault,
            offset,
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            column: characters(&before[line_start..]) + 1,
            character: characters(before),
        }
    }
}

/// The words of Python's `json` module, which clients of Django REST framework have seen for years.
impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.fault {
            JsonFault::NotUtf8 => return write!(out, "the text is not UTF-8 at byte {}", self.offset),
            JsonFault::NotFinite => return out.write_str("Out of range float values are not JSON compliant"),
            JsonFault::ByteOrderMark => "Unexpected UTF-8 BOM (decode using utf-8-sig)",
            JsonFault::ExpectingValue => "Expecting value",
            JsonFault::ExpectingName => "Expecting property name enclosed in double quotes",
            JsonFault::ExpectingColon => "Expecting ':' delimiter",
            JsonFault::ExpectingComma => "Expecting ',' delimiter",
            JsonFault::ExtraData => "Extra data",
            JsonFault::Unterminated => "Unterminated string starting at",
            JsonFault::ControlCharacter => "Invalid control character at",
            JsonFault::Escape => "Invalid \\escape",
            JsonFault::TooDeep => "Nested too deep",
            JsonFault::Duplicate => "Duplicate name",
            JsonFault::Unpaired => "Unpaired surrogate",
            JsonFault::OutOfRange => "Number out of range",
        };
        write!(out, "{words}: line {} column {} (char {})", self.line, self.column, self.character)
    }
}

impl std::error::Error for JsonError {}

type Fault = (JsonFault, usize);

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    reader: Reader,
}

/// What a string literal holds: text, or the first half character that makes it something else.
enum Text<'a> {
    Whole(Cow<'a, str>),
    Unpaired(u16),
}

/// Where each name of an object stands: a scan while members are few, a table once they are many, so that a
/// body of a hundred thousand members does not cost their square.
#[derive(Default)]
struct Index(Option<HashMap<String, usize>>);

impl Index {
    fn find(&mut self, object: &Object, name: &str) -> Option<usize> {
        const SCANNED: usize = 32;
        if object.len() < SCANNED {
            return object.members.iter().position(|(member, _)| member == name);
        }
        // Every member beyond the scanned ones was looked for here before it was pushed at this place.
        let places = self.0.get_or_insert_with(|| {
            let members = object.members.iter().enumerate();
            members.map(|(at, (name, _))| (name.clone().into_owned(), at)).collect()
        });
        match places.entry(name.to_owned()) {
            Entry::Occupied(place) => Some(*place.get()),
            Entry::Vacant(free) => {
                free.insert(object.len());
                None
            }
        }
    }
}

impl<'a> Cursor<'a> {
    fn document(&mut self) -> Result<Value, Fault> {
        self.skip_space();
        let value = self.value(0)?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err((JsonFault::ExtraData, self.at));
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'"') => Ok(match self.string()? {
                Text::Whole(text) => Value::String(text.into_owned()),
                Text::Unpaired(half) => Value::Unpaired(half),
            }),
            Some(b'{') => self.object(self.deeper(depth)?),
            Some(b'[') => self.array(self.deeper(depth)?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, Fault> {
        if depth == self.reader.max_depth { Err((JsonFault::TooDeep, self.at)) } else { Ok(depth + 1) }
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in
            [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
        {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let foreign = ["NaN", "Infinity"].iter().any(|word| self.text[self.at..].starts_with(word));
        Err((if foreign { JsonFault::NotFinite } else { JsonFault::ExpectingValue }, self.at))
    }

    fn object(&mut self, depth: usize) -> Result<Value, Fault> {
        let (mut object, mut index) = (Object::new(), Index::default());
        self.at += 1;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Object(object));
        }
        if self.reader.strict {
            // What a token's claims need; bodies may hold any number of small objects.
            object.members.reserve(8);
        }
        loop {
            let name_at = self.at;
            if self.peek() != Some(b'"') {
                return Err((JsonFault::ExpectingName, self.at));
            }
            let name = match self.string()? {
                Text::Whole(text) => name::keep(text),
                Text::Unpaired(_) => Cow::Borrowed("\u{fffd}"),
            };
            self.skip_space();
            if !self.eat(b':') {
                return Err((JsonFault::ExpectingColon, self.at));
            }
            self.skip_space();
            let value = self.value(depth)?;
            self.member(&mut object, &mut index, name, value, name_at)?;
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Value::Object(object));
            }
            if !self.eat(b',') {
                return Err((JsonFault::ExpectingComma, self.at));
            }
            self.skip_space();
        }
    }

    fn member(
        &self,
        object: &mut Object,
        index: &mut Index,
        name: Cow<'static, str>,
        value: Value,
        at: usize,
    ) -> Result<(), Fault> {
        match index.find(object, &name) {
            Some(_) if self.reader.strict => return Err((JsonFault::Duplicate, at)),
            Some(place) => object.members[place].1 = value,
            None => object.members.push((name, value)),
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err((JsonFault::ExpectingComma, self.at));
            }
            self.skip_space();
        }
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let negative = self.eat(b'-');
        if negative && self.text[self.at..].starts_with("Infinity") {
            return Err((JsonFault::NotFinite, start));
        }
        if !self.eat(b'0') && self.digits() == 0 {
            return Err((JsonFault::ExpectingValue, start));
        }
        if !matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return self.finish_number(start, true);
        }
        let mut whole = true;
        for (mark, sign) in [(&b"."[..], false), (&b"eE"[..], true)] {
            let before = self.at;
            if !self.peek().is_some_and(|byte| mark.contains(&byte)) {
                continue;
            }
            self.at += 1;
            if sign && !self.eat(b'+') {
                self.eat(b'-');
            }
            if self.digits() == 0 {
                self.at = before;
                break;
            }
            whole = false;
        }
        self.finish_number(start, whole)
    }

    #[inline]
    fn finish_number(&self, start: usize, whole: bool) -> Result<Value, Fault> {
        let text = &self.text[start..self.at];
        let number = if whole {
            text.parse().map_or_else(|_| Number::Big(text.into()), Number::Integer)
        } else {
            Number::Float(text.parse().unwrap_or(f64::NAN))
        };
        if self.reader.strict && !number.as_f64().is_finite() {
            return Err((JsonFault::OutOfRange, start));
        }
        Ok(Value::Number(number))
    }

    fn digits(&mut self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += length;
        length
    }

    fn string(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at;
        let from = start + 1;
        let rest = &self.text.as_bytes()[from..];
        let length = plain::length(rest);
        self.at = from + length;
        match rest.get(length) {
            None => Err((JsonFault::Unterminated, start)),
            Some(b'"') => {
                self.at += 1;
                Ok(Text::Whole(Cow::Borrowed(&self.text[from..from + length])))
            }
            Some(b'\\') => self.escaped_string(start, from),
            Some(_) => Err((JsonFault::ControlCharacter, self.at)),
        }
    }

    /// The rest of a string from its first escape on.
    fn escaped_string(&mut self, start: usize, from: usize) -> Result<Text<'a>, Fault> {
        let mut text = self.text[from..self.at].to_owned();
        let mut unpaired = None;
        loop {
            let plain_from = self.at;
            self.at += plain::length(&self.text.as_bytes()[plain_from..]);
            text.push_str(&self.text[plain_from..self.at]);
            match self.peek() {
                None => return Err((JsonFault::Unterminated, start)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(unpaired.map_or(Text::Whole(Cow::Owned(text)), Text::Unpaired));
                }
                Some(b'\\') => match self.escape(start)? {
                    Ok(character) => text.push(character),
                    Err(_) if self.reader.strict => return Err((JsonFault::Unpaired, self.at)),
                    Err(half) => unpaired = unpaired.or(Some(half)),
                },
                Some(_) => return Err((JsonFault::ControlCharacter, self.at)),
            }
        }
    }

    /// One escape: a character, or (inner `Err`) an unpaired half.
    fn escape(&mut self, start: usize) -> Result<Result<char, u16>, Fault> {
        let at = self.at;
        self.at += 1;
        let character = match self.peek() {
            None => return Err((JsonFault::Unterminated, start)),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(at),
            Some(_) => return Err((JsonFault::Escape, at)),
        };
        self.at += 1;
        Ok(Ok(character))
    }

    fn unicode_escape(&mut self, at: usize) -> Result<Result<char, u16>, Fault> {
        let first = self.hex(at)?;
        if let Some(character) = char::from_u32(u32::from(first)) {
            return Ok(Ok(character));
        }
        let resume = self.at;
        if first < 0xDC00 && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let second = self.hex(resume)?;
            if let Some(Ok(character)) = char::decode_utf16([first, second]).next() {
                return Ok(Ok(character));
            }
            self.at = resume;
        }
        Ok(Err(first))
    }

    /// The four digits after the `u` that the cursor stands on.
    fn hex(&mut self, at: usize) -> Result<u16, Fault> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5).ok_or((JsonFault::Escape, at))?;
        let mut unit = 0;
        for &digit in digits {
            let digit = char::from(digit).to_digit(16).ok_or((JsonFault::Escape, at))?;
            unit = unit << 4 | u16::try_from(digit).unwrap_or_default();
        }
        self.at += 5;
        Ok(unit)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claims(text: &str) -> Result<Value, JsonFault> {
        Reader::CLAIMS.read(text.as_bytes()).map_err(|error| error.fault)
    }

    #[test]
    fn claims_refuse_a_duplicate_even_when_it_is_escaped() {
        assert_eq!(claims(r#"{"sub":1,"\u0073ub":2}"#), Err(JsonFault::Duplicate));
        assert_eq!(claims(r#"{"a":{"b":1,"b":2}}"#), Err(JsonFault::Duplicate));
    }

    #[test]
    fn bodies_take_the_last_duplicate() {
        let body = Reader::BODY.read(br#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(body.as_object().unwrap().get("a").unwrap().as_i64(), Some(3));
    }

    #[test]
    fn a_duplicate_among_many_members_is_seen_too() {
        let many = (0..100).map(|at| format!("\"k{at}\":{at}")).collect::<Vec<_>>().join(",");
        let text = format!("{{{many},\"k7\":0,\"k80\":1}}");
        assert_eq!(claims(&text), Err(JsonFault::Duplicate));
        let body = Reader::BODY.read(text.as_bytes()).unwrap();
        let body = body.as_object().unwrap();
        assert_eq!((body.len(), body.get("k7"), body.get("k80")), (100, Some(&0.into()), Some(&1.into())));
    }

    #[test]
    fn claims_refuse_seventeen_levels_and_read_sixteen() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(claims(&nested(16)).is_ok());
        assert_eq!(claims(&nested(17)), Err(JsonFault::TooDeep));
        assert!(Reader::BODY.read(nested(100_000).as_bytes()).is_err());
    }

    #[test]
    fn claims_refuse_half_characters_and_infinite_numbers() {
        assert_eq!(claims(r#"{"a":"\ud800"}"#), Err(JsonFault::Unpaired));
        assert_eq!(claims(r#"{"a":"\ude00\ud83d"}"#), Err(JsonFault::Unpaired));
        assert_eq!(claims(r#"{"a":1e400}"#), Err(JsonFault::OutOfRange));
        assert_eq!(claims(r#"{"a":NaN}"#), Err(JsonFault::NotFinite));
        assert_eq!(claims("\u{feff}{}"), Err(JsonFault::ByteOrderMark));
    }

    #[test]
    fn bodies_keep_a_half_character_for_the_field_to_refuse() {
        assert_eq!(Reader::BODY.read(br#""a\ud800b""#), Ok(Value::Unpaired(0xD800)));
        assert_eq!(Reader::BODY.read(br#""\ud83d\ude00""#), Ok(Value::from("😀")));
    }

    #[test]
    fn faults_speak_as_python_does() {
        for (text, words) in [
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{} x", "Extra data: line 1 column 4 (char 3)"),
            ("  ", "Expecting value: line 1 column 3 (char 2)"),
            ("{\"a\":\"\u{1}\"}", "Invalid control character at: line 1 column 7 (char 6)"),
        ] {
            assert_eq!(Reader::BODY.read(text.as_bytes()).unwrap_err().to_string(), words);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reader::CLAIMS.read(&bytes);
            let _ = Reader::BODY.read(&bytes);
        }

        #[test]
        fn what_is_written_reads_back(text in ".*", number in any::<i64>()) {
            let object: Object =
                [("t", Value::from(text)), ("n", Value::from(number))].into_iter().collect();
            let value = Value::from(object);
            prop_assert_eq!(Reader::CLAIMS.read(value.to_ascii().as_bytes()).unwrap(), value.clone());
            prop_assert_eq!(Reader::CLAIMS.read(value.to_utf8().as_bytes()).unwrap(), value);
        }
    }
}
