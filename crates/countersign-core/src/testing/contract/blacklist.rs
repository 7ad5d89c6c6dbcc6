//! Blacklisting, sliding tokens and purging.

use super::{Fixture, add, login, person, seconds, start, token, using};
use crate::store::{Blacklisting, Ledger, Purged, Record, Rotate, Rotation, Store as _};
use crate::user::UserId;

async fn blacklist(store: &impl Ledger, token: &Record) -> Blacklisting {
    store.blacklist(token, start()).await.expect("the store answers")
}

async fn blacklisted(store: &impl Ledger, jti: &str) -> bool {
    store.is_blacklisted(jti).await.expect("the store answers")
}

/// The second time changes nothing.
pub async fn a_token_is_blacklisted_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let written = token("a", None);
    store.record(&written, None).await.expect("the store answers");
    assert!(!blacklisted(&*store, "a").await);
    assert_eq!(blacklist(&*store, &written).await, Blacklisting::Done);
    assert_eq!(blacklist(&*store, &written).await, Blacklisting::Already);
    assert!(blacklisted(&*store, "a").await);
}

/// `get_or_create`, as simplejwt does.
pub async fn a_token_that_was_never_written_down_is_blacklisted(fixture: &impl Fixture) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    assert_eq!(blacklist(&*store, &token("a", Some(&user))).await, Blacklisting::Done);
    assert!(blacklisted(&*store, "a").await);
}

/// Its family ends with it. An id that nobody wrote down is none.
pub async fn a_token_that_is_written_down_is_blacklisted_by_its_id(fixture: &impl Fixture) {
    let store = fixture.store();
    let (first, second) = (token("first", None), token("second", None));
    store.record(&first, Some(login("family"))).await.expect("the store answers");
    let by_id = async |jti: &str| store.blacklist_by_id(jti, start()).await.expect("the store answers");
    assert_eq!(by_id("second").await, None);
    assert!(!blacklisted(&*store, "second").await);
    assert_eq!(by_id("first").await, Some(Blacklisting::Done));
    assert_eq!(by_id("first").await, Some(Blacklisting::Already));
    let used = Rotate { grace: seconds(10), ..using(&first, &second) };
    assert_eq!(store.rotate(used).await.expect("the store answers"), Rotation::Blacklisted);
}

/// Whatever its id looks like.
pub async fn an_unknown_token_is_not_blacklisted(fixture: &impl Fixture) {
    let store = fixture.store();
    blacklist(&*store, &token("a", None)).await;
    for jti in ["", "b", "A", "a ", "a\0", "%", "é"] {
        assert!(!blacklisted(&*store, jti).await, "{jti:?}");
    }
}

/// No token of a family works after it.
pub async fn logging_out_ends_the_family(fixture: &impl Fixture) {
    let store = fixture.store();
    let (first, second) = (token("first", None), token("second", None));
    store.record(&first, Some(login("family"))).await.expect("the store answers");
    let settings = Rotate { grace: seconds(10), ..using(&first, &second) };
    assert_eq!(store.rotate(settings).await.expect("the store answers"), Rotation::Rotated);
    assert_eq!(blacklist(&*store, &second).await, Blacklisting::Done);
    for presented in [&first, &second] {
        let unwanted = token("unwanted", None);
        let outcome = store.rotate(Rotate { presented, successor: &unwanted, ..settings }).await;
        assert_eq!(outcome.expect("the store answers"), Rotation::Blacklisted);
    }
}

/// The person meant the session, and the token was a second old.
pub async fn logging_out_with_a_used_token_ends_the_family(fixture: &impl Fixture) {
    let store = fixture.store();
    let (first, second) = (token("first", None), token("second", None));
    store.record(&first, Some(login("family"))).await.expect("the store answers");
    store.rotate(using(&first, &second)).await.expect("the store answers");
    assert_eq!(blacklist(&*store, &first).await, Blacklisting::Already);
    assert!(blacklisted(&*store, "second").await);
    let next = token("next", None);
    let outcome = store.rotate(using(&second, &next)).await.expect("the store answers");
    assert_eq!(outcome, Rotation::Blacklisted);
}

/// A request that is sent again is no error.
pub async fn a_token_may_be_written_down_twice(fixture: &impl Fixture) {
    let store = fixture.store();
    for _ in 0..2 {
        store.record(&token("a", None), None).await.expect("the store answers");
    }
    let purged = store.purge(start() + seconds(7200), 0, 10).await.expect("the store answers");
    assert_eq!(purged.outstanding, 1);
}

