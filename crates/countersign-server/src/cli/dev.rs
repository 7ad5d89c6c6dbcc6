//! `countersign dev`: everything that is needed to see it work.

mod key;
mod welcome;

use super::serve::{FirstSuperuser, serve};
use super::{Common, Failure, Output};
use crate::config::Config;
use crate::{database, telemetry};
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::user::{NewUser, User};
use countersign_store::{DatabaseUrl, OpenFault};
use std::path::PathBuf;

/// The user that the first start makes: name and password.
const DEMO: &str = "demo";

/// Arguments of `dev`.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Where to listen; a loopback address
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
}

impl Dev {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let mut layers = common.layers().preset("demo", "enabled", true, "countersign dev").preset(
            "admin",
            "enabled",
            true,
            "countersign dev",
        );
        // One guide sets one word and sends the other, and refreshes; all of it works here.
        let words = toml::Value::from(vec!["JWT", "Bearer"]);
        layers = layers.preset("jwt_auth", "auth_header_prefix", words, "countersign dev").preset(
            "jwt_auth",
            "allow_refresh",
            true,
            "countersign dev",
        );
        if let Some(listen) = &self.listen {
            layers = layers.flag("server", "listen", listen, "--listen");
        }
        let url = layers.clone().without_keys().load()?.top.database;
        let layers = key::beside(&beside(&url), layers)?;
        let config = layers.load()?;
        if !config.server.listen.is_loopback() {
            return Err(Failure::Refused(format!(
                "`dev` makes a user whose password everybody knows, so it listens on loopback only, not on {}; \
                 `countersign serve` is for others to connect",
                config.server.listen.0
            )));
        }
        output.warnings(&config.warnings);
        telemetry::start(config.server.log_format, common);
        let is_new = is_new(&url, &config);
        if is_new {
            first_start(&config)?;
        }
        let page = welcome::Welcome::of(&config, shown(&url), is_new);
        let output = output.clone();
        serve(config, layers, FirstSuperuser::ByLink, move |base, admin| {
            output.note(&page.text(base, admin.as_deref()));
            Ok(())
        })
    }
}

/// Beside what the key is kept: the file; where it is a server, what the file would be.
fn beside(url: &DatabaseUrl) -> PathBuf {
    match url {
        DatabaseUrl::Sqlite(file) => file.clone(),
        _ => "countersign.db".into(),
    }
}

/// Whether nothing is there yet: no file, or nothing in the server's database. A database that has users gets none from
/// us, least of all one whose password everybody knows.
fn is_new(url: &DatabaseUrl, config: &Config) -> bool {
    match url {
        DatabaseUrl::Sqlite(file) => !file.exists(),
        _ => database::check(config).is_err_and(|error| *error.fault() == OpenFault::Missing),
    }
}

/// As the welcome says where users and tokens are.
fn shown(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(file) => file.display().to_string(),
        other => other.to_string(),
    }
}

/// Makes the database and the demo user.
fn first_start(config: &Config) -> Result<(), Failure> {
    let now = SystemClock.now();
    database::migrate(config, now)?;
    let hashers = Hashers::new(&config.passwords.rules());
    let password = hashers
        .encode(&Secret::from(DEMO), &SystemRandom)
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let user =
        User { email: format!("{DEMO}@example.com"), date_joined: Some(now), ..User::new(DEMO, password) };
    let database = database::open(config, now)?;
    database::wait(database.users.add(&NewUser { user }))
        .map(drop)
        .map_err(|error| Failure::Refused(error.to_string()))
}
