//! `countersign user import`. The password of all hashes is `lètmein`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::program::{Folder, Outcome};
use serde_json::{Value, json};

/// Made by bcrypt, Werkzeug, passlib, argon2-cffi and crypt(3).
const BCRYPT: &str = "$2b$04$VkCObYJXZsRTr7k4StrKIOU5pwEfZ0tX9qhh79d65Xj/o3ysdd2OC";
const WERKZEUG: &str = "scrypt:1024:8:1$hEmzD6C7n3Fy2sb1$b114b99527afe9ff0088e35ac592e4397a61a031492b5dcf3591e65750a4e403d2bcebc6fe83bbfc06ec050082ae2a4da4a174d68ee8031b23ca633ef245e7de";
const PASSLIB: &str = "$pbkdf2-sha256$100$Xeu9t3YuRcj537v3XgsBYA$2p1/H4oIVojNlOJ8I.TDZp1.Q04HzmKkrfSXFxshK5o";
const SHADOW: &str = "{CRYPT}$6$rounds=1000$empty$mD/mfMVeNHBUgTII19Wa60uGXYFiKQekh3g31uXM.1DkGrKMw1ICxo7N9UEq9xthpeZV2NXWk/C7RFot9C.JR.";

fn import(folder: &Folder, name: &str, file: &str, more: &[&str]) -> Outcome {
    std::fs::write(folder.path(name), file).unwrap();
    folder.run_with(&[&["user", "import", name], more].concat(), "")
}

fn csv() -> String {
    format!(
        "username,email,first_name,is_active,is_staff,password,id\n\
         alice,Alice@EXAMPLE.com,Alice,true,1,{BCRYPT},1\n\
         bob,,\"Bob, the \"\"builder\"\"\",f,,{WERKZEUG},2\n\
         carol,,,,,{PASSLIB},3\n\
         dora,,,,,,4\n\
         erin,,,,,hunter2,5\n\
         frank,,,,,md5$salt$1bbd48610b26095c29bc4284f4bb0c52,6\n\
         grace,,,,,$2b$99$abc,7\n\
         heidi smith,,,,,{SHADOW},8\n\
         alice,,,,,{SHADOW},9\n"
    )
}

fn stored(folder: &Folder, username: &str) -> String {
    let select = "SELECT password FROM auth_user WHERE username = ?1";
    folder.database().query_row(select, [username], |row| row.get(0)).unwrap()
}

fn count(folder: &Folder) -> i64 {
    folder.database().query_row("SELECT count(*) FROM auth_user", [], |row| row.get(0)).unwrap()
}

/// What is remarked of each line, in the order of the lines.
fn remarks(json: &Value) -> Vec<(u64, String)> {
    let remark =
        |remark: &Value| (remark["line"].as_u64().unwrap(), remark["what"].as_str().unwrap().to_owned());
    let mut remarks: Vec<_> = json["remarks"].as_array().unwrap().iter().map(remark).collect();
    remarks.sort();
    remarks
}

#[test]
fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let folder = Folder::new();
    let outcome = import(&folder, "users.csv", &csv(), &["--dry-run", "--json"]);
    assert_eq!(outcome.code, Some(1), "{}{}", outcome.out, outcome.err);
    assert!(outcome.err.contains("the column \"id\" is not read"), "{}", outcome.err);
    let json = outcome.json();
    assert_eq!(count(&folder), 0);
    for (name, expected) in [
        ("dry_run", json!(true)),
        ("rows", json!(9)),
        ("added", json!(7)),
        ("exist", json!(1)),
        ("refused", json!(1)),
        ("can_never_log_in", json!(3)),
        ("without_password", json!(1)),
        ("hashes", json!({ "bcrypt": 1, "passlib": 1, "werkzeug": 1 })),
    ] {
        assert_eq!(json[name], expected, "{name}");
    }
    let expected = [(6, "unknown"), (7, "not_listed"), (8, "malformed"), (9, "refused"), (10, "exists")];
    assert_eq!(remarks(&json), expected.map(|(line, what)| (line, what.to_owned())));
    for secret in [BCRYPT, "hunter2", "1bbd4861"] {
        assert!(!outcome.out.contains(secret) && !outcome.err.contains(secret), "{secret} is shown");
    }
}

#[test]
fn what_is_imported_is_what_the_dry_run_said_and_nobody_is_imported_twice() {
    let folder = Folder::new();
    let said = import(&folder, "users.csv", &csv(), &["--dry-run", "--json"]).json();
    let mut done = import(&folder, "users.csv", &csv(), &["--json"]).json();
    done["dry_run"] = true.into();
    assert_eq!(said, done);
    assert_eq!(count(&folder), 7);

    let shown = folder.run("user show alice --json").done().json();
    for (name, expected) in [
        ("email", json!("Alice@example.com")),
        ("first_name", json!("Alice")),
        ("is_active", json!(true)),
        ("is_staff", json!(true)),
    ] {
        assert_eq!(shown[name], expected, "{name}");
    }
    let bob = folder.run("user show bob --json").done().json();
    assert_eq!((&bob["is_active"], &bob["first_name"]), (&json!(false), &json!("Bob, the \"builder\"")));
    assert_eq!(stored(&folder, "alice"), BCRYPT);
    // Too long for Django's column, and cut to what is as good.
    assert!(WERKZEUG.starts_with(&stored(&folder, "bob")) && stored(&folder, "bob").len() <= 128);
    // What may be a password in plain text is not stored.
    assert!(stored(&folder, "erin").starts_with('!') && stored(&folder, "dora").starts_with('!'));

    let again =
        import(&folder, "users.csv", &csv(), &[]).refused("9 rows: 0 added, 0 updated, 8 exist, 1 refused");
    assert!(again.out.contains("line 9 (heidi smith): Enter a valid username."), "{}", again.out);
    assert_eq!(count(&folder), 7);
}

