//! Settings, parsed into types that cannot be wrong. Names are Django's, in lower case.

use crate::clock::SignedDuration;
use crate::declared::DeclaredClaims;
use crate::json::Value;
use crate::store::Limits;
use crate::token::TokenClass;

/// `SIMPLE_JWT`: how tokens of the `simple_jwt` dialect are made and checked. The defaults are simplejwt's.
#[derive(Clone, Debug, PartialEq)]
pub struct SimpleJwt {
    /// `ACCESS_TOKEN_LIFETIME`, 5 minutes.
    pub access_token_lifetime: SignedDuration,
    /// `REFRESH_TOKEN_LIFETIME`, 1 day.
    pub refresh_token_lifetime: SignedDuration,
    /// `ROTATE_REFRESH_TOKENS`: each refresh gives a new refresh token too.
    pub rotate_refresh_tokens: bool,
    /// `BLACKLIST_AFTER_ROTATION`: and ends the old one. Also makes `verify` look at the blacklist.
    pub blacklist_after_rotation: bool,
    /// `UPDATE_LAST_LOGIN`: obtaining tokens sets the user's `last_login`.
    pub update_last_login: bool,
    /// `AUDIENCE`: written into tokens and demanded of them.
    pub audience: Option<Audience>,
    /// `ISSUER`: written into tokens and demanded of them.
    pub issuer: Option<String>,
    /// `LEEWAY` for `exp`, `iat`, `nbf` and `refresh_exp`. Zero.
    pub leeway: SignedDuration,
    /// `AUTH_HEADER_TYPES`: the words before the token; the first stands in `WWW-Authenticate`. Never empty.
    pub auth_header_types: Vec<String>,
    /// `AUTH_HEADER_NAME`, as a header name in lower case: `authorization`.
    pub auth_header_name: String,
    /// `USER_ID_FIELD`: `id`, `username` or `email`.
    pub user_id_field: String,
    /// `USER_ID_CLAIM`: `user_id`.
    pub user_id_claim: String,
    /// `AUTH_TOKEN_CLASSES`: which kinds authenticate a request. Never empty.
    pub auth_token_classes: Vec<TokenClass>,
    /// `TOKEN_TYPE_CLAIM`; `None` leaves the claim and its check out.
    pub token_type_claim: Option<String>,
    /// `JTI_CLAIM`; `None` leaves the claim out, and with it whatever needs a token's id.
    pub jti_claim: Option<String>,
    /// `SLIDING_TOKEN_REFRESH_EXP_CLAIM`: `refresh_exp`.
    pub sliding_token_refresh_exp_claim: String,
    /// `SLIDING_TOKEN_LIFETIME`, 5 minutes.
    pub sliding_token_lifetime: SignedDuration,
    /// `SLIDING_TOKEN_REFRESH_LIFETIME`, 1 day.
    pub sliding_token_refresh_lifetime: SignedDuration,
    /// `CHECK_REVOKE_TOKEN`: tokens carry a digest of the password hash and end when it changes.
    pub check_revoke_token: bool,
    /// `REVOKE_TOKEN_CLAIM`: `hash_password`.
    pub revoke_token_claim: String,
    /// `CHECK_USER_IS_ACTIVE`: inactive users are refused.
    pub check_user_is_active: bool,
    /// Ours: how long after its use a refresh token still gets the same successor. Zero.
    pub rotation_grace: SignedDuration,
    /// Ours: a reuse after the grace ends the whole family. Off.
    pub reuse_detection: bool,
    /// Ours: claims that tokens carry beside simplejwt's. None.
    pub claims: DeclaredClaims,
    /// Ours: when sessions end.
    pub sessions: Sessions,
}

/// When sessions end, besides with their tokens. The defaults are as near to what the peers do as is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// How long they last. As long as their tokens.
    pub limits: Limits,
    /// Whether the refresh tokens of a session end when the user has another password, whoever changed it. On.
    pub end_on_password_change: bool,
    /// Whether an access token is looked at for its session wherever its user is looked up, so that it ends with the
    /// session. Off: it lasts until its own end, as with the peers.
    pub check_access_tokens: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { limits: Limits::default(), end_on_password_change: true, check_access_tokens: false }
    }
}

