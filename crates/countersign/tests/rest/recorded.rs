//! Exchanges with djangorestframework-simplejwt 5.5.1 itself, played again: whatever the framework decides
//! before a token or a password is looked at.

use crate::support::*;
use crate::vectors::vectors;
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign_core::authority::Authority;
use countersign_core::clock::SystemClock;
use countersign_core::event::NoEvents;
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::json::Value;
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, SimpleJwt as Settings};
use countersign_core::simple_jwt::SimpleJwtRules;
use countersign_core::testing::MemoryStore;
use countersign_core::token::Tokens;
use std::sync::Arc;

/// No exchange here gets as far as a password.
struct Never;

impl Hashing for Never {
    fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
        panic!("a password was checked")
    }

    fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        panic!("a password was encoded")
    }
}

fn simple_jwt() -> Site {
    let store = Arc::new(MemoryStore::new());
    let authority = Authority {
        users: Arc::clone(&store) as _,
        ledger: Some(store as _),
        hashing: Arc::new(Never),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        events: Arc::new(NoEvents),
    };
    let key = Key::hmac(Algorithm::Hs256, b"a secret of more than thirty-two bytes, surely", None);
    let tokens = Tokens::new(Settings::default(), KeyRing::new(key));
    let dialect = SimpleJwt {
        rules: SimpleJwtRules { tokens, passwords: Passwords::default() },
        paths: SimpleJwtPaths::default(),
        username_field: "username".to_owned(),
    };
    let endpoints = dialect.endpoints(&authority).into_iter().chain([hello()]);
    Site::new(endpoints, SiteSettings::default(), &SystemRandom)
}

/// The words after `JSON parse error - ` are the reader's own.
fn comparable(body: &str) -> &str {
    body.split_inclusive("JSON parse error - ").next().unwrap_or_default()
}

#[tokio::test]
async fn what_simplejwt_answered_is_answered_again() {
    let site = simple_jwt();
    let exchanges = vectors(include_str!("vectors/recorded.json"));
    assert!(exchanges.len() > 300);
    for exchange in exchanges {
        let text = |at: usize| exchange[at].as_str().unwrap_or_default();
        let Value::Array(headers) = &exchange[2] else { panic!("{exchange:?}") };
        let asked = headers.iter().fold(request(text(0), text(1)), |asked, header| match header {
            Value::Array(pair) => asked.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap()),
            other => panic!("{other:?}"),
        });
        let seen = send(&site, asked, text(3)).await;
        assert_eq!(Some(i64::from(seen.status)), exchange[4].as_i64(), "{exchange:?} {}", seen.body);
        assert_eq!((seen.header("content-type"), seen.header("allow")), (text(5), text(7)), "{exchange:?}");
        // The framework's page sets a cookie, ours does not: only there the rest differs.
        if exchange[8] != Value::Null {
            assert_eq!(seen.header("vary"), text(6), "{exchange:?}");
            assert_eq!(comparable(&seen.body), comparable(text(8)), "{exchange:?}");
        }
    }
}
