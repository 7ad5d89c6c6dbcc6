//! What the endpoints have in common for those who read about them.

use super::Desk;
use super::transport::REFRESH_TOKEN;
use crate::endpoint::{Credential, Failure, Field, Member, MemberKind, Success};
use http::StatusCode;

/// The user in an answer: the recipe's serializer.
pub(super) const USER: Member = user(&[
    Member::new("id", MemberKind::PrimaryKey),
    Member::text("username"),
    Member::text("email"),
    Member::text("first_name"),
    Member::new("is_active", MemberKind::Boolean),
]);

/// The same where the table lacks one of the columns.
pub(super) const USER_IN_PART: Member = user(&[
    Member::new("id", MemberKind::PrimaryKey),
    Member::text("username"),
    Member::text("email").optional(),
    Member::text("first_name").optional(),
    Member::new("is_active", MemberKind::Boolean),
]);

const fn user(members: &'static [Member]) -> Member {
    Member::new("user", MemberKind::Members(members))
}

/// Where the refresh token goes.
pub(super) fn transport() -> Field {
    Field::choice("transport", &["cookie", "body"]).optional()
}

/// What is read by endpoints that take a refresh token: nothing where it comes in the cookie.
pub(super) fn token_in_body() -> Vec<Field> {
    vec![Field::token(REFRESH_TOKEN).optional(), transport()]
}

impl Desk {
    /// Of two descriptions of an answer with a user, the one that fits the table.
    pub(super) fn with_user(&self, whole: Success, in_part: Success) -> Success {
        let columns = self.dialect.user_columns;
        if columns.email && columns.first_name { whole } else { in_part }
    }

    /// The cookies that answers set.
    pub(super) fn cookie_names(&self) -> [String; 2] {
        [self.dialect.cookie.name().to_owned(), self.dialect.csrf.cookie().name().to_owned()]
    }

    /// By what the session is known: the cookie with the CSRF token, or a token in the body.
    pub(super) fn cookie_credentials(&self) -> Vec<Vec<Credential>> {
        let csrf = &self.dialect.csrf;
        let cookie = Credential::in_cookie("cookie_auth_refresh", self.dialect.cookie.name());
        let token = Credential::csrf("csrf", csrf.header_name().clone(), csrf.cookie().name());
        vec![vec![cookie, token], Vec::new()]
    }

    /// What a login is refused with.
    pub(super) fn login_failures(&self) -> Vec<Failure> {
        let wrong = if self.dialect.strict_peer {
            "wrong password"
        } else {
            "No active account found with the given credentials"
        };
        vec![
            self.failure("username and password required"),
            self.failure(wrong),
            TRANSPORT,
            Failure::detail(StatusCode::FORBIDDEN, "CSRF Failed: Origin checking failed."),
        ]
    }

    /// What a refresh token is refused with.
    pub(super) fn refresh_failures(&self) -> Vec<Failure> {
        vec![
            self.failure("Authentication credentials were not provided."),
            self.failure("expired refresh token, please login again."),
            self.failure("Token is blacklisted"),
            Failure::field(REFRESH_TOKEN, "This field is required."),
            TRANSPORT,
            Failure::detail(StatusCode::FORBIDDEN, "CSRF Failed: CSRF token missing."),
        ]
    }

    /// What a token in the header is refused with.
    pub(super) fn header_failures(&self) -> Vec<Failure> {
        let mut failures = vec![
            self.failure("Authentication credentials were not provided."),
            self.failure("Token prefix missing"),
            self.failure("access_token expired"),
            self.failure("User not found"),
        ];
        if self.dialect.strict_peer {
            failures.push(Failure::detail(StatusCode::FORBIDDEN, "CSRF Failed: CSRF token missing."));
        }
        failures
    }

    /// 401, or the recipe's 403.
    fn failure(&self, words: &'static str) -> Failure {
        let strict = self.dialect.strict_peer;
        Failure::detail(if strict { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED }, words)
    }
}

const TRANSPORT: Failure =
    Failure::field("transport", "A browser gets the refresh token in a cookie, where no script can read it.");
