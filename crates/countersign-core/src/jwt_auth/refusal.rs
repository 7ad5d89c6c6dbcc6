//! Why a token is refused.

use crate::claims::ClaimsError;
use crate::jws::JwsError;

/// Why a token is refused. The dialect has words for each, of its profile and of the place where it happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It cannot be read, or its signature does not match: PyJWT's `DecodeError`.
    #[error("the token cannot be read or its signature does not match")]
    Undecodable,
    /// Its `exp` has come: PyJWT's `ExpiredSignatureError`.
    #[error("the token is expired")]
    Expired,
    /// Another algorithm, key, time, audience or issuer, or no `exp`: PyJWT's `InvalidTokenError`.
    #[error("the token is not meant for here and now")]
    Invalid,
    /// It names nobody, or is a token of another dialect.
    #[error("the token has no username")]
    NoUsername,
    /// It has no id, and must.
    #[error("the token has no id")]
    NoTokenId,
    /// This id, its own or that of its line, is no UUID, so no blacklist can hold it.
    #[error("the token's id is not a UUID")]
    NotUuid(String),
    /// It, or the line it belongs to, was ended.
    #[error("the token is blacklisted")]
    Blacklisted,
    /// It names somebody who does not exist.
    #[error("the token's user does not exist")]
    UserUnknown,
    /// Its user is not active.
    #[error("the token's user is not active")]
    UserInactive,
}

impl From<JwsError> for Refusal {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed | JwsError::Unencoded | JwsError::Signature => Self::Undecodable,
            JwsError::Unsupported | JwsError::Algorithm | JwsError::UnknownKey => Self::Invalid,
        }
    }
}

impl From<ClaimsError> for Refusal {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::Malformed | ClaimsError::Expiry => Self::Undecodable,
            ClaimsError::Expired => Self::Expired,
            ClaimsError::IssuedAt
            | ClaimsError::NotBefore
            | ClaimsError::Issuer
            | ClaimsError::Audience
            | ClaimsError::Subject
            | ClaimsError::Id => Self::Invalid,
        }
    }
}
