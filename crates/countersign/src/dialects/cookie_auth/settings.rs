//! `[cookie_auth]`, and what follows from it.

use super::CookieAuth;
use crate::cookie::{Cookie, CookieAttributes, CookieError, SameSite};
use crate::cors::Cors;
use crate::csrf::{Csrf, CsrfError, CsrfSettings, OriginRules};
use crate::rest::Network;
use countersign_core::cookie_auth::CookieAuthRules;
use countersign_core::store::UserColumns;

/// The settings of the dialect. Lifetimes and keys are in its [rules](CookieAuthRules).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAuthSettings {
    /// Where the endpoints are.
    pub paths: CookieAuthPaths,
    /// `refreshtoken`. With the prefix `__Host-` browsers keep it to this very host.
    pub cookie_name: String,
    /// `Lax`. `None` for pages on another site than the API: then the CSRF cookie follows.
    pub cookie_samesite: SameSite,
    /// None: the host that set it, and no other.
    pub cookie_domain: Option<String>,
    /// None: the longest path that refresh and logout have in common; `/` for a `__Host-` cookie.
    pub cookie_path: Option<String>,
    /// Whether cookies are sent over HTTPS only. The CSRF cookie follows.
    pub cookie_secure: bool,
    /// Kept apart for each site that embeds us. Off.
    pub cookie_partitioned: bool,
    /// The recipe's own status codes, words and CSRF check, its weaknesses excepted. Off.
    pub strict_peer: bool,
    /// The proxies whose `X-Forwarded-Proto` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Which columns users have: without theirs, `email` and `first_name` are not in answers. All.
    pub user_columns: UserColumns,
}

impl Default for CookieAuthSettings {
    fn default() -> Self {
        Self {
            paths: CookieAuthPaths::default(),
            cookie_name: "refreshtoken".to_owned(),
            cookie_samesite: SameSite::Lax,
            cookie_domain: None,
            cookie_path: None,
            cookie_secure: true,
            cookie_partitioned: false,
            strict_peer: false,
            trusted_proxies: Vec::new(),
            user_columns: UserColumns::ALL,
        }
    }
}

/// Where the endpoints are. An empty path leaves an endpoint out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAuthPaths {
    /// A name and a password for a session.
    pub login: String,
    /// The cookie for new tokens.
    pub refresh: String,
    /// Who the access token is of.
    pub user: String,
    /// The end of the session.
    pub logout: String,
}

impl Default for CookieAuthPaths {
    fn default() -> Self {
        Self {
            login: "/accounts/login".to_owned(),
            refresh: "/accounts/refresh_token".to_owned(),
            user: "/accounts/user".to_owned(),
            logout: "/accounts/logout".to_owned(),
        }
    }
}

/// Why the dialect cannot be built of settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieAuthError {
    /// Browsers would drop the cookie.
    #[error(transparent)]
    Cookie(#[from] CookieError),
    /// The CSRF protection cannot be built.
    #[error(transparent)]
    Csrf(#[from] CsrfError),
    /// The path of the cookie is not one under which refresh and logout are, so that it would never come back.
    #[error("the cookie's path {cookie:?} does not lead to {endpoint:?}, which needs it")]
    Path {
        /// The path of the cookie.
        cookie: String,
        /// The path of the endpoint.
        endpoint: String,
    },
    /// The CSRF cookie and the refresh cookie have the same name.
    #[error("two cookies cannot both be named {0:?}")]
    SameName(String),
}

impl CookieAuth {
    /// The dialect of these settings.
    ///
    /// Unless `strict_peer`, the exact origins that `cors` lets call with credentials are trusted by its CSRF
    /// protection: whoever wrote them down meant their pages to log in.
    ///
    /// # Errors
    /// [`CookieAuthError`], naming what browsers or nobody could live with.
    pub fn new(
        rules: CookieAuthRules,
        settings: CookieAuthSettings,
        csrf: CsrfSettings,
        cors: Option<&Cors>,
    ) -> Result<Self, CookieAuthError> {
        let cookie = refresh_cookie(&settings)?;
        let mut csrf = csrf.following(cookie.attributes());
        if csrf.cookie_name == settings.cookie_name {
            return Err(CookieAuthError::SameName(csrf.cookie_name));
        }
        let mut door = CsrfSettings { origin_rules: OriginRules::FetchMetadata, ..csrf.clone() };
        door.trusted_origins.extend(cors.map(Cors::exact_origins_with_credentials).unwrap_or_default());
        if !settings.strict_peer {
            csrf = door.clone();
        }
        Ok(Self {
            rules,
            paths: settings.paths,
            cookie,
            csrf: Csrf::new(csrf)?,
            door: Csrf::new(door)?,
            strict_peer: settings.strict_peer,
            trusted_proxies: settings.trusted_proxies,
            user_columns: settings.user_columns,
        })
    }
}

fn refresh_cookie(settings: &CookieAuthSettings) -> Result<Cookie, CookieAuthError> {
    let needed = [&settings.paths.refresh, &settings.paths.logout];
    let path = match &settings.cookie_path {
        Some(path) => path.clone(),
        None if settings.cookie_name.to_ascii_lowercase().starts_with("__host-") => "/".to_owned(),
        None => common_path(needed),
    };
    if let Some(endpoint) =
        needed.into_iter().find(|endpoint| !endpoint.is_empty() && !leads_to(&path, endpoint))
    {
        return Err(CookieAuthError::Path { cookie: path, endpoint: endpoint.clone() });
    }
    let attributes = CookieAttributes {
        domain: settings.cookie_domain.clone(),
        path,
        secure: settings.cookie_secure,
        http_only: true,
        same_site: settings.cookie_samesite,
        partitioned: settings.cookie_partitioned,
    };
    Ok(Cookie::new(settings.cookie_name.clone(), attributes)?)
}

/// The longest path under which both are, `/` at least.
fn common_path(paths: [&String; 2]) -> String {
    let [one, other] = match paths.map(String::as_str) {
        ["", path] | [path, ""] => [path, path],
        both => both,
    };
    let shared = one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other);
    let path = shared.map(|(segment, _)| segment).collect::<Vec<_>>().join("/");
    if path.is_empty() { "/".to_owned() } else { path }
}

