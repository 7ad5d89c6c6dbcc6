//! What is the same on every page.

use super::Admin;
use super::visit::{Signed, Visit};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_core::admin::Right;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::fmt;
use std::sync::Arc;

const STYLE: &str = include_str!("style.css");

/// The one stylesheet. Its address changes with the version, so browsers may keep it.
pub(super) async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400")),
    ];
    (headers, STYLE).into_response()
}

/// What changes whenever the stylesheet does.
fn version() -> u32 {
    STYLE.bytes().fold(5381, |sum: u32, byte| sum.wrapping_mul(33) ^ u32::from(byte))
}

/// The frame of a page for somebody who is signed in.
pub(super) struct Frame {
    pub(super) base: String,
    pub(super) style: u32,
    pub(super) csrf: String,
    pub(super) who: String,
    pub(super) places: Vec<Place>,
    /// What was just done.
    pub(super) said: Option<&'static str>,
}

/// A line of the navigation.
pub(super) struct Place {
    pub(super) href: String,
    pub(super) name: &'static str,
    pub(super) is_here: bool,
}

/// Every place, what it is called, and the right that it asks for.
const PLACES: [(&str, &str, Right); 8] = [
    ("", "Overview", Right::Operate),
    ("users/", "Users", Right::ViewUsers),
    ("sessions/", "Sessions", Right::ViewTokens),
    ("tokens/", "Tokens", Right::ViewTokens),
    ("keys/", "Keys", Right::Operate),
    ("debugger/", "Token debugger", Right::Operate),
    ("audit/", "Audit trail", Right::Operate),
    ("configuration/", "Configuration", Right::Operate),
];

/// What a redirect may have the next page say.
const SAYINGS: [(&str, &str); 13] = [
    ("added", "The user was added."),
    ("saved", "The changes were saved."),
    ("enabled", "The user was enabled."),
    ("disabled", "The user was disabled: no login, no new tokens, and admin pages are closed to them."),
    ("password", "The user has a new password."),
    ("deleted", "The user was deleted."),
    ("session", "The session was ended."),
    ("over", "That session had ended already."),
    ("sessions", "All sessions were ended."),
    ("rotated", "The rotation is planned: every server has it within moments."),
    ("retired", "The end of the key is planned: every server has it within moments."),
    ("confirmed", "Thank you. You can go on now."),
    ("welcome", "Welcome. You are signed in as the first superuser."),
];

/// Where what was shown is not what is there any more.
pub(super) const KEYS_CHANGED: &str = "Somebody else changed the keys meanwhile: nothing was done.";

impl Frame {
    /// For somebody, on the page of a place.
    pub(super) fn new(admin: &Admin, signed: &Signed, here: &str) -> Self {
        let places =
            PLACES.into_iter().filter(|(path, _, right)| path.is_empty() || signed.admin.may(*right));
        let said = signed.visit.query.text("said");
        Self {
            base: admin.base().to_owned(),
            style: version(),
            csrf: signed.csrf.clone(),
            who: signed.admin.user.username.clone(),
            places: places
                .map(|(path, name, _)| Place {
                    href: format!("{}{path}", admin.base()),
                    name,
                    is_here: path == here,
                })
                .collect(),
            said: SAYINGS.iter().find(|(word, _)| *word == said).map(|(_, text)| *text),
        }
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "admin/plain.html")]
pub(super) struct Plain {
    base: String,
    style: u32,
    title: &'static str,
    text: &'static str,
}

impl Plain {
    pub(super) fn new(admin: &Admin, title: &'static str, text: &'static str) -> Self {
        Self { base: admin.base().to_owned(), style: version(), title, text }
    }
}

/// The frame of a page for somebody who is not signed in.
pub(super) struct Porch {
    pub(super) base: String,
    pub(super) style: u32,
}

impl Porch {
    pub(super) fn new(admin: &Admin) -> Self {
        Self { base: admin.base().to_owned(), style: version() }
    }
}

/// A field of a form.
#[derive(Default)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) hint: &'static str,
    pub(super) error: String,
    /// `text`, `email` or `password`.
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) is_required: bool,
}

impl Field {
    pub(super) fn text(name: &'static str, label: &'static str, value: &str) -> Self {
        Self { name, label, value: value.to_owned(), kind: "text", autocomplete: "off", ..Self::default() }
    }

    pub(super) fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { name, label, kind: "password", autocomplete, is_required: true, ..Self::default() }
    }

    pub(super) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    pub(super) fn error(mut self, error: Option<String>) -> Self {
        self.error = error.unwrap_or_default();
        self
    }

    pub(super) fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// The ids of what describes it, for screen readers.
    pub(super) fn described_by(&self) -> String {
        let hint = if self.hint.is_empty() { String::new() } else { format!("{}-hint", self.name) };
        let error = if self.error.is_empty() { String::new() } else { format!("{}-error", self.name) };
        [hint, error].iter().filter(|id| !id.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }
}

/// Whether any field is wrong.
pub(super) fn are_wrong(fields: &[Field]) -> bool {
    fields.iter().any(|field| !field.error.is_empty())
}

/// A number as people read it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thousands(pub(super) u32);

impl fmt::Display for Thousands {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1000, self.0 % 1000) {
            (0, rest) => rest.fmt(out),
            (thousands, rest) => write!(out, "{},{rest:03}", Self(thousands)),
        }
    }
}

/// Some words of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether they stood between backticks.
    pub(super) is_code: bool,
}

/// A sentence as the command line prints it, in which what stands between backticks is code.
pub(super) fn sentence(text: &str) -> Vec<Piece> {
    let is_code = [false, true].into_iter().cycle();
    let pieces = text.split('`').zip(is_code).filter(|(text, _)| !text.is_empty());
    pieces.map(|(text, is_code)| Piece { text: text.to_owned(), is_code }).collect()
}

/// Several.
pub(super) fn sentences(lines: &[String]) -> Vec<Vec<Piece>> {
    lines.iter().map(|line| sentence(line)).collect()
}

/// The state that handlers are given.
pub(super) type Pages = State<Arc<Admin>>;

/// The page that a visitor asked for, or the first.
pub(super) fn wanted<'a>(admin: &'a Admin, visit: &'a Visit) -> &'a str {
    super::visit::next(admin, visit.query.text("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let piece = |text: &str, is_code| Piece { text: text.to_owned(), is_code };
        assert_eq!(sentence("`false`: never"), [piece("false", true), piece(": never", false)]);
        assert_eq!(sentence("run `it` now"), [piece("run ", false), piece("it", true), piece(" now", false)]);
        assert_eq!(sentence(""), []);
    }

    #[test]
    fn numbers_are_written_in_groups_of_three() {
        let written = |number| Thousands(number).to_string();
        assert_eq!(
            [7, 999, 1000, 20_000, 5_000_012].map(written),
            ["7", "999", "1,000", "20,000", "5,000,012"]
        );
    }
}
