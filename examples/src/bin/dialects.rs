//! All three dialects at once, in front of routes that state their guards. It signs with a key pair and publishes the
//! public half.
//!
//! ```sh
//! cargo run -p countersign-examples --bin dialects -- 127.0.0.1:8000 dialects.db
//!
//! curl -s http://127.0.0.1:8000/api/token/ -d username=demo -d password=demo          # simplejwt's pair
//! curl -s http://127.0.0.1:8000/api-token-auth/ -d username=demo -d password=demo     # djangorestframework-jwt's token
//! curl -si http://127.0.0.1:8000/accounts/login -d username=demo -d password=demo     # the refresh token in a cookie
//!
//! curl -s http://127.0.0.1:8000/me -H "Authorization: Bearer $ACCESS"
//! curl -s http://127.0.0.1:8000/me -H "Authorization: JWT $TOKEN"
//! curl -s http://127.0.0.1:8000/notes                                                 # everybody may read
//! curl -si http://127.0.0.1:8000/notes -X POST                                        # 401
//! curl -s http://127.0.0.1:8000/.well-known/jwks.json
//! ```

use countersign::cors::{Cors, CorsSettings};
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign::rules::cookie_auth::CookieAuth;
use countersign::rules::jws::{Algorithm, Key, KeyRing, generate};
use countersign::rules::jwt_auth::{JwtAuth, Profile};
use countersign::rules::random::SystemRandom;
use countersign::rules::settings::SimpleJwt;
use countersign::{
    Authenticated, BoxError, Countersign, GuardedRouter, IsAdminUser, IsAuthenticated,
    IsAuthenticatedOrReadOnly, Open,
};
use countersign_examples::{SECRET, argument, demo_store, serve};
use serde_json::json;
use std::time::Duration;

async fn me(Authenticated(caller): Authenticated) -> String {
    json!({ "id": caller.user_id(), "username": caller.username(), "is_staff": caller.is_staff() })
        .to_string()
}

fn routes(countersign: &Countersign) -> GuardedRouter {
    GuardedRouter::new(countersign.authentication())
        .get("/me", IsAuthenticated, me)
        .get("/admin", IsAdminUser, async || "For staff alone.\n")
        .get("/notes", IsAuthenticatedOrReadOnly, async || "Nothing is noted.\n")
        .post("/notes", IsAuthenticatedOrReadOnly, async || "Noted.\n")
        .get("/health", Open, async || "well\n")
        .countersign(countersign)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // A key of its own at each start, for the example's sake: an application keeps one.
    let pem = generate(Algorithm::Es256, &SystemRandom);
    let keys = KeyRing::new(Key::read(Algorithm::Es256, pem.expose(), None)?);
    let cors = Cors::new(CorsSettings {
        allowed_origins: vec!["http://localhost:3000".to_owned()],
        allow_credentials: true,
        ..CorsSettings::default()
    })?;
    let store = demo_store(&argument(2, "dialects.db")).await?;
    let countersign = Countersign::builder()
        .keys(keys)
        .secret_key(SECRET)
        .publish_keys(Duration::from_mins(5))
        .store(store.clone())
        .revocations(store)
        .simple_jwt(SimpleJwt {
            rotate_refresh_tokens: true,
            blacklist_after_rotation: true,
            ..SimpleJwt::default()
        })
        .jwt_auth(JwtAuth { allow_refresh: true, ..JwtAuth::of(Profile::Original) })
        // Plain HTTP on loopback: behind TLS the cookies stay `Secure`, as they are by default.
        .cookie_auth(
            CookieAuth::default(),
            CookieAuthSettings { cookie_secure: false, ..CookieAuthSettings::default() },
        )
        .cors(cors.clone())
        .build()?;
    let routes = routes(&countersign);
    eprint!("{routes}");
    serve(routes.into_router().layer(cors)).await
}
