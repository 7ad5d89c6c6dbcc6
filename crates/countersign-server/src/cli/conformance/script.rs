//! What is asked, in which order.

use super::client::{Ask, Got};
use crate::config::Config;
use crate::config::value::EndpointPath;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A request, before its tokens are known.
pub(super) struct Step {
    dialect: &'static str,
    what: &'static str,
    method: &'static str,
    path: String,
    body: Body,
    /// Whether the tokens of the answer are used by the steps after it.
    keep: bool,
}

enum Body {
    None,
    Json(Value),
    /// A member with a token of the server that is asked, or of the other.
    Token {
        member: &'static str,
        kind: &'static str,
        foreign: bool,
    },
    Raw(&'static str, &'static str),
}

/// The tokens that a server gave, by dialect and member.
#[derive(Default)]
pub(super) struct Tokens(BTreeMap<(&'static str, String), String>);

impl Tokens {
    /// Keeps what a step's answer has.
    pub(super) fn take(&mut self, step: &Step, got: &Got) {
        let Ok(Value::Object(members)) = serde_json::from_str::<Value>(&got.body) else { return };
        for (name, value) in members {
            if let (true, Value::String(token)) = (step.keep, value) {
                self.0.insert((step.dialect, name), token);
            }
        }
    }
}

impl Step {
    pub(super) fn name(&self) -> String {
        format!("{} {} {}", self.method, self.path, self.what)
    }

    /// The request to a server with these tokens, while the other has those. `None` where a token is missing.
    pub(super) fn request(&self, own: &Tokens, others: &Tokens) -> Option<Ask> {
        let (content_type, body) = match &self.body {
            Body::None => (None, String::new()),
            Body::Json(value) => (Some("application/json"), value.to_string()),
            Body::Raw(content_type, text) => (Some(*content_type), (*text).to_owned()),
            Body::Token { member, kind, foreign } => {
                let tokens = if *foreign { others } else { own };
                let token = tokens.0.get(&(self.dialect, (*kind).to_owned()))?;
                (Some("application/json"), json!({ *member: token }).to_string())
            }
        };
        Some(Ask { method: self.method, path: self.path.clone(), content_type, body })
    }
}

/// What is asked of the dialects that this configuration serves.
pub(super) fn steps(config: &Config, user: &str, password: &str) -> Vec<Step> {
    let username = config.users.username.as_str();
    let simple = &config.simple_jwt;
    let mut steps = Vec::new();
    if simple.enabled {
        let dialect = Dialect { name: "simple_jwt", username, user, password };
        let (obtain, refresh) = (&simple.obtain_path, &simple.refresh_path);
        steps.extend(dialect.obtain(obtain.as_ref()));
        steps.extend(dialect.pair(refresh.as_ref(), simple.verify_path.as_ref()));
        let ends = config.blacklist.enabled;
        steps.extend(dialect.end(simple.blacklist_path.as_ref().filter(|_| ends), refresh.as_ref()));
    }
    if config.jwt_auth.enabled {
        let dialect = Dialect { name: "jwt_auth", username, user, password };
        steps.extend(dialect.obtain(config.jwt_auth.obtain_path.as_ref()));
        steps.extend(dialect.single(config.jwt_auth.verify_path.as_ref()));
        steps.extend(dialect.single(config.jwt_auth.refresh_path.as_ref()));
    }
    steps
}

struct Dialect<'a> {
    name: &'static str,
    username: &'a str,
    user: &'a str,
    password: &'a str,
}

impl Dialect<'_> {
    fn step(&self, path: &EndpointPath, what: &'static str, body: Body) -> Step {
        Step { dialect: self.name, what, method: "POST", path: path.as_str().to_owned(), body, keep: false }
    }

    fn credentials(&self, password: &str) -> Body {
        let members = [(self.username, self.user), ("password", password)];
        let members: Map<_, _> =
            members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
        Body::Json(Value::Object(members))
    }

    fn obtain(&self, path: Option<&EndpointPath>) -> Vec<Step> {
        let Some(path) = path else { return Vec::new() };
        let with = |what, body| self.step(path, what, body);
        let asked = |method, what| Step { method, ..self.step(path, what, Body::None) };
        vec![
            Step { keep: true, ..with("with the right password", self.credentials(self.password)) },
            with("with a wrong password", self.credentials("certainly-not-the-password")),
            with("without a password", Body::Json(json!({ self.username: self.user }))),
            with("with nothing", Body::Json(json!({}))),
            with("with a list", Body::Json(json!([]))),
            with("with broken JSON", Body::Raw("application/json", "{\"username\":")),
            with("with a form that lacks all", Body::Raw("application/x-www-form-urlencoded", "a=b")),
            with("with plain text", Body::Raw("text/plain", "hello")),
            asked("GET", "which is not allowed"),
            asked("OPTIONS", "for its description"),
        ]
    }

    fn token(
        &self,
        path: &EndpointPath,
        what: &'static str,
        kind: &'static str,
        member: &'static str,
        foreign: bool,
    ) -> Step {
        self.step(path, what, Body::Token { member, kind, foreign })
    }

    fn pair(&self, refresh: Option<&EndpointPath>, verify: Option<&EndpointPath>) -> Vec<Step> {
        let verified = verify.into_iter().flat_map(|path| {
            [
                self.token(path, "with its own access token", "access", "token", false),
                self.token(path, "with the other's access token", "access", "token", true),
                self.token(path, "with its own refresh token", "refresh", "token", false),
                self.step(path, "with garbage", Body::Json(json!({ "token": "a.b.c" }))),
                self.step(path, "with nothing", Body::Json(json!({}))),
            ]
        });
        let refreshed = refresh.into_iter().flat_map(|path| {
            [
                self.token(path, "with an access token", "access", "refresh", false),
                self.step(path, "with garbage", Body::Json(json!({ "refresh": "a.b.c" }))),
                self.step(path, "with nothing", Body::Json(json!({}))),
                Step { keep: true, ..self.token(path, "with its own token", "refresh", "refresh", false) },
            ]
        });
        verified.chain(refreshed).collect()
    }

    fn end(&self, blacklist: Option<&EndpointPath>, refresh: Option<&EndpointPath>) -> Vec<Step> {
        let Some(path) = blacklist else { return Vec::new() };
        let mut steps = vec![
            self.step(path, "with garbage", Body::Json(json!({ "refresh": "a.b.c" }))),
            self.token(path, "with its own token", "refresh", "refresh", false),
            self.token(path, "with its own token again", "refresh", "refresh", false),
        ];
        steps.extend(
            refresh.map(|path| self.token(path, "with a blacklisted token", "refresh", "refresh", false)),
        );
        steps
    }

    fn single(&self, path: Option<&EndpointPath>) -> Vec<Step> {
        let Some(path) = path else { return Vec::new() };
        vec![
            self.token(path, "with its own token", "token", "token", false),
            self.token(path, "with the other's token", "token", "token", true),
            self.step(path, "with garbage", Body::Json(json!({ "token": "a.b.c" }))),
            self.step(path, "with nothing", Body::Json(json!({}))),
        ]
    }
}
