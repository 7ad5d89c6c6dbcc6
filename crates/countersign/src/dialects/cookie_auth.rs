//! The wire of the cookie recipe: the refresh token in an HttpOnly cookie, the CSRF token in a readable one, the access
//! token in the answer. Four endpoints, one file each.
//!
//! The recipe is one that many Django projects carry as their own code. Its bodies are kept; its weaknesses are not: one
//! answer to an unknown user and a wrong password, 401 where credentials are wanting, inactive users refused, tokens
//! that no other dialect accepts, a cookie that is `Secure` and bound to where it is used, refresh tokens that rotate,
//! and a way to log out. [`strict_peer`](CookieAuthSettings::strict_peer) gives back its status codes, its words and
//! its CSRF check on requests with a header token.

mod answers;
mod description;
mod header;
mod login;
mod logout;
mod refresh;
mod rehearsal;
mod settings;
mod transport;
mod user;

pub use self::rehearsal::{Finding, rehearse};
pub use self::settings::{CookieAuthError, CookieAuthPaths, CookieAuthSettings};

use crate::authenticate::JwtAuthentication;
use crate::cookie::Cookie;
use crate::csrf::{Csrf, SiteAddress};
use crate::endpoint::Endpoint;
use crate::rest::{Network, Parts};
use countersign_core::authority::Authority;
use countersign_core::cookie_auth::CookieAuthRules;
use countersign_core::simple_jwt::Mode;
use countersign_core::store::UserColumns;
use http::HeaderValue;
use std::sync::Arc;

/// The dialect: its rules, its cookies and where its endpoints are.
#[derive(Clone, Debug)]
pub struct CookieAuth {
    rules: CookieAuthRules,
    paths: CookieAuthPaths,
    cookie: Cookie,
    /// Who may use the cookie.
    csrf: Csrf,
    /// Who may log in, where nobody has a token yet.
    door: Csrf,
    strict_peer: bool,
    trusted_proxies: Vec<Network>,
    user_columns: UserColumns,
}

impl CookieAuth {
    /// Its endpoints, those with an empty path left out.
    #[must_use]
    pub fn endpoints(&self, authority: &Authority) -> Vec<Endpoint> {
        let desk = Arc::new(Desk { authority: authority.clone(), dialect: self.clone() });
        let endpoints = [
            login::endpoint(&desk),
            refresh::endpoint(&desk),
            user::endpoint(&desk),
            logout::endpoint(&desk),
        ];
        let mounted = endpoints.into_iter().filter(|endpoint| !endpoint.path.is_empty());
        let mounted = mounted.map(|endpoint| endpoint.grouped("cookie_auth"));
        if self.strict_peer {
            return mounted.collect();
        }
        let challenge = HeaderValue::from_static("Bearer realm=\"api\"");
        mounted.map(|endpoint| endpoint.challenging(challenge.clone())).collect()
    }

    /// How tokens are made and read.
    #[must_use]
    pub const fn rules(&self) -> &CookieAuthRules {
        &self.rules
    }

    /// The guard of an application's own endpoints: admits whoever brings an access token, in simplejwt's words.
    #[must_use]
    pub fn access_authentication(&self, authority: &Authority, mode: Mode) -> JwtAuthentication {
        JwtAuthentication::new(authority.clone(), self.rules.access_rules().clone(), mode)
    }

    /// The cookie with the refresh token.
    #[must_use]
    pub const fn cookie(&self) -> &Cookie {
        &self.cookie
    }

    /// The CSRF protection of the requests that carry it.
    #[must_use]
    pub const fn csrf(&self) -> &Csrf {
        &self.csrf
    }

    /// Where its endpoints are.
    #[must_use]
    pub const fn paths(&self) -> &CookieAuthPaths {
        &self.paths
    }
}

/// What every endpoint of the dialect works with.
struct Desk {
    authority: Authority,
    dialect: CookieAuth,
}

impl Desk {
    fn rules(&self) -> &CookieAuthRules {
        &self.dialect.rules
    }

    fn site(&self, request: &Parts) -> SiteAddress {
        SiteAddress::of(&request.request, &self.dialect.trusted_proxies)
    }
}
