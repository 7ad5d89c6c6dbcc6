//! What no setting can see alone: contradictions, and secrets too weak for where the server listens.

mod columns;
mod jwt_auth;
mod keys;

use super::browsers::CookieAuthFault;
use super::fault::Fault;
use super::origin::{Key, Origin};
use super::value::EndpointPath;
use super::{Config, Rings};
use countersign::cookie::CookieError;
use countersign::cors::CorsError;
use countersign::dialects::cookie_auth::CookieAuthError;
use countersign_core::clock::SignedDuration;
use countersign_core::declared::DeclarationError;
use countersign_core::store::UserColumns;
use std::collections::HashMap;

/// Faults of settings that read columns which the user table does not have.
pub(super) fn columns(config: &Config, columns: &UserColumns) -> Vec<Fault> {
    let mut report = Report::of(config);
    report.columns(columns);
    report.faults
}

/// Faults and warnings of a configuration whose values all read.
pub(super) fn check(config: &Config, without_keys: bool) -> (Vec<Fault>, Vec<Fault>) {
    let mut report = Report::of(config);
    if !without_keys {
        report.keys();
    }
    report.rotation();
    report.header_words();
    report.user_field();
    report.claims();
    report.columns(&config.users.columns());
    report.paths();
    report.passwords();
    report.times();
    report.browsers();
    report.sessions();
    report.jwt_auth();
    report.admin();
    (report.faults, report.warnings)
}

struct Report<'a> {
    config: &'a Config,
    /// What the keys make, once they were read.
    rings: Rings,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl<'a> Report<'a> {
    fn of(config: &'a Config) -> Self {
        Self { config, rings: Rings::default(), faults: Vec::new(), warnings: Vec::new() }
    }
}

