//! A real server with pages, and a clock that can be moved.

use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::docs::{self, Documentation};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects, HashingPool};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::NoEvents;
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, SimpleJwt as Settings};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::UserAdmin as _;
use countersign_core::testing::{ManualClock, MemoryStore};
use countersign_core::token::Tokens;
use countersign_core::user::{NewUser, User};
use std::num::NonZero;
use std::sync::Arc;
use tokio::net::TcpListener;

pub(crate) struct Stage {
    base: String,
    clock: Arc<ManualClock>,
}

impl Stage {
    /// Serves until the test ends.
    pub(crate) async fn new() -> Self {
        let passwords = Passwords { pbkdf2_iterations: 1, ..Passwords::default() };
        let hashers = Arc::new(Hashers::new(&passwords));
        let store = Arc::new(MemoryStore::new());
        let encoded = hashers.encode(&Secret::from("alice-pass-1"), &SystemRandom).unwrap();
        store.add(&NewUser { user: User::new("alice", encoded) }).await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_795_319_550).unwrap()));
        let authority = Authority {
            users: Arc::clone(&store) as _,
            ledger: Some(store as _),
            hashing: Arc::new(
                HashingPool::new(hashers, Arc::new(SystemRandom), NonZero::<usize>::MIN).unwrap(),
            ),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            events: Arc::new(NoEvents),
        };
        let key = Key::hmac(Algorithm::Hs256, b"a secret of more than thirty-two bytes, surely", None);
        let tokens = Tokens::new(Settings::default(), KeyRing::new(key));
        let dialects = Dialects {
            simple_jwt: Some(SimpleJwt {
                rules: SimpleJwtRules { tokens, passwords },
                paths: SimpleJwtPaths::default(),
                username_field: "username".to_owned(),
            }),
            demo: Some(Demo { mode: Mode::Stateful }),
            ..Dialects::default()
        };
        let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom)
            .explaining(dialects.inspector(&authority), Some(docs::PATH));
        let documentation =
            Documentation { site: site.clone(), title: "countersign", version: "0", routes: Vec::new() };
        let router = documentation.router(docs::PATH, Some("/")).fallback_service(site);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(socket, router).await });
        Self { base, clock }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Lets so many seconds pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}
