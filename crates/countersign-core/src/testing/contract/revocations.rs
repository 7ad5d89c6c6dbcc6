//! drf-jwt's blacklist.

use super::{Fixture, add, person, seconds, start};
use crate::store::{
    Act, Blacklisting, Deletion, Fingerprint, Revocation, Revocations, Revoked, RevokedListing, UserAdmin,
};
use crate::testing::join_all;
use crate::user::UserId;

/// An entry that ends an hour from the start.
fn entry(user: &UserId, token: Option<&str>, token_id: Option<u128>) -> Revocation {
    let expires_at = start() + seconds(3600);
    Revocation { token: token.map(str::to_owned), token_id, user: user.clone(), expires_at }
}

async fn revoke(store: &impl Revocations, entry: &Revocation) -> Blacklisting {
    store.revoke(entry, start()).await.expect("the store answers")
}

async fn revoked(store: &impl Revocations, token: Option<&str>, token_id: Option<u128>) -> bool {
    store.is_revoked(Fingerprint { token, token_id }).await.expect("the store answers")
}

async fn list(store: &impl Revocations, user: Option<&UserId>, after: Option<i64>) -> Vec<Revoked> {
    store.list_revoked(RevokedListing { user, after, limit: 2 }).await.expect("the store answers")
}

/// Either will do, and what is not looked for finds nothing.
pub async fn an_entry_is_found_by_the_token_or_the_id<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    revoke(&*store, &entry(&user, Some("a.b.c"), Some(7))).await;
    revoke(&*store, &entry(&user, Some("d.e.f"), None)).await;
    revoke(&*store, &entry(&user, None, Some(u128::MAX))).await;
    for (token, token_id, expected) in [
        (Some("a.b.c"), None, true),
        (None, Some(7), true),
        (Some("x"), Some(7), true),
        (Some("a.b.c"), Some(8), true),
        (Some("d.e.f"), None, true),
        (None, Some(u128::MAX), true),
        (Some("x"), Some(8), false),
        (Some(""), None, false),
        (Some("A.B.C"), None, false),
        (Some("a.b.c\0"), None, false),
        (None, Some(0), false),
        (None, None, false),
    ] {
        assert_eq!(revoked(&*store, token, token_id).await, expected, "{token:?} {token_id:?}");
    }
}

/// The second one says so, whichever of the two it shares.
pub async fn an_entry_of_the_same_token_or_id_is_added_once<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    assert_eq!(revoke(&*store, &entry(&user, Some("a"), Some(7))).await, Blacklisting::Done);
    assert_eq!(revoke(&*store, &entry(&user, Some("a"), None)).await, Blacklisting::Already);
    assert_eq!(revoke(&*store, &entry(&user, Some("b"), Some(7))).await, Blacklisting::Already);
    assert_eq!(revoke(&*store, &entry(&user, None, Some(7))).await, Blacklisting::Already);
    assert_eq!(revoke(&*store, &entry(&user, Some("b"), None)).await, Blacklisting::Done);
    assert_eq!(revoke(&*store, &entry(&user, None, Some(8))).await, Blacklisting::Done);
    assert_eq!(list(&*store, None, None).await[0].entry, entry(&user, Some("a"), Some(7)));
}

/// Each of another token of the line.
pub async fn of_sixteen_entries_of_a_line_at_once_one_is_added<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    let line: Vec<_> = (0..16).map(|at| entry(&user, Some(&format!("{at}")), Some(7))).collect();
    let acts = line.iter().map(|entry| store.revoke(entry, start())).collect::<Vec<Act<'_, _>>>();
    let outcomes = join_all(acts).await;
    let added = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Blacklisting::Done)));
    assert_eq!(added.count(), 1);
}

/// It could not be written: Django's table refers to the user.
pub async fn an_entry_of_nobody_is_not_added<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    for nobody in [UserId::Integer(4711), UserId::Text("nobody".to_owned())] {
        assert_eq!(revoke(&*store, &entry(&nobody, Some("a"), Some(7))).await, Blacklisting::Already);
        assert!(!revoked(&*store, Some("a"), Some(7)).await);
        assert!(list(&*store, Some(&nobody), None).await.is_empty());
    }
}

/// By ascending id.
pub async fn entries_are_listed_in_pages_of_everybody_or_of_one<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let (ann, bob) = (add(&*store, &person("ann")).await.id, add(&*store, &person("bob")).await.id);
    for (user, token) in [(&ann, "a"), (&bob, "b"), (&ann, "c"), (&ann, "d")] {
        revoke(&*store, &entry(user, Some(token), None)).await;
    }
    let tokens = |page: &[Revoked]| {
        page.iter().map(|revoked| revoked.entry.token.clone().unwrap_or_default()).collect::<String>()
    };
    let first = list(&*store, None, None).await;
    assert_eq!(tokens(&first), "ab");
    assert_eq!(tokens(&list(&*store, None, Some(first[1].id)).await), "cd");
    let anns = list(&*store, Some(&ann), None).await;
    assert_eq!(tokens(&anns), "ac");
    assert_eq!(tokens(&list(&*store, Some(&ann), Some(anns[1].id)).await), "d");
    assert_eq!(tokens(&list(&*store, Some(&bob), None).await), "b");
}

/// Or by anybody, where no owner is asked for.
pub async fn an_entry_is_found_and_withdrawn_by_its_owner<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let (ann, bob) = (add(&*store, &person("ann")).await.id, add(&*store, &person("bob")).await.id);
    for token in ["a", "b"] {
        revoke(&*store, &entry(&ann, Some(token), None)).await;
    }
    let [first, second] = &list(&*store, None, None).await[..] else { panic!("there are two") };
    let find = async |id, user| store.find_revoked(id, user).await.expect("the store answers");
    let withdraw = async |id, user| store.withdraw(id, user).await.expect("the store answers");
    assert_eq!(find(first.id, Some(&ann)).await.as_ref(), Some(first));
    assert_eq!(find(first.id, None).await.as_ref(), Some(first));
    assert_eq!(find(first.id, Some(&bob)).await, None);
    assert!(!withdraw(first.id, Some(&bob)).await);
    assert!(revoked(&*store, Some("a"), None).await);
    assert!(withdraw(first.id, Some(&ann)).await);
    assert!(!withdraw(first.id, Some(&ann)).await);
    assert!(!revoked(&*store, Some("a"), None).await);
    assert!(withdraw(second.id, None).await);
    assert_eq!(find(second.id, None).await, None);
}

/// What ends at this very instant stays.
pub async fn entries_that_ended_are_forgotten_in_rounds<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    for token in ["a", "b", "c"] {
        revoke(&*store, &entry(&user, Some(token), None)).await;
    }
    let later = Revocation { expires_at: start() + seconds(7200), ..entry(&user, Some("d"), None) };
    revoke(&*store, &later).await;
    let forget = async |at| store.forget_revoked(at, 2).await.expect("the store answers");
    assert_eq!(forget(start() + seconds(3600)).await, 0);
    let rounds = [forget(start() + seconds(3601)).await, forget(start() + seconds(3601)).await];
    assert_eq!(rounds, [2, 1]);
    assert_eq!(forget(start() + seconds(3601)).await, 0);
    assert!(revoked(&*store, Some("d"), None).await);
}

/// As Django cascades.
pub async fn a_deleted_users_entries_go_too<F: Fixture<Store: Revocations>>(fixture: &F) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    revoke(&*store, &entry(&user, Some("a"), Some(7))).await;
    assert_eq!(store.delete(&user, start()).await.expect("the store answers"), Deletion::Deleted);
    assert!(!revoked(&*store, Some("a"), Some(7)).await);
}