impl Report<'_> {
    fn about(&self, section: &str, name: &str, what: &str, remedy: impl Into<String>) -> Fault {
        Fault::new(Key::new(section, name), self.config.origin(section, name).cloned(), what, remedy)
    }

    fn fault(&mut self, section: &str, name: &str, what: &str, remedy: impl Into<String>) {
        let fault = self.about(section, name, what, remedy);
        self.faults.push(fault);
    }

    fn warn(&mut self, section: &str, name: &str, what: &str, remedy: impl Into<String>) {
        let warning = self.about(section, name, what, remedy);
        self.warnings.push(warning);
    }

    fn is_set(&self, section: &str, name: &str) -> bool {
        self.config.origin(section, name).is_some_and(|origin| *origin != Origin::Default)
    }

    fn rotation(&mut self) {
        let simple = &self.config.simple_jwt;
        let whole =
            simple.rotate_refresh_tokens && simple.blacklist_after_rotation && self.config.blacklist.enabled;
        let remedy =
            "set rotate_refresh_tokens = true and blacklist_after_rotation = true, with [blacklist] enabled";
        if simple.reuse_detection && !whole {
            self.fault(
                "simple_jwt",
                "reuse_detection",
                "detects nothing while old refresh tokens stay valid",
                remedy,
            );
        }
        if simple.rotation_grace > SignedDuration::ZERO && !whole {
            self.warn(
                "simple_jwt",
                "rotation_grace",
                "has no effect while old refresh tokens stay valid",
                remedy,
            );
        }
        if simple.blacklist_after_rotation && !self.config.blacklist.enabled {
            self.warn(
                "simple_jwt",
                "blacklist_after_rotation",
                "has no effect without the blacklist",
                "set [blacklist] enabled = true",
            );
        }
    }

    fn header_words(&mut self) {
        let words = &self.config.simple_jwt.auth_header_types;
        let remedy = "write words without spaces: auth_header_types = [\"Bearer\", \"JWT\"]";
        if words.is_empty() {
            self.fault(
                "simple_jwt",
                "auth_header_types",
                "is empty: no header would authenticate anybody",
                remedy,
            );
        } else if words.iter().any(|word| !word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')) {
            self.fault("simple_jwt", "auth_header_types", "has a word that no header can carry", remedy);
        }
        if self.config.passwords.hashers.is_empty() {
            self.fault(
                "passwords",
                "hashers",
                "is empty: no password could be checked or made",
                "name at least one, or remove the key to have Django's",
            );
        }
        if self.config.server.allowed_hosts.is_empty() {
            self.fault(
                "server",
                "allowed_hosts",
                "is empty: no request would be answered",
                "name the hosts, or write [\"*\"] for any",
            );
        }
    }

    fn user_field(&mut self) {
        let field = &self.config.simple_jwt.user_id_field;
        if !["id", "pk", "username", "email"].contains(&field.as_str()) {
            let what = format!("is {field:?}, which tokens cannot name users by");
            self.fault("simple_jwt", "user_id_field", &what, "write \"id\", \"username\" or \"email\"");
        }
    }

    fn claims(&mut self) {
        let simple = &self.config.simple_jwt;
        let rules = simple.rules();
        let reserved = rules.reserved_claims();
        let taken: Vec<_> = simple
            .claims
            .iter()
            .filter(|(name, _)| reserved.contains(name))
            .map(|(name, _)| DeclarationError::Reserved(name.to_owned()))
            .collect();
        for error in &taken {
            self.fault("simple_jwt", "claims", &format!("is wrong: {error}"), error.remedy());
        }
        let simple = &self.config.simple_jwt;
        let own =
            [&*simple.user_id_claim, &*simple.sliding_token_refresh_exp_claim, &*simple.revoke_token_claim];
        if let Some(name) = own.iter().find(|name| ["exp", "iat", "nbf", "aud", "iss"].contains(name)) {
            let what = format!("is {name:?}, which means something else in every token");
            self.fault("simple_jwt", "user_id_claim", &what, "give the claim another name");
        }
    }

    /// Two endpoints cannot have one path. The slash at the end makes no difference where both are answered.
    fn paths(&mut self) {
        let mut seen: HashMap<String, &str> = HashMap::new();
        let demo: &[&str] = if self.config.demo.enabled {
            &["/hello/", "/api/endpoint/", "/api/protected-endpoint/"]
        } else {
            &[]
        };
        let own = ["/healthz", "/readyz"].iter().chain(demo);
        seen.extend(own.map(|path| (path.trim_end_matches('/').to_owned(), "an endpoint of the program")));
        let mut taken = Vec::new();
        let simple_jwt =
            self.config.simple_jwt.paths().into_iter().map(|(name, path)| ("simple_jwt", name, path));
        let cookie_auth =
            self.config.cookie_auth.paths().into_iter().map(|(name, path)| ("cookie_auth", name, path));
        let jwt_auth = self.config.jwt_auth.paths().into_iter().map(|(name, path)| ("jwt_auth", name, path));
        let keys = [("keys", "jwks_path", self.config.keys.jwks_path.as_ref())];
        let sessions = [("sessions", "path", self.config.sessions.path.as_ref())];
        let all = simple_jwt.chain(cookie_auth).chain(jwt_auth).chain(keys).chain(sessions);
        for (section, name, path) in all {
            let Some(path) = path.map(EndpointPath::as_str) else { continue };
            if let Some(other) = seen.insert(path.trim_end_matches('/').to_owned(), name) {
                taken.push((section, name, format!("is {path:?}, which is the path of {other} already")));
            }
        }
        for (section, name, what) in taken {
            self.fault(section, name, &what, "give each endpoint a path of its own");
        }
    }

    fn passwords(&mut self) {
        let iterations = self.config.passwords.pbkdf2_iterations;
        if iterations < 600_000 {
            let what = format!("is {iterations}: stolen hashes would be cheap to guess");
            self.warn("passwords", "pbkdf2_iterations", &what, "600000 and more are recommended");
        }
    }

    fn times(&mut self) {
        for (name, time) in [
            ("header_timeout", self.config.server.header_timeout),
            ("request_timeout", self.config.server.request_timeout),
        ] {
            if time.is_zero() {
                self.fault("server", name, "is zero: no request would be in time", "write \"10s\" or more");
            }
        }
        if self.config.keys.refresh_interval.is_zero() {
            let what = "is zero: the database would be asked without a pause";
            self.fault("keys", "refresh_interval", what, "write \"1s\" or more");
        }
        for (name, time) in [
            ("absolute_lifetime", self.config.sessions.absolute_lifetime),
            ("idle_lifetime", self.config.sessions.idle_lifetime),
        ] {
            if time.is_some_and(|time| time.is_zero()) {
                let what = "is zero: every session would be over at once";
                self.fault("sessions", name, what, "write \"30d\", say, or remove it for no such end");
            }
        }
        if self.config.sessions.purge_interval.is_some_and(|time| time.is_zero()) {
            let what = "is zero: the database would be asked without a pause";
            self.fault("sessions", "purge_interval", what, "write \"1h\", say, or false for never");
        }
    }

    /// What browsers would refuse, or what would let in everybody.
    fn browsers(&mut self) {
        let cors = match self.config.cors() {
            Ok(cors) => cors,
            Err(error) => {
                let name = match error {
                    CorsError::AnyOriginWithCredentials => "allow_all_origins",
                    CorsError::NullWithCredentials | CorsError::Origin(_) => "allowed_origins",
                    CorsError::RegexForEverything(_) => "allowed_origin_regexes",
                    _ => "allow_headers",
                };
                return self.fault(
                    "cors",
                    name,
                    &format!("cannot be used: {error}"),
                    "correct it, or remove it",
                );
            }
        };
        for regex in cors.open_ended_regexes() {
            let what = format!("has {regex:?}, which also matches origins that go on behind it");
            self.warn("cors", "allowed_origin_regexes", &what, "end it with $");
        }
        if let Err(error) = self.config.cookie_auth(self.rings.cookie_auth.clone(), &cors) {
            let (section, name) = match &error {
                CookieAuthFault::Secrets(_) => ("cookie_auth", "refresh_token_secret"),
                CookieAuthFault::Settings(CookieAuthError::Csrf(_)) => ("csrf", "cookie_name"),
                CookieAuthFault::Settings(CookieAuthError::Path { .. }) => ("cookie_auth", "cookie_path"),
                CookieAuthFault::Settings(CookieAuthError::Cookie(
                    CookieError::PartitionedWithoutSecure(_),
                )) => ("cookie_auth", "cookie_partitioned"),
                CookieAuthFault::Settings(_) => ("cookie_auth", "cookie_name"),
            };
            self.fault(section, name, &format!("cannot be used: {error}"), "correct it, or remove it");
        }
        let ends_nothing = self.is_set("cookie_auth", "enabled") && self.config.cookie_auth.enabled;
        if ends_nothing && !self.config.blacklist.enabled {
            let what = "cannot end a session: nothing is written down without the blacklist";
            self.warn("cookie_auth", "enabled", what, "set [blacklist] enabled = true");
        }
    }

    fn sessions(&mut self) {
        for name in ["absolute_lifetime", "idle_lifetime", "check_access_tokens"] {
            if self.is_set("sessions", name) && !self.config.blacklist.enabled {
                let what = "has no effect: without the blacklist there are no sessions";
                self.warn("sessions", name, what, "set [blacklist] enabled = true, or remove it");
            }
        }
    }

    /// The admin pages have everything below their path to themselves.
    fn admin(&mut self) {
        let config = self.config;
        if !config.admin.enabled {
            return;
        }
        let path = config.admin.path.as_str();
        if path.len() < 2 || !path.ends_with('/') {
            let what = format!("is {path:?}");
            self.fault(
                "admin",
                "path",
                &what,
                "write a path of its own with a slash at its end: \"/admin/\"",
            );
        }
        let endpoints = config.simple_jwt.paths().into_iter().map(|(_, path)| path);
        let endpoints = endpoints.chain(config.cookie_auth.paths().into_iter().map(|(_, path)| path));
        let endpoints = endpoints.chain(config.jwt_auth.paths().into_iter().map(|(_, path)| path));
        if let Some(other) = endpoints.flatten().find(|other| other.as_str().starts_with(path)) {
            let what = format!("is {path:?}, and the endpoint {} is below it", other.as_str());
            self.fault("admin", "path", &what, "give the admin pages a path of their own");
        }
        for (name, time) in [
            ("session_age", config.admin.session_age),
            ("session_idle", config.admin.session_idle),
            ("confirm_age", config.admin.confirm_age),
            ("link_age", config.admin.link_age),
        ] {
            if time < SignedDuration::from_secs(60) {
                self.fault(
                    "admin",
                    name,
                    "is shorter than a minute: nobody could do anything",
                    "write \"10m\" or more",
                );
            }
        }
    }
}
