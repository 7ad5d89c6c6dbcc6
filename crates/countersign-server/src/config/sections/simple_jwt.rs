use crate::config::setting::{Advice, section};
use crate::config::value::{
    EndpointPath, HeaderName, StockBlacklist, StockObtain, StockRefresh, StockRule, StockSlidingObtain,
    StockSlidingRefresh, StockVerify, TokenClasses, TokenUserClass,
};
use countersign_core::clock::SignedDuration;
use countersign_core::declared::DeclaredClaims;
use countersign_core::jws::Algorithm;
use countersign_core::secret::Secret;
use countersign_core::settings::{self, Audience};

section! {
    /// `SIMPLE_JWT`: the dialect of djangorestframework-simplejwt, with its own settings and defaults.
    pub struct SimpleJwt = "simple_jwt", advice ADVICE;

    /// Serves the endpoints of this dialect and accepts its tokens.
    enabled: bool = true, Ours;

    /// How long an access token is good for.
    access_token_lifetime: SignedDuration = "5m", ByRule;
    /// How long a refresh token is good for.
    refresh_token_lifetime: SignedDuration = "1d", ByRule;
    /// Each refresh gives a new refresh token too.
    rotate_refresh_tokens: bool = false or true, ByRule;
    /// Rotation ends the old refresh token. Verify then looks at the blacklist too.
    blacklist_after_rotation: bool = false or true, ByRule;
    /// How long after its rotation an old refresh token still gets the same successor: for clients that
    /// lost the answer or ask twice at once. At zero the second request is refused.
    rotation_grace: SignedDuration = "0s" or "10s", Ours;
    /// An old refresh token that comes back after the grace was stolen, or its successor was: every token of
    /// that login ends.
    reuse_detection: bool = false or true, Ours;
    /// Obtaining tokens sets the user's `last_login`.
    update_last_login: bool = false, ByRule;

    /// How tokens are signed: `HS256`, `RS256`, `PS256`, `ES256`, each also with 384 and 512, `ES256K`, `EdDSA` or
    /// `Ed25519`. No other algorithm is accepted.
    algorithm: Algorithm = "HS256", ByRule;
    /// Signs and verifies. For the HS algorithms a secret; unset: `secret_key`. For the others a private key, as PEM
    /// text or JWK, or a JWK set of which the first private key signs.
    signing_key: Option<Secret> = unset, ByRule;
    /// Verifies tokens of algorithms with a key pair: a public key as PEM text or JWK, or a JWK set. Alone, without
    /// `signing_key`, for a server that only verifies: endpoints that give tokens are then left out. The public half of
    /// `signing_key` need not be repeated.
    verifying_key: Option<Secret> = unset, ByRule;
    /// Where the public keys of algorithms with a key pair are found: a JWK set over HTTPS, asked for every five minutes
    /// and for an unknown key id. See docs/keys.md.
    jwk_url: Option<String> = unset, ByRule;
    /// Lets `jwk_url` lead to an address of a private network or of this machine, there without TLS too.
    jwk_url_allow_private: bool = false, Ours;
    /// Written into tokens as `aud`, and demanded of them. A list: any of them is accepted.
    audience: Option<Audience> = unset, ByRule;
    /// Written into tokens as `iss`, and demanded of them.
    issuer: Option<String> = unset, ByRule;
    /// How far clocks may differ: applies to `exp`, `iat`, `nbf` and the sliding token's second expiry.
    leeway: SignedDuration = 0, ByRule;

    /// The words before the token in the header. The first stands in `WWW-Authenticate`.
    auth_header_types: Vec<String> = ["Bearer"], ByRule;
    /// The header that carries the token, as `X-Access-Token` or `HTTP_X_ACCESS_TOKEN`.
    auth_header_name: HeaderName = "HTTP_AUTHORIZATION", ByRule;
    /// The user's column that tokens name: `id`, `username` or `email`.
    user_id_field: String = "id", ByRule;
    /// The claim that carries it.
    user_id_claim: String = "user_id", ByRule;
    /// Who may use tokens. The package's own rule only; `check_user_is_active` changes it.
    user_authentication_rule: StockRule = "rest_framework_simplejwt.authentication.default_user_authentication_rule", ByRule;
    /// Inactive users' tokens are refused.
    check_user_is_active: bool = true, ByRule;
    /// Which kinds of token authenticate a request.
    auth_token_classes: TokenClasses = ["rest_framework_simplejwt.tokens.AccessToken"], ByRule;
    /// The claim with the kind of token. `false` leaves it and its check out.
    token_type_claim: Option<String> = "token_type", ByRule;
    /// The claim with the token's id. `false` leaves it out, and with it rotation and the blacklist.
    jti_claim: Option<String> = "jti", ByRule;
    /// The user that a token alone makes. The package's own only.
    token_user_class: TokenUserClass = "rest_framework_simplejwt.models.TokenUser", ByRule;
    /// Tokens carry a digest of the password's hash and end when the password changes.
    check_revoke_token: bool = false, ByRule;
    /// The claim that carries it.
    revoke_token_claim: String = "hash_password", ByRule;

    /// The claim with a sliding token's second expiry.
    sliding_token_refresh_exp_claim: String = "refresh_exp", ByRule;
    /// How long a sliding token is good for.
    sliding_token_lifetime: SignedDuration = "5m", ByRule;
    /// How long a sliding token can be refreshed.
    sliding_token_refresh_lifetime: SignedDuration = "1d", ByRule;

    /// Claims to add to every token, in this order. `"user.NAME"` is read of the user, again at each
    /// refresh: `id`, `username`, `email`, `first_name`, `last_name`, `is_active`, `is_staff`,
    /// `is_superuser`, `last_login`, `date_joined`, `groups`, `permissions`. Anything else is a constant.
    claims: DeclaredClaims = {}, Ours;
    /// Protected endpoints also accept tokens of the `jwt_auth` dialect.
    accept_jwt_auth: bool = false, Ours;

    /// The package's own only; `claims` adds claims.
    token_obtain_serializer: StockObtain = "rest_framework_simplejwt.serializers.TokenObtainPairSerializer", ByRule;
    /// The package's own only.
    token_refresh_serializer: StockRefresh = "rest_framework_simplejwt.serializers.TokenRefreshSerializer", ByRule;
    /// The package's own only.
    token_verify_serializer: StockVerify = "rest_framework_simplejwt.serializers.TokenVerifySerializer", ByRule;
    /// The package's own only.
    token_blacklist_serializer: StockBlacklist = "rest_framework_simplejwt.serializers.TokenBlacklistSerializer", ByRule;
    /// The package's own only; `claims` adds claims.
    sliding_token_obtain_serializer: StockSlidingObtain = "rest_framework_simplejwt.serializers.TokenObtainSlidingSerializer", ByRule;
    /// The package's own only.
    sliding_token_refresh_serializer: StockSlidingRefresh = "rest_framework_simplejwt.serializers.TokenRefreshSlidingSerializer", ByRule;

    /// Where a pair of tokens is obtained. An empty path removes the endpoint; so for all of them.
    obtain_path: Option<EndpointPath> = "/api/token/", Ours;
    /// Where a refresh token gives a new access token.
    refresh_path: Option<EndpointPath> = "/api/token/refresh/", Ours;
    /// Where any token is verified.
    verify_path: Option<EndpointPath> = "/api/token/verify/", Ours;
    /// Where a refresh token is ended.
    blacklist_path: Option<EndpointPath> = "/api/token/blacklist/", Ours;
    /// Where a sliding token is obtained.
    sliding_obtain_path: Option<EndpointPath> = "/api/token/sliding/", Ours;
    /// Where a sliding token is refreshed.
    sliding_refresh_path: Option<EndpointPath> = "/api/token/sliding/refresh/", Ours;
}

