//! The framework's permissions as layers, and one's own.

use crate::ask::{get, send};
use axum::Router;
use axum::routing::any;
use countersign::permission::{Permission, Visit};
use countersign::rules::store::UserChange;
use countersign::testing::TestIssuer;
use countersign::{
    AllowAny, Authenticated, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly, IsNotBlacklisted,
    MaybeAuthenticated, Open, Rejection, User,
};

fn behind(issuer: &TestIssuer, permission: impl Permission) -> Router {
    async fn handler(MaybeAuthenticated(caller): MaybeAuthenticated) -> String {
        caller.map_or("nobody".to_owned(), |caller| caller.username().to_owned())
    }
    Router::new().route("/", any(handler)).route_layer(issuer.authentication().require(permission))
}

const NOT_PROVIDED: &str = r#"401 {"detail":"Authentication credentials were not provided."}"#;
const FORBIDDEN: &str = r#"403 {"detail":"You do not have permission to perform this action."}"#;

#[tokio::test]
async fn is_authenticated_admits_who_is_known_and_tells_the_handler() {
    let issuer = TestIssuer::new();
    let app = behind(&issuer, IsAuthenticated);
    assert_eq!(get(&app, "/", &issuer.token_for("alice")).await.line, "200 alice");
    let refused = send(&app, "GET", "/", &[]).await;
    assert_eq!(refused.line, NOT_PROVIDED);
    assert_eq!(refused.header("www-authenticate"), r#"Bearer realm="api""#);
}

#[tokio::test]
async fn allow_any_admits_nobody_with_a_bad_token_and_open_looks_at_none() {
    let issuer = TestIssuer::new();
    let (any, open) = (behind(&issuer, AllowAny), behind(&issuer, Open));
    let stale = issuer.expired_token_for("alice");
    assert_eq!(send(&any, "GET", "/", &[]).await.line, "200 nobody");
    assert!(get(&any, "/", &stale).await.line.starts_with("401 "));
    assert_eq!(get(&open, "/", &stale).await.line, "200 nobody");
    assert_eq!(get(&open, "/", &issuer.token_for("alice")).await.line, "200 alice");
}

#[tokio::test]
async fn is_admin_user_admits_staff_and_forbids_the_others() {
    let issuer = TestIssuer::new();
    issuer.add_user(User { is_staff: true, ..User::new("root", "") });
    let app = behind(&issuer, IsAdminUser);
    assert_eq!(get(&app, "/", &issuer.token_for("root")).await.line, "200 root");
    assert_eq!(get(&app, "/", &issuer.token_for("alice")).await.line, FORBIDDEN);
    assert_eq!(send(&app, "GET", "/", &[]).await.line, NOT_PROVIDED);
    // What the token says of staff does not count where the user is looked up.
    assert_eq!(get(&app, "/", &issuer.token_with("alice", [("is_staff", true)])).await.line, FORBIDDEN);
}

#[tokio::test]
async fn is_authenticated_or_read_only_lets_everybody_read() {
    let issuer = TestIssuer::new();
    let app = behind(&issuer, IsAuthenticatedOrReadOnly);
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(send(&app, method, "/", &[]).await.line.starts_with("200 "), "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
        assert_eq!(send(&app, method, "/", &[]).await.line, NOT_PROVIDED, "{method}");
    }
    let bearer = issuer.bearer_for("alice");
    assert_eq!(send(&app, "POST", "/", &[("authorization", &bearer)]).await.line, "200 alice");
}

#[tokio::test]
async fn is_not_blacklisted_looks_at_the_blacklist_where_nobody_else_does() {
    let issuer = TestIssuer::with(countersign::Builder::stateless);
    let app = behind(&issuer, IsNotBlacklisted);
    let token = issuer.token_for("alice");
    assert!(get(&app, "/", &token).await.line.starts_with("200 "));

    let store = issuer.store();
    let (now, tokens) = (
        countersign::rules::clock::Clock::now(issuer.clock()),
        &issuer.countersign().simple_jwt().unwrap().tokens,
    );
    let record = tokens.record(&tokens.decode(&token, now).unwrap(), None, now).unwrap();
    countersign::rules::store::Ledger::blacklist(&**store, &record, now).await.unwrap();
    assert_eq!(
        get(&app, "/", &token).await.line,
        r#"401 {"detail":"Token is blacklisted","code":"token_not_valid"}"#
    );

    assert_eq!(
        send(&app, "GET", "/", &[]).await.line,
        r#"401 {"detail":"Incorrect authentication credentials."}"#
    );
    assert_eq!(send(&app, "GET", "/", &[("authorization", "Basic YTpi")]).await.line, "200 nobody");
    store.break_down(true);
    assert!(get(&app, "/", &token).await.line.starts_with("503 "));
}

#[tokio::test]
async fn behind_is_not_blacklisted_an_access_token_ends_with_its_session_and_its_password() {
    for decide in [|builder: countersign::Builder| builder, countersign::Builder::stateless] {
        let issuer = TestIssuer::with(decide);
        let (guarded, plain) = (behind(&issuer, IsNotBlacklisted), behind(&issuer, IsAuthenticated));
        let (authority, rules) =
            (issuer.countersign().authority(), issuer.countersign().simple_jwt().unwrap());
        let [(refresh, left), (_, stays)] = [issuer.pair_for("alice"), issuer.pair_for("alice")];
        countersign::rules::simple_jwt::blacklist(authority, rules, &refresh).await.unwrap();
        let refused = r#"401 {"detail":"Token is blacklisted","code":"token_not_valid"}"#;
        assert_eq!(get(&guarded, "/", &left).await.line, refused);
        assert!(get(&guarded, "/", &stays).await.line.starts_with("200 "));

        let change = UserChange { password: Some("another"), ..UserChange::default() };
        assert!(issuer.store().change_alone(&issuer.user("alice").id, change));
        assert_eq!(get(&guarded, "/", &stays).await.line, refused);
        assert!(get(&plain, "/", &stays).await.line.starts_with("200 "), "elsewhere as with the packages");
    }
}

/// Lets in whose name has this many letters.
#[derive(Clone)]
struct HasLetters(usize);

impl Permission for HasLetters {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(visit.caller().is_some_and(|caller| caller.username().len() == self.0))
    }

    fn message(&self) -> Option<&str> {
        Some("Your name does not fit.")
    }
}

