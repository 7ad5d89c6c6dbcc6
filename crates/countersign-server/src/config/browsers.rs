//! What browsers may do here: `[cors]`, `[csrf]` and `[cookie_auth]` as the library's own parts.

use super::Config;
use super::sections;
use super::value::{CookieSecure, EndpointPath, SameSite};
use countersign::cookie;
use countersign::cors::{Cors, CorsError, CorsSettings};
use countersign::csrf::{CsrfSettings, OriginRules};
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthError, CookieAuthPaths, CookieAuthSettings};
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules, EqualSecrets};
use countersign_core::jws::KeyRing;
use countersign_core::store::UserColumns;

/// Why the `cookie_auth` dialect cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookieAuthFault {
    /// Its keys.
    #[error(transparent)]
    Secrets(#[from] EqualSecrets),
    /// Its cookies.
    #[error(transparent)]
    Settings(#[from] CookieAuthError),
}

impl Config {
    /// The rules for pages of other origins.
    ///
    /// # Errors
    /// [`CorsError`]; never for a configuration that was loaded, since loading it asks.
    pub fn cors(&self) -> Result<Cors, CorsError> {
        let settings = &self.cors;
        Cors::new(CorsSettings {
            allowed_origins: settings
                .allowed_origins
                .iter()
                .map(|origin| origin.as_str().to_owned())
                .collect(),
            allowed_origin_regexes: settings.allowed_origin_regexes.clone(),
            allow_all_origins: settings.allow_all_origins,
            allow_credentials: settings.allow_credentials,
            allow_methods: settings.allow_methods.clone(),
            allow_headers: settings.allow_headers.clone(),
            expose_headers: settings.expose_headers.clone(),
            preflight_max_age: settings.preflight_max_age.unsigned_abs(),
            urls_regex: settings.urls_regex.clone(),
            allow_private_network: settings.allow_private_network,
        })
    }

    /// The `cookie_auth` dialect, where it is enabled and there are keys: these for the access tokens.
    ///
    /// # Errors
    /// [`CookieAuthFault`]; never for a configuration that was loaded, since loading it asks.
    pub fn cookie_auth(
        &self,
        access: Option<KeyRing>,
        cors: &Cors,
    ) -> Result<Option<CookieAuth>, CookieAuthFault> {
        let settings = &self.cookie_auth;
        let secret_key = self.top.secret_key.as_ref().filter(|_| settings.enabled);
        let (Some(secret_key), Some(access)) = (secret_key, access) else { return Ok(None) };
        let lifetimes = Lifetimes {
            access_token_lifetime: settings.access_token_lifetime,
            refresh_token_lifetime: settings.refresh_token_lifetime,
            sessions: self.sessions.rules(),
            ..Lifetimes::default()
        };
        let refresh_secret = settings.refresh_token_secret.as_ref();
        let rules =
            CookieAuthRules::of(&lifetimes, access, secret_key, refresh_secret, self.passwords.rules())?;
        Ok(Some(CookieAuth::new(rules, self.cookie_auth_settings(), csrf(&self.csrf), Some(cors))?))
    }

    /// Whether a cookie is `Secure`.
    pub(crate) fn is_secure(&self, setting: CookieSecure) -> bool {
        match setting {
            CookieSecure::Fixed(secure) => secure,
            // Behind a proxy, TLS ends at the proxy: only a browser that connects here itself uses plain HTTP.
            CookieSecure::Auto => {
                !self.server.listen.is_loopback() || !self.server.trusted_proxies.is_empty()
            }
        }
    }

    fn cookie_auth_settings(&self) -> CookieAuthSettings {
        let settings = &self.cookie_auth;
        let path = |path: &Option<EndpointPath>| path.as_ref().map_or("", EndpointPath::as_str).to_owned();
        CookieAuthSettings {
            paths: CookieAuthPaths {
                login: path(&settings.login_path),
                refresh: path(&settings.refresh_path),
                user: path(&settings.user_path),
                logout: path(&settings.logout_path),
            },
            cookie_name: settings.cookie_name.clone(),
            cookie_samesite: same_site(settings.cookie_samesite),
            cookie_domain: settings.cookie_domain.clone(),
            cookie_path: settings.cookie_path.as_ref().map(|path| path.as_str().to_owned()),
            cookie_secure: self.is_secure(settings.cookie_secure),
            cookie_partitioned: settings.cookie_partitioned,
            strict_peer: settings.strict_peer,
            trusted_proxies: self.server.trusted_proxies.clone(),
            user_columns: UserColumns {
                email: self.users.email.is_some(),
                first_name: self.users.first_name.is_some(),
                ..UserColumns::ALL
            },
        }
    }
}

pub(super) fn csrf(settings: &sections::Csrf) -> CsrfSettings {
    CsrfSettings {
        trusted_origins: settings.trusted_origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        cookie_name: settings.cookie_name.clone(),
        cookie_age: settings.cookie_age,
        cookie: cookie::CookieAttributes {
            domain: settings.cookie_domain.clone(),
            path: settings.cookie_path.clone(),
            secure: settings.cookie_secure,
            http_only: settings.cookie_httponly,
            same_site: same_site(settings.cookie_samesite),
            partitioned: false,
        },
        header_name: settings.header_name.as_str().to_owned(),
        origin_rules: OriginRules::Django,
    }
}

pub(super) fn same_site(setting: SameSite) -> cookie::SameSite {
    match setting {
        SameSite::Lax => cookie::SameSite::Lax,
        SameSite::Strict => cookie::SameSite::Strict,
        SameSite::None => cookie::SameSite::None,
    }
}
