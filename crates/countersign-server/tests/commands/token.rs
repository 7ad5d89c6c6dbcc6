//! `countersign token`

use crate::program::{Folder, SECRET};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::jws::{Algorithm, Key, KeyRing};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.add("alice");
    folder
}

#[test]
fn a_pair_is_issued_and_the_refresh_token_written_down() {
    let folder = folder();
    let pair = folder.run("token issue alice --json").done().json();
    for (kind, left) in [("refresh", "good for 24 hours"), ("access", "good for 5 minutes")] {
        let token = pair[kind].as_str().unwrap();
        let verified = folder.run_with(&["token", "verify", "-"], token).done().says(left).says(kind);
        verified.says("alice (id 1), active").says("secret_key, HS256");
    }
    let (tokens, families): (u32, u32) = folder
        .database()
        .query_row(
            "SELECT (SELECT count(*) FROM token_blacklist_outstandingtoken WHERE user_id = 1),
                    (SELECT count(*) FROM countersign_family)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((tokens, families), (1, 1));
}

#[test]
fn one_kind_is_alone_on_standard_output() {
    let folder = folder();
    for kind in ["access", "refresh", "sliding"] {
        let token = folder.token("alice", kind);
        assert_eq!(token.split('.').count(), 3, "{token}");
        assert_eq!(folder.run(&format!("token verify {token} --json")).done().json()["kind"], kind);
    }
    folder.run("obtain_token 1 --kind access").done();
    folder.run("token issue alice --kind other").misused("[possible values: refresh, access, sliding]");
    folder.run("token issue bob").refused("there is no user \"bob\"");
}

#[test]
fn a_preview_issues_nothing() {
    let folder = folder();
    folder.configure(
        "[simple_jwt]\nissuer = \"me\"\n[simple_jwt.claims]\nemail = \"user.email\"\nplan = \"pro\"\n",
    );
    let preview = folder.run("token issue alice --preview --json").done().json();
    for kind in ["refresh", "access"] {
        assert_eq!(preview[kind]["token_type"], kind);
        assert_eq!(preview[kind]["plan"], "pro");
        assert_eq!(preview[kind]["iss"], "me");
    }
    folder.run("token issue alice --preview --kind sliding").done().says("\"refresh_exp\"");
    let count = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    assert_eq!(folder.database().query_row(count, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
    // And what is issued says the same.
    let token = folder.token("alice", "access");
    let verified = folder.run(&format!("token verify {token} --json")).done().json();
    assert_eq!((&verified["claims"]["plan"], &verified["claims"]["iss"]), (&"pro".into(), &"me".into()));
}

#[test]
fn an_inactive_user_gets_no_token_and_keeps_none() {
    let folder = folder();
    let token = folder.token("alice", "access");
    folder.run("user disable alice").done();
    folder.run("token issue alice").refused("alice is not active");
    assert!(folder.run("token issue alice --preview").done().err.contains("would get none"));
    folder.run(&format!("token verify {token}")).refused("its user is not active");
}

#[test]
fn decode_needs_nothing_and_says_that_nothing_was_verified() {
    let folder = folder();
    let token = folder.token("alice", "access");
    let elsewhere = Folder::empty();
    std::fs::write(elsewhere.path("countersign.toml"), "this is no configuration").unwrap();
    elsewhere.run(&format!("token decode {token}")).done().says("verified  no").says("\"user_id\": \"1\"");
    let json =
        elsewhere.run_with(&["token", "decode", "-", "--json"], &format!("Bearer {token}\n")).done().json();
    assert_eq!(json["verified"], false);
    assert_eq!(json["header"]["alg"], "HS256");
    assert_eq!(json["claims"]["token_type"], "access");
    for nonsense in ["nonsense", "a.b.c", "e30.W10.x"] {
        elsewhere.run(&format!("token decode {nonsense}")).refused("this is no token");
    }
    elsewhere.run_with(&["token", "decode", "-"], "").refused("no token was given");
    elsewhere.run("token decode").misused("<TOKEN>");
}

#[test]
fn verify_says_why_not() {
    let folder = folder();
    let token = folder.token("alice", "access");
    let verify = |token: &str| folder.run(&format!("token verify {token}"));

    verify("nonsense").refused("refused: not a compact JWS");
    let (signed, _) = token.rsplit_once('.').unwrap();
    verify(&format!("{signed}.AAAA")).refused("the signature does not match");
    // {"alg":"RS256"}
    let (_, rest) = token.split_once('.').unwrap();
    verify(&format!("eyJhbGciOiJSUzI1NiJ9.{rest}")).refused("its header says RS256, secret_key is for HS256");

    folder.configure("[simple_jwt]\nissuer = \"me\"\n");
    verify(&token).refused("iss is not the issuer expected");
    folder.configure("[simple_jwt]\naudience = \"us\"\n");
    verify(&token).refused("aud does not name the audience expected");
    folder.configure(&format!("[simple_jwt]\nsigning_key = \"{}\"\n", SECRET.to_lowercase()));
    verify(&token).refused("made with another key than simple_jwt.signing_key");

    folder.configure("");
    folder.run("user delete alice --yes").done();
    let report = verify(&token).refused("its user does not exist");
    assert!(report.out.contains("result") && report.err.is_empty(), "{report:?}");
}

#[test]
fn verify_says_how_long_ago_a_token_expired() {
    let folder = folder();
    let now = SystemClock.now().as_second();
    let key = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None));
    let claims =
        |ended: i64| format!(r#"{{"token_type":"access","exp":{},"jti":"x","user_id":"1"}}"#, now - ended);
    for (ended, words) in
        [(30, "seconds ago"), (185, "3 minutes ago"), (7_300, "2 hours ago"), (259_300, "3 days ago")]
    {
        let token = key.sign(&claims(ended));
        let report = folder.run(&format!("token verify {token}")).refused("refused: it expired ");
        report.says(&format!("{words} (exp)"));
    }
    let json = folder.run(&format!("token verify {} --json", key.sign(&claims(60)))).refused("").json();
    assert_eq!(json["good"], false);
    assert!((-90..=-60).contains(&json["expires_in"].as_i64().unwrap()), "{json}");
    folder
        .run(&format!("token revoke {}", key.sign(&claims(185))))
        .refused("the token expired 3 minutes ago");
}

#[test]
fn a_token_of_no_kind_or_nobody_is_refused() {
    let folder = folder();
    let end = SystemClock.now().as_second() + 60;
    let key = KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None));
    for (claims, words) in [
        (r#""token_type":"other","user_id":"1""#, "its token_type names no kind of token"),
        (r#""user_id":"1""#, "its token_type names no kind of token"),
        (r#""token_type":"access""#, "it names no user"),
        (r#""token_type":"access","user_id":"7""#, "its user does not exist"),
    ] {
        let token = key.sign(&format!(r#"{{{claims},"exp":{end},"jti":"x"}}"#));
        folder.run(&format!("token verify {token}")).refused(words);
    }
    let token = key.sign(&format!(r#"{{"token_type":"refresh","exp":{end},"jti":"x"}}"#));
    folder.run(&format!("token verify {token}")).done().says("the token names none");
}

#[test]
fn a_password_change_ends_tokens_that_are_tied_to_it() {
    let folder = folder();
    folder.configure("[simple_jwt]\ncheck_revoke_token = true\n");
    let token = folder.token("alice", "access");
    folder.run(&format!("token verify {token}")).done();
    let changed = folder.run("user password alice --generate").done();
    assert!(!changed.err.contains("stay good"), "{}", changed.err);
    folder.run(&format!("token verify {token}")).refused("another password since");
}

#[test]
fn a_revoked_token_is_refused() {
    let folder = folder();
    for kind in ["refresh", "sliding"] {
        let token = folder.token("alice", kind);
        folder.run_with(&["token", "revoke", "-"], &token).done().says("is blacklisted");
        folder.run(&format!("token revoke {token}")).done().says("was blacklisted before");
        let report = folder.run(&format!("token verify {token} --json")).refused("").json();
        assert_eq!((&report["blacklisted"], &report["good"]), (&true.into(), &false.into()));
    }
}

#[test]
fn a_token_is_revoked_by_its_id() {
    let folder = folder();
    let token = folder.token("alice", "refresh");
    let jti = folder.run(&format!("token verify {token} --json")).done().json()["claims"]["jti"].clone();
    folder.run(&format!("token revoke --jti {}", jti.as_str().unwrap())).done().says("is blacklisted");
    folder.run(&format!("token verify {token}")).refused("it is blacklisted");
    folder.run("token revoke --jti unknown").refused("no token with the id \"unknown\" is written down");
    folder.run("token revoke").misused("<TOKEN>");
    folder.run(&format!("token revoke {token} --jti x")).misused("cannot be used with");
}

#[test]
fn what_cannot_be_revoked_says_why() {
    let folder = folder();
    let access = folder.token("alice", "access");
    folder
        .run(&format!("token revoke {access}"))
        .refused("written down nowhere and cannot be revoked: it ends in");
    folder.run("token revoke nonsense").refused("nothing to revoke: the token is refused as it is");
    let refresh = folder.token("alice", "refresh");
    folder.configure("[blacklist]\nenabled = false\n");
    folder.run(&format!("token revoke {refresh}")).refused("[blacklist] enabled is false");
}

#[test]
fn tokens_need_a_key() {
    let folder = folder();
    std::fs::write(folder.path("countersign.toml"), "").unwrap();
    for command in ["token issue alice", "token verify x.y.z", "token revoke x.y.z"] {
        folder.run(command).refused("secret_key");
    }
    folder.run("user show alice").done();
}
