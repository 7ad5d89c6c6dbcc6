//! The bare answers of Django itself, given where no endpoint is responsible. Their bodies are constant.

use super::headers;
use super::negotiate::{Format, Renderers, by_accept};
use bytes::Bytes;
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
    pub(super) fn render(self, request: &HeaderMap, json_only: bool) -> (HeaderMap, Bytes) {
        let as_json =
            json_only || matches!(by_accept(request, Renderers::JsonAndHtml), Some(Format::Json { .. }));
        let (content_type, body) =
            if as_json { (headers::JSON, self.json()) } else { (headers::HTML, self.html()) };
        (headers::of_site(content_type, headers::vary(true, false)), body.into())
    }

    fn json(self) -> String {
        let detail = match self {
            Self::BadRequest(why) => why,
            Self::NotFound => "Not found.",
            Self::ServerError => "A server error occurred.",
        };
        format!("{{\"detail\":\"{detail}\"}}")
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
