//! `countersign user`

use crate::program::{Folder, Outcome};

fn add(folder: &Folder, arguments: &[&str], password: &str) -> Outcome {
    folder.run_with(&[&["user", "add", "--password-stdin"], arguments].concat(), password)
}

#[test]
fn a_user_is_added_listed_and_shown() {
    let folder = Folder::new();
    let arguments =
        ["alice", "--email", "Alice@EXAMPLE.com", "--first-name", "Alice", "--last-name", "Liddell"];
    add(&folder, &arguments, "correct horse battery\n").done().says("user alice added, with id 1");
    folder.add("bob");
    folder.run("user list").done().says("1   alice     Alice@example.com  yes           never");
    let found = folder.run("user list --search EXAMPLE.com --json").done().json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let shown =
        folder.run("user show alice").done().says("pbkdf2_sha256, as new ones are").says("Alice Liddell");
    assert!(!shown.out.contains('$'), "a hash is shown: {}", shown.out);
    assert_eq!(folder.run("user show 2 --json").done().json()["username"], "bob");
}

#[test]
fn a_long_list_is_shown_in_pages() {
    let folder = Folder::new();
    for name in ["a1", "a2", "a3"] {
        folder.add(name);
    }
    let first = folder.run("user list --limit 2").done();
    assert!(first.err.contains("--after 2"), "{}", first.err);
    let rest = folder.run("user list --limit 2 --after 2").done().says("a3");
    assert!(!rest.out.contains("a2") && rest.err.is_empty());
    assert!(folder.run("user list --search nobody").done().err.contains("no user found"));
}

#[test]
fn the_hash_is_one_that_django_reads_and_no_password_is_stored() {
    let folder = Folder::new();
    folder.add("alice");
    let hash: String =
        folder.database().query_row("SELECT password FROM auth_user", [], |row| row.get(0)).unwrap();
    assert!(hash.starts_with("pbkdf2_sha256$1000$") && !hash.contains("correct"), "{hash}");
}

#[test]
fn weak_passwords_are_refused_in_djangos_words() {
    let folder = Folder::new();
    for (password, words) in [
        ("alice1", "The password is too similar to the username."),
        ("xk3!", "This password is too short. It must contain at least 8 characters."),
        ("password", "This password is too common."),
        ("8364927461", "This password is entirely numeric."),
        ("", "Blank passwords aren't allowed."),
        (" correct horse ", "white space"),
        ("correct\nhorse battery", "more than one line"),
    ] {
        add(&folder, &["alice"], &format!("{password}\n")).refused(words);
    }
    folder.run("user show alice").refused("there is no user");
    add(&folder, &["alice", "--allow-weak"], "password").done();
    add(&folder, &["bob", "--allow-weak"], "").refused("Blank passwords aren't allowed.");
}

#[test]
fn a_password_is_generated_and_alone_on_standard_output() {
    let folder = Folder::new();
    let outcome = folder.run("user add alice --generate").done();
    let password = outcome.out.trim();
    assert!(password.len() == 20 && password.chars().all(char::is_alphanumeric), "{password}");
    let json = folder.run("user add bob --generate --json").done().json();
    assert_ne!(json["password"].as_str().unwrap(), password);
    folder.run("user add carol --generate --password-stdin").misused("cannot be used with");
}

#[test]
fn usernames_are_checked_and_normalised_as_django_does() {
    let folder = Folder::new();
    add(&folder, &["alice smith"], "correct horse battery").refused("Enter a valid username.");
    add(&folder, &[""], "correct horse battery").refused("Username cannot be blank.");
    add(&folder, &[&"x".repeat(151)], "correct horse battery").refused("at most 150 characters (it has 151)");
    add(&folder, &["alice", "--email", "nowhere"], "correct horse battery")
        .refused("Enter a valid email address.");
    add(&folder, &["ａｌｉｃｅ"], "correct horse battery").done().says("user alice added");
    add(&folder, &["alice"], "correct horse battery").refused("the username alice is taken");
    folder.run("user show ａｌｉｃｅ").done().says("alice");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let folder = Folder::new();
    folder.run("user add alice").refused("--password-stdin");
    folder.run("createsuperuser").refused("--username");
    folder.run("user add").misused("<USERNAME>");
}

