//! From Django's settings to this program's.

mod database;
mod passwords;
mod routes;
mod users;

use super::Missing;
use super::draft::Draft;
use super::project::Project;
use super::python::Python;
use crate::config::fault::Wrong;
use crate::config::origin::Key;
use crate::config::unknown;

/// Every setting that can be said in a file of ours, and what cannot.
pub(super) fn map(project: &Project) -> (Draft, Vec<Missing>) {
    let mut mapper = Mapper { draft: Draft::default(), missing: project.missing.clone(), project };
    mapper.secret_key();
    mapper.database();
    mapper.server();
    mapper.dialects();
    mapper.group("SIMPLE_JWT", "simple_jwt", "");
    mapper.group("JWT_AUTH", "jwt_auth", "JWT_");
    mapper.prefixed("CORS_", "cors");
    mapper.prefixed("CSRF_", "csrf");
    mapper.routes();
    mapper.passwords();
    mapper.users();
    mapper.rest_framework();
    let Mapper { mut draft, mut missing, .. } = mapper;
    missing.extend(draft.check());
    (draft, missing)
}

/// Whether a name of a settings module means anything to this program.
pub(super) fn is_asked_for(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "SECRET_KEY",
        "REFRESH_TOKEN_SECRET",
        "DATABASES",
        "ALLOWED_HOSTS",
        "APPEND_SLASH",
        "INSTALLED_APPS",
        "MIDDLEWARE",
        "USE_I18N",
        "AUTH_USER_MODEL",
        "AUTHENTICATION_BACKENDS",
        "PASSWORD_HASHERS",
        "REST_FRAMEWORK",
        "SIMPLE_JWT",
        "JWT_AUTH",
    ];
    NAMES.contains(&name) || name.starts_with("CORS_") || name.starts_with("CSRF_")
}

struct Mapper<'a> {
    project: &'a Project,
    draft: Draft,
    missing: Vec<Missing>,
}

