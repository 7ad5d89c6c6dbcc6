//! The settings of a live Django project, asked by its own Python.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use countersign_conformance::process::{Server, Settings, peer_python, program};
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, settings: &Settings, arguments: &[&str]) -> Output {
    let mut command = Command::new(program().unwrap());
    command.args(arguments).current_dir(folder).env("STATE_DIR", folder.join("state"));
    command.envs(settings).env_remove("SECRET_KEY").output().unwrap()
}

#[test]
fn a_live_projects_settings_are_imported_and_its_database_is_served() {
    let (Some(python), Some(_)) = (peer_python(), program()) else { return };
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
    Server::prepare_peer(&python, &folder.path().join("state"), &settings).unwrap();
    let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/peer");
    let imported = run(folder.path(), &settings, &["config", "import-django", peer, "--python", &python]);
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