#[test]
fn a_clean_file_is_done_and_goes_on_after_an_interruption() {
    let folder = Folder::new();
    let line = |number: usize| format!("{{\"username\": \"user{number}\", \"password\": \"{PASSLIB}\"}}\n");
    let half: String = (0..300).map(line).collect();
    import(&folder, "users.jsonl", &half, &[])
        .done()
        .says("300 rows: 300 added")
        .says("passwords: 300 passlib");
    let all: String = (0..600).map(line).collect();
    import(&folder, "users.jsonl", &all, &[]).done().says("300 added, 0 updated, 300 exist, 0 refused");
    assert_eq!(count(&folder), 600);
}

#[test]
fn users_who_exist_are_updated_if_that_is_wanted() {
    let folder = Folder::new();
    folder.add("alice");
    let before = stored(&folder, "alice");
    let row = format!("{{\"username\": \"alice\", \"password\": \"{BCRYPT}\", \"is_active\": false}}");
    import(&folder, "users.jsonl", &row, &[]).done().says("1 exist");
    import(&folder, "users.jsonl", &row, &["--update", "--dry-run"]).done().says("1 would be updated");
    assert_eq!(stored(&folder, "alice"), before);
    import(&folder, "users.jsonl", &row, &["--update"]).done().says("1 updated");
    assert_eq!(stored(&folder, "alice"), BCRYPT);
    assert_eq!(folder.run("user show alice --json").done().json()["is_active"], false);
}

#[test]
fn keycloaks_export_is_read_with_its_passwords() {
    let folder = Folder::new();
    // hashlib.pbkdf2_hmac("sha256", "lètmein", bytes(range(16)), 1000, 64), and argon2-cffi's hash_secret.
    let pbkdf2 = credential(
        "MmVyK7Qz+8VhxNfAvQLr59CRxm89xRf9GNhRAPQspUf3VLbpCaWWM2o4eMiQS1dtKUsmQDWClmuDN6MBC42PwQ==",
        r#"{"hashIterations": 1000, "algorithm": "pbkdf2-sha256", "additionalParameters": {}}"#,
    );
    let argon2 = credential(
        "ziBVJpPD//jTVhdvqBCCvCuHypsnON0thwO5amvMljs=",
        r#"{"hashIterations": 2, "algorithm": "argon2", "additionalParameters": {"hashLength": ["32"], "memory": ["64"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}"#,
    );
    let realm = json!({ "realm": "shop", "users": [
        { "username": "alice", "email": "alice@example.com", "firstName": "Alice", "enabled": true,
          "createdTimestamp": 1_600_000_000_000_i64, "credentials": [pbkdf2] },
        { "username": "bob", "enabled": false, "credentials": [argon2] },
        { "username": "carol" },
        { "username": "dave", "credentials": [credential("AAAA", r#"{"hashIterations": 1, "algorithm": "md5"}"#)] },
    ]});
    import(&folder, "realm.json", &realm.to_string(), &[])
        .refused("line 4 (dave): its password is in a form of Keycloak's that is not known")
        .says("3 added")
        .says("1 argon2, 1 passlib, 1 without one");
    let alice = folder.run("user show alice --json").done().json();
    assert_eq!(
        (&alice["first_name"], &alice["date_joined"]),
        (&json!("Alice"), &json!("2020-09-13T12:26:40Z"))
    );
    assert_eq!(folder.run("user show bob --json").done().json()["is_active"], false);
    for name in ["alice", "bob"] {
        let hash = stored(&folder, name);
        assert!(hash.len() <= 128, "{hash}");
        assert!(is_password_of("lètmein", &hash) && !is_password_of("letmein", &hash), "{hash}");
    }
}

fn credential(value: &str, data: &str) -> Value {
    let secret = json!({ "value": value, "salt": "AAECAwQFBgcICQoLDA0ODw==", "additionalParameters": {} });
    json!({ "type": "password", "secretData": secret.to_string(), "credentialData": data })
}

fn is_password_of(password: &str, hash: &str) -> bool {
    use countersign_core::password::{Check, Hashers};
    let hashers = Hashers::new(&countersign_core::settings::Passwords {
        pbkdf2_iterations: 1,
        ..countersign_core::settings::Passwords::default()
    });
    let random = countersign_core::random::SystemRandom;
    hashers.check(&password.into(), Some(hash), &random) != Check::Refused
}

#[test]
fn a_file_that_is_none_is_refused_with_what_it_should_be() {
    let folder = Folder::new();
    import(&folder, "users.txt", "", &[]).refused("neither .csv, .jsonl nor .json");
    import(&folder, "users.csv", "name,password\n", &[]).refused("has no column `username`");
    import(&folder, "users.json", "{\"realm\": 1}", &[]).refused("is no export of a Keycloak realm");
    folder.run("user import nowhere.csv").refused("cannot read nowhere.csv");
    folder.run("user import").misused("<FILE>");
    import(&folder, "empty.csv", "username\n", &[]).done().says("0 rows");
    let broken = "username,password\nalice\n\"bob\",x,y\ncarol,!\n";
    import(&folder, "broken.csv", broken, &[])
        .refused("line 2: 1 values for 2 columns")
        .says("line 3: 3 values")
        .says("1 added");
    import(&folder, "broken.jsonl", "[]\n\n{\"username\": [1]}\nx\n", &[])
        .refused("line 1: it is no JSON object")
        .says("line 3: username: it is no text")
        .says("line 4: it is no JSON object");
}
