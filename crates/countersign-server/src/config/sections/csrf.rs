use crate::config::setting::section;
use crate::config::value::{CsrfFailureView, HeaderName, NoSessions, SameSite, TrustedOrigin};
use countersign_core::clock::SignedDuration;

section! {
    /// `CSRF_*`: how requests that a cookie authenticates prove where they come from, as Django has it.
    pub struct Csrf = "csrf";

    /// Other origins whose pages may send such requests; `https://*.example.com` for all below.
    trusted_origins: Vec<TrustedOrigin> = [], ByRule;
    /// The cookie with the secret.
    cookie_name: String = "csrftoken", ByRule;
    /// How long it lives.
    cookie_age: SignedDuration = 31449600, ByRule;
    /// Its `Domain`.
    cookie_domain: Option<String> = unset, ByRule;
    /// Its `Path`.
    cookie_path: String = "/", ByRule;
    /// Its `Secure`.
    cookie_secure: bool = false, ByRule;
    /// Its `HttpOnly`. Pages cannot read it then.
    cookie_httponly: bool = false, ByRule;
    /// Its `SameSite`.
    cookie_samesite: SameSite = "Lax", ByRule;
    /// The header that brings the token, as `X-CSRFToken` or `HTTP_X_CSRFTOKEN`.
    header_name: HeaderName = "HTTP_X_CSRFTOKEN", ByRule;
    /// The secret is kept in a session. It never is.
    use_sessions: NoSessions = false, ByRule;
    /// Django's own only.
    failure_view: CsrfFailureView = "django.views.csrf.csrf_failure", ByRule;
}