impl SimpleJwt {
    /// The names that [`claims`](Self::claims) may not take: those that PyJWT checks (RFC 7519 §4.1), and
    /// those that these settings give a meaning.
    #[must_use]
    pub fn reserved_claims(&self) -> Vec<&str> {
        let optional = [self.token_type_claim.as_deref(), self.jti_claim.as_deref()];
        let named = [&self.user_id_claim, &self.sliding_token_refresh_exp_claim, &self.revoke_token_claim];
        ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]
            .into_iter()
            .chain(optional.into_iter().flatten())
            .chain(named.into_iter().map(String::as_str))
            .collect()
    }
}

impl Default for SimpleJwt {
    fn default() -> Self {
        Self {
            access_token_lifetime: SignedDuration::from_mins(5),
            refresh_token_lifetime: SignedDuration::from_hours(24),
            rotate_refresh_tokens: false,
            blacklist_after_rotation: false,
            update_last_login: false,
            audience: None,
            issuer: None,
            leeway: SignedDuration::ZERO,
            auth_header_types: vec!["Bearer".to_owned()],
            auth_header_name: "authorization".to_owned(),
            user_id_field: "id".to_owned(),
            user_id_claim: "user_id".to_owned(),
            auth_token_classes: vec![TokenClass::Access],
            token_type_claim: Some("token_type".to_owned()),
            jti_claim: Some("jti".to_owned()),
            sliding_token_refresh_exp_claim: "refresh_exp".to_owned(),
            sliding_token_lifetime: SignedDuration::from_mins(5),
            sliding_token_refresh_lifetime: SignedDuration::from_hours(24),
            check_revoke_token: false,
            revoke_token_claim: "hash_password".to_owned(),
            check_user_is_active: true,
            rotation_grace: SignedDuration::ZERO,
            reuse_detection: false,
            claims: DeclaredClaims::default(),
            sessions: Sessions::default(),
        }
    }
}

/// `AUDIENCE`: written as it was configured, a string or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One.
    One(String),
    /// Several: a token for any of them is accepted.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `name` is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(audience) => audience == name,
            Self::Many(audiences) => audiences.iter().any(|audience| audience == name),
        }
    }
}

impl From<&Audience> for Value {
    fn from(audience: &Audience) -> Self {
        match audience {
            Audience::One(name) => Self::from(name.as_str()),
            Audience::Many(names) => Self::from(names.clone()),
        }
    }
}

/// Which passwords are accepted and how new ones are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passwords {
    /// `PASSWORD_HASHERS`, by algorithm. The first makes new hashes; one that is not listed verifies nothing.
    /// Never empty.
    pub hashers: Vec<crate::password::Algorithm>,
    /// Which hashes of other software are read, and replaced at the first login.
    pub foreign_hashers: Vec<crate::password::Foreign>,
    /// Iterations of new PBKDF2 hashes.
    pub pbkdf2_iterations: u32,
    /// Whether outer white space is cut off a password, as both packages do.
    pub strip_whitespace: bool,
    /// Whether an inactive user may log in (`AllowAllUsersModelBackend`). The token rules still apply.
    pub allow_inactive: bool,
}

impl Default for Passwords {
    fn default() -> Self {
        use crate::password::Algorithm;
        Self {
            hashers: vec![
                Algorithm::Pbkdf2Sha256,
                Algorithm::Pbkdf2Sha1,
                Algorithm::Argon2,
                Algorithm::BcryptSha256,
                Algorithm::Scrypt,
            ],
            foreign_hashers: crate::password::Foreign::ALL.to_vec(),
            pbkdf2_iterations: 1_000_000,
            strip_whitespace: true,
            allow_inactive: false,
        }
    }
}
