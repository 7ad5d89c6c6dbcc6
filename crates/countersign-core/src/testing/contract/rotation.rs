//! The rotation rule, row by row.

use super::{Fixture, add, login, person, seconds, start, token, using};
use crate::store::{Act, Ledger, Record, Rotate, Rotation, UserChange};
use crate::testing::join_all;
use crate::user::UserId;
use std::sync::Arc;

/// A store in which the user has logged in: the first token of a family is outstanding.
async fn logged_in<F: Fixture>(fixture: &F) -> (Arc<F::Store>, UserId, Record) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await.id;
    let first = token("first", Some(&user));
    store.record(&first, Some(login("family"))).await.expect("the store answers");
    (store, user, first)
}

async fn rotate(store: &impl Ledger, rotate: Rotate<'_>) -> Rotation {
    store.rotate(rotate).await.expect("the store answers")
}

async fn blacklisted(store: &impl Ledger, jti: &str) -> bool {
    store.is_blacklisted(jti).await.expect("the store answers")
}

/// Uses `presented` for a token that nobody keeps.
async fn use_again(store: &impl Ledger, presented: &Record, settings: Rotate<'_>) -> Rotation {
    let unwanted = token("unwanted", presented.user.as_ref());
    let outcome = rotate(store, Rotate { presented, successor: &unwanted, ..settings }).await;
    if outcome != Rotation::Rotated {
        assert!(!blacklisted(store, "unwanted").await);
    }
    outcome
}

/// The plain case.
pub async fn a_live_token_is_rotated(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    assert_eq!(rotate(&*store, using(&first, &second)).await, Rotation::Rotated);
    assert!(!blacklisted(&*store, "second").await);
}

/// In Django's own table, so that Django refuses it too.
pub async fn a_rotated_token_is_blacklisted(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    assert!(!blacklisted(&*store, "first").await);
    rotate(&*store, using(&first, &token("second", Some(&user)))).await;
    assert!(blacklisted(&*store, "first").await);
}

/// Ten times over.
pub async fn a_successor_is_rotated_in_its_turn(fixture: &impl Fixture) {
    let (store, user, mut last) = logged_in(fixture).await;
    for generation in 1..=10 {
        let next = token(&format!("generation {generation}"), Some(&user));
        assert_eq!(rotate(&*store, using(&last, &next)).await, Rotation::Rotated);
        last = next;
    }
}

/// Up to its very last instant, as often as it is asked, and the successor still rotates.
pub async fn a_used_token_gets_the_same_successor_within_the_grace(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(&first, &second) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Rotated);
    for later in [0, 5, 10] {
        let again = Rotate { at: start() + seconds(later), ..settings };
        let expected = Rotation::Replayed { claims: second.claims.clone() };
        assert_eq!(use_again(&*store, &first, again).await, expected, "{later} s later");
    }
    assert_eq!(rotate(&*store, using(&second, &token("third", Some(&user)))).await, Rotation::Rotated);
}

/// Clocks of two machines differ: a negative time since the use is no time.
pub async fn a_used_token_gets_its_successor_where_the_clock_went_back(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    let earlier = Rotate { at: start() - seconds(30), ..settings };
    let expected = Rotation::Replayed { claims: second.claims.clone() };
    assert_eq!(use_again(&*store, &first, earlier).await, expected);
}

/// Who uses the successor has it: whoever still shows the old one is somebody else, or too late.
pub async fn a_used_token_gets_nothing_once_its_successor_is_used(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let (second, third) = (token("second", Some(&user)), token("third", Some(&user)));
    let settings = Rotate { grace: seconds(10), ..using(&first, &second) };
    rotate(&*store, settings).await;
    rotate(&*store, using(&second, &third)).await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Blacklisted);
    assert!(!blacklisted(&*store, "third").await);
}

