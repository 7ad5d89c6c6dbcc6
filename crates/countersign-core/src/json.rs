//! JSON as this field needs it: order kept, duplicates seen, numbers exact.
//!
//! One reader serves two masters. Claims are read with [`Reader::CLAIMS`], which refuses whatever two
//! parsers could understand in two ways; request bodies are read with [`Reader::BODY`], which accepts what
//! Python's `json` accepts, because Django REST framework's clients rely on it. One writer produces Python's
//! bytes, ASCII for tokens ([`Value::to_ascii`]) and UTF-8 for answers ([`Value::to_utf8`]).

mod name;
mod number;
mod plain;
mod read;
mod write;

pub use self::number::Number;
pub use self::read::{JsonError, JsonFault, Reader};

use std::borrow::Cow;

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as exact as it was written.
    Number(Number),
    /// A string of Unicode scalar values.
    String(String),
    /// A string that names half a character (`"\ud800"`): the first such half. Only request bodies can hold
    /// one, and every field refuses it by name.
    Unpaired(u16),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// The string, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if this is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The whole number, if this is one that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(Number::Integer(number)) => Some(*number),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::Integer(number))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

/// An object whose members keep the order in which they were written.
///
/// Look-up is linear: claims and bodies have a handful of members, where a scan beats hashing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<(Cow<'static, str>, Value)>,
}

impl Object {
    /// An object with no members.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Sets a member: in place where it is present, else at the end, as a Python dictionary does.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.members.iter_mut().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => self.members.push((name::keep(Cow::Borrowed(name)), value)),
        }
    }

    /// Takes a member out and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.remove(at).1)
    }

    /// Whether a member of this name is present, `null` included.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (&**name, value))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        let mut object = Self::new();
        for (name, value) in members {
            object.insert(&name.into(), value);
        }
        object
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Object {
    fn from(members: [(K, V); N]) -> Self {
        members.into_iter().collect()
    }
}
