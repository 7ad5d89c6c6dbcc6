//! The library on an SQLite file, configured by the program's own configuration, as the subject of a replay.

use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects};
use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::process::Settings;
use countersign_conformance::recording::PEOPLE;
use countersign_conformance::replay::Subject;
use countersign_conformance::router::InProcess;
use countersign_conformance::{file, settings};
use countersign_core::authority::Authority;
use countersign_core::clock::Timestamp;
use countersign_core::event::{Events, LoginEvent, ReuseEvent};
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::{Check, Hashers, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::testing::ManualClock;
use countersign_core::token::Tokens;
use countersign_server::config::{Config, Layers};
use countersign_store::Options;
use countersign_store::sqlite::Sqlite;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// The router and its database.
pub(crate) struct Stand {
    router: InProcess,
    _folder: TempDir,
}

impl Stand {
    /// As the peer is under these settings, with the people of the recordings.
    pub(crate) fn new(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("countersign.db");
        let config = configured(settings, &database, &folder.path().join("countersign.toml"));
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

        let mut options = Options::new(database.as_path().into());
        Sqlite::migrate(&options, Timestamp::UNIX_EPOCH).unwrap();
        options.blacklist = config.blacklist.enabled;
        let store = Sqlite::open(&options, Timestamp::UNIX_EPOCH).unwrap();
        let hosts = settings.get("ALLOWED_HOSTS").map_or("*", String::as_str);
        let router = site(&config, hosts, Arc::new(store), &clock).into_router();

        let set = move |moment| clock.set(Timestamp::from_second(moment).unwrap());
        let mut router = InProcess::new(runtime, router, set, &database);
        router.sql(&fs::read_to_string(file(PEOPLE)).unwrap());
        Self { router, _folder: folder }
    }
}

impl Subject for Stand {
    fn answer(&mut self, moment: i64, request: &Request) -> Response {
        self.router.answer(moment, request)
    }

    fn sql(&mut self, statements: &str) {
        self.router.sql(statements);
    }
}

/// The peer's settings, read by the program's own configuration.
fn configured(settings: &Settings, database: &Path, path: &Path) -> Config {
    fs::write(path, settings::configuration(settings, database).unwrap()).unwrap();
    Layers::default().file(Some(path)).load().unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn site(config: &Config, hosts: &str, store: Arc<Sqlite>, clock: &Arc<ManualClock>) -> Site {
    let passwords = config.passwords.rules();
    let authority = Authority {
        users: Arc::clone(&store) as _,
        ledger: config.blacklist.enabled.then_some(store as _),
        hashing: Arc::new(Inline(Hashers::new(&passwords))),
        clock: Arc::clone(clock) as _,
        random: Arc::new(SystemRandom),
        events: Arc::new(Deaf),
    };
    let algorithm = match config.simple_jwt.algorithm.name() {
        "HS512" => Algorithm::Hs512,
        _ => Algorithm::Hs256,
    };
    let keys = KeyRing::new(Key::hmac(algorithm, config.signing_key().unwrap().expose(), None));
    let dialects = Dialects {
        simple_jwt: Some(SimpleJwt {
            rules: SimpleJwtRules { tokens: Tokens::new(config.simple_jwt.rules(), keys), passwords },
            paths: SimpleJwtPaths::default(),
            username_field: "username".to_owned(),
        }),
        demo: config.demo.enabled.then_some(Demo { mode: Mode::Stateful }),
        ..Dialects::default()
    };
    let habits = SiteSettings {
        append_slash: config.server.append_slash,
        json_only: config.server.json_only,
        locales: config.server.locales,
        allowed_hosts: vec![hosts.to_owned()],
        ..SiteSettings::default()
    };
    Site::new(dialects.endpoints(&authority), habits, &SystemRandom)
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

/// Nobody listens.
struct Deaf;

impl Events for Deaf {
    fn login(&self, _: &LoginEvent<'_>) {}
    fn reuse(&self, _: &ReuseEvent<'_>) {}
}
