//! An application that is protected in twenty lines, on the database that `countersign dev` makes.
//!
//! ```sh
//! cargo run -- dev                    # makes countersign.db, its key and the user demo/demo; then end it
//! cargo run -p countersign-examples --bin protect -- 127.0.0.1:8000 countersign.db
//!
//! curl -si http://127.0.0.1:8000/hello/                                               # 401
//! curl -s http://127.0.0.1:8000/api/token/ -d username=demo -d password=demo          # {"refresh":…,"access":…}
//! curl -s http://127.0.0.1:8000/hello/ -H "Authorization: Bearer $ACCESS"             # Hello, demo!
//! ```

use axum::{Router, routing::get};
use countersign::rules::clock::{Clock as _, SystemClock};
use countersign::{Authenticated, BoxError, Countersign};
use countersign_store::{Options, sqlite::Sqlite};
use std::{env, fs, path::PathBuf, sync::Arc};

async fn hello(Authenticated(caller): Authenticated) -> String {
    format!("Hello, {}!\n", caller.username())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:8000".to_owned());
    let database = PathBuf::from(env::args().nth(2).unwrap_or("countersign.db".to_owned()));
    let secret = fs::read_to_string(database.with_extension("key"))?;
    let store = Sqlite::open(&Options::new(database.as_path().into()), SystemClock.now())?;

    let countersign = Countersign::builder().secret_key(secret.trim()).store(Arc::new(store)).build()?;
    let app = Router::new()
        .route("/hello/", get(hello))
        .layer(countersign.authentication())
        .merge(countersign.router());

    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