/// Whether a browser sends a cookie of this path to an address (RFC 6265 §5.1.4).
fn leads_to(cookie: &str, endpoint: &str) -> bool {
    endpoint
        .strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::cookie_auth::CookieAuth as Lifetimes;
    use countersign_core::settings::Passwords;

    fn rules() -> CookieAuthRules {
        CookieAuthRules::new(&Lifetimes::default(), &"secret".into(), None, Passwords::default()).unwrap()
    }

    fn built(settings: CookieAuthSettings) -> Result<CookieAuth, CookieAuthError> {
        CookieAuth::new(rules(), settings, CsrfSettings::default(), None)
    }

    #[test]
    fn the_cookie_goes_where_refresh_and_logout_are_and_nowhere_else() {
        for (refresh, logout, path) in [
            ("/accounts/refresh_token", "/accounts/logout", "/accounts"),
            ("/api/auth/refresh/", "/api/authx/logout/", "/api"),
            ("/refresh", "/logout", "/"),
            ("/a/refresh/", "", "/a/refresh/"),
            ("/a", "/a", "/a"),
        ] {
            let paths =
                CookieAuthPaths { refresh: refresh.into(), logout: logout.into(), ..Default::default() };
            let dialect = built(CookieAuthSettings { paths, ..Default::default() }).unwrap();
            assert_eq!(dialect.cookie().attributes().path, path, "{refresh} {logout}");
        }
    }

    #[test]
    fn a_path_that_leads_past_an_endpoint_is_refused() {
        for (path, good) in
            [("/", true), ("/accounts", true), ("/accounts/", true), ("/account", false), ("/x", false)]
        {
            let settings = CookieAuthSettings { cookie_path: Some(path.into()), ..Default::default() };
            assert_eq!(built(settings).is_ok(), good, "{path}");
        }
    }

    #[test]
    fn a_host_cookie_has_the_root_path_and_needs_secure() {
        let settings = CookieAuthSettings { cookie_name: "__Host-refresh".into(), ..Default::default() };
        assert_eq!(built(settings.clone()).unwrap().cookie().attributes().path, "/");
        let refusal = built(CookieAuthSettings { cookie_secure: false, ..settings }).unwrap_err();
        assert!(matches!(refusal, CookieAuthError::Cookie(CookieError::HostPrefix(_))));
    }

    #[test]
    fn the_csrf_cookie_follows_the_refresh_cookie_to_other_sites() {
        let dialect =
            built(CookieAuthSettings { cookie_samesite: SameSite::None, ..Default::default() }).unwrap();
        let csrf = dialect.csrf().cookie().attributes();
        assert_eq!((csrf.same_site, csrf.secure), (SameSite::None, true));
        let plain = built(CookieAuthSettings { cookie_secure: false, ..Default::default() }).unwrap();
        assert!(!plain.csrf().cookie().attributes().secure);
    }

    #[test]
    fn one_name_for_both_cookies_is_refused() {
        let settings = CookieAuthSettings { cookie_name: "csrftoken".into(), ..Default::default() };
        assert_eq!(built(settings).unwrap_err(), CookieAuthError::SameName("csrftoken".into()));
    }
}
