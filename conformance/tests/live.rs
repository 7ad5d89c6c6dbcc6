//! Random questions to live servers, both answers compared.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use countersign_conformance::generate::jwt_auth::{COOKIE, FORK, IMPERSONATION_COOKIE, ORIGINAL};
use countersign_conformance::generate::{Questions, Wire, cookie_auth, simple_jwt};
use countersign_conformance::live::{Comparison, compare};
use countersign_conformance::process::{Peer, Server, Settings, program};
use countersign_conformance::{say, variable};
use std::fs;
use std::path::Path;
use std::time::SystemTime;
use tempfile::TempDir;

/// How many questions each configuration is asked. `COUNTERSIGN_CONFORMANCE_QUESTIONS` asks more.
const QUESTIONS: usize = 300;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The questions of a run: the same ones, unless `COUNTERSIGN_CONFORMANCE_SEED` is given.
fn questions(wire: &'static Wire) -> (Questions, usize) {
    let number = |name: &str| variable(name).map(|value| value.parse::<u64>().unwrap());
    let seed = number("COUNTERSIGN_CONFORMANCE_SEED").unwrap_or(20_261_122);
    let count = number("COUNTERSIGN_CONFORMANCE_QUESTIONS").map(|count| usize::try_from(count).unwrap());
    #[expect(clippy::disallowed_methods, reason = "live servers are asked by the machine's clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    (Questions::new(wire, seed, i64::try_from(now).unwrap()), count.unwrap_or(QUESTIONS))
}

/// A database of the peer, and a copy of it.
fn two_databases(peer: &Peer, settings: &Settings) -> [TempDir; 2] {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    peer.prepare(folders[0].path(), settings).unwrap();
    for entry in fs::read_dir(folders[0].path()).unwrap().map(Result::unwrap) {
        // The database, and the key pairs that the peer made.
        let name = entry.file_name();
        if name == "db.sqlite3" || Path::new(&name).extension().is_some_and(|extension| extension == "pem") {
            fs::copy(entry.path(), folders[1].path().join(name)).unwrap();
        }
    }
    folders
}

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("db.sqlite3")
}

fn report(name: &str, comparison: &Comparison) {
    let Comparison { compared, peer_failed, diverged, .. } = comparison;
    let failed =
        if *peer_failed == 0 { String::new() } else { format!(", {peer_failed} where the peer fails") };
    say(&format!("compared: {compared} live answers ({name}), {} diverge{failed}", diverged.len()));
    assert!(diverged.is_empty(), "{}", diverged.join("\n"));
}

/// Asks Django and countersign about simplejwt's wire.
fn countersign_answers_as_django(name: &str, pairs: &[(&str, &str)]) {
    if let Some(peer) = Peer::current() {
        countersign_answers_as(&peer, &simple_jwt::WIRE, name, pairs);
    }
}

/// Asks about drf-jwt's.
fn countersign_answers_as_drf_jwt(name: &str, pairs: &[(&str, &str)]) {
    if let Some(peer) = Peer::current() {
        countersign_answers_as(&peer, &FORK, &format!("drf-jwt, {name}"), pairs);
    }
}

/// Asks about that of the package before it.
fn countersign_answers_as_the_original(name: &str, pairs: &[(&str, &str)]) {
    if let Some(peer) = Peer::original() {
        let profile = [("JWT_PROFILE", "djangorestframework-jwt"), ("SIMPLEJWT_BLACKLIST_APP", "0")];
        let pairs = [&profile[..], pairs].concat();
        countersign_answers_as(&peer, &ORIGINAL, &format!("djangorestframework-jwt 1.11, {name}"), &pairs);
    }
}

