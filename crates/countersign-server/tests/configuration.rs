//! The commands that are about the configuration, on the built program.

use std::path::Path;
use std::process::{Command, Output};

const SECRET: &str = "canary-canary-canary-canary-canary-canary";

#[test]
fn config_show_says_where_each_value_comes_from_and_hides_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    std::fs::write(&key, SECRET).unwrap();
    let text = format!(
        "secret_key = \"{SECRET}\"\n[simple_jwt]\nleeway = 5\nsigning_key = {{ env = \"THE_KEY\" }}\n[jwt_auth]\n\
         enabled = false\nsecret_key = {{ a = \"{SECRET}\", b = {{ file = {key:?} }} }}\n"
    );
    std::fs::write(directory.path().join("countersign.toml"), text).unwrap();
    let run = |flags: &[&str]| {
        let mut command = program(directory.path(), &["config", "show"]);
        command.args(flags).env("THE_KEY", SECRET).env("COUNTERSIGN__SERVER__LISTEN", "127.0.0.1:9");
        command.output().unwrap()
    };
    let shown = stdout(&run(&[]));
    let shown = shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let shown: Vec<_> = shown.collect();
    for line in [
        "secret_key = \"***\" # countersign.toml:1",
        "leeway = 5 # countersign.toml:3",
        "signing_key = { env = \"THE_KEY\" } # countersign.toml:4",
        "access_token_lifetime = \"5m\" # default",
        "listen = \"127.0.0.1:9\" # environment COUNTERSIGN__SERVER__LISTEN",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "{line} in:\n{shown:#?}");
    }
    let changed = stdout(&run(&["--changed", "--json"]));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&changed).unwrap();
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["secret_key", "listen", "signing_key", "leeway", "enabled", "secret_key"]);
    for output in [run(&[]), run(&["--json"]), run(&["-vv"])] {
        assert_eq!(output.status.code(), Some(0));
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8(all).unwrap().contains("canary"));
    }
}

#[test]
fn a_readable_secret_file_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    std::fs::write(&key, format!("{SECRET}\n")).unwrap();
    assert!(program(directory.path(), &["db", "migrate"]).status().unwrap().success());
    for (mode, warned) in [(0o600, false), (0o644, true), (0o640, true)] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = program(directory.path(), &["check"])
            .env("COUNTERSIGN__SECRET_KEY", "{ file = \"key\" }")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stderr).unwrap().contains("chmod 600 key"), warned, "{mode:o}");
    }
}

#[test]
fn config_init_writes_a_file_once() {
    let directory = tempfile::tempdir().unwrap();
    let init = |flags: &[&str]| program(directory.path(), &["config", "init"]).args(flags).output().unwrap();
    assert_eq!(init(&[]).status.code(), Some(0));
    let path = directory.path().join("countersign.toml");
    std::fs::write(&path, "# mine\n").unwrap();
    assert_eq!(init(&[]).status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "# mine\n");
    assert_eq!(init(&["--force"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), stdout(&init(&["--stdout"])));
}

#[test]
fn diffsettings_is_djangos_name_for_what_was_changed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("countersign.toml"), "[simple_jwt]\nleeway = 0\nissuer = \"me\"\n")
        .unwrap();
    let shown = stdout(&program(directory.path(), &["diffsettings"]).output().unwrap());
    assert!(shown.contains("issuer") && !shown.contains("leeway"), "{shown}");
}

#[test]
fn an_environment_variable_beats_the_file_and_a_text_may_look_like_a_number() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("countersign.toml"), "[simple_jwt]\nissuer = \"file\"\n").unwrap();
    let shown = program(directory.path(), &["config", "show", "--changed"])
        .env("COUNTERSIGN__SIMPLE_JWT__ISSUER", "12345")
        .env("COUNTERSIGN__SIMPLE_JWT__CLAIMS__EMAIL", "user.email")
        .output()
        .unwrap();
    let shown = stdout(&shown);
    assert!(shown.contains("environment COUNTERSIGN__SIMPLE_JWT__ISSUER"), "{shown}");
    assert!(shown.contains("claims = { email = \"user.email\" }"), "{shown}");
}

#[test]
fn bad_usage_exits_with_2() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["quux"][..], &[], &["config"], &["config", "show", "--quux"], &["-q", "-v", "check"]]
    {
        assert_eq!(
            program(directory.path(), arguments).output().unwrap().status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn completions_the_manual_and_the_schema_are_printed() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["completions", "bash"][..], "diffsettings"),
        (&["completions", "zsh"], "#compdef countersign"),
        (&["man"], ".TH countersign"),
        (&["config", "schema"], "json-schema.org"),
        (&["config", "reference"], "### `access_token_lifetime`"),
    ] {
        assert!(
            stdout(&program(directory.path(), arguments).output().unwrap()).contains(said),
            "{arguments:?}"
        );
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn program(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env_clear().current_dir(directory);
    command
}
