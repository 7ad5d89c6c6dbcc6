//! A whole site without a network, for the targets that send it requests.

use bytes::Bytes;
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects};
use countersign_core::authority::Authority;
use countersign_core::clock::Timestamp;
use countersign_core::event::{Events, LoginEvent, ReuseEvent};
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::secret::Secret;
use countersign_core::settings::Passwords;
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::testing::{ManualClock, MemoryStore, SeededRandom, block_on};
use countersign_core::token::Tokens;
use http::{HeaderValue, Request};
use http_body_util::Full;
use std::sync::{Arc, LazyLock};

/// Refuses every password at no cost.
struct Nobody;

impl Hashing for Nobody {
    fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
        Box::pin(std::future::ready(Ok(Check::Refused)))
    }

    fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(std::future::ready(Ok(Ok("!".to_owned()))))
    }
}

struct Deaf;

impl Events for Deaf {
    fn login(&self, _: &LoginEvent<'_>) {}
    fn reuse(&self, _: &ReuseEvent<'_>) {}
}

/// Every dialect that needs nothing, on a store in memory. It believes every proxy.
static SITE: LazyLock<Site> = LazyLock::new(|| {
    let store = Arc::new(MemoryStore::new());
    let authority = Authority {
        users: Arc::clone(&store) as _,
        ledger: Some(store as _),
        hashing: Arc::new(Nobody),
        clock: Arc::new(ManualClock::new(Timestamp::from_second(1_795_319_550).expect("an instant"))),
        random: Arc::new(SeededRandom::new(1)),
        events: Arc::new(Deaf),
    };
    let key = Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None);
    let tokens = Tokens::new(Default::default(), KeyRing::new(key));
    let dialects = Dialects {
        simple_jwt: Some(SimpleJwt {
            rules: SimpleJwtRules { tokens, passwords: Passwords::default() },
            paths: SimpleJwtPaths::default(),
            username_field: "username".to_owned(),
        }),
        demo: Some(Demo { mode: Mode::Stateful }),
        ..Dialects::default()
    };
    let settings = SiteSettings {
        trusted_proxies: ["0.0.0.0/0", "::/0"].iter().map(|it| it.parse().expect("a network")).collect(),
        ..SiteSettings::default()
    };
    Site::new(dialects.endpoints(&authority), settings, &SeededRandom::new(1))
});

/// Sends a request, as a connection has it. The answer is one that a stranger may see, and never a 5xx.
///
/// # Panics
/// If it is one.
pub fn send(mut request: Request<Full<Bytes>>) {
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let answer = block_on(SITE.answer(request));
    assert!(!answer.status().is_server_error(), "{}", answer.status());
}

/// The values of a header that a text has, one a line; `None` if one of them cannot be sent.
#[must_use]
pub fn lines(text: &[u8]) -> Option<Vec<HeaderValue>> {
    text.split(|byte| *byte == b'\n').map(|line| HeaderValue::from_bytes(line).ok()).collect()
}
