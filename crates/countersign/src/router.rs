//! Every path on one screen.

use crate::dialects::cookie_auth::CookieAuth;
use crate::dialects::demo;
use crate::dialects::jwt_auth::JwtAuth;
use crate::dialects::sessions::Sessions;
use crate::dialects::simple_jwt::SimpleJwt;
use crate::endpoint::Endpoint;
use crate::inspect::Inspector;
use countersign_core::authority::Authority;
use countersign_core::simple_jwt::Mode;

/// What is mounted.
#[derive(Clone, Debug, Default)]
pub struct Dialects {
    /// simplejwt's endpoints.
    pub simple_jwt: Option<SimpleJwt>,
    /// The endpoints of djangorestframework-jwt, or of its fork.
    pub jwt_auth: Option<JwtAuth>,
    /// Whether what `simple_jwt` protects also lets in whom `jwt_auth` would (`[simple_jwt] accept_jwt_auth`).
    pub accept_jwt_auth: bool,
    /// The cookie recipe's endpoints.
    pub cookie_auth: Option<CookieAuth>,
    /// Where people see and end their sessions; empty: nowhere. With the tokens of `simple_jwt` and `cookie_auth`.
    pub sessions_path: String,
    /// Something to protect, for trying it out.
    pub demo: Option<Demo>,
}

/// The endpoints that the guides protect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Whether `/hello/` looks the user up.
    pub mode: Mode,
}

impl Dialects {
    /// What tells people about the tokens of these dialects.
    #[must_use]
    pub fn inspector(&self, authority: &Authority) -> Inspector {
        Inspector {
            authority: authority.clone(),
            simple_jwt: self.simple_jwt.as_ref().map(|dialect| dialect.rules.tokens.clone()),
            jwt_auth: self.jwt_auth.as_ref().map(|dialect| dialect.rules.clone()),
            cookie_auth: self.cookie_auth.as_ref().map(|dialect| dialect.rules().clone()),
        }
    }

    /// The table of endpoints.
    #[must_use]
    pub fn endpoints(&self, authority: &Authority) -> Vec<Endpoint> {
        let mut endpoints = Vec::new();
        if let Some(simple_jwt) = &self.simple_jwt {
            endpoints.extend(simple_jwt.endpoints(authority));
            if let Some(demo) = self.demo {
                let mut authentication = simple_jwt.authentication(authority, demo.mode);
                if let Some(jwt_auth) = self.jwt_auth.as_ref().filter(|_| self.accept_jwt_auth) {
                    authentication = authentication.accepting(jwt_auth.rules.clone());
                }
                endpoints.push(demo::hello("/hello/", authentication));
            }
        }
        if let Some(jwt_auth) = &self.jwt_auth {
            endpoints.extend(jwt_auth.endpoints(authority));
            if self.demo.is_some() {
                for path in ["/api/endpoint/", "/api/protected-endpoint/"] {
                    endpoints.push(demo::who(path, jwt_auth.authentication(authority)));
                }
            }
        }
        if let Some(cookie_auth) = &self.cookie_auth {
            endpoints.extend(cookie_auth.endpoints(authority));
        }
        if !self.sessions_path.is_empty() {
            let (simple_jwt, cookie_auth) = (self.simple_jwt.as_ref(), self.cookie_auth.as_ref());
            let sessions = Sessions { path: &self.sessions_path, simple_jwt, cookie_auth };
            endpoints.extend(sessions.endpoints(authority));
        }
        endpoints
    }
}
