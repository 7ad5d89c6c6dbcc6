//! Proof that a request with a cookie was meant: Django's CSRF protection, so that countersign and Django accept each
//! other's `csrftoken`.
//!
//! A page of ours can read the cookie `csrftoken` (or an answer's header) and repeats it in the header `X-CSRFToken`;
//! a page of somebody else can make the browser send our cookies, but can neither read them nor set that header.
//! Before that, whoever says where they come from must come from here or from a trusted origin.
//!
//! Secrets, masks, the order of the checks and their words are those of Django's `CsrfViewMiddleware`.

mod check;
mod layer;
mod origin;
mod secret;

pub use self::check::{CsrfFailure, TokenFault, TokenSource};
pub use self::layer::{CsrfLayer, CsrfService, CsrfToken};
pub use self::origin::{OverHttps, SiteAddress};
pub use self::secret::{CsrfSecret, TokenFormat};

use self::origin::TrustedOrigins;
use crate::cookie::{Cookie, CookieAttributes, CookieError, Cookies, SameSite};
use crate::cors::OriginError;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::random::Random;
use http::{HeaderName, HeaderValue};

/// `CSRF_*`. The defaults are Django's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrfSettings {
    /// `CSRF_TRUSTED_ORIGINS`: other origins whose pages may send such requests, `https://*.example.com` for a host
    /// and all below it.
    pub trusted_origins: Vec<String>,
    /// `CSRF_COOKIE_NAME`: `csrftoken`.
    pub cookie_name: String,
    /// `CSRF_COOKIE_AGE`: 364 days.
    pub cookie_age: SignedDuration,
    /// The other `CSRF_COOKIE_*`: `DOMAIN`, `PATH`, `SECURE`, `HTTPONLY`, `SAMESITE`.
    pub cookie: CookieAttributes,
    /// `CSRF_HEADER_NAME`, as a header's name: `x-csrftoken`.
    pub header_name: String,
    /// How a request is judged that names no origin. Ours.
    pub origin_rules: OriginRules,
}

/// How a request is judged that names no `Origin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OriginRules {
    /// As Django does: over HTTPS it needs a `Referer`, over HTTP nothing.
    #[default]
    Django,
    /// By what it says of itself. A client that sends neither `Origin`, `Referer` nor `Sec-Fetch-Site` is no browser,
    /// and has no cookies that somebody else could make it send; one that says it was sent by another site is refused.
    /// The `https` origin of this very host is accepted even where the proxy that ended TLS is not known.
    FetchMetadata,
}

impl Default for CsrfSettings {
    fn default() -> Self {
        Self {
            trusted_origins: Vec::new(),
            cookie_name: "csrftoken".to_owned(),
            cookie_age: SignedDuration::from_secs(31_449_600),
            cookie: CookieAttributes {
                domain: None,
                path: "/".to_owned(),
                secure: false,
                http_only: false,
                same_site: SameSite::Lax,
                partitioned: false,
            },
            header_name: "x-csrftoken".to_owned(),
            origin_rules: OriginRules::Django,
        }
    }
}

impl CsrfSettings {
    /// With a CSRF cookie that browsers send wherever they send this cookie, which it is to protect: one without the
    /// other is of no use.
    #[must_use]
    pub fn following(mut self, cookie: &CookieAttributes) -> Self {
        self.cookie.secure |= cookie.secure;
        self.cookie.partitioned |= cookie.partitioned;
        if cookie.same_site == SameSite::None {
            self.cookie.same_site = SameSite::None;
        }
        self
    }
}

/// Why the protection cannot be built of settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrfError {
    /// A trusted origin is none.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// Browsers would drop the cookie.
    #[error(transparent)]
    Cookie(#[from] CookieError),
    /// The header's name is none.
    #[error("{0:?} is no name of a header")]
    HeaderName(String),
}

/// The protection, ready to check requests.
#[derive(Clone, Debug)]
pub struct Csrf {
    trusted: TrustedOrigins,
    cookie: Cookie,
    cookie_age: SignedDuration,
    header_name: HeaderName,
    rules: OriginRules,
}

impl Csrf {
    /// The protection of these settings.
    ///
    /// # Errors
    /// [`CsrfError`], naming what is wrong.
    pub fn new(settings: CsrfSettings) -> Result<Self, CsrfError> {
        let header_name = HeaderName::from_bytes(settings.header_name.as_bytes())
            .map_err(|_| CsrfError::HeaderName(settings.header_name))?;
        Ok(Self {
            trusted: TrustedOrigins::new(&settings.trusted_origins)?,
            cookie: Cookie::new(settings.cookie_name, settings.cookie)?,
            cookie_age: settings.cookie_age,
            header_name,
            rules: settings.origin_rules,
        })
    }

    /// The cookie with the secret.
    #[must_use]
    pub const fn cookie(&self) -> &Cookie {
        &self.cookie
    }

    /// The header that brings the token, and in which an answer hands it out.
    #[must_use]
    pub const fn header_name(&self) -> &HeaderName {
        &self.header_name
    }

    /// The secret that a client has, or a new one where it has none that is good (`ensure_csrf_cookie`).
    #[must_use]
    pub fn ensure_secret(&self, cookies: &Cookies<'_>, random: &dyn Random) -> CsrfSecret {
        let kept =
            cookies.find(self.cookie.name()).ok().flatten().and_then(|value| CsrfSecret::read(value).ok());
        kept.unwrap_or_else(|| CsrfSecret::new(random))
    }

    /// `Set-Cookie` with a secret, unmasked as Django has stored it since 4.1. Its age begins anew.
    ///
    /// # Errors
    /// [`CookieError::TooLong`] where the name is about as long as browsers keep cookies.
    pub fn set_cookie(&self, secret: &CsrfSecret, at: Timestamp) -> Result<HeaderValue, CookieError> {
        self.cookie.set(secret.expose(), at, self.cookie_age)
    }
}
