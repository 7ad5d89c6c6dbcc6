//! Which pages of other origins may call: the answers of django-cors-headers, as a layer around any service.
//!
//! It is to be the outermost layer, so that every response says that it varies by origin and a browser can read
//! the errors too:
//!
//! ```
//! use countersign::cors::{Cors, CorsSettings};
//! use tower::Layer as _;
//!
//! # fn main() -> Result<(), countersign::cors::CorsError> {
//! let cors = Cors::new(CorsSettings {
//!     allowed_origins: vec!["https://app.example.com".to_owned()],
//!     allow_credentials: true,
//!     ..CorsSettings::default()
//! })?;
//! let service = cors.layer(axum::Router::<()>::new());
//! # let _ = service;
//! # Ok(())
//! # }
//! ```
//!
//! Two things are stricter than with the package. An origin is its scheme, host and port and nothing else: the
//! package compares these alone and echoes whatever stood around them. And credentials for every origin are
//! refused when the rules are made, because they hand every page of the web the session of its visitor.

mod headers;
mod origins;
mod service;

pub use self::origins::OriginError;
pub(crate) use self::origins::canonical;
pub use self::service::{CorsFuture, CorsService, Exchange};

use self::headers::CorsHeaders;
use self::origins::{Origins, Pattern};
use http::{HeaderMap, HeaderValue, Request};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// `CORS_*`. The defaults are the package's: no other origin may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsSettings {
    /// `CORS_ALLOWED_ORIGINS`, formerly `CORS_ORIGIN_WHITELIST`: scheme, host and port of each, or `null`.
    pub allowed_origins: Vec<String>,
    /// `CORS_ALLOWED_ORIGIN_REGEXES`: matched from the start of the origin as Python's `re.match` does, so one
    /// without a `$` also matches longer origins.
    pub allowed_origin_regexes: Vec<String>,
    /// `CORS_ALLOW_ALL_ORIGINS`. Not together with credentials.
    pub allow_all_origins: bool,
    /// `CORS_ALLOW_CREDENTIALS`: browsers may send and keep cookies.
    pub allow_credentials: bool,
    /// `CORS_ALLOW_METHODS`
    pub allow_methods: Vec<String>,
    /// `CORS_ALLOW_HEADERS`: what pages may send.
    pub allow_headers: Vec<String>,
    /// `CORS_EXPOSE_HEADERS`: what pages may read, beside what the service itself exposes.
    pub expose_headers: Vec<String>,
    /// `CORS_PREFLIGHT_MAX_AGE`, a day, in whole seconds: how long a browser may remember. Zero says nothing.
    pub preflight_max_age: Duration,
    /// `CORS_URLS_REGEX`, everything: the paths that these rules are for, matched from their start.
    pub urls_regex: String,
    /// `CORS_ALLOW_PRIVATE_NETWORK`: pages of a public network may call into a private one.
    pub allow_private_network: bool,
}

impl Default for CorsSettings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            allowed_origins: Vec::new(),
            allowed_origin_regexes: Vec::new(),
            allow_all_origins: false,
            allow_credentials: false,
            allow_methods: words(&["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]),
            allow_headers: words(&[
                "accept",
                "authorization",
                "content-type",
                "user-agent",
                "x-csrftoken",
                "x-requested-with",
            ]),
            expose_headers: Vec::new(),
            preflight_max_age: Duration::from_hours(24),
            urls_regex: EVERYTHING.to_owned(),
            allow_private_network: false,
        }
    }
}

/// The default of `CORS_URLS_REGEX`, which need not be asked.
const EVERYTHING: &str = "^.*$";

/// Why rules cannot be made of settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorsError {
    /// `allow_all_origins` with `allow_credentials`.
    #[error("every origin with credentials would hand any page the session of its visitor: list the origins")]
    AnyOriginWithCredentials,
    /// `null` with `allow_credentials`.
    #[error("the origin \"null\" with credentials would serve any sandboxed frame: list real origins")]
    NullWithCredentials,
    /// An entry of `allowed_origins`.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A regular expression that cannot be read.
    #[error("{pattern:?} is no regular expression: {why}")]
    Regex {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A regular expression that matches origins of which nobody can have thought, with `allow_credentials`.
    #[error("{0:?} with credentials would hand any page the session of its visitor: name the hosts")]
    RegexForEverything(String),
    /// A method or a header's name that cannot stand in a header.
    #[error("{0:?} is no name of a method or a header")]
    Name(String),
}

/// The rules, ready to be asked: a [`tower::Layer`]. Cloning it clones a handle.
#[derive(Clone)]
pub struct Cors(Arc<Rules>);

struct Rules {
    origins: Origins,
    credentials: bool,
    private_network: bool,
    /// `None`: all of them.
    paths: Option<Pattern>,
    headers: CorsHeaders,
}

impl Cors {
    /// Rules of these settings.
    ///
    /// # Errors
    /// [`CorsError`], naming the entry that is wrong or unsafe.
    pub fn new(settings: CorsSettings) -> Result<Self, CorsError> {
        let headers = CorsHeaders::new(&settings)?;
        let paths = match settings.urls_regex {
            text if text == EVERYTHING => None,
            text => Some(Pattern::new(text)?),
        };
        let credentials = settings.allow_credentials;
        let origins = Origins::new(
            &settings.allowed_origins,
            settings.allowed_origin_regexes,
            settings.allow_all_origins,
        )?;
        if credentials {
            origins.forbid_everything()?;
        }
        Ok(Self(Arc::new(Rules {
            origins,
            credentials,
            private_network: settings.allow_private_network,
            paths,
            headers,
        })))
    }

    /// What `Access-Control-Allow-Origin` says to a page of this origin, if it may call.
    #[must_use]
    pub fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        self.0.origins.allowed(origin)
    }

    /// The exact origins whose pages may call with credentials: those that somebody wrote down, one by one.
    #[must_use]
    pub fn exact_origins_with_credentials(&self) -> Vec<String> {
        if self.0.credentials { self.0.origins.exact().map(str::to_owned).collect() } else { Vec::new() }
    }

    /// The regular expressions that say nothing of an origin's end, so that `https://a.example.com.evil.org` may
    /// match where `https://a.example.com` was meant.
    #[must_use]
    pub fn open_ended_regexes(&self) -> Vec<String> {
        self.0.origins.open_ended().map(str::to_owned).collect()
    }

    /// One request, for servers that do not speak [`tower`]. `None` where the rules are not for its path.
    pub fn exchange<B>(&self, request: &Request<B>) -> Option<Exchange> {
        Exchange::of(self, request)
    }

    fn is_for(&self, path: &str) -> bool {
        self.0.paths.as_ref().is_none_or(|paths| {
            let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
            paths.matches(&decoded)
        })
    }

    /// Writes into the headers of a response what these rules say.
    fn answer(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        let rules = &*self.0;
        headers::vary_by_origin(headers);
        let allowed = exchange.origin().and_then(|origin| rules.origins.allowed(origin));
        rules.headers.write(headers, allowed, rules.credentials, exchange.is_options());
        if exchange.wants_private_network() {
            headers::allow_private_network(headers);
        }
    }
}

/// Shows which origins, nothing more.
impl fmt::Debug for Cors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cors")
            .field("origins", &self.0.origins.exact().collect::<Vec<_>>())
            .field("credentials", &self.0.credentials)
            .finish_non_exhaustive()
    }
}

impl<S> tower::Layer<S> for Cors {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> CorsService<S> {
        CorsService::new(self.clone(), inner)
    }
}
