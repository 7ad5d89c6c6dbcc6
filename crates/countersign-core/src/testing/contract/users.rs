//! What is true of users that are read.

use super::{Fixture, add, person, seconds, start};
use crate::store::{Memberships, UserAdmin as _, UserChange, Users};
use crate::user::{User, UserKey};
use std::sync::Arc;

async fn by_key(store: &impl Users, field: &str, value: &str) -> Option<Arc<User>> {
    store.find_by_key(UserKey { field, value }).await.expect("the store answers")
}

/// Case counts, and nothing is trimmed or normalised.
pub async fn a_user_is_found_by_exactly_the_username(fixture: &impl Fixture) {
    let store = fixture.store();
    let demo = add(&*store, &person("Demo")).await;
    let found = store.find_by_username("Demo").await.expect("the store answers");
    assert_eq!(found.as_deref(), Some(&demo));
    for other in ["demo", " Demo", "Demo ", "Dem", "", "%", "Demo\0"] {
        assert_eq!(store.find_by_username(other).await.expect("the store answers"), None, "{other:?}");
    }
}

/// Each field that `USER_ID_FIELD` may name.
pub async fn a_user_is_found_by_id_username_and_email(fixture: &impl Fixture) {
    let store = fixture.store();
    let demo = add(&*store, &person("demo")).await;
    add(&*store, &person("other")).await;
    let id = demo.id.to_string();
    for (field, value) in [("id", &*id), ("username", "demo"), ("email", "demo@example.org")] {
        assert_eq!(by_key(&*store, field, value).await.as_deref(), Some(&demo), "{field}");
    }
}

/// Whatever a token carries, it is an answer and never an error.
pub async fn a_key_that_the_column_cannot_hold_finds_nobody(fixture: &impl Fixture) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await;
    let fraction = format!("{}.5", user.id);
    let endless = "9".repeat(400);
    let values = ["", "abc", "true", "[]", "None", "-1", "1e3", " ", "\0", "é", "0x1", &fraction, &endless];
    for value in values {
        for field in ["id", "username", "email"] {
            assert_eq!(by_key(&*store, field, value).await, None, "{field} {value:?}");
        }
    }
}

/// Nobody can be meant by it.
pub async fn a_key_that_two_users_share_finds_nobody(fixture: &impl Fixture) {
    let store = fixture.store();
    for username in ["one", "two"] {
        let mut user = person(username);
        "shared@example.org".clone_into(&mut user.user.email);
        add(&*store, &user).await;
    }
    assert_eq!(by_key(&*store, "email", "shared@example.org").await, None);
}

/// A hundred times in a row: nothing remembered is ever old.
pub async fn a_change_is_seen_by_the_next_read(fixture: &impl Fixture) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    for round in 0..100 {
        let is_active = round % 2 == 1;
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        assert!(store.update(&id, change, start()).await.expect("the store answers"));
        for _ in 0..2 {
            let user = by_key(&*store, "id", &id.to_string()).await.expect("there is one");
            assert_eq!(user.is_active, is_active, "round {round}");
        }
    }
}

/// So that an upgrade of a hash cannot undo a change of password.
pub async fn a_password_is_replaced_only_while_it_is_the_old_one(fixture: &impl Fixture) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await;
    let replace = async |old: &str, new: &str| {
        store.replace_password(&user.id, old, new).await.expect("the store answers")
    };
    assert!(!replace("another", "new").await);
    assert!(replace(&user.password, "new").await);
    assert!(!replace(&user.password, "newer").await);
    let found = store.find_by_username("demo").await.expect("the store answers").expect("there is one");
    assert_eq!(found.password, "new");
}

/// To the microsecond.
pub async fn a_login_is_written_down(fixture: &impl Fixture) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    for at in [start(), start() + seconds(1), crate::clock::Timestamp::UNIX_EPOCH] {
        store.record_login(&id, at).await.expect("the store answers");
        let found = store.find_by_username("demo").await.expect("the store answers").expect("there is one");
        assert_eq!(found.last_login, Some(at));
    }
}

/// Sorted, each once.
pub async fn memberships_come_from_the_users_groups(fixture: &impl Fixture) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    let other = add(&*store, &person("other")).await.id;
    assert_eq!(store.memberships(&id).await.expect("the store answers"), Memberships::default());
    fixture.grant(&id, "writers", "auth.change_group").await;
    fixture.grant(&id, "readers", "auth.view_group").await;
    fixture.grant(&other, "owners", "auth.delete_group").await;
    let expected = Memberships {
        groups: vec!["readers".to_owned(), "writers".to_owned()],
        permissions: vec!["auth.change_group".to_owned(), "auth.view_group".to_owned()],
    };
    assert_eq!(store.memberships(&id).await.expect("the store answers"), expected);
}

/// Those given to anybody included.
pub async fn a_superuser_has_every_permission(fixture: &impl Fixture) {
    let store = fixture.store();
    let mut root = person("root");
    root.user.is_superuser = true;
    let root = add(&*store, &root).await.id;
    let demo = add(&*store, &person("demo")).await.id;
    fixture.grant(&demo, "readers", "auth.view_group").await;
    let memberships = store.memberships(&root).await.expect("the store answers");
    assert!(memberships.permissions.contains(&"auth.view_group".to_owned()));
    assert_eq!(memberships.groups, Vec::<String>::new());
}

/// The groups are still theirs.
pub async fn an_inactive_user_has_no_permission(fixture: &impl Fixture) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    fixture.grant(&id, "readers", "auth.view_group").await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    assert!(store.update(&id, change, start()).await.expect("the store answers"));
    let expected = Memberships { groups: vec!["readers".to_owned()], permissions: Vec::new() };
    assert_eq!(store.memberships(&id).await.expect("the store answers"), expected);
}
