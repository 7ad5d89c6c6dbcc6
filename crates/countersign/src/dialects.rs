//! The dialects: each translates between a wire that clients already speak and the core.

pub mod cookie_auth;
mod csrf_handout;
pub(crate) mod demo;
pub mod jwt_auth;
pub(crate) mod sessions;
pub mod simple_jwt;

use crate::rest::Answer;
use countersign_core::authority::Trouble;

/// What a client is told when the database or the hashing pool could not do its part: the same in every dialect.
pub(crate) fn trouble(trouble: &Trouble) -> Answer {
    match trouble {
        Trouble::Store(_) => Answer::store_unavailable(trouble),
        Trouble::Overloaded(overloaded) => Answer::unavailable(overloaded.retry_after, trouble),
        Trouble::TokenTooLong(_) => Answer::server_error(trouble),
    }
}
