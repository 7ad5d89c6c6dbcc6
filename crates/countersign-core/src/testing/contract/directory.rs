//! What is true of looking through users and editing them.

use super::sessions::{goes_on, logged_in};
use super::{Fixture, add, person, start};
use crate::store::{
    Directory, EditOutcome, Ledger as _, Rotation, UserAdmin, UserEdit, UserOrder, UserPage, UserQuery,
    UserSearch, Users as _,
};
use crate::user::UserId;

const ALL: UserQuery<'static> = UserQuery {
    search: UserSearch::Everybody,
    active: None,
    staff: None,
    superuser: None,
    order: UserOrder::Id,
    descending: false,
    after: None,
    limit: 100,
    budget: 1000,
};

async fn page(store: &impl Directory, query: UserQuery<'_>) -> UserPage {
    store.list_users(query).await.expect("the store answers")
}

/// Every page of a query, and how many pages were cut short.
async fn names(store: &impl Directory, query: UserQuery<'_>) -> (Vec<String>, usize) {
    let (mut names, mut cut, mut after) = (Vec::new(), 0, None::<String>);
    for _ in 0..100 {
        let page = page(store, UserQuery { after: after.as_deref(), ..query }).await;
        cut += usize::from(page.is_cut_short);
        names.extend(page.users.iter().map(|user| user.username.clone()));
        after = page.next;
        if after.is_none() {
            return (names, cut);
        }
    }
    panic!("a hundred pages of {names:?}")
}

async fn add_all(store: &impl UserAdmin, names: &[&str]) {
    for name in names {
        add(store, &person(name)).await;
    }
}

/// In pages of two.
pub async fn users_are_looked_through_in_either_order_and_direction(
    fixture: &impl Fixture<Store: Directory>,
) {
    let store = fixture.store();
    add_all(&*store, &["bob", "ann", "eve", "dan", "cid"]).await;
    for (order, descending, expected) in [
        (UserOrder::Id, false, ["bob", "ann", "eve", "dan", "cid"]),
        (UserOrder::Id, true, ["cid", "dan", "eve", "ann", "bob"]),
        (UserOrder::Username, false, ["ann", "bob", "cid", "dan", "eve"]),
        (UserOrder::Username, true, ["eve", "dan", "cid", "bob", "ann"]),
    ] {
        let query = UserQuery { order, descending, limit: 2, ..ALL };
        assert_eq!(names(&*store, query).await, (expected.map(str::to_owned).to_vec(), 0));
    }
    let nowhere = page(&*store, UserQuery { after: Some("no id"), ..ALL }).await;
    assert_eq!(nowhere, UserPage::default());
}

/// In any of the usual spellings.
pub async fn users_are_looked_for_by_how_their_names_begin(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    add_all(&*store, &["annabel", "bob", "ANNE", "ann", "Anna", "an", "100%", "100x"]).await;
    let begins = |text| UserQuery { search: UserSearch::Begins(text), limit: 2, ..ALL };
    let (mut found, cut) = names(&*store, begins("ann")).await;
    found.sort();
    assert_eq!((found, cut), (["ANNE", "Anna", "ann", "annabel"].map(str::to_owned).to_vec(), 0));
    assert_eq!(names(&*store, begins("100%")).await.0, ["100%"]);
    assert_eq!(names(&*store, begins("_")).await.0, Vec::<String>::new());
    let staff = UserQuery { staff: Some(true), ..begins("ann") };
    assert_eq!(names(&*store, staff).await.0, Vec::<String>::new());
}

/// The text is taken literally.
pub async fn users_are_looked_for_by_what_names_and_addresses_contain(
    fixture: &impl Fixture<Store: Directory>,
) {
    let store = fixture.store();
    add_all(&*store, &["ann", "bob", "joann", "100%"]).await;
    let contains = |text| UserQuery { search: UserSearch::Contains(text), ..ALL };
    assert_eq!(names(&*store, contains("NN")).await.0, ["ann", "joann"]);
    assert_eq!(names(&*store, contains("%")).await.0, ["100%"]);
    assert_eq!(names(&*store, contains("_")).await.0, Vec::<String>::new());
    assert_eq!(names(&*store, contains("bob@EXAMPLE")).await.0, ["bob"]);
}

/// Nobody is missed and nobody comes twice.
pub async fn a_search_goes_on_where_its_budget_ended(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    for number in 0..20 {
        let mut user = person(&format!("user{number:02}"));
        user.user.is_staff = number % 7 == 6;
        add(&*store, &user).await;
    }
    for order in [UserOrder::Id, UserOrder::Username] {
        for descending in [false, true] {
            let query = UserQuery { staff: Some(true), order, descending, limit: 10, budget: 3, ..ALL };
            let (found, cut) = names(&*store, query).await;
            let mut expected = vec!["user06", "user13"];
            if descending {
                expected.reverse();
            }
            assert_eq!(found, expected, "{order:?} {descending}");
            assert!(cut >= 5, "{cut} pages were cut short");
        }
    }
    let begins = UserQuery { search: UserSearch::Begins("user"), staff: Some(true), budget: 3, ..ALL };
    assert_eq!(names(&*store, begins).await.0, ["user06", "user13"]);
}

