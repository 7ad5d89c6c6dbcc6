//! What is true of users that are looked after.

use super::{Fixture, add, login, person, start, token};
use crate::store::{
    AddOutcome, Deletion, Ledger as _, Listing, Store as _, UserAdmin, UserChange, Users as _,
};
use crate::user::UserId;

/// And the first user stays as they were.
pub async fn a_username_is_taken_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let first = add(&*store, &person("demo")).await;
    let again = store.add(&person("demo")).await.expect("the store answers");
    assert_eq!(again, AddOutcome::UsernameTaken);
    let found = store.find_by_username("demo").await.expect("the store answers");
    assert_eq!(found.as_deref(), Some(&first));
}

/// Every column, and texts that a careless query would stumble over.
pub async fn what_was_added_is_what_is_read(fixture: &impl Fixture) {
    let store = fixture.store();
    let mut user = person("o'brien \"\\ é 😀 %_");
    user.user.is_staff = true;
    user.user.is_superuser = true;
    user.user.is_active = false;
    user.user.last_login = Some(start());
    let added = add(&*store, &user).await;
    assert_eq!(crate::user::User { id: added.id.clone(), ..user.user.clone() }, added);
    let found = store.find_by_username(&user.user.username).await.expect("the store answers");
    assert_eq!(found.as_deref(), Some(&added));
}

/// By ascending id; a search takes its text literally.
pub async fn users_are_listed_in_pages_and_by_search(fixture: &impl Fixture) {
    let store = fixture.store();
    for username in ["ann", "bob", "annabel", "100%"] {
        add(&*store, &person(username)).await;
    }
    let first = names(&*store, Listing { search: None, after: None, limit: 3 }).await;
    assert_eq!(first, ["ann", "bob", "annabel"]);
    let third = store.find_by_username("annabel").await.expect("the store answers").expect("there is one");
    let rest = Listing { search: None, after: Some(&third.id), limit: 3 };
    assert_eq!(names(&*store, rest).await, ["100%"]);
    for (search, expected) in [("ANN", vec!["ann", "annabel"]), ("%", vec!["100%"]), ("_", vec![])] {
        let listing = Listing { search: Some(search), after: None, limit: 10 };
        assert_eq!(names(&*store, listing).await, expected, "{search}");
    }
    let by_email = Listing { search: Some("bob@EXAMPLE"), after: None, limit: 10 };
    assert_eq!(names(&*store, by_email).await, ["bob"]);
}

async fn names(store: &impl UserAdmin, listing: Listing<'_>) -> Vec<String> {
    let users = store.list(listing).await.expect("the store answers");
    users.iter().map(|user| user.username.clone()).collect()
}

/// And both say so.
pub async fn a_user_that_is_not_there_cannot_be_changed_or_deleted(fixture: &impl Fixture) {
    let store = fixture.store();
    for nobody in [UserId::Integer(4711), UserId::Text("nobody".to_owned())] {
        let change = UserChange { password: Some("hash"), ..UserChange::default() };
        assert!(!store.update(&nobody, change, start()).await.expect("the store answers"));
        assert!(!store.replace_password(&nobody, "old", "new").await.expect("the store answers"));
        store.record_login(&nobody, start()).await.expect("the store answers");
        assert_eq!(store.delete(&nobody, start()).await.expect("the store answers"), Deletion::Unknown);
    }
}

/// Groups and outstanding tokens do not stand in the way.
pub async fn a_deleted_user_is_found_no_more(fixture: &impl Fixture) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    fixture.grant(&id, "readers", "auth.view_group").await;
    store.record(&token("a", Some(&id)), Some(login("family"))).await.expect("the store answers");
    assert_eq!(store.delete(&id, start()).await.expect("the store answers"), Deletion::Deleted);
    assert_eq!(store.find_by_username("demo").await.expect("the store answers"), None);
    assert_eq!(store.delete(&id, start()).await.expect("the store answers"), Deletion::Unknown);
    store.ping().await.expect("the store answers");
}
