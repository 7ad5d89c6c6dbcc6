//! An issuer for the tests of applications: a clock that stands still, a store in memory, tokens of every sort.
//!
//! Behind the feature `testing`, which belongs into `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! countersign = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use countersign::testing::TestIssuer;
//! use countersign::{Authenticated, Countersign};
//! use http::{Request, header::AUTHORIZATION};
//! use tower::ServiceExt as _;
//!
//! /// The application, as `main` builds it too.
//! fn app(countersign: &Countersign) -> Router {
//!     Router::new()
//!         .route("/hello/", get(|Authenticated(caller): Authenticated| async move { caller.username().to_owned() }))
//!         .layer(countersign.authentication())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let issuer = TestIssuer::new();
//! let app = app(issuer.countersign());
//! let hello = |token: String| {
//!     let request = Request::get("/hello/").header(AUTHORIZATION, format!("Bearer {token}"));
//!     app.clone().oneshot(request.body(Body::empty()).unwrap())
//! };
//! assert_eq!(hello(issuer.token_for("alice")).await.unwrap().status(), 200);
//! assert_eq!(hello(issuer.expired_token_for("alice")).await.unwrap().status(), 401);
//!
//! let token = issuer.token_for("alice");
//! issuer.switch_off("alice");
//! assert_eq!(hello(token).await.unwrap().status(), 401);
//! # }
//! ```

mod issuer;
mod walk;

pub use self::issuer::TestIssuer;
pub use self::walk::{WalkedRoute, walk};
pub use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore, SeededRandom};
