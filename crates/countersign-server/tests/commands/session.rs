//! `countersign session`

use crate::program::Folder;

const ROTATING: &str = "[simple_jwt]\nrotate_refresh_tokens = true\nblacklist_after_rotation = true\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.add("alice");
    folder.add("bob");
    folder
}

/// The ids of the sessions that are listed.
fn ids(folder: &Folder, more: &str) -> Vec<String> {
    let listed = folder.run(&format!("session list --json {more}")).done().json();
    let sessions = listed.as_array().expect("a list").iter();
    sessions.map(|session| session["id"].as_str().expect("an id").to_owned()).collect()
}

fn revoked(folder: &Folder, line: &str) -> (u64, u64) {
    let ended = folder.run(&format!("session revoke --json --yes {line}")).done().json();
    let count = |what: &str| ended[what].as_u64().expect("a number");
    (count("sessions"), count("tokens"))
}

#[test]
fn sessions_are_listed_by_user_and_in_pages() {
    let folder = folder();
    folder.run("session list").done();
    for user in ["alice", "bob", "alice"] {
        folder.token(user, "refresh");
    }
    assert_eq!(ids(&folder, "").len(), 3);
    let hers = ids(&folder, "--user alice");
    assert_eq!(hers.len(), 2);
    let first = folder.run("session list --user alice --limit 1").done().says(&hers[0]).says("ADDRESS");
    assert!(first.err.contains(&format!("--after {}", hers[0])), "{}", first.err);
    assert_eq!(ids(&folder, &format!("--user alice --after {}", hers[0])), hers[1..]);
    folder.run("session list --user nobody").refused("there is no user");
}

#[test]
fn one_session_is_revoked_by_its_id() {
    let folder = folder();
    let token = folder.token("alice", "refresh");
    let id = ids(&folder, "").remove(0);
    folder.run(&format!("session revoke {id}")).done().says("ended 1 session");
    assert!(ids(&folder, "").is_empty());
    folder.run(&format!("token verify {token}")).refused("blacklisted");
    folder.run(&format!("session revoke {id}")).refused("there is no session");
}

#[test]
fn the_sessions_of_a_user_are_revoked_but_one_or_all() {
    let folder = folder();
    for user in ["alice", "alice", "alice", "bob"] {
        folder.token(user, "refresh");
    }
    let (hers, his) = (ids(&folder, "--user alice"), ids(&folder, "--user bob"));
    folder
        .run(&format!("session revoke --user alice --others-than {}", his[0]))
        .refused("alice has no session");
    assert_eq!(revoked(&folder, &format!("--user alice --others-than {}", hers[1])), (2, 0));
    assert_eq!(ids(&folder, "--user alice"), hers[1..2]);
    assert_eq!(revoked(&folder, "--user alice"), (1, 0));
    assert_eq!(ids(&folder, ""), his);
}

#[test]
fn everything_is_revoked_and_what_no_table_knows_is_dead_too() {
    let folder = folder();
    folder.configure(ROTATING);
    let token = folder.token("alice", "refresh");
    // As in an older copy of the database, which does not know the token.
    folder
        .database()
        .execute_batch(
            "DELETE FROM countersign_refresh; DELETE FROM countersign_family;
        DELETE FROM token_blacklist_outstandingtoken",
        )
        .unwrap();
    folder.token("bob", "refresh");
    assert_eq!(revoked(&folder, "--all"), (1, 0));
    let epoch: i64 =
        folder.database().query_row("SELECT begins_at FROM countersign_epoch", [], |row| row.get(0)).unwrap();
    assert_eq!(epoch % 1_000_000, 0, "iat has whole seconds");
    folder.run(&format!("token verify {token}")).refused("blacklisted");
    assert_eq!(revoked(&folder, "--all"), (0, 0));
}

#[test]
fn what_is_meant_must_be_said() {
    let folder = folder();
    folder.run("session revoke").misused("required");
    folder.run("session revoke --all --user alice").misused("cannot be used with");
    folder.run("session revoke --others-than x --all").misused("cannot be used with");
    folder.run("session revoke --others-than x").misused("required");
    folder.configure("[blacklist]\nenabled = false\n");
    folder.run("session list").refused("there are no sessions");
}

#[test]
fn a_new_password_and_disabling_end_the_sessions() {
    let folder = folder();
    folder.token("alice", "refresh");
    folder.run_with(&["user", "password", "alice", "--password-stdin"], "another horse battery\n").done();
    assert!(ids(&folder, "").is_empty());
    folder.token("alice", "refresh");
    folder.run("user disable alice").done();
    folder.run("user enable alice").done();
    assert!(ids(&folder, "").is_empty());
    folder.configure("[sessions]\nend_on_password_change = false\n");
    folder.token("alice", "refresh");
    folder.run_with(&["user", "password", "alice", "--password-stdin"], "a third horse battery\n").done();
    assert_eq!(ids(&folder, "").len(), 1);
}