/// Whatever stands in the address of a page.
pub async fn a_user_is_found_by_the_printed_id(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    let demo = add(&*store, &person("demo")).await;
    let found = store.find_user(&demo.id.to_string()).await.expect("the store answers");
    assert_eq!(found.as_deref(), Some(&demo));
    for text in ["", "abc", "-1", "9e9", "99999999999999999999", "é"] {
        assert_eq!(store.find_user(text).await.expect("the store answers"), None, "{text:?}");
    }
}

fn edit(username: &str) -> UserEdit {
    UserEdit {
        username: username.to_owned(),
        email: "new@example.org".to_owned(),
        first_name: "New".to_owned(),
        last_name: "Name".to_owned(),
        is_active: false,
        is_staff: true,
        is_superuser: true,
        groups: None,
    }
}

/// Groups that do not exist are left out; `None` leaves them as they are.
pub async fn a_user_is_edited_and_put_into_groups(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    let demo = add(&*store, &person("demo")).await;
    let other = add(&*store, &person("other")).await;
    fixture.grant(&other.id, "readers", "auth.view_group").await;
    fixture.grant(&other.id, "writers", "auth.change_group").await;
    fixture.grant(&demo.id, "readers", "auth.view_group").await;
    assert_eq!(store.list_groups().await.expect("the store answers"), ["readers", "writers"]);
    let groups = async || store.memberships(&demo.id).await.expect("the store answers").groups;
    let outcome = store.edit_user(&demo.id, &edit("renamed"), start()).await.expect("the store answers");
    assert_eq!(outcome, EditOutcome::Edited);
    let found = store.find_by_username("renamed").await.expect("the store answers").expect("there is one");
    assert_eq!((&*found.email, &*found.first_name, &*found.last_name), ("new@example.org", "New", "Name"));
    assert!(!found.is_active && found.is_staff && found.is_superuser);
    assert_eq!((&found.password, found.date_joined), (&demo.password, demo.date_joined));
    assert_eq!(groups().await, ["readers"]);
    let wanted = UserEdit { groups: Some(vec!["writers".to_owned(), "none".to_owned()]), ..edit("renamed") };
    store.edit_user(&demo.id, &wanted, start()).await.expect("the store answers");
    assert_eq!(groups().await, ["writers"]);
    let wanted = UserEdit { groups: Some(Vec::new()), ..edit("renamed") };
    store.edit_user(&demo.id, &wanted, start()).await.expect("the store answers");
    assert_eq!(groups().await, Vec::<String>::new());
    let nobody = UserId::Integer(4711);
    let outcome = store.edit_user(&nobody, &edit("nobody"), start()).await.expect("the store answers");
    assert_eq!(outcome, EditOutcome::Unknown);
}

/// And another edit ends none.
pub async fn an_edit_that_disables_ends_the_sessions(fixture: &impl Fixture<Store: Directory>) {
    let (store, user, first) = logged_in(fixture).await;
    let active = UserEdit { is_active: true, ..edit("renamed") };
    store.edit_user(&user.id, &active, start()).await.expect("the store answers");
    assert_eq!(goes_on(&*store, &first).await, Rotation::Rotated);
    store.edit_user(&user.id, &edit("renamed"), start()).await.expect("the store answers");
    assert!(store.is_blacklisted(&first.jti).await.expect("the store answers"));
    store.edit_user(&user.id, &active, start()).await.expect("the store answers");
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
}

/// And keeping one's own is no change.
pub async fn a_username_that_is_taken_is_not_given_twice(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    let demo = add(&*store, &person("demo")).await;
    add(&*store, &person("other")).await;
    let outcome = store.edit_user(&demo.id, &edit("other"), start()).await.expect("the store answers");
    assert_eq!(outcome, EditOutcome::UsernameTaken);
    let found = store.find_user(&demo.id.to_string()).await.expect("the store answers");
    assert_eq!(found.as_deref(), Some(&demo));
    let outcome = store.edit_user(&demo.id, &edit("demo"), start()).await.expect("the store answers");
    assert_eq!(outcome, EditOutcome::Edited);
}

/// One who is switched off does not count.
pub async fn an_active_superuser_is_noticed(fixture: &impl Fixture<Store: Directory>) {
    let store = fixture.store();
    let demo = add(&*store, &person("demo")).await;
    assert!(!store.has_superuser().await.expect("the store answers"));
    store.edit_user(&demo.id, &edit("demo"), start()).await.expect("the store answers");
    assert!(!store.has_superuser().await.expect("the store answers"));
    let active = UserEdit { is_active: true, ..edit("demo") };
    store.edit_user(&demo.id, &active, start()).await.expect("the store answers");
    assert!(store.has_superuser().await.expect("the store answers"));
}
