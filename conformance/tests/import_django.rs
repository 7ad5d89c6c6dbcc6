//! The settings of a live Django project, asked by its own Python.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use countersign_conformance::SECRET_KEY;
use countersign_conformance::process::{Peer, Settings, program};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(folder: &Path, settings: &Settings, arguments: &[&str]) -> Output {
    let mut command = Command::new(program().unwrap());
    command.args(arguments).current_dir(folder).env("STATE_DIR", folder.join("state"));
    command.envs(settings).env_remove("SECRET_KEY").output().unwrap()
}

#[test]
fn a_live_projects_settings_are_imported_and_its_database_is_served() {
    let (Some(peer), Some(_)) = (Peer::current(), program()) else { return };
    let settings: Settings = [
        ("ACCESS_TOKEN_LIFETIME", "90"),
        ("ROTATE_REFRESH_TOKENS", "1"),
        ("AUDIENCE", "[\"app\"]"),
        ("JSON_ONLY", "1"),
        ("LOCALE_MIDDLEWARE", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let folder = tempfile::tempdir().unwrap();
    peer.prepare(&folder.path().join("state"), &settings).unwrap();
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/peer");
    let imported =
        run(folder.path(), &settings, &["config", "import-django", project, "--python", peer.python()]);
    assert!(imported.status.success(), "{imported:?}");
    let written = std::fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
    for line in [
        "access_token_lifetime = \"1m30s\"",
        "rotate_refresh_tokens = true",
        "audience = [\"app\"]",
        "json_only = true",
        "locales = true",
        "profile = \"drf-jwt\"",
        "impersonate_path = \"/impersonate/\"",
        "allowed_origins = [\"http://localhost:3000\"]",
    ] {
        assert!(written.contains(line), "{line} is not in:\n{written}");
    }
    let checked = run(folder.path(), &settings, &["check"]);
    assert!(checked.status.success(), "{checked:?}");
    let listed = run(folder.path(), &settings, &["user", "list", "--json"]);
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("\"ann\"") || listed.stdout.len() > 100,
        "{listed:?}"
    );
}

#[test]
fn django_and_the_imported_configuration_answer_the_same() {
    let (Some(peer), Some(_)) = (Peer::current(), program()) else { return };
    // The views of drf-jwt stand at paths of the peer's own; the import finds them.
    let settings: Settings = [("ROTATE_REFRESH_TOKENS", "1"), ("BLACKLIST_AFTER_ROTATION", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    peer.prepare(&state, &settings).unwrap();
    let django = peer.start(&state, &settings).unwrap();
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/peer");
    // The key is the one that the peer is started with.
    let mut import = Command::new(program().unwrap());
    import.args(["config", "import-django", project, "--python", peer.python()]).current_dir(folder.path());
    import
        .env("STATE_DIR", &state)
        .env("SECRET_KEY", SECRET_KEY)
        .env("PBKDF2_ITERATIONS", "1000")
        .envs(&settings);
    assert!(import.output().unwrap().status.success());
    let mut play = Command::new(program().unwrap());
    play.args([
        "conformance",
        "--django",
        &format!("http://{}", django.address()),
        "--user",
        "alice",
        "--password-stdin",
    ]);
    play.current_dir(folder.path())
        .env("SECRET_KEY", SECRET_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = play.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"alice-pass-1\n").unwrap();
    let played = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&played.stdout);
    println!("{said}");
    assert!(played.status.success(), "{said}");
    assert!(said.contains(" requests compared, 0 differ"), "{said}");
}