/// One microsecond is enough.
pub async fn a_used_token_gets_nothing_after_the_grace(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), ..using(&first, &second) };
    rotate(&*store, settings).await;
    let late = start() + seconds(10) + crate::clock::SignedDuration::from_micros(1);
    assert_eq!(use_again(&*store, &first, Rotate { at: late, ..settings }).await, Rotation::Blacklisted);
    assert!(!blacklisted(&*store, "second").await);
}

/// Zero means never, not "in the same instant".
pub async fn a_used_token_gets_nothing_without_a_grace(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    rotate(&*store, using(&first, &second)).await;
    assert_eq!(use_again(&*store, &first, using(&first, &second)).await, Rotation::Blacklisted);
}

/// By Django, behind our back: a log-out there is no theft, and holds here.
pub async fn a_used_token_gets_nothing_where_its_successor_was_blacklisted(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    fixture.blacklist_alone("second").await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Blacklisted);
}

/// The live leaf stands in Django's table afterwards.
pub async fn reuse_ends_the_family_with_its_live_leaf(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Reused);
    assert!(blacklisted(&*store, "second").await);
    assert_eq!(use_again(&*store, &second, settings).await, Rotation::Blacklisted);
}

/// The grace is for retries; a successor in use shows that nothing was lost on the way.
pub async fn reuse_of_a_token_whose_successor_is_used_ends_the_family_even_within_the_grace(
    fixture: &impl Fixture,
) {
    let (store, user, first) = logged_in(fixture).await;
    let (second, third) = (token("second", Some(&user)), token("third", Some(&user)));
    let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    rotate(&*store, Rotate { presented: &second, successor: &third, ..settings }).await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Reused);
    assert!(blacklisted(&*store, "third").await);
}

/// As the peers do.
pub async fn reuse_changes_nothing_where_it_is_not_looked_for(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    rotate(&*store, using(&first, &second)).await;
    assert_eq!(use_again(&*store, &first, using(&first, &second)).await, Rotation::Blacklisted);
    assert_eq!(rotate(&*store, using(&second, &token("third", Some(&user)))).await, Rotation::Rotated);
}

/// A family is a login, not a user.
pub async fn reuse_in_one_login_leaves_the_other_alone(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let elsewhere = token("elsewhere", Some(&user));
    store.record(&elsewhere, Some(login("another family"))).await.expect("the store answers");
    let second = token("second", Some(&user));
    let settings = Rotate { reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Reused);
    let next = token("next", Some(&user));
    assert_eq!(rotate(&*store, using(&elsewhere, &next)).await, Rotation::Rotated);
}

/// One theft, one event.
pub async fn a_revoked_family_is_reused_only_once(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(&first, &second) };
    rotate(&*store, settings).await;
    let late = Rotate { at: start() + seconds(60), ..settings };
    assert_eq!(use_again(&*store, &first, late).await, Rotation::Reused);
    assert_eq!(use_again(&*store, &first, late).await, Rotation::Blacklisted);
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::Blacklisted);
}

/// With and without a family of ours, and it is no reuse.
pub async fn a_token_that_only_django_blacklisted_is_blacklisted(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let foreign = token("foreign", Some(&user));
    store.record(&foreign, None).await.expect("the store answers");
    for presented in [&first, &foreign] {
        fixture.blacklist_alone(&presented.jti).await;
        let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(presented, presented) };
        assert_eq!(use_again(&*store, presented, settings).await, Rotation::Blacklisted);
    }
}

/// Django issued it: from its first refresh on it has one.
pub async fn a_token_without_a_family_is_adopted(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let foreign = token("foreign", Some(&user));
    store.record(&foreign, None).await.expect("the store answers");
    let next = token("next", Some(&user));
    let settings = Rotate { reuse_detection: true, ..using(&foreign, &next) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Rotated);
    assert_eq!(use_again(&*store, &foreign, settings).await, Rotation::Reused);
    assert!(blacklisted(&*store, "next").await);
    assert!(!blacklisted(&*store, "first").await);
}