impl SimpleJwt {
    /// These settings as the rules take them, and sessions by default.
    #[must_use]
    pub fn rules(&self) -> settings::SimpleJwt {
        settings::SimpleJwt {
            access_token_lifetime: self.access_token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            rotate_refresh_tokens: self.rotate_refresh_tokens,
            blacklist_after_rotation: self.blacklist_after_rotation,
            update_last_login: self.update_last_login,
            audience: self.audience.clone(),
            issuer: self.issuer.clone(),
            leeway: self.leeway,
            auth_header_types: self.auth_header_types.clone(),
            auth_header_name: self.auth_header_name.as_str().to_owned(),
            user_id_field: self.user_id_field.clone(),
            user_id_claim: self.user_id_claim.clone(),
            auth_token_classes: self.auth_token_classes.as_slice().to_vec(),
            token_type_claim: self.token_type_claim.clone(),
            jti_claim: self.jti_claim.clone(),
            sliding_token_refresh_exp_claim: self.sliding_token_refresh_exp_claim.clone(),
            sliding_token_lifetime: self.sliding_token_lifetime,
            sliding_token_refresh_lifetime: self.sliding_token_refresh_lifetime,
            check_revoke_token: self.check_revoke_token,
            revoke_token_claim: self.revoke_token_claim.clone(),
            check_user_is_active: self.check_user_is_active,
            rotation_grace: self.rotation_grace,
            reuse_detection: self.reuse_detection,
            claims: self.claims.clone(),
            sessions: settings::Sessions::default(),
        }
    }

    /// The endpoints' paths, by the names of their settings.
    #[must_use]
    pub fn paths(&self) -> [(&'static str, Option<&EndpointPath>); 6] {
        [
            ("obtain_path", self.obtain_path.as_ref()),
            ("refresh_path", self.refresh_path.as_ref()),
            ("verify_path", self.verify_path.as_ref()),
            ("blacklist_path", self.blacklist_path.as_ref()),
            ("sliding_obtain_path", self.sliding_obtain_path.as_ref()),
            ("sliding_refresh_path", self.sliding_refresh_path.as_ref()),
        ]
    }
}

const ADVICE: &[Advice] = &[
    Advice {
        name: "auth_header_type",
        what: "was removed from simplejwt",
        remedy: "use auth_header_types, a list: auth_header_types = [\"Bearer\"]",
    },
    Advice {
        name: "auth_token_class",
        what: "was removed from simplejwt",
        remedy: "use auth_token_classes, a list: auth_token_classes = [\"AccessToken\"]",
    },
    Advice {
        name: "secret_key",
        what: "was removed from simplejwt",
        remedy: "use signing_key, or the secret_key before the first section",
    },
    Advice {
        name: "token_backend_class",
        what: "was removed from simplejwt",
        remedy: "use algorithm and signing_key",
    },
    Advice {
        name: "json_encoder",
        what: "names Python code, which this program does not run",
        remedy: "remove it; claims take texts, numbers, booleans, lists and tables",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn the_defaults_are_those_of_the_rules() {
        let config = Layers::default().flag("", "secret_key", "k".repeat(50), "--test").load().unwrap();
        assert_eq!(config.simple_jwt.rules(), settings::SimpleJwt::default());
        assert_eq!(config.sessions.rules(), settings::Sessions::default());
        assert_eq!(config.simple_jwt.algorithm, Algorithm::Hs256);
    }
}
