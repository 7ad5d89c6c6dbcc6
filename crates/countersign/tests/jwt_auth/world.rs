//! A small world: five users, a clock that stands still, a router to ask.

pub(crate) use crate::answer::Answer;

use crate::answer::send;
use axum::Router;
use axum::body::Body;
use countersign::cookie::{Cookie, CookieAttributes, SameSite};
use countersign::csrf::{Csrf, CsrfSettings, OriginRules};
use countersign::dialects::jwt_auth::{JwtAuth, JwtAuthCookies};
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::NoEvents;
use countersign_core::json::{Object, Reader, Value};
use countersign_core::jws::{Algorithm, Key, KeyRing, peek_payload};
use countersign_core::jwt_auth::{JwtAuth as Settings, JwtAuthRules, Profile, Tokens};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{self, Passwords};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::{UserAdmin as _, UserChange};
use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore, block_on};
use countersign_core::user::{NewUser, User, UserId};
use http::Request;
use std::sync::Arc;

pub(crate) const SECRET: &[u8] = b"a secret of more than thirty-two bytes, surely";

/// The second at which everything begins: Sun, 22 Nov 2026 03:52:30 GMT.
pub(crate) const START: i64 = 1_795_319_550;

/// A router and what stands behind it.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    router: Router,
}

/// What is mounted.
pub(crate) struct Scene {
    pub(crate) settings: Settings,
    pub(crate) passwords: Passwords,
    pub(crate) keys: KeyRing,
    pub(crate) blacklist: bool,
    pub(crate) accept_jwt_auth: bool,
    pub(crate) with: Box<dyn FnOnce(&mut JwtAuth)>,
}

impl Scene {
    pub(crate) fn of(settings: Settings) -> Self {
        Self {
            settings,
            passwords: Passwords { pbkdf2_iterations: 1, ..Passwords::default() },
            keys: keys(),
            blacklist: true,
            accept_jwt_auth: false,
            with: Box::new(|_| {}),
        }
    }

    /// With this changed about the dialect.
    pub(crate) fn with(self, with: impl FnOnce(&mut JwtAuth) + 'static) -> Self {
        Self { with: Box::new(with), ..self }
    }

    pub(crate) fn build(self) -> World {
        World::build(self)
    }
}

impl World {
    /// drf-jwt as it comes.
    pub(crate) fn fork() -> Self {
        Scene::of(Settings::of(Profile::Fork)).build()
    }

    /// djangorestframework-jwt as the guides set it up: with refreshing.
    pub(crate) fn original() -> Self {
        Scene::of(original()).build()
    }

    fn build(scene: Scene) -> Self {
        let store = Arc::new(MemoryStore::new());
        let hashers = Hashers::new(&scene.passwords);
        for name in ["alice", "ida", "root", "bob"] {
            let encoded = hashers.encode(&Secret::from(format!("{name}-pass-1")), &SystemRandom).unwrap();
            block_on(store.add(&NewUser { user: user(name, encoded) })).unwrap();
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
        let mut jwt_auth = JwtAuth::new(JwtAuthRules {
            tokens: Tokens::new(scene.settings, scene.keys),
            passwords: scene.passwords,
            revocations: scene.blacklist.then(|| Arc::clone(&store) as _),
        });
        (scene.with)(&mut jwt_auth);
        let dialects = Dialects {
            simple_jwt: Some(SimpleJwt {
                rules: simple(),
                paths: SimpleJwtPaths::default(),
                username_field: "username".to_owned(),
            }),
            jwt_auth: Some(jwt_auth),
            accept_jwt_auth: scene.accept_jwt_auth,
            demo: Some(Demo { mode: Mode::Stateful }),
            ..Dialects::default()
        };
        let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom);
        Self { clock, store, router: site.into_router() }
    }

