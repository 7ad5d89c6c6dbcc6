//! A user table of the application's own: its name and its columns, whatever they are called.
//!
//! ```sh
//! cargo run -p countersign-examples --bin user_table -- 127.0.0.1:8000 sqlite://members.db
//! cargo run -p countersign-examples --bin user_table -- 127.0.0.1:8000 postgres://app@localhost/members
//!
//! curl -s http://127.0.0.1:8000/api/token/ -d login=ann -d password="correct horse"
//! curl -s http://127.0.0.1:8000/whoami -H "Authorization: Bearer $ACCESS"
//! ```
//!
//! The table is
//!
//! ```sql
//! CREATE TABLE members (id integer PRIMARY KEY, login text UNIQUE, hash text, mail text, enabled boolean);
//! ```
//!
//! and countersign makes its own tables beside it. It never alters this one. In PostgreSQL the table is expected to be
//! there; for SQLite this program makes it, with `ann` in it.

use axum::{Router, routing::get};
use countersign::rules::settings::SimpleJwt;
use countersign::{Authenticated, BoxError, Countersign};
use countersign_examples::{SECRET, argument, hashed, now, serve};
use countersign_store::postgres::Postgres;
use countersign_store::sqlite::Sqlite;
use countersign_store::{DatabaseUrl, Options, UserTable};
use std::path::Path;
use std::sync::Arc;

async fn whoami(Authenticated(caller): Authenticated) -> String {
    format!("{} <{}>\n", caller.username(), caller.email())
}

/// Which column is what. Those that are not named, and not called as in Django, are left out.
fn members() -> Result<UserTable, BoxError> {
    Ok(UserTable {
        table: "members".parse()?,
        username: "login".parse()?,
        password: "hash".parse()?,
        email: Some("mail".parse()?),
        is_active: Some("enabled".parse()?),
        ..UserTable::default()
    })
}

fn countersign(url: DatabaseUrl) -> Result<Countersign, BoxError> {
    let builder = Countersign::builder()
        .secret_key(SECRET)
        .username_field("login")
        .simple_jwt(SimpleJwt { user_id_claim: "member_id".to_owned(), ..SimpleJwt::default() });
    if let DatabaseUrl::Sqlite(path) = &url {
        make_members(path)?;
    }
    let options = Options { users: members()?, ..Options::new(url) };
    Ok(match &options.url {
        DatabaseUrl::Sqlite(_) => {
            Sqlite::migrate(&options, now())?;
            builder.store(Arc::new(Sqlite::open(&options, now())?)).build()?
        }
        DatabaseUrl::Postgres(_) => {
            Postgres::migrate(&options, now())?;
            builder.store(Arc::new(Postgres::open(&options, now())?)).build()?
        }
        other => return Err(format!("{other} is no database that this example can open").into()),
    })
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let countersign = countersign(argument(2, "sqlite://members.db").parse()?)?;
    let app = Router::new()
        .route("/whoami", get(whoami))
        .layer(countersign.authentication())
        .merge(countersign.router());
    serve(app).await
}

/// What the application does by itself, and did long ago: its table, and a member.
fn make_members(path: &Path) -> Result<(), BoxError> {
    let database = rusqlite::Connection::open(path)?;
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS members
         (id integer PRIMARY KEY, login text UNIQUE, hash text, mail text, enabled boolean)",
    )?;
    database.execute(
        "INSERT OR IGNORE INTO members VALUES (7, 'ann', ?1, 'ann@example.com', true)",
        [hashed("correct horse")?],
    )?;
    Ok(())
}
