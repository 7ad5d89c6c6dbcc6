//! Users that are kept anywhere: three methods, held to what an application needs of them.

use crate::ask::{get, post};
use axum::Router;
use axum::routing::get as on_get;
use countersign::testing::{InlineHashing, MemoryStore, TestIssuer};
use countersign::{Authenticated, BoxError, Countersign, User, UserId, UserStore};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Members by login, with a UUID for a key.
#[derive(Clone, Default)]
struct Members(Arc<Mutex<HashMap<String, (String, String)>>>);

impl Members {
    fn find(&self, wanted: impl Fn(&str, &str) -> bool) -> Result<Option<User>, BoxError> {
        let members = self.0.lock().unwrap();
        if members.contains_key("broken") {
            return Err("the members' database is gone".into());
        }
        let found = members.iter().find(|(login, (id, _))| wanted(login, id));
        Ok(found.map(|(login, (id, hash))| User { id: UserId::Text(id.clone()), ..User::new(login, hash) }))
    }
}

impl UserStore for Members {
    async fn by_username(&self, username: &str) -> Result<Option<User>, BoxError> {
        self.find(|login, _| login == username)
    }

    async fn by_id(&self, id: &str) -> Result<Option<User>, BoxError> {
        self.find(|_, key| key == id)
    }

    async fn replace_password(&self, id: &UserId, old: &str, new: &str) -> Result<bool, BoxError> {
        let mut members = self.0.lock().unwrap();
        let member = members.values_mut().find(|(key, hash)| *key == id.to_string() && hash == old);
        Ok(member.map(|(_, hash)| new.clone_into(hash)).is_some())
    }
}

const ID: &str = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
const LOGIN: &str = r#"{"username":"ann","password":"correct horse"}"#;

async fn world() -> (Members, Router) {
    let members = Members::default();
    let countersign = Countersign::builder()
        .secret_key("the secret key of an application of its own")
        .users(members.clone())
        .ledger(Arc::new(MemoryStore::new()))
        .hashing(Arc::new(InlineHashing::default()))
        .build()
        .unwrap();
    let hash = countersign.make_password("correct horse").await.unwrap().unwrap();
    members.0.lock().unwrap().insert("ann".to_owned(), (ID.to_owned(), hash));
    let app = Router::new()
        .route(
            "/",
            on_get(|Authenticated(caller): Authenticated| async move { caller.user_id().into_owned() }),
        )
        .layer(countersign.authentication())
        .merge(countersign.router());
    (members, app)
}

#[tokio::test]
async fn three_methods_are_enough_to_log_in_and_to_be_recognised() {
    let (members, app) = world().await;
    let pair = post(&app, "/api/token/", LOGIN).await;
    let access = pair.json()["access"].as_str().unwrap().to_owned();
    assert_eq!(get(&app, "/", &access).await.line, format!("200 {ID}"));
    assert!(post(&app, "/api/token/", &LOGIN.replace("horse", "cow")).await.line.starts_with("401 "));
    members.0.lock().unwrap().remove("ann");
    assert_eq!(
        get(&app, "/", &access).await.line,
        r#"401 {"detail":"User not found","code":"user_not_found"}"#
    );
}

#[tokio::test]
async fn a_cheap_hash_is_replaced_at_login() {
    let (members, app) = world().await;
    let old = "pbkdf2_sha1$1$salt$YHrOzpIJy1eUTkmOcs8nmQZFuMc=".to_owned();
    let hash = countersign::rules::password::Hashers::new(&countersign::rules::settings::Passwords {
        hashers: vec![countersign::rules::password::Algorithm::Pbkdf2Sha1],
        pbkdf2_iterations: 1,
        ..Default::default()
    });
    let weak = hash.encode(&"correct horse".into(), &countersign::rules::random::SystemRandom).unwrap();
    assert!(weak.starts_with(&old[..12]));
    members.0.lock().unwrap().get_mut("ann").unwrap().1 = weak;
    assert!(post(&app, "/api/token/", LOGIN).await.line.starts_with("200 "));
    assert!(members.0.lock().unwrap()["ann"].1.starts_with("pbkdf2_sha256$"));
}

#[tokio::test]
async fn a_store_in_trouble_is_503() {
    let (members, app) = world().await;
    let access = post(&app, "/api/token/", LOGIN).await.json()["access"].as_str().unwrap().to_owned();
    members.0.lock().unwrap().insert("broken".to_owned(), Default::default());
    assert!(post(&app, "/api/token/", LOGIN).await.line.starts_with("503 "));
    assert!(get(&app, "/", &access).await.line.starts_with("503 "));
}

#[tokio::test]
async fn a_test_issuer_finds_the_users_that_an_application_keeps_itself() {
    let members = Members::default();
    let issuer = TestIssuer::with(|builder| builder.users(members.clone()));
    let hash = issuer.countersign().make_password("correct horse").await.unwrap().unwrap();
    members.0.lock().unwrap().insert("ann".to_owned(), (ID.to_owned(), hash));
    let caller = issuer.authentication().check(&issuer.token_for("ann")).await.unwrap();
    assert_eq!((caller.username(), &*caller.user_id()), ("ann", ID));
}

#[test]
#[should_panic(expected = "nobody called `bob`")]
fn a_test_issuer_makes_nobody_whom_the_application_would_not_find() {
    let issuer = TestIssuer::with(|builder| builder.users(Members::default()));
    let _ = issuer.token_for("bob");
}
