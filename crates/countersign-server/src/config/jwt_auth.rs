//! `[jwt_auth]` as the library's own parts.

use super::browsers::{csrf, same_site};
use super::value::{EndpointPath, Profile, TokenId};
use super::{Config, Origin};
use countersign::cookie::{Cookie, CookieAttributes, CookieError};
use countersign::csrf::{Csrf, CsrfError, CsrfSettings, OriginRules};
use countersign::dialects::jwt_auth::{JwtAuth, JwtAuthCookies, JwtAuthPaths, ResponseShape, UnknownMember};
use countersign_core::jws::KeyRing;
use countersign_core::jwt_auth::{self, JwtAuthRules, Tokens};
use countersign_core::simple_jwt::SimpleJwtRules;
use countersign_core::store::Revocations;
use std::sync::Arc;

/// Why the `jwt_auth` dialect cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtAuthFault {
    /// Its cookies: the name of the setting, and why.
    #[error("{1}")]
    Cookie(&'static str, CookieError),
    /// What looks where requests with a cookie come from.
    #[error(transparent)]
    Csrf(#[from] CsrfError),
    /// What it answers.
    #[error(transparent)]
    Response(#[from] UnknownMember),
}

impl Config {
    /// The `jwt_auth` dialect, where it is enabled and there are keys. `simple` are the rules of the other dialect,
    /// where that is enabled.
    ///
    /// # Errors
    /// What cannot be built of the settings; never for a configuration that was loaded, since loading it asks.
    pub fn jwt_auth(
        &self,
        keys: Option<KeyRing>,
        simple: Option<&SimpleJwtRules>,
        revocations: Option<Arc<dyn Revocations>>,
    ) -> Result<Option<JwtAuth>, JwtAuthFault> {
        let settings = &self.jwt_auth;
        let Some(keys) = keys.filter(|_| settings.enabled) else { return Ok(None) };
        let rules = JwtAuthRules {
            tokens: Tokens::new(self.jwt_auth_rules(), keys),
            passwords: self.passwords.rules(),
            revocations: revocations.filter(|_| self.uses_jwt_blacklist()),
        };
        let defaults = JwtAuth::new(rules);
        Ok(Some(JwtAuth {
            paths: self.jwt_auth_paths(),
            username_field: self.users.username.as_str().to_owned(),
            auth_header_prefix: match &settings.auth_header_prefix {
                Some(words) => words.clone(),
                None => defaults.auth_header_prefix,
            },
            cookies: self.jwt_auth_cookies()?,
            trusted_proxies: self.server.trusted_proxies.clone(),
            response: settings.response.as_ref().map(|names| ResponseShape::new(names)).transpose()?,
            accept_simple_jwt: simple.filter(|_| settings.accept_simple_jwt).cloned(),
            exchange_for: simple.filter(|_| settings.exchange_path.is_some()).cloned(),
            ..defaults
        }))
    }

    /// Whether drf-jwt's blacklist is used: by its own profile, and by an exchange, which could not happen once
    /// without it.
    #[must_use]
    pub fn uses_jwt_blacklist(&self) -> bool {
        let settings = &self.jwt_auth;
        let is_wanted = settings.profile == Profile::Fork || settings.exchange_path.is_some();
        settings.enabled && self.blacklist.enabled && is_wanted
    }

    /// The settings as the rules take them.
    #[must_use]
    pub fn jwt_auth_rules(&self) -> jwt_auth::JwtAuth {
        let settings = &self.jwt_auth;
        let defaults = jwt_auth::JwtAuth::of(match settings.profile {
            Profile::Original => jwt_auth::Profile::Original,
            Profile::Fork => jwt_auth::Profile::Fork,
        });
        let token_id = match settings.token_id {
            // The setting's default is drf-jwt's; the original package knows no ids.
            _ if self.origin("jwt_auth", "token_id").is_none_or(|origin| *origin == Origin::Default) => {
                defaults.token_id
            }
            TokenId::Off => jwt_auth::TokenId::Off,
            TokenId::Include => jwt_auth::TokenId::Include,
            TokenId::Require => jwt_auth::TokenId::Require,
        };
        jwt_auth::JwtAuth {
            token_id,
            user_secret: settings.user_secret,
            audience: settings.audience.clone(),
            issuer: settings.issuer.clone(),
            leeway: settings.leeway,
            verify_expiration: settings.verify_expiration,
            expiration_delta: settings.expiration_delta,
            allow_refresh: settings.allow_refresh.unwrap_or(defaults.allow_refresh),
            refresh_expiration_delta: settings.refresh_expiration_delta,
            payload_include_user_id: settings.payload_include_user_id,
            has_email: self.users.email.is_some(),
            payload: settings.payload.clone(),
            impersonation_actor: settings.impersonation_actor,
            delete_stale_blacklisted_tokens: settings.delete_stale_blacklisted_tokens,
            simple_jwt_type_claim: self.simple_jwt.token_type_claim.clone(),
            ..defaults
        }
    }

    fn jwt_auth_paths(&self) -> JwtAuthPaths {
        let path = |path: &Option<EndpointPath>| path.as_ref().map_or("", EndpointPath::as_str).to_owned();
        let settings = &self.jwt_auth;
        JwtAuthPaths {
            obtain: path(&settings.obtain_path),
            refresh: path(&settings.refresh_path),
            verify: path(&settings.verify_path),
            impersonate: path(&settings.impersonate_path),
            blacklist: path(&settings.blacklist_path),
            exchange: path(&settings.exchange_path),
        }
    }

    fn jwt_auth_cookies(&self) -> Result<Option<JwtAuthCookies>, JwtAuthFault> {
        let settings = &self.jwt_auth;
        if settings.auth_cookie.is_none() && settings.impersonation_cookie.is_none() {
            return Ok(None);
        }
        let attributes = CookieAttributes {
            domain: settings.auth_cookie_domain.clone(),
            path: settings.auth_cookie_path.clone(),
            secure: settings.auth_cookie_secure,
            http_only: true,
            same_site: same_site(settings.auth_cookie_samesite),
            partitioned: false,
        };
        let cookie = |setting, name: &Option<String>| {
            let made = name.as_ref().map(|name| Cookie::new(name.as_str(), attributes.clone()));
            made.transpose().map_err(|error| JwtAuthFault::Cookie(setting, error))
        };
        // Clients of the packages are no pages alone: one that sends neither `Origin` nor `Sec-Fetch-Site` is no
        // browser, and nobody can make it send its cookies.
        let csrf = csrf(&self.csrf).following(&attributes);
        let csrf = CsrfSettings { origin_rules: OriginRules::FetchMetadata, ..csrf };
        Ok(Some(JwtAuthCookies {
            auth: cookie("auth_cookie", &settings.auth_cookie)?,
            impersonation: cookie("impersonation_cookie", &settings.impersonation_cookie)?,
            csrf: Csrf::new(csrf)?,
            csrf_token: settings.csrf_token,
        }))
    }
}