    /// Sends any request.
    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request)
    }

    /// Asks with these headers and this body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.to_owned().into()).unwrap())
    }

    /// Posts JSON.
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &[("content-type", "application/json")], body)
    }

    /// Posts JSON with a token.
    pub(crate) fn post_as(&self, token: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", &*authorization)];
        self.ask("POST", path, &headers, body)
    }

    /// Asks with a token and without a body.
    pub(crate) fn ask_as(&self, token: &str, method: &str, path: &str) -> Answer {
        self.ask(method, path, &[("authorization", &format!("Bearer {token}"))], "")
    }

    /// Gets the protected endpoint with this `Authorization`.
    pub(crate) fn view(&self, authorization: &str) -> Answer {
        self.ask("GET", "/api/endpoint/", &[("authorization", authorization)], "")
    }

    /// Posts a token.
    pub(crate) fn post_token(&self, path: &str, token: &str) -> Answer {
        let body = Object::from([("token", token)]);
        self.post(path, &Value::from(body).to_utf8())
    }

    pub(crate) fn verify(&self, token: &str) -> Answer {
        self.post_token("/api-token-verify/", token)
    }

    pub(crate) fn refresh(&self, token: &str) -> Answer {
        self.post_token("/api-token-refresh/", token)
    }

    pub(crate) fn try_login(&self, name: &str, password: &str) -> Answer {
        let body = Object::from([("username", name), ("password", password)]);
        self.post("/api-token-auth/", &Value::from(body).to_utf8())
    }

    /// Logs in.
    pub(crate) fn login(&self, name: &str) -> String {
        self.try_login(name, &format!("{name}-pass-1")).text("token")
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Changes a user.
    pub(crate) fn change(&self, id: i64, change: UserChange<'_>) {
        assert!(self.store.change_alone(&UserId::Integer(id), change));
    }
}

pub(crate) fn original() -> Settings {
    Settings { allow_refresh: true, ..Settings::of(Profile::Original) }
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None))
}

/// simplejwt as it comes, with the same key.
pub(crate) fn simple() -> SimpleJwtRules {
    SimpleJwtRules {
        tokens: countersign_core::token::Tokens::new(settings::SimpleJwt::default(), keys()),
        passwords: Passwords { pbkdf2_iterations: 1, ..Passwords::default() },
    }
}

/// Cookies as drf-jwt sets them.
pub(crate) fn cookies(csrf_token: bool) -> JwtAuthCookies {
    let attributes = || CookieAttributes {
        domain: None,
        path: "/".to_owned(),
        secure: true,
        http_only: true,
        same_site: SameSite::Lax,
        partitioned: false,
    };
    let csrf = CsrfSettings {
        trusted_origins: vec!["https://app.example.com".to_owned()],
        origin_rules: OriginRules::FetchMetadata,
        ..CsrfSettings::default()
    };
    JwtAuthCookies {
        auth: Some(Cookie::new("jwt-token", attributes()).unwrap()),
        impersonation: Some(Cookie::new("imp-token", attributes()).unwrap()),
        csrf: Csrf::new(csrf).unwrap(),
        csrf_token,
    }
}

/// A token with exactly these claims, well signed.
pub(crate) fn signed(claims: &str) -> String {
    keys().sign(claims)
}

/// A token as drf-jwt writes it for a user, with more claims before and after.
pub(crate) fn token_with(claims: &str) -> String {
    signed(&format!(r#"{{{claims},"iat":{START},"exp":{},"orig_iat":{START}}}"#, START + 300))
}

/// The claims of a token, not verified.
pub(crate) fn claims(token: &str) -> Object {
    match Reader::CLAIMS.read(&peek_payload(token).unwrap()) {
        Ok(Value::Object(claims)) => claims,
        other => panic!("{other:?}"),
    }
}

/// `400 {"non_field_errors":["…"]}`
pub(crate) fn complaint(message: &str) -> String {
    format!(r#"400 {{"non_field_errors":["{message}"]}}"#)
}

/// `401 {"detail":"…"}`
pub(crate) fn refused(detail: &str) -> String {
    format!(r#"401 {{"detail":"{detail}"}}"#)
}

pub(crate) const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
pub(crate) const FORBIDDEN: &str = r#"403 {"detail":"You do not have permission to perform this action."}"#;

fn user(name: &str, password: String) -> User {
    User {
        id: UserId::Integer(0),
        username: name.to_owned(),
        password,
        is_active: name != "ida",
        is_staff: false,
        is_superuser: name == "root",
        email: format!("{name}@example.com"),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}
