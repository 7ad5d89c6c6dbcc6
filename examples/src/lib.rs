//! What the examples need beside what they show: an address to listen on and a database with a user in it.

use axum::Router;
use countersign::rules::clock::{Clock as _, SystemClock};
use countersign::rules::password::Hashers;
use countersign::rules::random::SystemRandom;
use countersign::rules::settings::Passwords;
use countersign::rules::store::{UserAdmin as _, Users as _};
use countersign::rules::user::NewUser;
use countersign::{BoxError, Secret, Timestamp, User};
use countersign_store::Options;
use countersign_store::sqlite::Sqlite;
use std::net::SocketAddr;
use std::sync::Arc;

/// The secret of the examples. An application reads its own from where it keeps secrets.
pub const SECRET: &str = "not a secret: it stands in the examples of countersign";

/// The present instant.
#[must_use]
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// The argument at this place of the command line, or what stands for it.
#[must_use]
pub fn argument(place: usize, default: &str) -> String {
    std::env::args().nth(place).unwrap_or_else(|| default.to_owned())
}

/// A SQLite database at this path, made if it is not there, with the user `demo`, whose password is `demo`.
///
/// # Errors
/// What the database says.
pub async fn demo_store(path: &str) -> Result<Arc<Sqlite>, BoxError> {
    let mut options = Options::new(format!("sqlite://{path}").parse()?);
    options.jwt_blacklist = true;
    Sqlite::migrate(&options, now())?;
    let store = Arc::new(Sqlite::open(&options, now())?);
    if store.find_by_username("demo").await?.is_none() {
        let password = hashed("demo")?;
        let demo = User { is_staff: true, date_joined: Some(now()), ..User::new("demo", password) };
        store.add(&NewUser { user: demo }).await?;
    }
    Ok(store)
}

/// The hash of a password, as countersign makes it.
///
/// # Errors
/// Never, with the hashers that are used by default.
pub fn hashed(password: &str) -> Result<String, BoxError> {
    Ok(Hashers::new(&Passwords::default()).encode(&Secret::from(password), &SystemRandom)?)
}

/// Serves an application at the address of the first argument, `127.0.0.1:8000` without one, until the program is ended.
///
/// # Errors
/// What the system says of the address.
pub async fn serve(app: Router) -> Result<(), BoxError> {
    let listener = tokio::net::TcpListener::bind(argument(1, "127.0.0.1:8000")).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