/// Django issued it before it had the blacklist, or its row was flushed.
pub async fn a_token_that_was_never_written_down_is_adopted(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let unseen = token("unseen", Some(&user));
    let next = token("next", Some(&user));
    let settings = Rotate { grace: seconds(10), ..using(&unseen, &next) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Rotated);
    let expected = Rotation::Replayed { claims: next.claims.clone() };
    assert_eq!(use_again(&*store, &unseen, settings).await, expected);
    assert!(blacklisted(&*store, "unseen").await);
}

/// simplejwt refreshes a token without a user claim.
pub async fn a_token_of_nobody_is_rotated(fixture: &impl Fixture) {
    let (store, ..) = logged_in(fixture).await;
    let (nobodys, next) = (token("nobodys", None), token("next", None));
    assert_eq!(rotate(&*store, using(&nobodys, &next)).await, Rotation::Rotated);
    assert_eq!(use_again(&*store, &nobodys, using(&nobodys, &next)).await, Rotation::Blacklisted);
}

/// And the token is not used up.
pub async fn a_deleted_user_rotates_nothing(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    fixture.delete_alone(&user).await;
    assert_eq!(use_again(&*store, &first, using(&first, &first)).await, Rotation::UserGone);
    assert!(!blacklisted(&*store, "first").await);
}

/// And the token is not used up: it works once the user is active again.
pub async fn an_inactive_user_rotates_nothing_where_users_must_be_active(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    fixture.change_alone(&user, change).await;
    assert_eq!(use_again(&*store, &first, using(&first, &first)).await, Rotation::UserInactive);
    assert!(!blacklisted(&*store, "first").await);
    let second = token("second", Some(&user));
    let whoever = Rotate { must_be_active: false, ..using(&first, &second) };
    assert_eq!(rotate(&*store, whoever).await, Rotation::Rotated);
}

/// The grace opens no door that is closed.
pub async fn an_inactive_user_gets_no_successor_again(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user));
    let settings = Rotate { grace: seconds(10), ..using(&first, &second) };
    rotate(&*store, settings).await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    fixture.change_alone(&user, change).await;
    assert_eq!(use_again(&*store, &first, settings).await, Rotation::UserInactive);
}

/// The blacklist is looked at before the user, as in simplejwt.
pub async fn a_blacklisted_token_is_blacklisted_whoever_the_user_is(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    fixture.blacklist_alone("first").await;
    fixture.delete_alone(&user).await;
    assert_eq!(use_again(&*store, &first, using(&first, &first)).await, Rotation::Blacklisted);
}

/// The others are told that it is blacklisted.
pub async fn of_sixteen_uses_at_once_one_rotates(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let (outcomes, winner) = race(&*store, &user, &first, seconds(0)).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Rotation::Blacklisted).count(), 15);
    let next = token("next", Some(&user));
    assert_eq!(rotate(&*store, using(&winner, &next)).await, Rotation::Rotated);
}

/// Tabs of one browser, retries of one request.
pub async fn of_sixteen_uses_at_once_fifteen_get_the_same_successor_within_the_grace(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let (outcomes, winner) = race(&*store, &user, &first, seconds(10)).await;
    let replay = Rotation::Replayed { claims: winner.claims.clone() };
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == replay).count(), 15);
}

/// Sixteen uses at once: what became of each, and the one successor.
async fn race(
    store: &impl Ledger,
    user: &UserId,
    presented: &Record,
    grace: crate::clock::SignedDuration,
) -> (Vec<Rotation>, Record) {
    let successors: Vec<Record> = (0..16).map(|number| token(&format!("{number}"), Some(user))).collect();
    let attempts = successors.iter().map(|successor| -> Act<'_, Rotation> {
        store.rotate(Rotate { grace, ..using(presented, successor) })
    });
    let outcomes: Vec<Rotation> = join_all(attempts.collect())
        .await
        .into_iter()
        .map(|outcome| outcome.expect("the store answers"))
        .collect();
    let winners: Vec<usize> = (0..16).filter(|number| outcomes[*number] == Rotation::Rotated).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    (outcomes, successors[winners[0]].clone())
}
