//! The program's own application on an SQLite file, with a clock in our hand, as the subject of a replay.

use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::process::Settings;
use countersign_conformance::recording::PEOPLE;
use countersign_conformance::replay::Subject;
use countersign_conformance::router::InProcess;
use countersign_conformance::{file, settings};
use countersign_core::authority::Authority;
use countersign_core::clock::Timestamp;
use countersign_core::jws::generate;
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::testing::{InlineHashing, ManualClock};
use countersign_server::config::{Config, Layers};
use countersign_server::{app, database};
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
        let path = folder.path().join("countersign.db");
        let config = configured(settings, &path, &folder.path().join("countersign.toml"));
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

        database::migrate(&config, Timestamp::UNIX_EPOCH).unwrap();
        let database = database::open(&config, Timestamp::UNIX_EPOCH).unwrap();
        let hashing = Arc::new(InlineHashing::new(Hashers::new(&config.passwords.rules())));
        let authority = app::authority(&config, &database, || Some(hashing)).unwrap();
        let authority = Authority { clock: Arc::clone(&clock) as _, ..authority };
        let router = app::site(&config, &authority, &database).into_router().layer(app::cors(&config));

        let set = move |moment| clock.set(Timestamp::from_second(moment).unwrap());
        let mut router = InProcess::new(runtime, router, set, &path);
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
    for name in ["ALGORITHM", "JWT_ALGORITHM"].iter().filter_map(|name| settings.get(*name)) {
        if let Some(file) = settings::key_file(name, database).filter(|file| !file.exists()) {
            fs::write(file, generate(name.parse().unwrap(), &SystemRandom).expose()).unwrap();
        }
    }
    fs::write(path, settings::configuration(settings, database).unwrap()).unwrap();
    Layers::default().file(Some(path)).load().unwrap_or_else(|invalid| panic!("{invalid}"))
}