#[tokio::test]
async fn ones_own_permission_has_its_own_words() {
    let issuer = TestIssuer::new();
    let app = behind(&issuer, HasLetters(3));
    assert_eq!(get(&app, "/", &issuer.token_for("bob")).await.line, "200 bob");
    assert_eq!(
        get(&app, "/", &issuer.token_for("alice")).await.line,
        r#"403 {"detail":"Your name does not fit."}"#
    );
    assert_eq!(send(&app, "GET", "/", &[]).await.line, NOT_PROVIDED);
}

#[tokio::test]
async fn permissions_combine_as_in_the_framework() {
    let issuer = TestIssuer::new();
    issuer.add_user(User { is_staff: true, ..User::new("root", "") });
    let (bob, root) = (issuer.token_for("bob"), issuer.token_for("root"));
    let both = behind(&issuer, HasLetters(4).and(IsAdminUser));
    assert_eq!(get(&both, "/", &root).await.line, "200 root");
    assert!(get(&both, "/", &bob).await.line.starts_with("403 "));
    let either = behind(&issuer, HasLetters(3).or(IsAdminUser));
    for token in [&bob, &root] {
        assert!(get(&either, "/", token).await.line.starts_with("200 "));
    }
    assert!(get(&either, "/", &issuer.token_for("alice")).await.line.starts_with("403 "));
    let not = behind(&issuer, IsAuthenticated.not());
    assert_eq!(send(&not, "GET", "/", &[]).await.line, "200 nobody");
    assert_eq!(get(&not, "/", &bob).await.line, FORBIDDEN);
    assert_eq!(HasLetters(4).and(IsAdminUser.or(Open).not()).name(), "HasLetters & ~(IsAdminUser | Open)");
}

#[tokio::test]
async fn without_a_look_up_the_tokens_word_is_taken_for_staff() {
    let issuer = TestIssuer::with(countersign::Builder::stateless);
    let app = behind(&issuer, IsAdminUser);
    assert_eq!(get(&app, "/", &issuer.token_for("alice")).await.line, FORBIDDEN);
    assert!(get(&app, "/", &issuer.token_with("alice", [("is_staff", true)])).await.line.starts_with("200 "));
    let not_truth = issuer.token_with("alice", [("is_staff", "yes")]);
    assert_eq!(get(&app, "/", &not_truth).await.line, FORBIDDEN);
}

#[tokio::test]
async fn a_user_who_was_let_in_is_looked_up_once() {
    async fn breaking(
        axum::Extension(store): axum::Extension<std::sync::Arc<countersign::testing::MemoryStore>>,
        request: axum::extract::Request,
        next: axum::middleware::Next,
    ) -> axum::response::Response {
        store.break_down(true);
        next.run(request).await
    }
    async fn handler(Authenticated(caller): Authenticated) -> String {
        caller.username().to_owned()
    }
    // The extractor behind the layer finds the caller: the broken store would show a second look.
    let issuer = TestIssuer::new();
    let app = Router::new()
        .route("/", axum::routing::get(handler))
        .layer(axum::middleware::from_fn(breaking))
        .layer(axum::Extension(issuer.store().clone()))
        .layer(issuer.authentication().require(IsAuthenticated));
    let token = issuer.token_for("alice");
    assert_eq!(get(&app, "/", &token).await.line, "200 alice");
}
