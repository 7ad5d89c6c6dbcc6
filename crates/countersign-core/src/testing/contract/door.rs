//! What is true of the door of the admin pages.

use super::{Fixture, add, person, seconds, start};
use crate::store::{AdminDoor, AdminSession, Attempt, AttemptLimit, LinkPurpose, OneTimeLink};
use crate::testing::join_all;
use crate::user::UserId;

fn session(digest: &str, user: &UserId) -> AdminSession {
    AdminSession {
        digest: digest.to_owned(),
        user: user.clone(),
        password_mark: "mark".to_owned(),
        created_at: start(),
        seen_at: start(),
        confirmed_at: start(),
        expires_at: start() + seconds(3600),
        address: Some("192.0.2.1".to_owned()),
        user_agent: None,
    }
}

fn link(digest: &str, user: Option<&UserId>) -> OneTimeLink {
    OneTimeLink {
        digest: digest.to_owned(),
        purpose: if user.is_some() { LinkPurpose::Password } else { LinkPurpose::Superuser },
        user: user.cloned(),
        created_at: start(),
        expires_at: start() + seconds(600),
    }
}

/// By exactly its digest.
pub async fn an_admin_session_is_found_until_it_is_closed(fixture: &impl Fixture<Store: AdminDoor>) {
    let store = fixture.store();
    let id = add(&*store, &person("root")).await.id;
    let one = session("one", &id);
    store.open_session(&one).await.expect("the store answers");
    assert_eq!(store.find_session("one").await.expect("the store answers"), Some(one));
    assert_eq!(store.find_session("ONE").await.expect("the store answers"), None);
    assert!(store.close_session("one").await.expect("the store answers"));
    assert!(!store.close_session("one").await.expect("the store answers"));
    assert_eq!(store.find_session("one").await.expect("the store answers"), None);
}

/// Its end stays where it was.
pub async fn an_admin_session_is_touched_and_confirmed(fixture: &impl Fixture<Store: AdminDoor>) {
    let store = fixture.store();
    let id = add(&*store, &person("root")).await.id;
    store.open_session(&session("one", &id)).await.expect("the store answers");
    store.touch_session("one", start() + seconds(60), false).await.expect("the store answers");
    let touched = AdminSession { seen_at: start() + seconds(60), ..session("one", &id) };
    assert_eq!(store.find_session("one").await.expect("the store answers"), Some(touched.clone()));
    store.touch_session("one", start() + seconds(90), true).await.expect("the store answers");
    let (seen_at, confirmed_at) = (start() + seconds(90), start() + seconds(90));
    let confirmed = AdminSession { seen_at, confirmed_at, ..touched };
    assert_eq!(store.find_session("one").await.expect("the store answers"), Some(confirmed));
    store.touch_session("none", start(), true).await.expect("one that is not there is no error");
}

/// In rounds.
pub async fn sessions_and_links_that_ended_are_purged_and_others_are_not(
    fixture: &impl Fixture<Store: AdminDoor>,
) {
    let store = fixture.store();
    let id = add(&*store, &person("root")).await.id;
    for digest in ["one", "two"] {
        store.open_session(&session(digest, &id)).await.expect("the store answers");
    }
    let late = AdminSession { expires_at: start() + seconds(7200), ..session("late", &id) };
    store.open_session(&late).await.expect("the store answers");
    store.issue_link(&link("link", Some(&id))).await.expect("the store answers");
    let at = start() + seconds(3601);
    let mut removed = 0;
    loop {
        let round = store.purge_door(at, 1).await.expect("the store answers");
        removed += round;
        if round == 0 {
            break;
        }
    }
    assert_eq!(removed, 3);
    assert_eq!(store.find_session("late").await.expect("the store answers"), Some(late));
}

/// And is looked at as often as anybody likes before.
pub async fn a_link_is_redeemed_once(fixture: &impl Fixture<Store: AdminDoor>) {
    let store = fixture.store();
    let one = link("one", None);
    store.issue_link(&one).await.expect("the store answers");
    for _ in 0..2 {
        assert_eq!(store.find_link("one", start()).await.expect("the store answers"), Some(one.clone()));
    }
    assert_eq!(store.redeem_link("one", start()).await.expect("the store answers"), Some(one));
    assert_eq!(store.redeem_link("one", start()).await.expect("the store answers"), None);
    assert_eq!(store.find_link("one", start()).await.expect("the store answers"), None);
}

