//! Who is at the door: `JSONWebTokenAuthentication`, in the packages' order.

use super::JwtAuth;
use super::credentials::{Presented, presented};
use super::words::Words;
use crate::csrf::{CsrfFailure, SiteAddress};
use crate::endpoint::{Credential, Failure};
use crate::rejection::{Reason, Rejection};
use crate::rest::Answer;
use countersign_core::authority::Authority;
use countersign_core::jwt_auth::{Authentication, Holder, Profile, authenticate};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Method, StatusCode};

/// Decides whom a request's header or cookie authenticates.
pub(super) struct Door {
    authority: Authority,
    dialect: JwtAuth,
}

/// Somebody with a good token.
pub(super) struct Entered {
    /// The token and its user.
    pub(super) holder: Holder,
    /// The token as it was sent.
    pub(super) text: String,
}

/// A token that a request carries, not yet looked at.
pub(super) enum Carried {
    /// In the header: the client put it there itself.
    InHeader(String),
    /// In a cookie: a browser sends it wherever a page makes it.
    InCookie(String),
}

impl Carried {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::InHeader(text) | Self::InCookie(text) => text,
        }
    }
}

impl Door {
    pub(super) fn new(dialect: &JwtAuth, authority: &Authority) -> Self {
        Self { authority: authority.clone(), dialect: dialect.clone() }
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Lets somebody in, or answers in place of the endpoint.
    pub(super) async fn enter(&self, request: &Parts) -> Result<Entered, Rejection> {
        let carried = self.carried(request)?;
        let holder = self.authenticate(carried.text()).await?;
        self.check_origin(request, &carried)?;
        Ok(Entered { holder, text: carried.text().to_owned() })
    }

    /// The token that a request carries.
    pub(super) fn carried(&self, request: &Parts) -> Result<Carried, Rejection> {
        let headers = &request.headers;
        match presented(headers, &self.dialect.auth_header_prefix, self.profile()) {
            Presented::Token(token) => Ok(Carried::InHeader(token)),
            Presented::OtherScheme => Err(Rejection::not_authenticated()),
            Presented::NoCredentials => {
                Err(malformed("Invalid Authorization header. No credentials provided."))
            }
            Presented::Spaces => {
                Err(malformed("Invalid Authorization header. Credentials string should not contain spaces."))
            }
            Presented::Nothing => match self.dialect.cookies.as_ref().map(|cookies| cookies.token(headers)) {
                Some(Ok(Some(token))) => Ok(Carried::InCookie(token)),
                Some(Ok(None)) | None => Err(Rejection::not_authenticated()),
                Some(Err(clash)) => {
                    let answer = Answer::detail(StatusCode::BAD_REQUEST, &clash.to_string());
                    Err(Rejection::new(Reason::TwoCookies, answer))
                }
            },
        }
    }

    /// Whom a token authenticates.
    pub(super) async fn authenticate(&self, text: &str) -> Result<Holder, Rejection> {
        match authenticate(&self.authority, &self.dialect.rules, text).await {
            Ok(Authentication::Admitted(holder)) => Ok(holder),
            Ok(Authentication::Refused(refusal)) => {
                let answer = Words(self.profile()).refuse(&refusal);
                Err(Rejection::new(Reason::InvalidJwt(refusal), answer))
            }
            Err(error) => Err(Rejection::from(&error)),
        }
    }

    /// Whether a request that may change something was meant by whom its cookie names. A header says so by being
    /// there: no page of somebody else can set it.
    pub(super) fn check_origin(&self, request: &Parts, carried: &Carried) -> Result<(), Rejection> {
        let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(&request.method);
        let (false, Carried::InCookie(_), Some(cookies)) = (is_safe, carried, &self.dialect.cookies) else {
            return Ok(());
        };
        let site = SiteAddress::of(request, &self.dialect.trusted_proxies);
        cookies.csrf.check_origin(&request.headers, &site).map_err(not_meant)?;
        if cookies.csrf_token {
            cookies.csrf.check_token(&request.headers, None).map_err(not_meant)?;
        }
        Ok(())
    }

    /// By what it knows callers: a token in the header, or in one of the cookies.
    pub(super) fn credentials(&self) -> Vec<Vec<Credential>> {
        let word = self.dialect.auth_header_prefix.first().map_or("Bearer", String::as_str);
        let mut ways = vec![vec![Credential::in_header("jwt_auth", AUTHORIZATION, word)]];
        let Some(cookies) = &self.dialect.cookies else { return ways };
        let named = [("jwt_auth_cookie", &cookies.auth), ("jwt_auth_impersonation", &cookies.impersonation)];
        for (name, cookie) in named {
            let Some(cookie) = cookie else { continue };
            let mut way = vec![Credential::in_cookie(name, cookie.name())];
            if cookies.csrf_token {
                let csrf = &cookies.csrf;
                way.push(Credential::csrf("csrf", csrf.header_name().clone(), csrf.cookie().name()));
            }
            ways.push(way);
        }
        ways
    }

    /// What it refuses with.
    pub(super) fn failures(&self) -> Vec<Failure> {
        let mut failures = Words(self.profile()).guard_failures();
        if self.dialect.cookies.is_some() {
            failures.push(Failure::detail(StatusCode::FORBIDDEN, "CSRF Failed: CSRF token missing."));
        }
        failures
    }

    fn profile(&self) -> Profile {
        self.dialect.rules.tokens.settings().profile
    }
}

fn malformed(detail: &str) -> Rejection {
    Rejection::new(Reason::Malformed, Answer::detail(StatusCode::UNAUTHORIZED, detail))
}

/// As Django REST framework says it where a session authenticates.
fn not_meant(failure: CsrfFailure) -> Rejection {
    let answer = Answer::detail(StatusCode::FORBIDDEN, &format!("CSRF Failed: {failure}"));
    Rejection::new(Reason::NotMeant(failure), answer)
}