impl Mapper<'_> {
    /// Takes a value for a setting of ours, or says why not.
    fn take(&mut self, section: &str, name: &str, from: &str, value: &Python) {
        let setting = match unknown::known(&Key::new(section, name)) {
            Ok(setting) => setting,
            Err(Wrong { what, remedy }) => return self.miss(from, what, remedy),
        };
        match value {
            Python::Code(code) => self.miss(
                from,
                format!("is Python that was not run: {}", brief(code)),
                format!("write its value as {} by hand", Key::new(setting.section, setting.name)),
            ),
            Python::Env(variable, None) if !setting.secret => self.miss(
                from,
                format!("is read from the environment variable {variable}, whose value is not known here"),
                format!("set {} where the server runs", variable_of(setting.section, setting.name)),
            ),
            // Python's None turns off what is on by default; what is unset by default stays so.
            Python::None if setting.default.is_none() => {}
            Python::None => self.draft.set(setting, from, false.into()),
            Python::Env(variable, None) => self.draft.set_variable(setting, from, variable, None),
            Python::Env(variable, Some(default)) if setting.secret && default.as_str().is_some() => {
                self.draft.set_variable(setting, from, variable, default.to_toml());
            }
            value => match value.to_toml() {
                Some(value) => self.draft.set(setting, from, value),
                None => self.miss(from, "holds something that a file cannot say", "write it by hand"),
            },
        }
    }

    fn miss(&mut self, name: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.missing.push(Missing::new(name, what, remedy));
    }

    fn secret_key(&mut self) {
        match self.project.setting("SECRET_KEY") {
            Some(key) => self.take("", "secret_key", "SECRET_KEY", key),
            None => self.miss("SECRET_KEY", "was not found", "set secret_key to the key of the project"),
        }
    }

    fn server(&mut self) {
        let hosts = self.project.setting("ALLOWED_HOSTS");
        if let Some(hosts) = hosts.filter(|hosts| !matches!(hosts, Python::List(list) if list.is_empty())) {
            self.take("server", "allowed_hosts", "ALLOWED_HOSTS", hosts);
        }
        if let Some(append) = self.project.setting("APPEND_SLASH") {
            self.take("server", "append_slash", "APPEND_SLASH", append);
        }
        if self.has("MIDDLEWARE", "django.middleware.locale.LocaleMiddleware")
            && self.project.setting("USE_I18N") != Some(&Python::Bool(false))
        {
            self.take("server", "locales", "MIDDLEWARE", &Python::Bool(true));
        }
        for name in ["SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST"] {
            let is_set = self
                .project
                .setting(name)
                .is_some_and(|value| !matches!(value, Python::None | Python::Bool(false)));
            if is_set {
                self.miss(
                    name,
                    "says that there is a proxy in front",
                    "name its address in [server] trusted_proxies",
                );
            }
        }
    }

    /// Which wires the project speaks.
    fn dialects(&mut self) {
        let project = self.project;
        let speaks = |package: &str, setting: &str| {
            project.setting(setting).is_some()
                || mentions(project.setting("INSTALLED_APPS"), package)
                || mentions(project.setting("REST_FRAMEWORK"), package)
                || project.routes.iter().flatten().any(|route| routes::package(&route.view) == Some(package))
        };
        let simple = speaks("rest_framework_simplejwt", "SIMPLE_JWT");
        let original = speaks("rest_framework_jwt", "JWT_AUTH");
        let cookie = project.setting("REFRESH_TOKEN_SECRET");
        if !simple && !original && cookie.is_none() {
            return self.miss(
                "the project",
                "shows neither simplejwt nor a djangorestframework-jwt",
                "switch the dialects that nobody needs off: [jwt_auth] enabled = false",
            );
        }
        for (section, is_spoken) in
            [("simple_jwt", simple), ("jwt_auth", original), ("cookie_auth", cookie.is_some())]
        {
            self.take(section, "enabled", "INSTALLED_APPS", &Python::Bool(is_spoken));
        }
        if let Some(secret) = cookie {
            self.take("cookie_auth", "refresh_token_secret", "REFRESH_TOKEN_SECRET", secret);
        }
        if original && self.is_fork() {
            self.take("jwt_auth", "profile", "the installed package", &Python::Text("drf-jwt".to_owned()));
        }
        if project.setting("INSTALLED_APPS").is_some() {
            let has = self.has("INSTALLED_APPS", "rest_framework_simplejwt.token_blacklist");
            self.take("blacklist", "enabled", "INSTALLED_APPS", &Python::Bool(has));
        }
    }

    /// Whether it is drf-jwt: by the installed package, else by what only it has.
    fn is_fork(&self) -> bool {
        let versions = &self.project.versions;
        if versions.contains_key("drf-jwt") || versions.contains_key("djangorestframework-jwt") {
            return versions.contains_key("drf-jwt");
        }
        let only = [
            "JWT_TOKEN_ID",
            "JWT_INSIST_ON_KID",
            "JWT_IMPERSONATION_COOKIE",
            "JWT_DELETE_STALE_BLACKLISTED_TOKENS",
            "JWT_AUTH_COOKIE_SAMESITE",
        ];
        let settings = self.project.setting("JWT_AUTH");
        self.has("INSTALLED_APPS", "rest_framework_jwt.blacklist")
            || only.iter().any(|name| settings.is_some_and(|settings| settings.member(name).is_some()))
    }

    fn has(&self, list: &str, item: &str) -> bool {
        self.project.setting(list).is_some_and(|list| list.texts().contains(&item))
    }

    /// A group of settings that Django projects keep in a dictionary.
    fn group(&mut self, django: &str, section: &str, prefix: &str) {
        let members = match self.project.setting(django) {
            Some(Python::Dict(members)) => members.clone(),
            Some(_) => {
                return self.miss(
                    django,
                    "is no dictionary that could be read",
                    "write its settings by hand",
                );
            }
            None => return,
        };
        for (key, value) in members {
            let Some(key) = key.as_str() else { continue };
            let name = key.strip_prefix(prefix).unwrap_or(key).to_lowercase();
            let is_the_projects = self.project.setting("SECRET_KEY").is_some_and(|secret| *secret == value);
            let is_signing =
                matches!((section, &*name), ("simple_jwt", "signing_key") | ("jwt_auth", "secret_key"));
            if !(is_signing && is_the_projects) {
                self.take(section, &name, &format!("{django}[\"{key}\"]"), &value);
            }
        }
    }

    /// A group of settings that begin with the same word.
    fn prefixed(&mut self, prefix: &str, section: &str) {
        let settings = self.project.settings.iter().filter(|(name, _)| name.starts_with(prefix));
        for (name, value) in settings.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>() {
            self.take(section, &name[prefix.len()..].to_lowercase(), &name, &value);
        }
    }

    /// What REST framework's own settings change about the endpoints that are served here.
    fn rest_framework(&mut self) {
        let Some(Python::Dict(members)) = self.project.setting("REST_FRAMEWORK") else { return };
        for (key, value) in members.clone() {
            let Some(key) = key.as_str() else { continue };
            let name = format!("REST_FRAMEWORK[\"{key}\"]");
            match key {
                "DEFAULT_RENDERER_CLASSES" => self.renderers(&name, &value),
                "DEFAULT_THROTTLE_CLASSES" | "DEFAULT_THROTTLE_RATES" => {
                    self.miss(
                        name,
                        "limits requests in Django alone",
                        "limit them in the proxy in front of this server",
                    );
                }
                "EXCEPTION_HANDLER"
                | "DEFAULT_PARSER_CLASSES"
                | "DEFAULT_CONTENT_NEGOTIATION_CLASS"
                | "UNICODE_JSON"
                | "COMPACT_JSON" => {
                    self.miss(
                        name,
                        "is not the framework's default, which is what is served here",
                        "compare with `countersign conformance`",
                    );
                }
                "DEFAULT_AUTHENTICATION_CLASSES" => self.authentication(&name, &value),
                // The rest is about the project's own views, which stay in Django.
                _ => {}
            }
        }
    }

    fn renderers(&mut self, name: &str, value: &Python) {
        let words: Vec<_> =
            value.texts().into_iter().filter_map(|path| path.rsplit('.').next()).map(str::to_owned).collect();
        if words == ["JSONRenderer"] {
            self.take("server", "json_only", name, &Python::Bool(true));
        }
        if words.iter().any(|word| word != "JSONRenderer" && word != "BrowsableAPIRenderer") {
            self.miss(
                name,
                "names renderers that this program does not have",
                "answers are JSON, and pages for browsers",
            );
        }
    }

    fn authentication(&mut self, name: &str, value: &Python) {
        const KNOWN: [&str; 2] =
            ["rest_framework.authentication.", "rest_framework_simplejwt.authentication."];
        let foreign: Vec<_> = value
            .texts()
            .into_iter()
            .filter(|path| {
                !KNOWN.iter().any(|known| path.starts_with(known))
                    && !path.starts_with("rest_framework_jwt.authentication.")
            })
            .map(str::to_owned)
            .collect();
        if !foreign.is_empty() {
            let list = foreign.join(", ");
            self.miss(
                name,
                format!("names Python of the project's own: {list}"),
                "it goes on to work in Django; tokens of the packages' form are what this program makes",
            );
        }
    }
}

/// Whether a text of this package stands anywhere in a value.
fn mentions(value: Option<&Python>, package: &str) -> bool {
    let is_of =
        |text: &str| text == package || text.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'));
    match value {
        Some(Python::Text(text)) => is_of(text),
        Some(Python::List(items)) => items.iter().any(|item| mentions(Some(item), package)),
        Some(Python::Dict(members)) => members.iter().any(|(_, value)| mentions(Some(value), package)),
        _ => false,
    }
}

/// The environment variable that sets a setting of ours.
fn variable_of(section: &str, name: &str) -> String {
    let section = if section.is_empty() { String::new() } else { format!("{section}__") };
    format!("COUNTERSIGN__{section}{name}").to_uppercase()
}

/// Code, short enough for a line.
fn brief(code: &str) -> String {
    let line: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