/// Asks a peer and countersign, on copies of one database.
fn countersign_answers_as(peer: &Peer, wire: &'static Wire, name: &str, pairs: &[(&str, &str)]) {
    let Some(program) = program() else { return };
    let settings = settings(pairs);
    let folders = two_databases(peer, &settings);
    let theirs = peer.start(folders[0].path(), &settings).unwrap();
    let (folder, file) = (folders[1].path(), database(folders[1].path()));
    let ours = Server::start_countersign(&program, folder, &file, &settings).unwrap();
    let (mut questions, count) = questions(wire);
    // A token that says when it was first issued is refreshed by the original where refreshing is off, not by us.
    let mut own_only = settings.contains_key("JWT_PROFILE") && !settings.contains_key("JWT_ALLOW_REFRESH");
    // A refresh token without the digest of the password's hash is good enough for simplejwt, and refused by
    // countersign; the key of each user is made by each project in its own way.
    let of_each = ["CHECK_REVOKE_TOKEN", "JWT_USER_SECRETS", "JWT_SECRET_KEYS_JSON"];
    own_only |= of_each.iter().any(|name| settings.contains_key(*name));
    if own_only {
        questions = questions.without_forgeries();
    }
    report(name, &compare([&theirs, &ours], &mut questions, count).unwrap());
}

#[test]
fn countersign_answers_as_django_by_default() {
    countersign_answers_as_django("default", &[]);
}

#[test]
fn countersign_answers_as_django_with_rotation_and_blacklisting() {
    let rotate =
        [("ROTATE_REFRESH_TOKENS", "1"), ("BLACKLIST_AFTER_ROTATION", "1"), ("UPDATE_LAST_LOGIN", "1")];
    countersign_answers_as_django("rotation", &rotate);
}

#[test]
fn countersign_answers_as_django_with_rotation_and_no_blacklist() {
    let rotate = [("ROTATE_REFRESH_TOKENS", "1"), ("SIMPLEJWT_BLACKLIST_APP", "0")];
    countersign_answers_as_django("no blacklist", &rotate);
}

#[test]
fn countersign_answers_as_django_with_audience_issuer_and_leeway() {
    let names = [("AUDIENCE", "\"peers\""), ("ISSUER", "countersign"), ("LEEWAY", "10")];
    countersign_answers_as_django("audience", &names);
}

#[test]
fn countersign_answers_as_django_with_renamed_claims() {
    let claims = [
        ("USER_ID_FIELD", "username"),
        ("USER_ID_CLAIM", "sub"),
        ("TOKEN_TYPE_CLAIM", "typ"),
        ("JTI_CLAIM", "tid"),
        ("SLIDING_TOKEN_REFRESH_EXP_CLAIM", "rexp"),
    ];
    countersign_answers_as_django("claims", &claims);
}

#[test]
fn countersign_answers_as_django_with_sliding_tokens_hs512_and_another_prefix() {
    let classes = "rest_framework_simplejwt.tokens.AccessToken,rest_framework_simplejwt.tokens.SlidingToken";
    let settings =
        [("AUTH_TOKEN_CLASSES", classes), ("ALGORITHM", "HS512"), ("AUTH_HEADER_TYPES", "JWT,Bearer")];
    countersign_answers_as_django("sliding", &settings);
}

#[test]
fn countersign_answers_as_django_with_rsa() {
    let settings =
        [("ALGORITHM", "RS256"), ("ROTATE_REFRESH_TOKENS", "1"), ("BLACKLIST_AFTER_ROTATION", "1")];
    countersign_answers_as_django("RS256", &settings);
}

#[test]
fn countersign_answers_as_django_with_elliptic_curves() {
    countersign_answers_as_django("ES256", &[("ALGORITHM", "ES256")]);
}

#[test]
fn countersign_answers_as_django_for_inactive_users_and_revoking_passwords() {
    let settings =
        [("CHECK_USER_IS_ACTIVE", "0"), ("ALLOW_ALL_USERS_BACKEND", "1"), ("CHECK_REVOKE_TOKEN", "1")];
    countersign_answers_as_django("revoke", &settings);
}

#[test]
fn countersign_answers_as_drf_jwt_by_default() {
    countersign_answers_as_drf_jwt("default", &[]);
}

#[test]
fn countersign_answers_as_drf_jwt_with_cookies() {
    let cookies = [("JWT_AUTH_COOKIE", COOKIE), ("JWT_IMPERSONATION_COOKIE", IMPERSONATION_COOKIE)];
    let more = [("JWT_AUTH_COOKIE_SAMESITE", "Strict"), ("JWT_AUTH_COOKIE_PATH", "/api")];
    countersign_answers_as_drf_jwt("cookies", &[cookies, more].concat());
}

