//! One refresh token, used sixteen times at once, a thousand times over: one winner each time.
//!
//! Through the endpoints, on a file, with real threads.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use countersign::rest::Site;
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::store::AddOutcome;
use countersign_core::user::{NewUser, User};
use countersign_server::config::Layers;
use countersign_server::{app, database};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use std::collections::HashSet;
use std::sync::Arc;

const ROUNDS: usize = 1000;
const AT_ONCE: usize = 16;

#[test]
fn of_sixteen_uses_at_once_exactly_one_wins_in_a_thousand_rounds() {
    race("0s", |answers, round| {
        let winners = answers.iter().filter(|answer| answer.0 == 200).count();
        assert_eq!(winners, 1, "round {round}: {answers:?}");
        assert!(answers.iter().filter(|answer| answer.0 != 200).all(|(status, body)| {
            *status == 401 && body == r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#
        }));
    });
}

#[test]
fn with_a_grace_all_sixteen_get_the_one_successor() {
    race("10s", |answers, round| {
        let successors: HashSet<String> =
            answers.iter().map(|(status, body)| successor(*status, body)).collect();
        assert_eq!(successors.len(), 1, "round {round}");
    });
}

fn successor(status: u16, body: &str) -> String {
    assert_eq!(status, 200, "{body}");
    body.split_once("\"refresh\":\"").unwrap().1.to_owned()
}

fn race(grace: &str, judge: impl Fn(&[(u16, String)], usize)) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let (site, token) = scene(folder.path(), grace).await;
        let mut presented = token;
        for round in 0..ROUNDS {
            let uses: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    tokio::spawn(post(site.clone(), "/api/token/refresh/", format!("refresh={presented}")))
                })
                .collect();
            let mut answers = Vec::new();
            for answer in uses {
                answers.push(answer.await.unwrap());
            }
            judge(&answers, round);
            let (status, body) = answers.iter().find(|answer| answer.0 == 200).unwrap();
            successor(*status, body).trim_end_matches("\"}").clone_into(&mut presented);
        }
    });
}

/// The endpoints on a file of their own, and a refresh token.
async fn scene(folder: &std::path::Path, grace: &str) -> (Arc<Site>, String) {
    let config = Layers::default()
        .flag("", "database", format!("sqlite://{}", folder.join("race.db").display()), "--test")
        .flag("", "secret_key", "k".repeat(25) + &"y".repeat(25), "--test")
        .flag("passwords", "pbkdf2_iterations", "1", "--test")
        .flag("simple_jwt", "rotate_refresh_tokens", "true", "--test")
        .flag("simple_jwt", "blacklist_after_rotation", "true", "--test")
        .flag("simple_jwt", "rotation_grace", grace, "--test")
        .load()
        .unwrap();
    let now = jiff::Timestamp::UNIX_EPOCH;
    database::migrate(&config, now).unwrap();
    let database = database::open(&config, now).unwrap();
    let hash = Hashers::new(&config.passwords.rules()).encode(&Secret::from("pass"), &SystemRandom).unwrap();
    let user = User { date_joined: Some(now), ..User::new("alice", hash) };
    assert!(matches!(database.users.add(&NewUser { user }).await.unwrap(), AddOutcome::Added(_)));
    let authority = app::authority(&config, &database, || None).unwrap();
    let site = Arc::new(app::site(&config, &authority, &database));
    let (status, body) = post(Arc::clone(&site), "/api/token/", "username=alice&password=pass".into()).await;
    assert_eq!(status, 200, "{body}");
    let token = body.split_once("\"refresh\":\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    (site, token)
}

async fn post(site: Arc<Site>, path: &'static str, form: String) -> (u16, String) {
    let request = Request::post(path)
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::from(form))
        .unwrap();
    let (parts, body) = site.answer(request).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), String::from_utf8(bytes.to_vec()).unwrap())
}