/// Exactly one.
pub async fn of_sixteen_redemptions_at_once_one_gets_the_link(fixture: &impl Fixture<Store: AdminDoor>) {
    let store = fixture.store();
    store.issue_link(&link("one", None)).await.expect("the store answers");
    let all = join_all((0..16).map(|_| store.redeem_link("one", start())).collect()).await;
    assert_eq!(all.into_iter().filter(|one| matches!(one, Ok(Some(_)))).count(), 1);
}

/// Another for the same purpose and user, that is.
pub async fn a_link_ends_when_its_time_is_over_or_another_takes_its_place(
    fixture: &impl Fixture<Store: AdminDoor>,
) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    store.issue_link(&link("first", None)).await.expect("the store answers");
    store.issue_link(&link("users", Some(&id))).await.expect("the store answers");
    store.issue_link(&link("second", None)).await.expect("the store answers");
    let works = async |digest, at| store.find_link(digest, at).await.expect("the store answers").is_some();
    assert!(!works("first", start()).await);
    assert!(works("second", start()).await && works("users", start()).await);
    assert!(works("users", start() + seconds(599)).await);
    assert!(!works("users", start() + seconds(600)).await);
    let over = store.redeem_link("users", start() + seconds(600)).await.expect("the store answers");
    assert_eq!(over, None);
}

const WINDOW: crate::clock::SignedDuration = crate::clock::SignedDuration::from_secs(900);

/// A refused attempt counts nowhere.
pub async fn attempts_are_refused_once_there_were_too_many_until_the_window_ends(
    fixture: &impl Fixture<Store: AdminDoor>,
) {
    let store = fixture.store();
    let limits = [AttemptLimit { key: "account", most: 2 }, AttemptLimit { key: "address", most: 3 }];
    let attempt = async |limits: &[AttemptLimit<'_>], second| {
        store.count_attempt(limits, WINDOW, start() + seconds(second)).await.expect("the store answers")
    };
    assert_eq!(attempt(&limits, 0).await, Attempt::Counted);
    assert_eq!(attempt(&limits, 10).await, Attempt::Counted);
    let until = start() + WINDOW;
    for _ in 0..3 {
        assert_eq!(attempt(&limits, 20).await, Attempt::Refused { until });
    }
    // The refused ones left the address with room for one.
    assert_eq!(attempt(&limits[1..], 20).await, Attempt::Counted);
    assert_eq!(attempt(&limits[1..], 20).await, Attempt::Refused { until });
    assert_eq!(attempt(&limits, 900).await, Attempt::Counted);
}

/// Of these keys alone.
pub async fn attempts_that_are_forgotten_count_no_more(fixture: &impl Fixture<Store: AdminDoor>) {
    let store = fixture.store();
    let limits = [AttemptLimit { key: "a", most: 1 }, AttemptLimit { key: "b", most: 1 }];
    store.count_attempt(&limits, WINDOW, start()).await.expect("the store answers");
    store.forget_attempts(&["a"]).await.expect("the store answers");
    let a = store.count_attempt(&limits[..1], WINDOW, start()).await.expect("the store answers");
    assert_eq!(a, Attempt::Counted);
    let b = store.count_attempt(&limits[1..], WINDOW, start()).await.expect("the store answers");
    assert!(matches!(b, Attempt::Refused { .. }));
}

/// However they are timed.
pub async fn of_sixteen_attempts_at_once_no_more_than_the_limit_are_counted(
    fixture: &impl Fixture<Store: AdminDoor>,
) {
    let store = fixture.store();
    let limits = [AttemptLimit { key: "account", most: 5 }];
    let all = join_all((0..16).map(|_| store.count_attempt(&limits, WINDOW, start())).collect()).await;
    assert_eq!(all.into_iter().filter(|one| matches!(one, Ok(Attempt::Counted))).count(), 5);
}
