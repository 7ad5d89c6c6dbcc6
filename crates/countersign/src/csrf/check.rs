//! The checks, in the order of Django's `CsrfViewMiddleware.process_view`, in its words.

use super::origin::{SiteAddress, is_same_domain, split};
use super::secret::{CsrfSecret, TokenFormat};
use super::{Csrf, OriginRules};
use crate::cookie::{CookieClash, Cookies};
use http::header::{ORIGIN, REFERER};
use http::{HeaderMap, HeaderName, Method};
use std::fmt;

/// Why a request is refused. Its text is Django's reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsrfFailure {
    /// `Origin` names somebody else, or `null`.
    #[error("Origin checking failed - {0} does not match any trusted origins.")]
    Origin(String),
    /// Over HTTPS neither `Origin` nor `Referer` is there.
    #[error("Referer checking failed - no Referer.")]
    NoReferer,
    /// `Referer` is no URL.
    #[error("Referer checking failed - Referer is malformed.")]
    MalformedReferer,
    /// `Referer` is a page that was sent in the clear.
    #[error("Referer checking failed - Referer is insecure while host is secure.")]
    InsecureReferer,
    /// `Referer` is somebody else's page.
    #[error("Referer checking failed - {0} does not match any trusted origins.")]
    Referer(String),
    /// The browser says that another site caused the request, and names no origin that could be trusted. Ours.
    #[error("Sec-Fetch-Site checking failed - the request comes from another site.")]
    CrossSite,
    /// There is no cookie.
    #[error("CSRF cookie not set.")]
    NoCookie,
    /// The cookie is no secret.
    #[error("CSRF cookie {0}.")]
    Cookie(TokenFormat),
    /// There are two cookies of its name. Ours; a fault of the request rather than a refusal.
    #[error(transparent)]
    TwoCookies(#[from] CookieClash),
    /// There is no token.
    #[error("CSRF token missing.")]
    NoToken,
    /// The token is not the cookie's.
    #[error("CSRF token from {0} {1}.")]
    Token(TokenSource, TokenFault),
}

/// Where a token was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The form field `csrfmiddlewaretoken`.
    Form,
    /// The header.
    Header(HeaderName),
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Its form.
    #[error(transparent)]
    Format(#[from] TokenFormat),
    /// It is of another secret.
    #[error("incorrect")]
    Incorrect,
}

impl Csrf {
    /// Checks a request: where it comes from, then its token. Safe methods need neither.
    ///
    /// `form_token` is the form field `csrfmiddlewaretoken`, which counts for `POST` alone.
    ///
    /// # Errors
    /// [`CsrfFailure`], the first that Django would find.
    pub fn check(
        &self,
        request: &http::request::Parts,
        site: &SiteAddress,
        form_token: Option<&str>,
    ) -> Result<(), CsrfFailure> {
        if is_safe(&request.method) {
            return Ok(());
        }
        self.check_origin(&request.headers, site)?;
        self.check_token(&request.headers, form_token.filter(|_| request.method == Method::POST))
    }

    /// Checks where a request comes from, as far as it says so.
    ///
    /// # Errors
    /// One of the first six [`CsrfFailure`]s.
    pub fn check_origin(&self, headers: &HeaderMap, site: &SiteAddress) -> Result<(), CsrfFailure> {
        if let Some(origin) = text(headers, &ORIGIN) {
            return if self.is_good_origin(&origin, site) {
                Ok(())
            } else {
                Err(CsrfFailure::Origin(origin))
            };
        }
        let referer = text(headers, &REFERER);
        match self.rules {
            OriginRules::Django if site.secure => {
                self.check_referer(&referer.ok_or(CsrfFailure::NoReferer)?, site)
            }
            OriginRules::Django => Ok(()),
            OriginRules::FetchMetadata => {
                if headers.get("sec-fetch-site").is_some_and(|value| value == "cross-site") {
                    return Err(CsrfFailure::CrossSite);
                }
                referer.map_or(Ok(()), |referer| self.check_referer(&referer, site))
            }
        }
    }

    /// Checks that the token in the form or the header is the cookie's.
    ///
    /// # Errors
    /// One of the last five [`CsrfFailure`]s.
    pub fn check_token(&self, headers: &HeaderMap, form_token: Option<&str>) -> Result<(), CsrfFailure> {
        let cookies = Cookies::of(headers);
        let cookie = cookies.find(self.cookie.name())?.ok_or(CsrfFailure::NoCookie)?;
        let secret = CsrfSecret::read(cookie).map_err(CsrfFailure::Cookie)?;
        let (source, token) = if let Some(token) = form_token.filter(|token| !token.is_empty()) {
            (TokenSource::Form, token.to_owned())
        } else {
            let token = text(headers, &self.header_name).ok_or(CsrfFailure::NoToken)?;
            (TokenSource::Header(self.header_name.clone()), token)
        };
        match CsrfSecret::read(&token) {
            Ok(token) if token == secret => Ok(()),
            Ok(_) => Err(CsrfFailure::Token(source, TokenFault::Incorrect)),
            Err(format) => Err(CsrfFailure::Token(source, format.into())),
        }
    }

    fn is_good_origin(&self, origin: &str, site: &SiteAddress) -> bool {
        let is_ours = !site.host.is_empty()
            && (origin == site.origin()
                || self.rules == OriginRules::FetchMetadata
                    && origin.strip_prefix("https://") == Some(site.host.as_str()));
        is_ours || self.trusted.contain(origin)
    }

    fn check_referer(&self, referer: &str, site: &SiteAddress) -> Result<(), CsrfFailure> {
        let (scheme, host) = split(referer).ok_or(CsrfFailure::MalformedReferer)?;
        if scheme.is_empty() || host.is_empty() {
            return Err(CsrfFailure::MalformedReferer);
        }
        if site.secure && scheme != "https" {
            return Err(CsrfFailure::InsecureReferer);
        }
        let is_trusted = if scheme == "https" {
            self.trusted.contain_host(host)
        } else {
            self.trusted.contain(&format!("{scheme}://{host}"))
        };
        if is_trusted || is_same_domain(host, &self.good_referer(site)) {
            return Ok(());
        }
        let rest = referer.get(scheme.len()..).unwrap_or_default();
        Err(CsrfFailure::Referer(format!("{scheme}{rest}")))
    }

    /// The cookie's domain, with the port that is in use; without a domain the very host.
    fn good_referer(&self, site: &SiteAddress) -> String {
        let port =
            site.host.rsplit_once(':').map(|(_, port)| port).filter(|port| !matches!(*port, "443" | "80"));
        match (&self.cookie.attributes().domain, port) {
            (None, _) => site.host.clone(),
            (Some(domain), None) => domain.clone(),
            (Some(domain), Some(port)) => format!("{domain}:{port}"),
        }
    }
}

/// The methods that change nothing, by RFC 9110 §9.2.1.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// A header as WSGI hands it over: as Latin-1, several joined by commas.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values =
        headers.get_all(name).iter().map(|value| value.as_bytes().iter().copied().map(char::from));
    let mut text = values.next()?.collect::<String>();
    for value in values {
        text.push(',');
        text.extend(value);
    }
    Some(text)
}

impl fmt::Display for TokenSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => out.write_str("POST"),
            Self::Header(name) => write!(out, "the '{}' HTTP header", title(name.as_str())),
        }
    }
}

/// Python's `str.title()`: a capital wherever a word begins.
fn title(name: &str) -> String {
    let mut begins = true;
    let letter = |letter: char| {
        let shown = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = !letter.is_ascii_alphabetic();
        shown
    };
    name.chars().map(letter).collect()
}
