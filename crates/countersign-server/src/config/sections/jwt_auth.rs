use crate::config::setting::{Advice, section};
use crate::config::value::{
    DecodeHandler, EncodeHandler, EndpointPath, KeySet, PayloadHandler, Profile, ResponsePayloadHandler,
    SameSite, SignaturesVerified, TokenId, UserIdHandler, UsernameHandler,
};
use countersign_core::clock::SignedDuration;
use countersign_core::declared::DeclaredClaims;
use countersign_core::jws::Algorithm;
use countersign_core::settings::Audience;

section! {
    /// `JWT_AUTH`: the dialect of djangorestframework-jwt and of its fork drf-jwt.
    pub struct JwtAuth = "jwt_auth", advice ADVICE;

    /// Serves the endpoints of this dialect and accepts its tokens.
    enabled: bool = true, Ours;
    /// Which package is followed: `djangorestframework-jwt` (1.11) or `drf-jwt` (1.19).
    profile: Profile = "djangorestframework-jwt", Ours;

    /// One key, a list (the first signs, all verify), or a table by key id. Unset: the `secret_key` before
    /// the first section.
    secret_key: Option<KeySet> = unset, ByRule;
    /// The private key of algorithms with a key pair, as PEM text or JWK: one, a list (the first signs, all verify), or
    /// a table by key id.
    private_key: Option<KeySet> = unset, ByRule;
    /// Public keys that verify as well: one, a list, or a table by key id; a JWK set too. Alone for a server that only
    /// verifies. The public half of `private_key` need not be repeated.
    public_key: Option<KeySet> = unset, ByRule;
    /// How tokens are signed, by the names of `[simple_jwt] algorithm`. A list: the first signs, all are accepted.
    algorithm: Vec<Algorithm> = ["HS256"], ByRule;
    /// With keys by id, a token without one is refused.
    insist_on_kid: bool = false, ByRule;
    /// Each user has a key of their own, which a change of the password changes.
    user_secret: bool = false, Ours;
    /// Whether tokens have ids: `off`, `include` or `require`.
    token_id: TokenId = "include", ByRule;
    /// Written into tokens as `aud`, and demanded of them.
    audience: Option<Audience> = unset, ByRule;
    /// Written into tokens as `iss`, and demanded of them.
    issuer: Option<String> = unset, ByRule;
    /// How far clocks may differ.
    leeway: SignedDuration = 0, ByRule;
    /// Signatures are verified. They always are.
    verify: SignaturesVerified = true, ByRule;
    /// Expired tokens are refused. `false` accepts them for ever.
    verify_expiration: bool = true, ByRule;
    /// How long a token is good for.
    expiration_delta: SignedDuration = "5m", ByRule;
    /// Tokens can be refreshed. Unset: as the profile's package, which is no for djangorestframework-jwt.
    allow_refresh: Option<bool> = unset, ByRule;
    /// How long after the first login tokens can be refreshed.
    refresh_expiration_delta: SignedDuration = "7d", ByRule;

    /// The word before the token in the header, or several. Unset: `JWT`, or `Bearer` for drf-jwt.
    auth_header_prefix: Option<Vec<String>> = unset, ByRule;
    /// Tokens say the user's id.
    payload_include_user_id: bool = true, ByRule;
    /// Claims to add to every token, as `[simple_jwt.claims]`.
    payload: DeclaredClaims = {}, Ours;
    /// What the answers have, in this order: `token`, `expires_in`, `user.NAME`. Unset: as the profile's
    /// package.
    response: Option<Vec<String>> = unset, Ours;

    /// A cookie that carries the token too.
    auth_cookie: Option<String> = unset, ByRule;
    /// Its `Domain`.
    auth_cookie_domain: Option<String> = unset, ByRule;
    /// Its `Path`.
    auth_cookie_path: String = "/", ByRule;
    /// Its `Secure`.
    auth_cookie_secure: bool = true, ByRule;
    /// Its `SameSite`.
    auth_cookie_samesite: SameSite = "Lax", ByRule;
    /// Requests that the cookie authenticates must bring the CSRF token, which comes with it.
    csrf_token: bool = false, Ours;
    /// A cookie for the token of an impersonated user.
    impersonation_cookie: Option<String> = unset, ByRule;
    /// Tokens of impersonation say in `act` who acts.
    impersonation_actor: bool = false, Ours;
    /// Each new entry of the blacklist removes the expired ones.
    delete_stale_blacklisted_tokens: bool = false, ByRule;
    /// Protected endpoints also accept tokens of the `simple_jwt` dialect.
    accept_simple_jwt: bool = false, Ours;

    /// The packages' own only.
    encode_handler: EncodeHandler = "rest_framework_jwt.utils.jwt_encode_handler", ByRule;
    /// The packages' own only.
    decode_handler: DecodeHandler = "rest_framework_jwt.utils.jwt_decode_handler", ByRule;
    /// The packages' own only; `payload` adds claims.
    payload_handler: PayloadHandler = "rest_framework_jwt.utils.jwt_payload_handler", ByRule;
    /// The packages' own only.
    payload_get_username_handler: UsernameHandler = "rest_framework_jwt.utils.jwt_get_username_from_payload_handler", ByRule;
    /// The packages' own only.
    payload_get_user_id_handler: UserIdHandler = "rest_framework_jwt.utils.jwt_get_user_id_from_payload_handler", ByRule;
    /// The packages' own only; `response` shapes the answer.
    response_payload_handler: ResponsePayloadHandler = "rest_framework_jwt.utils.jwt_response_payload_handler", ByRule;

    /// Where a token is obtained. An empty path removes the endpoint; so for all of them.
    obtain_path: Option<EndpointPath> = "/api-token-auth/", Ours;
    /// Where a token is refreshed.
    refresh_path: Option<EndpointPath> = "/api-token-refresh/", Ours;
    /// Where a token is verified.
    verify_path: Option<EndpointPath> = "/api-token-verify/", Ours;
    /// Where a superuser becomes another user. Profile drf-jwt.
    impersonate_path: Option<EndpointPath> = "/api-token-impersonate/", Ours;
    /// Where tokens are ended. Profile drf-jwt.
    blacklist_path: Option<EndpointPath> = "/api-token-blacklist/", Ours;
    /// Where a token is exchanged for a pair of the `simple_jwt` dialect, once, such as `/api/token/exchange/`: so
    /// that clients can move one by one. Needs the blacklist. Unset: nowhere.
    exchange_path: Option<EndpointPath> = unset, Ours;
}

