//! The same route as a good developer writes it by hand: jsonwebtoken, and the user by a cached SELECT on the
//! thread's own connection.
//!
//! `handwritten DATABASE SECRET`

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(serde::Deserialize)]
struct Claims {
    user_id: String,
    token_type: String,
}

struct App {
    database: String,
    key: DecodingKey,
    validation: Validation,
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(database), Some(secret)) = (arguments.next(), arguments.next()) else {
        return Err("handwritten DATABASE SECRET".into());
    };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    let key = DecodingKey::from_secret(secret.as_bytes());
    let app = Arc::new(App { database, key, validation });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let router = Router::new().route("/hello/", get(hello)).with_state(app);
    Ok(axum::serve(listener, router).await?)
}

async fn hello(State(app): State<Arc<App>>, headers: HeaderMap) -> (StatusCode, HeaderMap, &'static str) {
    let mut answer = HeaderMap::new();
    answer.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if admit(&app, &headers).is_some() {
        (StatusCode::OK, answer, r#"{"message":"Hello, World!"}"#)
    } else {
        (StatusCode::UNAUTHORIZED, answer, r#"{"detail":"Given token not valid for any token type"}"#)
    }
}

fn admit(app: &App, headers: &HeaderMap) -> Option<()> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims = decode::<Claims>(token, &app.key, &app.validation).ok()?.claims;
    let id: i64 = claims.user_id.parse().ok()?;
    let active = CONNECTION.with_borrow_mut(|slot| {
        let connection = match slot {
            Some(connection) => connection,
            None => slot
                .insert(Connection::open_with_flags(&app.database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?),
        };
        let mut select =
            connection.prepare_cached("SELECT username, is_active FROM auth_user WHERE id = ?1").ok()?;
        select.query_row([id], |row| row.get::<_, bool>(1)).ok()
    })?;
    (active && claims.token_type == "access").then_some(())
}
