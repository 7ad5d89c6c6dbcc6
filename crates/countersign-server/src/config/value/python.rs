//! Settings that name Python in Django.
//!
//! What the packages have themselves is accepted, by the last word of its path, and means what this program
//! does anyway. Anything else is somebody's own Python: refused, with the way to the same end here.

use super::{Given, Value};
use crate::config::fault::Wrong;
use serde_json::json;

/// Declares a setting that accepts the packages' own values only.
macro_rules! stock {
    ($(#[doc = $doc:literal])* $Name:ident accepts [$($word:literal),*], else $remedy:literal;) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Name;

        impl Value for $Name {
            const KIND: &'static str = "the packages' own, by name";

            fn schema() -> serde_json::Value {
                json!({ "type": "string", "pattern": concat!("(^|\\.)(", $($word, "|",)* "_)$") })
            }

            fn read(given: Given<'_>) -> Result<Self, Wrong> {
                let path = given.as_str().ok_or_else(|| given.is_not("the name of Python code", $remedy))?;
                match path.rsplit('.').next() {
                    $(Some($word) => Ok(Self),)*
                    _ => Err(Wrong::new(format!("names {path:?}, which is Python of your own"), $remedy)),
                }
            }
        }
    };
}

stock! {
    /// `USER_AUTHENTICATION_RULE`: users exist and, by `check_user_is_active`, are active.
    StockRule accepts ["default_user_authentication_rule"],
    else "remove it; check_user_is_active and [passwords] allow_inactive decide who may log in";
}
stock! {
    /// `TOKEN_USER_CLASS`.
    TokenUserClass accepts ["TokenUser"],
    else "remove it; [simple_jwt.claims] puts what services need into the token";
}
stock! {
    /// `TOKEN_OBTAIN_SERIALIZER`.
    StockObtain accepts ["TokenObtainPairSerializer"],
    else "remove it; [simple_jwt.claims] adds claims: email = \"user.email\"";
}
stock! {
    /// `TOKEN_REFRESH_SERIALIZER`.
    StockRefresh accepts ["TokenRefreshSerializer"],
    else "remove it; [simple_jwt.claims] adds claims, read again at each refresh";
}
stock! {
    /// `TOKEN_VERIFY_SERIALIZER`.
    StockVerify accepts ["TokenVerifySerializer"],
    else "remove it; audience, issuer and blacklist_after_rotation decide what verify looks at";
}
stock! {
    /// `TOKEN_BLACKLIST_SERIALIZER`.
    StockBlacklist accepts ["TokenBlacklistSerializer"],
    else "remove it; the endpoint blacklists the refresh token it is given";
}
stock! {
    /// `SLIDING_TOKEN_OBTAIN_SERIALIZER`.
    StockSlidingObtain accepts ["TokenObtainSlidingSerializer"],
    else "remove it; [simple_jwt.claims] adds claims: email = \"user.email\"";
}
stock! {
    /// `SLIDING_TOKEN_REFRESH_SERIALIZER`.
    StockSlidingRefresh accepts ["TokenRefreshSlidingSerializer"],
    else "remove it; [simple_jwt.claims] adds claims, read again at each refresh";
}
stock! {
    /// `JWT_ENCODE_HANDLER`.
    EncodeHandler accepts ["jwt_encode_handler", "jwt_encode_payload"],
    else "remove it; algorithm and secret_key decide how tokens are signed";
}
stock! {
    /// `JWT_DECODE_HANDLER`.
    DecodeHandler accepts ["jwt_decode_handler", "jwt_decode_token"],
    else "remove it; algorithm, audience, issuer and leeway decide what is accepted";
}
stock! {
    /// `JWT_PAYLOAD_HANDLER`.
    PayloadHandler accepts ["jwt_payload_handler", "jwt_create_payload"],
    else "remove it; [jwt_auth.payload] adds claims: email = \"user.email\"";
}
stock! {
    /// `JWT_PAYLOAD_GET_USERNAME_HANDLER`.
    UsernameHandler accepts ["jwt_get_username_from_payload_handler"],
    else "remove it; users are found by the username claim";
}
stock! {
    /// `JWT_PAYLOAD_GET_USER_ID_HANDLER`.
    UserIdHandler accepts ["jwt_get_user_id_from_payload_handler"],
    else "remove it; users are found by the username claim";
}
stock! {
    /// `JWT_RESPONSE_PAYLOAD_HANDLER`.
    ResponsePayloadHandler accepts ["jwt_response_payload_handler", "jwt_create_response_payload"],
    else "remove it; response lists what the answer has: response = [\"token\", \"user.username\"]";
}
stock! {
    /// `CSRF_FAILURE_VIEW`.
    CsrfFailureView accepts ["csrf_failure"],
    else "remove it; the answer to a CSRF failure cannot be changed";
}