impl JwtAuth {
    /// The endpoints' paths, by the names of their settings; none where the dialect is off, and those of drf-jwt
    /// only with its profile.
    #[must_use]
    pub fn paths(&self) -> Vec<(&'static str, Option<&EndpointPath>)> {
        let all = [
            ("obtain_path", &self.obtain_path, true),
            ("refresh_path", &self.refresh_path, true),
            ("verify_path", &self.verify_path, true),
            ("impersonate_path", &self.impersonate_path, self.profile == Profile::Fork),
            ("blacklist_path", &self.blacklist_path, self.profile == Profile::Fork),
            ("exchange_path", &self.exchange_path, true),
        ];
        let served = all.into_iter().filter(|(_, _, is_served)| self.enabled && *is_served);
        served.map(|(name, path, _)| (name, path.as_ref())).collect()
    }
}

const ADVICE: &[Advice] = &[
    Advice {
        name: "auth_token_classes",
        what: "is a setting that neither djangorestframework-jwt nor drf-jwt ever had, whatever a guide says",
        remedy: "remove it; simplejwt's setting is [simple_jwt] auth_token_classes",
    },
    Advice {
        name: "get_user_secret_key",
        what: "names Python code, which this program does not run",
        remedy: "use user_secret = true: a key for each user, which a change of the password changes",
    },
];

#[cfg(test)]
mod tests {
    use super::ADVICE;
    use crate::config::sections::TABLES;

    /// `rest_framework_jwt.settings.DEFAULTS` of drf-jwt 1.19.2, and the one that only djangorestframework-jwt 1.11.0 has.
    const DEFAULTS: [&str; 31] = [
        "JWT_SECRET_KEY",
        "JWT_GET_USER_SECRET_KEY",
        "JWT_PRIVATE_KEY",
        "JWT_PUBLIC_KEY",
        "JWT_ALGORITHM",
        "JWT_INSIST_ON_KID",
        "JWT_TOKEN_ID",
        "JWT_AUDIENCE",
        "JWT_ISSUER",
        "JWT_ENCODE_HANDLER",
        "JWT_DECODE_HANDLER",
        "JWT_PAYLOAD_HANDLER",
        "JWT_PAYLOAD_GET_USERNAME_HANDLER",
        "JWT_PAYLOAD_INCLUDE_USER_ID",
        "JWT_VERIFY",
        "JWT_VERIFY_EXPIRATION",
        "JWT_LEEWAY",
        "JWT_EXPIRATION_DELTA",
        "JWT_ALLOW_REFRESH",
        "JWT_REFRESH_EXPIRATION_DELTA",
        "JWT_AUTH_HEADER_PREFIX",
        "JWT_RESPONSE_PAYLOAD_HANDLER",
        "JWT_AUTH_COOKIE",
        "JWT_AUTH_COOKIE_DOMAIN",
        "JWT_AUTH_COOKIE_PATH",
        "JWT_AUTH_COOKIE_SECURE",
        "JWT_AUTH_COOKIE_SAMESITE",
        "JWT_IMPERSONATION_COOKIE",
        "JWT_DELETE_STALE_BLACKLISTED_TOKENS",
        "JWT_PAYLOAD_GET_USER_ID_HANDLER",
        // No version has it; a guide does.
        "JWT_AUTH_TOKEN_CLASSES",
    ];

    #[test]
    fn no_setting_of_either_package_is_missing() {
        let table = TABLES.iter().find(|table| table.name == "jwt_auth").expect("it is a section");
        for name in DEFAULTS {
            let own = name.strip_prefix("JWT_").expect("all begin so").to_lowercase();
            let is_advised = ADVICE.iter().any(|advice| advice.name == own);
            assert!(is_advised || table.setting(&own).is_some(), "{name}");
        }
    }
}
