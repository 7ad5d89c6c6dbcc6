//! A small world: two users, a clock that stands still, the dialects whose tokens have sessions.

use axum::Router;
use axum::body::Body;
use countersign::Demo;
use countersign::Dialects;
use countersign::csrf::CsrfSettings;
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthSettings};
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules};
use countersign_core::event::NoEvents;
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::{Check, Hashers, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, Sessions, SimpleJwt as Settings};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::{UserAdmin as _, UserChange};
use countersign_core::testing::{ManualClock, MemoryStore, block_on};
use countersign_core::token::Tokens;
use countersign_core::user::{NewUser, User, UserId};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

const SECRET: &str = "a secret of more than thirty-two bytes, surely";

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    router: Router,
}

/// What a client was told.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl World {
    /// As simplejwt has it by default.
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// Refresh tokens that rotate, and sessions by these rules.
    pub(crate) fn rotating(sessions: Sessions) -> Self {
        Self::with(Settings {
            rotate_refresh_tokens: true,
            blacklist_after_rotation: true,
            sessions,
            ..Settings::default()
        })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let passwords = Passwords { pbkdf2_iterations: 1, ..Passwords::default() };
        let store = Arc::new(MemoryStore::new());
        let hashers = Hashers::new(&passwords);
        for name in ["alice", "bob"] {
            let encoded = hashers.encode(&Secret::from(format!("{name}-pass-1")), &SystemRandom).unwrap();
            block_on(store.add(&NewUser { user: User::new(name, encoded) })).unwrap();
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_795_319_550).unwrap()));
        let authority = Authority {
            users: Arc::clone(&store) as _,
            ledger: Some(Arc::clone(&store) as _),
            hashing: Arc::new(Inline(hashers)),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            events: Arc::new(NoEvents),
        };
        let dialects = dialects(settings, passwords);
        let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom);
        Self { clock, store, router: site.into_router() }
    }

    /// Sends a request with a JSON body, if any, and a token, if any.
    pub(crate) fn send(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Told {
        let mut request = Request::builder().method(method).uri(path).header("host", "testserver");
        request = request.header("user-agent", "a browser").header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            let bytes = answer.into_body().collect().await.unwrap().to_bytes();
            Told { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
        })
    }

    /// Logs in by `simple_jwt`: (refresh, access).
    pub(crate) fn log_in(&self, name: &str) -> (String, String) {
        let body = json!({ "username": name, "password": format!("{name}-pass-1") });
        let told = self.send(Method::POST, "/api/token/", "", Some(body));
        let text = |name: &str| told.body[name].as_str().unwrap_or_else(|| panic!("{told:?}")).to_owned();
        (text("refresh"), text("access"))
    }

    pub(crate) fn refresh(&self, refresh: &str) -> Told {
        self.send(Method::POST, "/api/token/refresh/", "", Some(json!({ "refresh": refresh })))
    }

    pub(crate) fn list(&self, access: &str) -> Told {
        self.send(Method::GET, "/accounts/sessions/", access, None)
    }

    pub(crate) fn end(&self, which: &str, access: &str) -> Told {
        self.send(Method::DELETE, &format!("/accounts/sessions/{which}"), access, None)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Changes alice's hash as Django does.
    pub(crate) fn change_password(&self) {
        let change = UserChange { password: Some("another"), ..UserChange::default() };
        assert!(self.store.change_alone(&UserId::Integer(1), change));
    }
}

fn dialects(settings: Settings, passwords: Passwords) -> Dialects {
    let cookies = Lifetimes { sessions: settings.sessions, ..Lifetimes::default() };
    let rules = CookieAuthRules::new(&cookies, &SECRET.into(), None, passwords.clone()).unwrap();
    let plain = CookieAuthSettings { cookie_secure: false, ..CookieAuthSettings::default() };
    let keys = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None));
    Dialects {
        simple_jwt: Some(SimpleJwt {
            rules: SimpleJwtRules { tokens: Tokens::new(settings, keys), passwords },
            paths: SimpleJwtPaths::default(),
            username_field: "username".to_owned(),
        }),
        cookie_auth: Some(CookieAuth::new(rules, plain, CsrfSettings::default(), None).unwrap()),
        sessions_path: "/accounts/sessions/".to_owned(),
        demo: Some(Demo { mode: Mode::Stateful }),
        ..Dialects::default()
    }
}

/// Hashes on the spot.
struct Inline(Hashers);

impl Hashing for Inline {
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check> {
        Box::pin(async move { Ok(self.0.check(&password, encoded.as_deref(), &SystemRandom)) })
    }

    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(async move { Ok(self.0.encode(&password, &SystemRandom)) })
    }
}
