//! Values of Python, as far as settings have them.

use serde_json::Value;

/// A value of a settings module.
#[derive(Clone, PartialEq)]
pub(crate) enum Python {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text, a path, or the dotted name of a class or function.
    Text(String),
    /// A list, tuple or set.
    List(Vec<Self>),
    /// A dictionary, in its order.
    Dict(Vec<(Self, Self)>),
    /// A `timedelta`, in seconds.
    Seconds(f64),
    /// An environment variable, and its value or default where that is known.
    Env(String, Option<Box<Self>>),
    /// Code whose value was not found out: as it is written.
    Code(String),
}

impl Python {
    /// Reads what `probe.py` writes. What it does not know is code.
    pub(crate) fn of_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::None,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Number(number) => number
                .as_i64()
                .map(Self::Integer)
                .or_else(|| number.as_f64().map(Self::Float))
                .unwrap_or_else(|| Self::Code(number.to_string())),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Value::Object(members) => match members.iter().next() {
                Some((tag, value)) => Self::tagged(tag, value),
                None => Self::Dict(Vec::new()),
            },
        }
    }

    fn tagged(tag: &str, value: &Value) -> Self {
        match (tag, value) {
            ("seconds", Value::Number(seconds)) => Self::Seconds(seconds.as_f64().unwrap_or_default()),
            ("dict", Value::Array(pairs)) => Self::Dict(
                pairs.iter().map(|pair| (Self::of_json(&pair[0]), Self::of_json(&pair[1]))).collect(),
            ),
            ("env", pair) => Self::Env(
                pair[0].as_str().unwrap_or_default().to_owned(),
                Some(Box::new(Self::of_json(&pair[1]))),
            ),
            _ => Self::Code(value.as_str().unwrap_or_default().to_owned()),
        }
    }

    /// The text, looked up where it is an environment variable.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Env(_, Some(value)) => value.as_str(),
            _ => None,
        }
    }

    /// The member of a dictionary.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Dict(members) => {
                members.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The texts of a list; of anything else, none.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().filter_map(Self::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// As TOML. `None` for what TOML has no word for: Python's `None`, and code.
    pub(crate) fn to_toml(&self) -> Option<toml::Value> {
        Some(match self {
            Self::None | Self::Code(_) | Self::Env(_, None) => return None,
            Self::Bool(yes) => (*yes).into(),
            Self::Integer(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Env(_, Some(value)) => value.to_toml()?,
            Self::Seconds(seconds) => duration(*seconds),
            Self::List(items) => items.iter().map(Self::to_toml).collect::<Option<Vec<_>>>()?.into(),
            Self::Dict(members) => {
                let pair = |(key, value): &(Self, Self)| Some((key.as_str()?.to_owned(), value.to_toml()?));
                members.iter().map(pair).collect::<Option<toml::Table>>()?.into()
            }
        })
    }
}

/// `"1h30m"`, or a number where the text could not say it.
fn duration(seconds: f64) -> toml::Value {
    let exact = countersign_core::clock::SignedDuration::try_from_secs_f64(seconds).ok();
    match exact.filter(|exact| !exact.is_negative() && exact.subsec_nanos() % 1_000_000 == 0) {
        Some(exact) => crate::config::value::written_duration(exact).into(),
        None => seconds.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_project_tells_is_read_back() {
        let told = serde_json::json!({ "dict": [
            ["ACCESS_TOKEN_LIFETIME", { "seconds": 5400.0 }],
            ["SIGNING_KEY", { "env": ["KEY", "abc"] }],
            ["AUDIENCE", null],
            ["CUSTOM", { "code": "<class 'x'>" }],
        ] });
        let told = Python::of_json(&told);
        let toml = |name| told.member(name).and_then(Python::to_toml);
        assert_eq!(toml("ACCESS_TOKEN_LIFETIME"), Some("1h30m".into()));
        assert_eq!(toml("SIGNING_KEY"), Some("abc".into()));
        assert_eq!((toml("AUDIENCE"), toml("CUSTOM")), (None, None));
    }
}
