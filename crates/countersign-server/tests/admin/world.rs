//! A database, the pages on it, and a clock that stands still.

use axum::Router;
use countersign_core::authority::Authority;
use countersign_core::clock::{Clock as _, SignedDuration, SystemClock, Timestamp};
use countersign_core::event::NoEvents;
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::store::AddOutcome;
use countersign_core::testing::{InlineHashing, ManualClock};
use countersign_core::user::{NewUser, User};
use countersign_server::activity::Activity;
use countersign_server::config::{Config, Environment, Layers};
use countersign_server::database::{self, Database};
use countersign_server::pages::admin::{Admin, routes};
use std::sync::Arc;

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct World {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) config: Config,
    pub(crate) database: Database,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) admin: Arc<Admin>,
    pub(crate) router: Router,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    pub(crate) fn with(settings: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("admin.db").display());
        Self::on(directory, &url, settings)
    }

    /// On another database; its configuration is in this folder.
    pub(crate) fn on(directory: tempfile::TempDir, url: &str, settings: &str) -> Self {
        let file = directory.path().join("countersign.toml");
        let text = format!(
            "database = \"{url}\"\nsecret_key = \"{}\"\n[passwords]\npbkdf2_iterations = 1\n[admin]\nenabled = \
             true\n{settings}",
            "k7".repeat(32)
        );
        std::fs::write(&file, text).unwrap();
        let config = Layers::default().environment(Environment::default()).file(Some(&file)).load().unwrap();
        let now = SystemClock.now();
        database::migrate(&config, now).unwrap();
        let database = database::open(&config, now).unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let activity = Arc::new(Activity::new(Arc::new(NoEvents)));
        let authority = Authority {
            users: database.store.clone(),
            ledger: Some(database.store.clone() as _),
            hashing: Arc::new(InlineHashing::new(Hashers::new(&config.passwords.rules()))),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            events: Arc::clone(&activity) as _,
        };
        let admin = Admin::new(&config, &authority, &database, &config.rings(), Arc::clone(&activity));
        let router = routes(&admin);
        Self { directory, config, database, clock, activity, admin, router }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    pub(crate) async fn add(&self, user: User) -> User {
        let hashers = Hashers::new(&self.config.passwords.rules());
        let password = hashers.encode(&Secret::from(PASSWORD), &SystemRandom).unwrap();
        let user = User { password, date_joined: Some(self.now()), ..user };
        match self.database.users.add(&NewUser { user }).await.unwrap() {
            AddOutcome::Added(added) => added,
            AddOutcome::UsernameTaken => panic!("the name is taken"),
        }
    }

    pub(crate) async fn superuser(&self, name: &str) -> User {
        self.add(User { is_staff: true, is_superuser: true, ..User::new(name, "") }).await
    }

    pub(crate) async fn staff(&self, name: &str) -> User {
        self.add(User { is_staff: true, ..User::new(name, "") }).await
    }

    pub(crate) async fn plain(&self, name: &str) -> User {
        self.add(User { email: format!("{name}@example.org"), ..User::new(name, "") }).await
    }

    pub(crate) async fn find(&self, name: &str) -> Option<Arc<User>> {
        self.database.users.find_by_username(name).await.unwrap()
    }
}
