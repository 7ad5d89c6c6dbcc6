//! `countersign user show`

use super::{find, to_json};
use crate::cli::page::{page, plain};
use crate::cli::{Common, Failure, Output};
use crate::config::Config;
use crate::database;
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::password::{Algorithm, Hashers};
use countersign_core::store::Memberships;
use countersign_core::user::User;
use serde_json::json;

/// Show a user: names, rights, and what kind of hash the password has
#[derive(Debug, Args)]
#[command(after_help = "\
The hash itself is never shown.

Examples:
  countersign user show alice
  countersign user show 1 --json")]
pub(in crate::cli) struct Show {
    /// The username, else the id
    user: String,
}

impl Show {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let users = database::open(&config, SystemClock.now())?.users;
        let user = database::wait(find(&*users, &self.user))?;
        let memberships = database::wait(users.memberships(&user.id))?;
        let hash = Hash::of(&user.password, &config);
        if !output.is_json() {
            return output.text(&described(&user, &memberships, &hash));
        }
        let mut json = to_json(&user);
        json["groups"] = memberships.groups.into();
        json["permissions"] = memberships.permissions.into();
        json["password_hash"] = hash.to_json();
        output.json(&json)
    }
}

/// What can be said of a hash without showing it.
enum Hash {
    /// Django's mark for an account that has no password.
    Unusable,
    /// Nothing that any of the hashers makes.
    Unknown,
    /// One of this algorithm, which is not among those listed.
    NotListed(Algorithm),
    /// One that a password can match.
    Listed { algorithm: Algorithm, needs_upgrade: bool },
}

impl Hash {
    fn of(encoded: &str, config: &Config) -> Self {
        let rules = config.passwords.rules();
        match Algorithm::identify(encoded) {
            _ if !Hashers::is_usable(encoded) => Self::Unusable,
            None => Self::Unknown,
            Some(algorithm) if !rules.hashers.contains(&algorithm) => Self::NotListed(algorithm),
            Some(algorithm) => {
                Self::Listed { algorithm, needs_upgrade: Hashers::new(&rules).needs_upgrade(encoded) }
            }
        }
    }

    const fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Unusable | Self::Unknown => None,
            Self::NotListed(algorithm) | Self::Listed { algorithm, .. } => Some(*algorithm),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        json!({
            "algorithm": self.algorithm().map(Algorithm::name),
            "usable": matches!(self, Self::Listed { .. }),
            "needs_upgrade": matches!(self, Self::Listed { needs_upgrade: true, .. }),
        })
    }

    fn words(&self) -> String {
        match self {
            Self::Unusable => "none: nobody can log in with one".to_owned(),
            Self::Unknown => "not a hash that Django makes: nothing matches it".to_owned(),
            Self::NotListed(algorithm) => {
                format!("{algorithm}, which [passwords] hashers does not list: nothing matches it")
            }
            Self::Listed { algorithm, needs_upgrade: true } => {
                format!("{algorithm}, which the next login replaces by one as new ones are")
            }
            Self::Listed { algorithm, .. } => format!("{algorithm}, as new ones are"),
        }
    }
}

fn described(user: &User, memberships: &Memberships, hash: &Hash) -> String {
    let yes = |truth: bool| if truth { "yes" } else { "no" }.to_owned();
    let time = |at: Option<Timestamp>, none: &str| {
        at.map_or_else(|| none.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
    };
    let name = format!("{} {}", user.first_name, user.last_name);
    page(&[
        ("id", plain(&user.id.to_string())),
        ("username", plain(&user.username)),
        ("email", plain(&user.email)),
        ("name", plain(name.trim())),
        ("active", yes(user.is_active)),
        ("staff", yes(user.is_staff)),
        ("superuser", yes(user.is_superuser)),
        ("joined", time(user.date_joined, "unknown")),
        ("last login", time(user.last_login, "never")),
        ("password", hash.words()),
        ("groups", plain(&memberships.groups.join(", "))),
        ("permissions", plain(&memberships.permissions.join(", "))),
    ])
}
