//! What can be wrong before anything is served.

use crate::dialects::cookie_auth::CookieAuthError;
use countersign_core::cookie_auth::EqualSecrets;
use countersign_core::jws::KeyFault;
use std::io;

/// Why nothing can be built of what was decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing to sign with.
    #[error("there is no key to sign tokens with: call `secret_key`, or `keys` with a ring that signs")]
    NoKey,
    /// The secret is refused.
    #[error("the secret key cannot be used: {0}")]
    Key(#[from] KeyFault),
    /// Nobody knows any user.
    #[error("there are no users: call `store` or `users`")]
    NoUsers,
    /// Something was chosen that has to write down which tokens are used, and there is nowhere to write.
    #[error("{0} needs a place where used tokens are written down: call `store` or `ledger`")]
    NoLedger(&'static str),
    /// The users are kept by the application, and used tokens in a database that looks for each user in its own table.
    #[error(
        "the ledger writes down tokens of its own user table alone, and `users` are kept elsewhere, so that none of their \
         tokens could be refreshed: where the users are in a table of that database, name it by `UserTable` and call `store` \
         in place of `users` and `ledger`; otherwise leave `ledger` out, or give it a `Ledger` of your own"
    )]
    LedgerOfOtherUsers,
    /// The cookie recipe has secrets of its own, which are made of the secret key.
    #[error("cookie_auth needs a secret: call `secret_key` too")]
    NoSecretForCookies,
    /// The secret of the refresh tokens is that of the access tokens.
    #[error(transparent)]
    EqualSecrets(#[from] EqualSecrets),
    /// The cookie recipe's settings cannot work.
    #[error(transparent)]
    CookieAuth(#[from] CookieAuthError),
    /// The system gives no threads for hashing.
    #[error("the system gives no threads for hashing: {0}")]
    Threads(#[source] io::Error),
}
