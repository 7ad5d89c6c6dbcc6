//! Conditions that are put together from what is asked for, with their values.

use std::error::Error;
use std::fmt;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value for a statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Integer(i64),
    Text(String),
}

impl Value {
    /// Behind every number.
    pub(super) const MAX: Self = Self::Integer(i64::MAX);

    /// So many rows, and one more that says whether there are others.
    pub(super) fn one_more(count: usize) -> Self {
        Self::Integer(i64::try_from(count).map_or(i64::MAX, |count| count.saturating_add(1)))
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "bigint",
            Self::Text(_) => "text",
        }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integer(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT].contains(kind)
    }

    to_sql_checked!();
}

/// What stands behind `WHERE`, each `@` of it a value. Printed, they are parameters by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Default for Conditions {
    /// Everything meets it.
    fn default() -> Self {
        Self { text: "true".to_owned(), values: Vec::new() }
    }
}

impl Conditions {
    /// This one too.
    pub(super) fn and(&mut self, condition: &str, value: Value) {
        self.text += " AND ";
        self.end(condition, value);
    }

    /// This one too, which needs no value.
    pub(super) fn and_plainly(&mut self, condition: &str) {
        self.text += " AND ";
        self.text += condition;
    }

    /// The place of one more value, for a condition that has several.
    pub(super) fn place(&mut self, value: Value) -> String {
        let kind = value.kind();
        self.values.push(value);
        format!("${}::{kind}", self.values.len())
    }

    /// What comes behind all conditions.
    pub(super) fn end(&mut self, words: &str, value: Value) {
        let place = self.place(value);
        self.text += " ";
        self.text += &words.replace('@', &place);
    }

    pub(super) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
