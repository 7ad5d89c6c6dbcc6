use crate::config::setting::{Advice, section};
use countersign_core::secret::Secret;
use countersign_store::DatabaseUrl;

section! {
    /// What stands before the first section.
    pub struct Top = "", advice ADVICE;

    /// The database with the users and the tokens. `sqlite://FILE` is relative to the working directory,
    /// `sqlite:///path/FILE` is absolute; `postgres://user:password@host:port/name` takes libpq's `sslmode`, `sslrootcert`,
    /// `connect_timeout`, `target_session_attrs` and a few more behind a `?`. The database of a Django project works as it
    /// is.
    database: DatabaseUrl = "sqlite://countersign.db", As("DATABASES");
    /// Django's `SECRET_KEY`: signs the tokens where no section has a key of its own. At least 32 bytes of
    /// randomness. Every server that shall accept the same tokens has the same key.
    secret_key: Option<Secret> = { env = "SECRET_KEY" }, ByRule;
}

const ADVICE: &[Advice] = &[
    Advice {
        name: "debug",
        what: "is a setting that this program does not have",
        remedy: "remove it; `countersign dev` is for trying things out, -v shows more of what happens",
    },
    Advice {
        name: "databases",
        what: "is written otherwise here",
        remedy: "write the database's URL: database = \"sqlite://db.sqlite3\"",
    },
    Advice {
        name: "auth_user_model",
        what: "is written otherwise here",
        remedy: "name the table and its columns in [users]",
    },
    Advice {
        name: "rest_framework",
        what: "is written otherwise here",
        remedy: "JSON alone is [server] json_only = true; authentication classes are chosen by the enabled sections",
    },
    Advice {
        name: "authentication_backends",
        what: "is written otherwise here",
        remedy: "AllowAllUsersModelBackend is [passwords] allow_inactive = true; ModelBackend is the default",
    },
    Advice {
        name: "installed_apps",
        what: "is a setting that this program does not have",
        remedy: "remove it; the token_blacklist app is [blacklist] enabled",
    },
];
