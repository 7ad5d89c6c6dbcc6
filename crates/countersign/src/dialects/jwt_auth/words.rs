//! What both packages say, letter for letter.

use crate::endpoint::Failure;
use crate::rest::Answer;
use countersign_core::jwt_auth::{Profile, Refusal};
use http::StatusCode;

/// The words of a profile.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Profile);

impl Words {
    /// Why a token that was sent in a body is refused.
    pub(super) fn of_body(self, refusal: &Refusal) -> String {
        let words = match (self.0, refusal) {
            (Profile::Fork, Refusal::NotUuid(id)) => return format!("“{id}” is not a valid UUID."),
            (_, Refusal::UserUnknown) => "User doesn't exist.",
            (Profile::Fork, Refusal::NoUsername) => "Invalid token.",
            // djangorestframework-jwt fails with a server error here.
            (Profile::Original, Refusal::Invalid | Refusal::NoTokenId | Refusal::NotUuid(_)) => {
                "Error decoding signature."
            }
            _ => self.of_view(refusal),
        };
        words.to_owned()
    }

    /// Why a token does not authenticate a request.
    fn of_view(self, refusal: &Refusal) -> &'static str {
        match (self.0, refusal) {
            (Profile::Original, Refusal::Undecodable) => "Error decoding signature.",
            (Profile::Fork, Refusal::Undecodable) => "Error decoding token.",
            (Profile::Original, Refusal::Expired) => "Signature has expired.",
            (Profile::Fork, Refusal::Expired) => "Token has expired.",
            (Profile::Original, Refusal::UserUnknown) => "Invalid signature.",
            (_, Refusal::NoUsername) => "Invalid payload.",
            (_, Refusal::Blacklisted) => "Token is blacklisted.",
            (_, Refusal::UserInactive) => "User account is disabled.",
            (Profile::Original, _) => "Incorrect authentication credentials.",
            (Profile::Fork, _) => "Invalid token.",
        }
    }

    /// The answer to a request that a token does not authenticate. drf-jwt knows who it was where a token is
    /// blacklisted, and forbids; the original package has no blacklist, and its clients know 401 alone.
    pub(super) fn refuse(self, refusal: &Refusal) -> Answer {
        let status = match (self.0, refusal) {
            (Profile::Fork, Refusal::Blacklisted) => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        };
        Answer::detail(status, self.of_view(refusal))
    }

    /// What a token that was sent in a body is refused with, for descriptions.
    pub(super) fn failures(self) -> impl Iterator<Item = Failure> {
        let refusals = [
            Refusal::Undecodable,
            Refusal::Expired,
            Refusal::NoUsername,
            Refusal::UserUnknown,
            Refusal::UserInactive,
            Refusal::Blacklisted,
        ];
        refusals
            .into_iter()
            .map(move |refusal| Failure { words: self.of_body(&refusal).into(), ..Failure::non_field("") })
    }

    /// What a request is refused with that a token does not authenticate, for descriptions.
    pub(super) fn guard_failures(self) -> Vec<Failure> {
        let refused = |refusal| Failure::detail(StatusCode::UNAUTHORIZED, self.of_view(refusal));
        let mut failures = vec![
            NOT_PROVIDED,
            refused(&Refusal::Undecodable),
            refused(&Refusal::Expired),
            refused(&Refusal::UserInactive),
        ];
        if self.0 == Profile::Fork {
            failures.push(Failure::detail(StatusCode::FORBIDDEN, "Token is blacklisted."));
        }
        failures
    }

    pub(super) const fn no_orig_iat(self) -> &'static str {
        match self.0 {
            Profile::Original => "orig_iat field is required.",
            Profile::Fork => "orig_iat field not found in token.",
        }
    }
}

pub(super) const WRONG_CREDENTIALS: &str = "Unable to log in with provided credentials.";
pub(super) const USER_DISABLED: &str = "User account is disabled.";
pub(super) const REFRESH_EXPIRED: &str = "Refresh has expired.";

const NOT_PROVIDED: Failure =
    Failure::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.");
/// What somebody is refused with who is known, but may not.
pub(super) const FORBIDDEN: Failure =
    Failure::detail(StatusCode::FORBIDDEN, "You do not have permission to perform this action.");

pub(super) fn not_provided() -> Answer {
    Answer::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.")
}

pub(super) fn forbidden() -> Answer {
    Answer::detail(StatusCode::FORBIDDEN, "You do not have permission to perform this action.")
}
