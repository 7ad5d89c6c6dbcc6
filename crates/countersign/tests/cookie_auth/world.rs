//! A small world: three users, a clock that stands still, a router behind cross-origin rules, and a client with a jar.

pub(crate) use crate::answer::Answer;

use crate::answer::send;
use axum::Router;
use axum::body::Body;
use countersign::Dialects;
use countersign::cors::{Cors, CorsSettings};
use countersign::csrf::CsrfSettings;
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthSettings};
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules};
use countersign_core::event::NoEvents;
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, SimpleJwt as SimpleJwtSettings};
use countersign_core::simple_jwt::SimpleJwtRules;
use countersign_core::store::{UserAdmin as _, UserChange};
use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore, block_on};
use countersign_core::token::Tokens;
use countersign_core::user::{NewUser, User, UserId};
use http::Request;
use http::header::SET_COOKIE;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tower::Layer as _;

pub(crate) const SECRET: &str = "a secret of more than thirty-two bytes, surely";
/// The page that the guide lets call.
pub(crate) const PAGE: &str = "http://localhost:3000";
/// The second at which everything begins.
pub(crate) const START: i64 = 1_795_319_550;

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) rules: CookieAuthRules,
    router: Router,
}

impl World {
    /// The guide's settings: one page with credentials, no trusted origin, plain HTTP on this machine.
    pub(crate) fn new() -> Self {
        Self::with(CookieAuthSettings { cookie_secure: false, ..CookieAuthSettings::default() })
    }

    pub(crate) fn strict() -> Self {
        let settings = CookieAuthSettings { cookie_secure: false, strict_peer: true, ..Default::default() };
        Self::with(settings)
    }

    pub(crate) fn with(settings: CookieAuthSettings) -> Self {
        let passwords = Passwords { pbkdf2_iterations: 1, ..Passwords::default() };
        let store = Arc::new(MemoryStore::new());
        let hashers = Hashers::new(&passwords);
        for (name, is_active) in [("alice", true), ("ida", false), ("bob", true)] {
            let encoded = hashers.encode(&Secret::from(format!("{name}-pass-1")), &SystemRandom).unwrap();
            block_on(store.add(&NewUser { user: user(name, encoded, is_active) })).unwrap();
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(START).unwrap()));
        let authority = Authority {
            users: Arc::clone(&store) as _,
            ledger: Some(Arc::clone(&store) as _),
            hashing: Arc::new(InlineHashing::new(hashers)),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            events: Arc::new(NoEvents),
        };
        let cors = Cors::new(CorsSettings {
            allowed_origins: vec![PAGE.to_owned()],
            allow_credentials: true,
            ..CorsSettings::default()
        })
        .unwrap();
        let lifetimes = Lifetimes::default();
        let rules = CookieAuthRules::new(&lifetimes, &SECRET.into(), None, passwords.clone()).unwrap();
        let dialect = CookieAuth::new(rules.clone(), settings, CsrfSettings::default(), Some(&cors)).unwrap();
        let dialects = Dialects {
            simple_jwt: Some(simple_jwt(passwords)),
            cookie_auth: Some(dialect),
            ..Dialects::default()
        };
        let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom);
        let router = Router::new().fallback_service(cors.layer(site));
        Self { clock, store, rules, router }
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request)
    }

    /// Posts members as JSON, with these headers.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::post(path).header("host", "testserver");
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path).header("host", "testserver");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap())
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, jar: Mutex::default(), origin: Some("http://testserver") }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) fn set_active(&self, id: i64, is_active: bool) {
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        assert!(self.store.change_alone(&UserId::Integer(id), change));
    }

    pub(crate) fn delete(&self, id: i64) {
        assert!(self.store.delete_alone(&UserId::Integer(id)));
    }
}

/// A page in a browser: it keeps cookies by name and path, sends them with every request below that path, and says
/// where it comes from.
pub(crate) struct Browser<'w> {
    world: &'w World,
    /// (name, path) and value.
    jar: Mutex<BTreeMap<(String, String), String>>,
    origin: Option<&'static str>,
}

impl Browser<'_> {
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let cookies = self.cookies(path);
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        if let Some(origin) = self.origin {
            all.push(("origin", origin));
        }
        let answer = self.world.post(path, &all, body);
        self.keep(&answer);
        answer
    }

    /// The same, but its requests say that they come from there, or do not say it.
    pub(crate) fn claiming(self, origin: Option<&'static str>) -> Self {
        Self { origin, ..self }
    }

    pub(crate) fn log_in(&self, name: &str) -> Answer {
        self.post("/accounts/login", &[], &credentials(name))
    }

    /// Posts with the CSRF token of the jar, as a page of this site does.
    pub(crate) fn prove(&self, path: &str) -> Answer {
        let token = self.cookie("csrftoken").unwrap_or_default();
        self.post(path, &[("x-csrftoken", &token)], "")
    }

    pub(crate) fn refresh(&self) -> Answer {
        self.prove("/accounts/refresh_token")
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap();
        jar.iter().find(|((other, _), _)| other == name).map(|(_, value)| value.clone())
    }

    /// Puts a cookie into the jar, as a thief's browser might.
    pub(crate) fn put(&self, name: &str, path: &str, value: &str) {
        self.jar.lock().unwrap().insert((name.to_owned(), path.to_owned()), value.to_owned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.jar.lock().unwrap().is_empty()
    }

    fn cookies(&self, path: &str) -> String {
        let jar = self.jar.lock().unwrap();
        let sent = jar.iter().filter(|((_, below), _)| {
            path == below || path.starts_with(&format!("{}/", below.trim_end_matches('/')))
        });
        sent.map(|((name, _), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, answer: &Answer) {
        let mut jar = self.jar.lock().unwrap();
        for line in answer.cookies() {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let attribute = |name: &str| {
                let prefix = format!("{name}=");
                attributes
                    .split("; ")
                    .find_map(|attribute| attribute.strip_prefix(&prefix).map(str::to_owned))
            };
            let key = (name.to_owned(), attribute("Path").unwrap());
            if attribute("Max-Age").unwrap() == "0" {
                jar.remove(&key);
            } else {
                jar.insert(key, value.to_owned());
            }
        }
    }
}

impl Answer {
    /// The names of the body's members.
    pub(crate) fn names(&self) -> Vec<String> {
        self.object().iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// The lines of `Set-Cookie`.
    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn credentials(name: &str) -> String {
    format!(r#"{{"username":"{name}","password":"{name}-pass-1"}}"#)
}

fn simple_jwt(passwords: Passwords) -> SimpleJwt {
    let keys = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None));
    SimpleJwt {
        rules: SimpleJwtRules { tokens: Tokens::new(SimpleJwtSettings::default(), keys), passwords },
        paths: SimpleJwtPaths::default(),
        username_field: "username".to_owned(),
    }
}

fn user(name: &str, password: String, is_active: bool) -> User {
    User {
        id: UserId::Integer(0),
        username: name.to_owned(),
        password,
        is_active,
        is_staff: false,
        is_superuser: false,
        email: format!("{name}@example.com"),
        first_name: name.to_uppercase(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}
