//! The wire of djangorestframework-simplejwt: six endpoints, one file each.

mod blacklist;
mod obtain;
mod refresh;
mod sliding;
mod verify;

use crate::authenticate::{JwtAuthentication, challenge};
use crate::endpoint::{Endpoint, Failure, Field};
use crate::rest::{Answer, Call};
use countersign_core::authority::Authority;
use countersign_core::login::Credentials;
use countersign_core::secret::Secret;
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::token::TokenError;
use http::StatusCode;
use std::sync::Arc;

/// The dialect: its rules, and where its endpoints are.
#[derive(Clone, Debug)]
pub struct SimpleJwt {
    /// How tokens are made and read, and how passwords are checked.
    pub rules: SimpleJwtRules,
    /// Where the endpoints are.
    pub paths: SimpleJwtPaths,
    /// The name under which a client sends the user's name: `username`, or that of a custom user model
    /// (`USERNAME_FIELD`).
    pub username_field: String,
}

/// Where the endpoints are. An empty path leaves an endpoint out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleJwtPaths {
    /// `TokenObtainPairView`
    pub obtain: String,
    /// `TokenRefreshView`
    pub refresh: String,
    /// `TokenVerifyView`
    pub verify: String,
    /// `TokenBlacklistView`
    pub blacklist: String,
    /// `TokenObtainSlidingView`
    pub sliding_obtain: String,
    /// `TokenRefreshSlidingView`
    pub sliding_refresh: String,
}

/// simplejwt's documentation mounts them here.
impl Default for SimpleJwtPaths {
    fn default() -> Self {
        Self {
            obtain: "/api/token/".to_owned(),
            refresh: "/api/token/refresh/".to_owned(),
            verify: "/api/token/verify/".to_owned(),
            blacklist: "/api/token/blacklist/".to_owned(),
            sliding_obtain: "/api/token/sliding/".to_owned(),
            sliding_refresh: "/api/token/sliding/refresh/".to_owned(),
        }
    }
}

impl SimpleJwt {
    /// Its endpoints, those with an empty path left out. Where no key signs, those that give tokens are left out too.
    #[must_use]
    pub fn endpoints(&self, authority: &Authority) -> Vec<Endpoint> {
        let desk = Arc::new(Desk { authority: authority.clone(), dialect: self.clone() });
        let challenge = challenge(&self.rules.tokens.settings().auth_header_types);
        let signs = self.rules.tokens.keys().signing().is_some();
        let (gives, takes) = (true, false);
        [
            (gives, obtain::endpoint(&desk)),
            (gives, refresh::endpoint(&desk)),
            (takes, verify::endpoint(&desk)),
            (takes, blacklist::endpoint(&desk)),
            (gives, sliding::obtain_endpoint(&desk)),
            (gives, sliding::refresh_endpoint(&desk)),
        ]
        .into_iter()
        .filter(|(gives, _)| signs || !gives)
        .map(|(_, endpoint)| endpoint)
        .filter(|endpoint| !endpoint.path.is_empty())
        .map(|endpoint| endpoint.challenging(challenge.clone()).grouped("simple_jwt"))
        .collect()
    }

    /// The guard of protected endpoints.
    #[must_use]
    pub fn authentication(&self, authority: &Authority, mode: Mode) -> JwtAuthentication {
        JwtAuthentication::new(authority.clone(), self.rules.clone(), mode)
    }
}

/// What every endpoint of the dialect works with.
struct Desk {
    authority: Authority,
    dialect: SimpleJwt,
}

impl Desk {
    fn rules(&self) -> &SimpleJwtRules {
        &self.dialect.rules
    }

    /// The fields of a login. White space around a password is cut off unless the settings keep it.
    fn login_fields(&self) -> Vec<Field> {
        let password = Field::password("password").trimmed(self.rules().passwords.strip_whitespace);
        vec![Field::text(self.dialect.username_field.clone()), password]
    }

    fn credentials<'a>(&self, call: &'a Call<'_>) -> Credentials<'a> {
        Credentials {
            username: call.text(&self.dialect.username_field),
            password: Secret::from(call.text("password")),
        }
    }
}

/// What a token is refused with, the commonest reasons.
fn token_failures() -> impl Iterator<Item = Failure> {
    ["Token is invalid", "Token is expired", "Token is blacklisted", "Token has wrong type"]
        .map(|words| Failure::code(StatusCode::UNAUTHORIZED, words, "token_not_valid"))
        .into_iter()
}

/// What the user of a good token is refused with.
const USER_FAILURES: [Failure; 2] = [
    Failure::detail(StatusCode::UNAUTHORIZED, "No active account found for the given token."),
    Failure::code(StatusCode::UNAUTHORIZED, "The user's password has been changed.", "password_changed"),
];

const LOGIN_FAILURE: Failure =
    Failure::detail(StatusCode::UNAUTHORIZED, "No active account found with the given credentials");

/// simplejwt's `InvalidToken`: 401 with the reason.
fn invalid(error: &TokenError) -> Answer {
    Answer::code(StatusCode::UNAUTHORIZED, &error.to_string(), "token_not_valid")
}

/// 401 for a login. simplejwt sends no code along.
fn no_active_account() -> Answer {
    Answer::detail(StatusCode::UNAUTHORIZED, "No active account found with the given credentials")
}

/// 401 for a token whose user may not log in either. simplejwt sends no code along.
fn no_active_account_for_token() -> Answer {
    Answer::detail(StatusCode::UNAUTHORIZED, "No active account found for the given token.")
}

/// 401 for a token from before the password was changed.
fn password_changed() -> Answer {
    Answer::code(StatusCode::UNAUTHORIZED, "The user's password has been changed.", "password_changed")
}
