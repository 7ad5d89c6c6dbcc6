//! A small world: three users, a clock that stands still, a router to ask.

pub(crate) use crate::answer::Answer;

use crate::answer::send;
use axum::Router;
use axum::body::Body;
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::{Events, LoginEvent, LoginOutcome, ReuseEvent};
use countersign_core::json::{Object, Value};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, SimpleJwt as Settings};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::UserAdmin as _;
use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore, block_on};
use countersign_core::token::Tokens;
use countersign_core::user::{NewUser, User, UserId};
use http::Request;
use std::sync::{Arc, Mutex};

pub(crate) const SECRET: &[u8] = b"a secret of more than thirty-two bytes, surely";

/// The second at which everything begins.
pub(crate) const START: i64 = 1_795_319_550;

/// A router and what stands behind it.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) tokens: Tokens,
    router: Router,
}

impl World {
    /// simplejwt as it comes.
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// Rotation with blacklisting, which the rotation rule is about.
    pub(crate) fn rotating() -> Self {
        Self::with(rotation())
    }

    /// With these settings.
    pub(crate) fn with(settings: Settings) -> Self {
        Self::build(settings, true)
    }

    /// With these settings, and with or without the `token_blacklist` app.
    pub(crate) fn build(settings: Settings, blacklist: bool) -> Self {
        let passwords = Passwords { pbkdf2_iterations: 1, ..Passwords::default() };
        let store = Arc::new(MemoryStore::new());
        let hashers = Hashers::new(&passwords);
        for (name, is_active) in [("alice", true), ("ida", false), ("bob", true)] {
            let encoded = hashers.encode(&Secret::from(format!("{name}-pass-1")), &SystemRandom).unwrap();
            block_on(store.add(&NewUser { user: user(name, encoded, is_active) })).unwrap();
        }
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(START).unwrap()));
        let heard = Arc::new(Heard::default());
        let authority = Authority {
            users: Arc::clone(&store) as _,
            ledger: blacklist.then(|| Arc::clone(&store) as _),
            hashing: Arc::new(InlineHashing::new(hashers)),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            events: Arc::clone(&heard) as _,
        };
        let tokens = Tokens::new(settings, KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None)));
        let dialects = Dialects {
            simple_jwt: Some(SimpleJwt {
                rules: SimpleJwtRules { tokens: tokens.clone(), passwords },
                paths: SimpleJwtPaths::default(),
                username_field: "username".to_owned(),
            }),
            demo: Some(Demo { mode: Mode::Stateful }),
            ..Dialects::default()
        };
        let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom);
        Self { clock, store, heard, tokens, router: site.into_router() }
    }

    /// Sends any request.
    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request)
    }

    /// Posts members as JSON.
    pub(crate) fn post(&self, path: &str, members: &[(&str, &str)]) -> Answer {
        let body: Object = members.iter().copied().collect();
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Value::from(body).to_utf8().into()).unwrap())
    }

    /// Gets `/hello/` with this `Authorization`.
    pub(crate) fn hello(&self, authorization: &str) -> Answer {
        let request = Request::get("/hello/").header("authorization", authorization);
        self.send(request.body(Body::empty()).unwrap())
    }

    /// Logs in: (refresh, access).
    pub(crate) fn log_in(&self, name: &str) -> (String, String) {
        let answer = self.post("/api/token/", &[("username", name), ("password", &format!("{name}-pass-1"))]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        (answer.text("refresh"), answer.text("access"))
    }

    /// A token with exactly these claims, well signed.
    pub(crate) fn sign(&self, claims: &str) -> String {
        self.tokens.encode_again(claims)
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Switches a user off or on.
    pub(crate) fn set_active(&self, id: i64, is_active: bool) {
        let change = countersign_core::store::UserChange { is_active: Some(is_active), ..Default::default() };
        assert!(self.store.change_alone(&UserId::Integer(id), change));
    }

    /// Replaces a user's hash.
    pub(crate) fn set_password(&self, id: i64, encoded: &str) {
        let change = countersign_core::store::UserChange { password: Some(encoded), ..Default::default() };
        assert!(self.store.change_alone(&UserId::Integer(id), change));
    }
}

/// Rotation with blacklisting and nothing else.
pub(crate) fn rotation() -> Settings {
    Settings { rotate_refresh_tokens: true, blacklist_after_rotation: true, ..Settings::default() }
}

/// `401 {"detail":"…","code":"token_not_valid"}`
pub(crate) fn not_valid(detail: &str) -> String {
    format!(r#"401 {{"detail":"{detail}","code":"token_not_valid"}}"#)
}

fn user(name: &str, password: String, is_active: bool) -> User {
    User { is_active, email: format!("{name}@example.com"), ..User::new(name, password) }
}

/// Remembers what it heard.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) logins: Mutex<Vec<(String, LoginOutcome)>>,
    pub(crate) reuses: Mutex<Vec<String>>,
}

impl Events for Heard {
    fn login(&self, event: &LoginEvent<'_>) {
        self.logins.lock().unwrap().push((event.username.to_owned(), event.outcome));
    }

    fn reuse(&self, event: &ReuseEvent<'_>) {
        self.reuses.lock().unwrap().push(event.jti.to_owned());
    }
}

impl World {
    /// What the clock says.
    pub(crate) fn clock_now(&self) -> Timestamp {
        countersign_core::clock::Clock::now(&*self.clock)
    }
}
