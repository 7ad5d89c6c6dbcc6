//! What a client must expect to be refused with.

use countersign_core::json::{Object, Value};
use http::StatusCode;
use std::borrow::Cow;

/// One refusal: what it looks like on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its status.
    pub status: StatusCode,
    /// The form of its body.
    pub form: FailureForm,
    /// The words of its body, those of an example where they vary.
    pub words: Cow<'static, str>,
}

/// The form of a refusal's body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureForm {
    /// `{"detail": words}`
    Detail,
    /// `{"detail": words, "code": …}`
    Code(&'static str),
    /// `{"detail": words, "code": …, "messages": […]}`: why the token is one of none of the classes that would do.
    Messages(&'static str),
    /// `{"non_field_errors": [words]}`
    NonField,
    /// `{name: [words]}`
    Field(Cow<'static, str>),
}

impl Failure {
    /// `{"detail": words}`
    #[must_use]
    pub const fn detail(status: StatusCode, words: &'static str) -> Self {
        Self { status, form: FailureForm::Detail, words: Cow::Borrowed(words) }
    }

    /// `{"detail": words, "code": code}`
    #[must_use]
    pub const fn code(status: StatusCode, words: &'static str, code: &'static str) -> Self {
        Self { status, form: FailureForm::Code(code), words: Cow::Borrowed(words) }
    }

    /// 400, `{"non_field_errors": [words]}`
    #[must_use]
    pub const fn non_field(words: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, form: FailureForm::NonField, words: Cow::Borrowed(words) }
    }

    /// 400, `{name: [words]}`
    #[must_use]
    pub const fn field(name: &'static str, words: &'static str) -> Self {
        let form = FailureForm::Field(Cow::Borrowed(name));
        Self { status: StatusCode::BAD_REQUEST, form, words: Cow::Borrowed(words) }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Object {
        let words = Value::from(self.words.as_ref());
        match &self.form {
            FailureForm::Detail => Object::from([("detail", words)]),
            FailureForm::Code(code) => Object::from([("detail", words), ("code", Value::from(*code))]),
            FailureForm::Messages(code) => {
                let message = Object::from([
                    ("token_class", "AccessToken"),
                    ("token_type", "access"),
                    ("message", "Token is expired"),
                ]);
                let messages = Value::from(vec![message]);
                Object::from([("detail", words), ("code", Value::from(*code)), ("messages", messages)])
            }
            FailureForm::NonField => Object::from([("non_field_errors", vec![words])]),
            FailureForm::Field(name) => Object::from([(name.as_ref(), vec![words])]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_looks_as_it_does_on_the_wire() {
        let body = |failure: Failure| Value::from(failure.body()).to_utf8();
        let (status, no) = (StatusCode::UNAUTHORIZED, "No.");
        assert_eq!(body(Failure::detail(status, no)), r#"{"detail":"No."}"#);
        assert_eq!(body(Failure::code(status, no, "no")), r#"{"detail":"No.","code":"no"}"#);
        assert_eq!(body(Failure::non_field(no)), r#"{"non_field_errors":["No."]}"#);
        assert_eq!(body(Failure::field("user", no)), r#"{"user":["No."]}"#);
    }
}
