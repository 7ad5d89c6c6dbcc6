//! The router in which every route says who may use it.

use crate::ask::{get, send};
use countersign::testing::{TestIssuer, walk};
use countersign::{
    Authenticated, GuardedRouter, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly, Open,
};
use std::time::Duration;

async fn name(Authenticated(caller): Authenticated) -> String {
    caller.username().to_owned()
}

fn app(issuer: &TestIssuer) -> GuardedRouter {
    let admin = GuardedRouter::new(issuer.authentication())
        .get("/", IsAdminUser, || async { "the admin's" })
        .delete("/users/{id}", IsAdminUser, || async { "gone" });
    GuardedRouter::new(issuer.authentication())
        .get("/me", IsAuthenticated, name)
        .post("/me", IsAdminUser, name)
        .get("/notes", IsAuthenticatedOrReadOnly, || async { "notes" })
        .post("/notes", IsAuthenticatedOrReadOnly, || async { "noted" })
        .get("/health", Open, || async { "well" })
        .nest("/admin", admin)
}

#[test]
fn every_route_stands_in_the_list_with_its_guard() {
    let issuer = TestIssuer::new();
    insta::assert_snapshot!(app(&issuer), @"
    GET    /admin            IsAdminUser
    DELETE /admin/users/{id} IsAdminUser
    GET    /health           Open
    GET    /me               IsAuthenticated
    POST   /me               IsAdminUser
    GET    /notes            IsAuthenticatedOrReadOnly
    POST   /notes            IsAuthenticatedOrReadOnly
    ");
    let open = app(&issuer).routes().into_iter().filter(|route| route.is_open).collect::<Vec<_>>();
    assert_eq!(open.len(), 1);
}

#[tokio::test]
async fn the_guards_are_where_the_list_says() {
    let issuer = TestIssuer::new();
    let walked = walk(app(&issuer)).await.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(walked, @"
    GET /admin IsAdminUser: 401
    DELETE /admin/users/{id} IsAdminUser: 401
    GET /health Open: 200
    GET /me IsAuthenticated: 401
    POST /me IsAdminUser: 401
    GET /notes IsAuthenticatedOrReadOnly: 200
    POST /notes IsAuthenticatedOrReadOnly: 401
    ");
}

#[tokio::test]
async fn two_methods_of_one_path_have_a_guard_each() {
    let issuer = TestIssuer::new();
    let app = app(&issuer).into_router();
    let token = issuer.token_for("alice");
    assert_eq!(get(&app, "/me", &token).await.line, "200 alice");
    let bearer = format!("Bearer {token}");
    assert!(send(&app, "POST", "/me", &[("authorization", &bearer)]).await.line.starts_with("403 "));
    assert!(send(&app, "PUT", "/me", &[("authorization", &bearer)]).await.line.starts_with("405 "));
}

#[tokio::test]
async fn the_endpoints_stand_in_the_list_too() {
    let issuer = TestIssuer::new();
    let app = GuardedRouter::<()>::new(issuer.authentication())
        .any("/files/{*path}", IsAuthenticated, axum::routing::any(|| async { "a file" }))
        .countersign(issuer.countersign());
    insta::assert_snapshot!(app, @"
    POST   /api/token/                 Open
    POST   /api/token/blacklist/       Open
    POST   /api/token/refresh/         Open
    POST   /api/token/sliding/         Open
    POST   /api/token/sliding/refresh/ Open
    POST   /api/token/verify/          Open
    *      /files/{*path}              IsAuthenticated
    ");
    let walked = walk(app).await;
    assert!(walked.iter().all(|walked| walked.status == if walked.route.is_open { 400 } else { 401 }));
}

#[tokio::test]
async fn the_published_keys_stand_in_the_list_where_they_are_published() {
    let issuer = TestIssuer::with(|builder| builder.publish_keys(Duration::from_mins(5)));
    let app = GuardedRouter::<()>::new(issuer.authentication()).countersign(issuer.countersign());
    let walked = walk(app).await.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(walked[0], "GET /.well-known/jwks.json Open: 200");
    let app = GuardedRouter::<()>::new(issuer.authentication()).countersign(TestIssuer::new().countersign());
    assert!(!app.to_string().contains("jwks"));
}