/// It belongs to nobody then.
pub async fn a_token_of_a_user_who_is_gone_is_written_down(fixture: &impl Fixture) {
    let store = fixture.store();
    for (jti, user) in [("a", UserId::Integer(4711)), ("b", UserId::Text("nobody".to_owned()))] {
        store.record(&token(jti, Some(&user)), None).await.expect("the store answers");
        assert_eq!(blacklist(&*store, &token(jti, Some(&user))).await, Blacklisting::Done);
    }
}

/// Written down or not.
pub async fn a_sliding_token_is_extended(fixture: &impl Fixture) {
    let store = fixture.store();
    let longer = Record { expires_at: start() + seconds(7200), ..token("a", None) };
    store.record(&token("a", None), None).await.expect("the store answers");
    assert!(store.extend(&longer).await.expect("the store answers"));
    assert!(store.extend(&token("b", None)).await.expect("the store answers"));
    let purged = store.purge(start() + seconds(3601), 0, 10).await.expect("the store answers");
    assert_eq!(purged.outstanding, 1, "the one that was not extended has ended");
    assert!(store.extend(&longer).await.expect("the store answers"));
}

/// And it says so.
pub async fn a_blacklisted_sliding_token_is_not_extended(fixture: &impl Fixture) {
    let store = fixture.store();
    blacklist(&*store, &token("a", None)).await;
    let longer = Record { expires_at: start() + seconds(7200), ..token("a", None) };
    assert!(!store.extend(&longer).await.expect("the store answers"));
    let purged = store.purge(start() + seconds(3601), 0, 10).await.expect("the store answers");
    assert_eq!(purged.outstanding, 1, "its end has not moved");
}

/// simplejwt forgets it at its first end, and it lives again.
pub async fn a_blacklisted_sliding_token_that_was_extended_outlives_a_purge(fixture: &impl Fixture) {
    let store = fixture.store();
    store.record(&token("a", None), None).await.expect("the store answers");
    let longer = Record { expires_at: start() + seconds(7200), ..token("a", None) };
    assert!(store.extend(&longer).await.expect("the store answers"));
    blacklist(&*store, &longer).await;
    store.purge(start() + seconds(3601), 0, 10).await.expect("the store answers");
    assert!(blacklisted(&*store, "a").await);
}

/// What ends at this very instant stays.
pub async fn purging_removes_what_ended_and_nothing_else(fixture: &impl Fixture) {
    let store = fixture.store();
    let (first, second) = (token("first", None), token("second", None));
    let second = Record { expires_at: start() + seconds(7200), ..second };
    store.record(&first, Some(login("family"))).await.expect("the store answers");
    store.rotate(using(&first, &second)).await.expect("the store answers");
    store.record(&token("sliding", None), None).await.expect("the store answers");
    let early = store.purge(first.expires_at, 0, 10).await.expect("the store answers");
    assert_eq!(early, Purged::default());
    let purged = store.purge(first.expires_at + seconds(1), 0, 10).await.expect("the store answers");
    assert_eq!(purged.outstanding, 2);
    assert!(purged.own >= 1);
    let next = token("next", None);
    let outcome = store.rotate(using(&second, &next)).await.expect("the store answers");
    assert_eq!(outcome, Rotation::Rotated);
}

/// No round is longer than it may be.
pub async fn purging_goes_in_rounds_until_nothing_is_left(fixture: &impl Fixture) {
    let store = fixture.store();
    for number in 0..7 {
        let family = format!("family {number}");
        let record = token(&format!("{number}"), None);
        store.record(&record, Some(login(&family))).await.expect("the store answers");
        blacklist(&*store, &record).await;
    }
    // Live ones in between, more than one round looks at.
    for number in 0..70 {
        let live = Record { expires_at: start() + seconds(7200), ..token(&format!("live {number}"), None) };
        store.record(&live, None).await.expect("the store answers");
    }
    store.record(&token("last", None), None).await.expect("the store answers");
    let (mut removed, mut next, mut rounds) = (0, Some(0), 0);
    while let Some(after) = next {
        let purged = store.purge(start() + seconds(3601), after, 3).await.expect("the store answers");
        assert!(purged.outstanding <= 3, "{purged:?}");
        (removed, rounds) = (removed + purged.outstanding, rounds + 1);
        next = purged.next;
        assert!(rounds < 20, "it does not end");
    }
    assert_eq!(removed, 8);
}

/// So that readiness means something.
pub async fn a_store_with_its_tables_answers(fixture: &impl Fixture) {
    fixture.store().ping().await.expect("the store answers");
}
