//! `JWT_AUTH`, parsed into types that cannot be wrong.

use crate::clock::SignedDuration;
use crate::declared::DeclaredClaims;
use crate::settings::Audience;

/// Which package is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// djangorestframework-jwt 1.11.
    Original,
    /// drf-jwt 1.19, its fork.
    Fork,
}

/// `JWT_TOKEN_ID`: what becomes of token ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenId {
    /// Tokens have none, and an id means nothing.
    Off,
    /// Tokens have one, and need none.
    Include,
    /// Tokens have one, and are refused without.
    Require,
}

/// `JWT_AUTH`: how tokens are made and checked. Names are the packages', in lower case without the prefix.
#[derive(Clone, Debug, PartialEq)]
pub struct JwtAuth {
    /// Ours: the order of the claims, and the dialect's words.
    pub profile: Profile,
    /// `JWT_TOKEN_ID`. `Include` for drf-jwt; djangorestframework-jwt has no ids.
    pub token_id: TokenId,
    /// Ours, for `JWT_GET_USER_SECRET_KEY`: each user has keys of their own, made of the keys and the user's
    /// password hash, so that a change of the password ends the tokens.
    pub user_secret: bool,
    /// `JWT_AUDIENCE`: written into tokens and demanded of them. `None`: a token that names one is refused.
    pub audience: Option<Audience>,
    /// `JWT_ISSUER`: written into tokens and demanded of them.
    pub issuer: Option<String>,
    /// `JWT_LEEWAY` for `exp`, `iat` and `nbf`. Zero.
    pub leeway: SignedDuration,
    /// `JWT_VERIFY_EXPIRATION`: off, a token is good for ever. It must still have an end.
    pub verify_expiration: bool,
    /// `JWT_EXPIRATION_DELTA`, 5 minutes.
    pub expiration_delta: SignedDuration,
    /// `JWT_ALLOW_REFRESH`. On for drf-jwt, off for djangorestframework-jwt.
    pub allow_refresh: bool,
    /// `JWT_REFRESH_EXPIRATION_DELTA` after the first login, 7 days.
    pub refresh_expiration_delta: SignedDuration,
    /// `JWT_PAYLOAD_INCLUDE_USER_ID`: tokens say the user's primary key. They are never read by it.
    pub payload_include_user_id: bool,
    /// Ours: users have a mail address. djangorestframework-jwt writes it into tokens where they do.
    pub has_email: bool,
    /// Ours, for `JWT_PAYLOAD_HANDLER`: claims beyond those of the package.
    pub payload: DeclaredClaims,
    /// Ours: tokens of impersonation say in `act` who acts (RFC 8693 §4.1).
    pub impersonation_actor: bool,
    /// `JWT_DELETE_STALE_BLACKLISTED_TOKENS`: each new entry of the blacklist removes those that have ended.
    pub delete_stale_blacklisted_tokens: bool,
    /// The claim by which the `simple_jwt` dialect marks its tokens. A token that has it lets nobody in here.
    pub simple_jwt_type_claim: Option<String>,
}

impl JwtAuth {
    /// The names that [`payload`](Self::payload) may not take: those that decide who it is, until when and in
    /// which line, and those that PyJWT checks.
    pub const RESERVED_CLAIMS: [&str; 13] = [
        "username",
        "user_id",
        "exp",
        "iat",
        "nbf",
        "jti",
        "orig_iat",
        "orig_jti",
        "aud",
        "iss",
        "sub",
        "act",
        "token_type",
    ];

    /// The defaults of a package.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let is_fork = profile == Profile::Fork;
        Self {
            profile,
            token_id: if is_fork { TokenId::Include } else { TokenId::Off },
            user_secret: false,
            audience: None,
            issuer: None,
            leeway: SignedDuration::ZERO,
            verify_expiration: true,
            expiration_delta: SignedDuration::from_mins(5),
            allow_refresh: is_fork,
            refresh_expiration_delta: SignedDuration::from_hours(7 * 24),
            payload_include_user_id: true,
            has_email: true,
            payload: DeclaredClaims::default(),
            impersonation_actor: false,
            delete_stale_blacklisted_tokens: false,
            simple_jwt_type_claim: Some("token_type".to_owned()),
        }
    }
}
