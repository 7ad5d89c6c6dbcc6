//! A site with everything mounted.

use countersign::cookie::{Cookie, CookieAttributes, SameSite};
use countersign::csrf::{Csrf, CsrfSettings};
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthSettings};
use countersign::dialects::jwt_auth::{JwtAuth, JwtAuthCookies};
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::openapi::Description;
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects, HashingPool};
use countersign_core::authority::Authority;
use countersign_core::clock::Timestamp;
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules};
use countersign_core::event::NoEvents;
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::jwt_auth::{JwtAuth as Settings, JwtAuthRules, Profile, Tokens as JwtTokens};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::settings::{Passwords, SimpleJwt as SimpleSettings};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::testing::{ManualClock, MemoryStore};
use countersign_core::token::Tokens;
use serde_json::Value;
use std::num::NonZero;
use std::sync::Arc;

fn ring() -> KeyRing {
    KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than thirty-two bytes, surely", None))
}

fn jwt_auth(store: &Arc<MemoryStore>, exchange_for: SimpleJwtRules) -> JwtAuth {
    let rules = JwtAuthRules {
        tokens: JwtTokens::new(Settings::of(Profile::Fork), ring()),
        passwords: Passwords::default(),
        revocations: Some(Arc::clone(store) as _),
    };
    let attributes = CookieAttributes {
        domain: None,
        path: "/".to_owned(),
        secure: true,
        http_only: true,
        same_site: SameSite::Lax,
        partitioned: false,
    };
    let cookies = JwtAuthCookies {
        auth: Some(Cookie::new("jwt".to_owned(), attributes).unwrap()),
        impersonation: None,
        csrf: Csrf::new(CsrfSettings::default()).unwrap(),
        csrf_token: true,
    };
    JwtAuth { cookies: Some(cookies), exchange_for: Some(exchange_for), ..JwtAuth::new(rules) }
}

/// Every endpoint that there is.
pub(crate) fn all_dialects(settings: SiteSettings) -> Site {
    let passwords = Passwords::default();
    let store = Arc::new(MemoryStore::new());
    let hashers = Arc::new(Hashers::new(&passwords));
    let authority = Authority {
        users: Arc::clone(&store) as _,
        ledger: Some(Arc::clone(&store) as _),
        hashing: Arc::new(HashingPool::new(hashers, Arc::new(SystemRandom), NonZero::<usize>::MIN).unwrap()),
        clock: Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)),
        random: Arc::new(SystemRandom),
        events: Arc::new(NoEvents),
    };
    let simple = SimpleJwtRules { tokens: Tokens::new(SimpleSettings::default(), ring()), passwords };
    let rules =
        CookieAuthRules::new(&Lifetimes::default(), &"a secret".into(), None, Passwords::default()).unwrap();
    let cookie_auth =
        CookieAuth::new(rules, CookieAuthSettings::default(), CsrfSettings::default(), None).unwrap();
    let dialects = Dialects {
        jwt_auth: Some(jwt_auth(&store, simple.clone())),
        simple_jwt: Some(SimpleJwt {
            rules: simple,
            paths: SimpleJwtPaths::default(),
            username_field: "username".to_owned(),
        }),
        cookie_auth: Some(cookie_auth),
        demo: Some(Demo { mode: Mode::Stateful }),
        ..Dialects::default()
    };
    Site::new(dialects.endpoints(&authority), settings, &SystemRandom)
}

/// The description of that site.
pub(crate) fn document(settings: SiteSettings) -> Value {
    let site = all_dialects(settings);
    let document = Description::of(&site, "countersign", "0").document();
    serde_json::from_str(&document.to_utf8()).unwrap()
}
