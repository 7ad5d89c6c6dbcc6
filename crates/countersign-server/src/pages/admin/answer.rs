//! Answers: pages, redirects and faults, and what all of them have in common.

use super::Admin;
use super::layout::Plain;
use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_core::authority::Trouble;
use countersign_core::store::StoreError;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;

/// A page.
pub(super) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text)
            .into_response(),
        Err(error) => Fault::broken(&error).into_response(),
    }
}

/// A page that says all is well.
pub(super) fn page(template: &impl Template) -> Response {
    html(StatusCode::OK, template)
}

/// Sends the browser to another page, with `GET`.
pub(super) fn see_other(to: &str) -> Response {
    // Whatever cannot stand in a header was no address of ours.
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    retry_after: Option<u64>,
}

impl Fault {
    const fn new(status: StatusCode, title: &'static str, text: &'static str) -> Self {
        Self { status, title, text, retry_after: None }
    }

    /// There is nothing here.
    pub(super) const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "Not found", "There is nothing at this address.");

    /// They may not.
    pub(super) const FORBIDDEN: Self = Self::new(
        StatusCode::FORBIDDEN,
        "Not permitted",
        "Your account does not have the permission for this. A superuser can give it.",
    );

    /// They may, but not to themselves.
    pub(super) const ONESELF: Self = Self::new(
        StatusCode::FORBIDDEN,
        "Not permitted",
        "Nobody disables or deletes their own account. Another superuser can.",
    );

    /// Another site sent the form, or an old page did.
    pub(super) const FORGED: Self = Self::new(
        StatusCode::FORBIDDEN,
        "Refused",
        "This form did not come from a page of yours here, or that page was too old. Nothing was done. Go back, load \
         the page again and repeat it.",
    );

    /// The form cannot be read.
    pub(super) const UNREADABLE: Self =
        Self::new(StatusCode::BAD_REQUEST, "Not understood", "The form could not be read. Nothing was done.");

    /// Two cookies of one name, a host that is not served.
    pub(super) const BAD_REQUEST: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "Not understood",
        "The request cannot be answered as it was sent.",
    );

    fn broken(error: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %error, "an admin page failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "The page could not be made. The cause is in the log.",
        )
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        tracing::warn!(cause = %trouble, "an admin page was put off");
        let retry_after = match &trouble {
            Trouble::Overloaded(overloaded) => overloaded.retry_after.as_secs().max(1),
            _ => 5,
        };
        Self {
            retry_after: Some(retry_after),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Try again in a moment",
                "The database or the threads that check passwords are busy or away. The cause is in the log.",
            )
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Trouble::from(error).into()
    }
}

/// Only says what is the matter; [`around`] makes the page, because it knows where the stylesheet is.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing from elsewhere, nothing inline, in nobody's frame. Forms stay here.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer has. `same-origin` instead of `no-referrer`: under the latter browsers send `Origin: null` with our
/// own forms too, and nobody could tell them from others.
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Around every page: only hosts that are served get one, and faults become pages.
pub(super) async fn around(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let mut response = if admin.hosts.allow(&head) {
        next.run(Request::from_parts(head, body)).await
    } else {
        Fault::BAD_REQUEST.into_response()
    };
    let fault = response.extensions_mut().remove::<Fault>();
    let fault = fault.or_else(|| {
        (response.status() == StatusCode::METHOD_NOT_ALLOWED).then_some(Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Not possible",
            "This address takes no such request.",
        ))
    });
    if let Some(fault) = fault {
        let page = html(fault.status, &Plain::new(&admin, fault.title, fault.text));
        let (parts, body) = page.into_parts();
        *response.body_mut() = body;
        response.headers_mut().extend(parts.headers);
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