#[test]
fn countersign_answers_as_drf_jwt_with_audience_issuer_and_leeway() {
    let names =
        [("JWT_AUDIENCE", "[\"peers\",\"others\"]"), ("JWT_ISSUER", "countersign"), ("JWT_LEEWAY", "10")];
    countersign_answers_as_drf_jwt("audience", &names);
}

#[test]
fn countersign_answers_as_drf_jwt_without_ids_and_refresh() {
    let settings = [
        ("JWT_TOKEN_ID", "off"),
        ("JWT_ALLOW_REFRESH", "0"),
        ("DRFJWT_BLACKLIST_APP", "0"),
        ("SIMPLEJWT_BLACKLIST_APP", "0"),
        ("JWT_AUTH_HEADER_PREFIX", "JWT"),
        ("JWT_ALGORITHM", "HS512"),
        ("JWT_PAYLOAD_INCLUDE_USER_ID", "0"),
    ];
    countersign_answers_as_drf_jwt("no ids", &settings);
}

#[test]
fn countersign_answers_as_drf_jwt_with_named_keys() {
    let settings = [
        (
            "JWT_SECRET_KEYS_JSON",
            r#"{"k1":"key-one-0123456789-0123456789-0123456789","k2":"key-two-0123456789-0123456789-0123456789"}"#,
        ),
        ("JWT_INSIST_ON_KID", "1"),
    ];
    countersign_answers_as_drf_jwt("named keys", &settings);
}

#[test]
fn countersign_answers_as_drf_jwt_with_a_key_for_each_user() {
    countersign_answers_as_drf_jwt("user secrets", &[("JWT_USER_SECRETS", "1")]);
}

#[test]
fn countersign_answers_as_the_original_by_default() {
    countersign_answers_as_the_original("default", &[]);
}

#[test]
fn countersign_answers_as_the_original_with_refresh_and_a_cookie() {
    let settings = [("JWT_ALLOW_REFRESH", "1"), ("JWT_AUTH_COOKIE", COOKIE), ("JWT_EXPIRATION_DELTA", "900")];
    countersign_answers_as_the_original("refresh", &settings);
}

#[test]
fn countersign_answers_as_the_original_with_audience_issuer_and_leeway() {
    let settings = [
        ("JWT_ALLOW_REFRESH", "1"),
        ("JWT_AUDIENCE", "\"peers\""),
        ("JWT_ISSUER", "countersign"),
        ("JWT_LEEWAY", "10"),
        ("JWT_AUTH_HEADER_PREFIX", "Bearer"),
    ];
    countersign_answers_as_the_original("audience", &settings);
}

#[test]
fn countersign_answers_as_the_cookie_recipe() {
    if let Some(peer) = Peer::current() {
        countersign_answers_as(&peer, &cookie_auth::WIRE, "the cookie recipe", &[]);
    }
}

/// The measure itself: two Djangos agree, and one that is configured otherwise is found out.
#[test]
fn two_peers_agree_and_a_different_one_is_found_out() {
    let Some(peer) = Peer::current() else { return };
    let same = settings(&[("ROTATE_REFRESH_TOKENS", "1"), ("BLACKLIST_AFTER_ROTATION", "1")]);
    let other = settings(&[("ROTATE_REFRESH_TOKENS", "1")]);
    let folders = two_databases(&peer, &same);
    let first = peer.start(folders[0].path(), &same).unwrap();
    for (settings, agree) in [(&same, true), (&other, false)] {
        let second = peer.start(folders[1].path(), settings).unwrap();
        let (mut questions, _) = questions(&simple_jwt::WIRE);
        let comparison = compare([&first, &second], &mut questions, QUESTIONS).unwrap();
        assert_eq!(comparison.diverged.is_empty(), agree, "{}", comparison.diverged.join("\n"));
        assert!(comparison.granted * 4 > QUESTIONS, "only {} answers granted anything", comparison.granted);
    }
}
