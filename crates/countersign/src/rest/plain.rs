//! The bare answers of Django itself, given where no endpoint is responsible. Their bodies are constant.

use super::call::Parts;
use super::headers::{self, Vary};
use super::negotiate::{Format, Renderers, by_accept};
use super::site::SiteSettings;
use crate::locale::Language;
use bytes::Bytes;
use countersign_core::json::{Object, Value};
use http::{HeaderMap, StatusCode};

/// A bare answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// The request is one that Django calls suspicious; the sentence says why, to programs.
    BadRequest(&'static str),
    /// Nothing lives at this address.
    NotFound,
    /// Something broke.
    ServerError,
}

impl Plain {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// JSON for those who take it, Django's page for everybody else.
    pub(super) fn render(self, parts: &Parts, settings: &SiteSettings) -> (HeaderMap, Bytes) {
        let as_json = settings.json_only
            || matches!(by_accept(parts.headers(), Renderers::JsonAndHtml), Some(Format::Json { .. }));
        let (content_type, body) =
            if as_json { (headers::JSON, self.json(parts.language)) } else { (headers::HTML, self.html()) };
        let vary = Vary { accept: false, cookie: false, language: settings.locales };
        (headers::of_site(content_type, vary), body.into())
    }

    fn json(self, language: Option<Language>) -> String {
        let detail = match self {
            Self::BadRequest(why) => why.into(),
            Self::NotFound => language.unwrap_or_default().translate("Not found."),
            Self::ServerError => "A server error occurred.".into(),
        };
        Value::from(Object::from([("detail", detail.into_owned())])).to_utf8()
    }

    /// Byte for byte the pages of `django.views.defaults`.
    fn html(self) -> String {
        let (title, details) = match self {
            Self::BadRequest(_) => ("Bad Request (400)", ""),
            Self::NotFound => ("Not Found", "The requested resource was not found on this server."),
            Self::ServerError => ("Server Error (500)", ""),
        };
        format!(
            "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>{title}</title>\n</head>\n<body>\n  \
             <h1>{title}</h1><p>{details}</p>\n</body>\n</html>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_as_long_as_djangos() {
        assert_eq!(Plain::NotFound.html().len(), 179);
        assert_eq!(Plain::ServerError.html().len(), 145);
    }
}