#[test]
fn createsuperuser_takes_djangos_flags() {
    let folder = Folder::new();
    folder.run("createsuperuser --noinput --username root").misused("--password-stdin|--generate");
    folder.run("createsuperuser --noinput --generate").misused("--username");
    let line = "createsuperuser --no-input --username root --email root@example.com --generate";
    folder.run(line).done();
    let json = folder.run("user show root --json").done().json();
    assert_eq!((&json["is_superuser"], &json["is_staff"]), (&true.into(), &true.into()));
    folder.run("user list").done().says("superuser");
}

#[test]
fn a_password_is_changed_and_compared_with_its_user() {
    let folder = Folder::new();
    folder.add("alice");
    let change =
        |password: &str| folder.run_with(&["user", "password", "alice", "--password-stdin"], password);
    change("alice123").refused("too similar to the username");
    let before =
        folder.database().query_row("SELECT password FROM auth_user", [], |row| row.get::<_, String>(0));
    change("another horse battery").done().says("has a new password");
    let after =
        folder.database().query_row("SELECT password FROM auth_user", [], |row| row.get::<_, String>(0));
    assert_ne!(before, after);
    assert_eq!(folder.run("changepassword alice --generate").done().out.trim().len(), 20);
    folder.run("changepassword nobody --generate").refused("there is no user \"nobody\"");
}

#[test]
fn a_user_is_disabled_and_enabled() {
    let folder = Folder::new();
    folder.add("alice");
    folder.run("user disable alice").done().says("disabled");
    folder.run("user disable alice").done().says("was disabled before");
    assert_eq!(folder.run("user show alice --json").done().json()["is_active"], false);
    folder.run("user enable 1").done().says("enabled");
    assert_eq!(folder.run("user show alice --json").done().json()["is_active"], true);
    folder.run("user disable bob").refused("there is no user");
}

#[test]
fn a_user_that_other_rows_point_at_is_not_deleted_and_the_tables_are_named() {
    let folder = Folder::new();
    folder.add("alice");
    let order = "CREATE TABLE shop_order (id integer PRIMARY KEY, user_id integer REFERENCES auth_user (id));
                 INSERT INTO shop_order (user_id) VALUES (1)";
    folder.database().execute_batch(order).unwrap();
    folder.run("user delete alice --yes").refused("rows of shop_order point at alice");
    folder.database().execute("DELETE FROM shop_order", []).unwrap();
    folder.run("user delete alice --yes").done().says("deleted");
    folder.run("user show alice").refused("there is no user");
}

#[test]
fn hashes_that_cannot_match_are_told_apart() {
    let folder = Folder::new();
    folder.add("alice");
    for (hash, words) in [
        ("!x", "none: nobody can log in with one"),
        ("md5$salt$00", "md5, which [passwords] hashers does not list"),
        ("plain", "not a hash that Django makes"),
        (
            "pbkdf2_sha256$10$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "next login",
        ),
    ] {
        folder.database().execute("UPDATE auth_user SET password = ?1", [hash]).unwrap();
        folder.run("user show alice").done().says(words);
    }
}

#[test]
fn a_name_that_would_move_the_cursor_is_shown_without() {
    let folder = Folder::new();
    folder.add("alice");
    folder.database().execute("UPDATE auth_user SET email = 'a' || char(27) || '[2J'", []).unwrap();
    for command in ["user list", "user show alice"] {
        assert!(!folder.run(command).done().out.contains('\u{1b}'), "{command}");
    }
}

#[test]
fn a_table_of_ones_own_says_what_it_cannot_keep() {
    let folder = Folder::empty();
    folder.configure("[users]\ntable = \"people\"\nusername = \"login\"\n[blacklist]\nenabled = false\n");
    folder.run("db migrate").refused("has no table `people`");
    let table = "CREATE TABLE people (id integer PRIMARY KEY, login text UNIQUE, password text)";
    folder.database().execute_batch(table).unwrap();
    let added = add(&folder, &["alice", "--email", "a@example.com"], "correct horse battery").done();
    assert!(added.err.contains("no column for the mail address"), "{}", added.err);
    folder.run("user disable alice").refused("no column for `is_active`");
}
