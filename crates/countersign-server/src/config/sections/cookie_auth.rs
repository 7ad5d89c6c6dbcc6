use crate::config::setting::section;
use crate::config::value::{CookieSecure, EndpointPath, SameSite};
use countersign_core::clock::SignedDuration;
use countersign_core::secret::Secret;

section! {
    /// The refresh token in an HttpOnly cookie, the CSRF token in a readable one, the access token in the
    /// answer.
    pub struct CookieAuth = "cookie_auth";

    /// Serves the endpoints of this dialect and accepts its tokens.
    enabled: bool = true, Ours;
    /// How long an access token is good for.
    access_token_lifetime: SignedDuration = "5m", Ours;
    /// How long a refresh token is good for.
    refresh_token_lifetime: SignedDuration = "7d", Ours;
    /// Signs the refresh tokens. Unset: derived from `secret_key`, and never equal to it.
    refresh_token_secret: Option<Secret> = unset, As("REFRESH_TOKEN_SECRET");
    /// The cookie with the refresh token.
    cookie_name: String = "refreshtoken", Ours;
    /// Its `SameSite`.
    cookie_samesite: SameSite = "Lax", Ours;
    /// Its `Domain`.
    cookie_domain: Option<String> = unset, Ours;
    /// Its `Path`. Unset: the longest that the refresh and the logout endpoint have in common.
    cookie_path: Option<EndpointPath> = unset, Ours;
    /// Its `Secure`. `auto`: true, except for plain HTTP on a loopback listener.
    cookie_secure: CookieSecure = "auto", Ours;
    /// Its `Partitioned`: browsers keep it apart for each site whose pages call, and so some keep it that drop other
    /// cookies of third parties.
    cookie_partitioned: bool = false, Ours;
    /// The recipe's own status codes and messages, its weaknesses excepted.
    strict_peer: bool = false, Ours;

    /// Where a user logs in. An empty path removes the endpoint; so for all of them.
    login_path: Option<EndpointPath> = "/accounts/login", Ours;
    /// Where the cookie gives a new access token.
    refresh_path: Option<EndpointPath> = "/accounts/refresh_token", Ours;
    /// Who the user is.
    user_path: Option<EndpointPath> = "/accounts/user", Ours;
    /// Where a user logs out.
    logout_path: Option<EndpointPath> = "/accounts/logout", Ours;
}

impl CookieAuth {
    /// The settings that are paths of endpoints.
    pub(in crate::config) fn paths(&self) -> [(&'static str, Option<&EndpointPath>); 4] {
        [
            ("login_path", self.login_path.as_ref().filter(|_| self.enabled)),
            ("refresh_path", self.refresh_path.as_ref().filter(|_| self.enabled)),
            ("user_path", self.user_path.as_ref().filter(|_| self.enabled)),
            ("logout_path", self.logout_path.as_ref().filter(|_| self.enabled)),
        ]
    }
}
