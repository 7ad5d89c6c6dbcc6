//! Sessions: what is known of them, and how they end.

use super::{Fixture, add, login, person, seconds, start, terms, token, using};
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::store::{
    Deletion, EndedSessions, Ending, Ledger, Limits, NewSession, Purged, Record, Renew, Rotate, Rotation,
    Session, SessionListing, Sessions, Terms, UserAdmin as _, UserChange, Users as _, fingerprint,
};
use crate::user::{User, UserId};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const HERE: Origin<'_> = Origin {
    address: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
    user_agent: Some("a browser"),
    request_id: None,
};
const THERE: Origin<'_> = Origin {
    address: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2))),
    user_agent: Some("another browser"),
    request_id: None,
};

/// A store in which the user has logged in with their password.
pub(super) async fn logged_in<F: Fixture>(fixture: &F) -> (Arc<F::Store>, User, Record) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await;
    let first = log_in(&*store, &user, "session", "first", start()).await;
    (store, user, first)
}

async fn log_in(store: &impl Ledger, user: &User, id: &str, jti: &str, at: Timestamp) -> Record {
    let first = Record { created_at: at, expires_at: at + seconds(3600), ..token(jti, Some(&user.id)) };
    let remembered = fingerprint(id, &user.password);
    let session = NewSession { id, fingerprint: Some(&remembered), origin: HERE };
    store.record(&first, Some(session)).await.expect("the store answers");
    first
}

fn renewing(presented: &Record) -> Renew<'_> {
    Renew {
        presented,
        successor: None,
        family: "adopted",
        must_be_active: true,
        at: start(),
        terms: terms(),
        origin: THERE,
    }
}

async fn renew(store: &impl Sessions, renew: Renew<'_>) -> Rotation {
    store.renew(renew).await.expect("the store answers")
}

async fn rotate(store: &impl Ledger, rotate: Rotate<'_>) -> Rotation {
    store.rotate(rotate).await.expect("the store answers")
}

async fn blacklisted(store: &impl Ledger, jti: &str) -> bool {
    store.is_blacklisted(jti).await.expect("the store answers")
}

async fn session(store: &impl Sessions, id: &str) -> Session {
    store.find_session(id).await.expect("the store answers").expect("there is such a session")
}

fn all(at: Timestamp) -> SessionListing<'static> {
    SessionListing {
        user: None,
        after: None,
        limit: 100,
        budget: 1000,
        at,
        limits: Limits::default(),
        tied_to_password: true,
    }
}

async fn listed(store: &impl Sessions, listing: SessionListing<'_>) -> Vec<String> {
    let found = store.list_sessions(listing).await.expect("the store answers");
    found.sessions.into_iter().map(|session| session.id).collect()
}

/// Whether the session of a live token goes on.
pub(super) async fn goes_on(store: &impl Ledger, live: &Record) -> Rotation {
    rotate(store, using(live, &Record { jti: format!("after {}", live.jti), ..live.clone() })).await
}

/// With whatever is known at that moment.
pub async fn a_login_is_a_session(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let expected = Session {
        id: "session".to_owned(),
        user: Some(user.id.clone()),
        created_at: start(),
        used_at: start(),
        address: HERE.address,
        user_agent: HERE.user_agent.map(str::to_owned),
        expires_at: first.expires_at,
        ended_at: None,
        fingerprint: Some(fingerprint("session", &user.password)),
    };
    assert_eq!(session(&*store, "session").await, expected);
    assert_eq!(store.find_session("another").await.expect("the store answers"), None);
    let long = "x".repeat(1000);
    let origin = Origin { user_agent: Some(&long), ..HERE };
    let begun = NewSession { id: "another", fingerprint: None, origin };
    store.record(&token("other", Some(&user.id)), Some(begun)).await.expect("the store answers");
    let kept = session(&*store, "another").await.user_agent.expect("one was sent");
    assert_eq!(kept.len(), crate::store::USER_AGENT_LENGTH);
}

/// And its beginning stays.
pub async fn a_use_moves_the_last_use_and_the_place(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = Record { expires_at: start() + seconds(7200), ..token("second", Some(&user.id)) };
    let later = start() + seconds(30);
    let settings = Rotate { at: later, origin: THERE, ..using(&first, &second) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Rotated);
    let found = session(&*store, "session").await;
    assert_eq!((found.created_at, found.used_at), (start(), later));
    assert_eq!((found.address, found.user_agent.as_deref()), (THERE.address, THERE.user_agent));
    assert_eq!(found.expires_at, second.expires_at);
}

/// Refreshing reads, most of the time.
pub async fn a_use_of_a_token_that_stays_good_is_written_down_once_a_minute(fixture: &impl Fixture) {
    let (store, _, first) = logged_in(fixture).await;
    for (later, written) in [(30, 0), (60, 0), (61, 61), (100, 61), (122, 122)] {
        let outcome = renew(&*store, Renew { at: start() + seconds(later), ..renewing(&first) }).await;
        assert_eq!(outcome, Rotation::Rotated);
        assert_eq!(session(&*store, "session").await.used_at, start() + seconds(written), "{later}");
    }
    assert_eq!(session(&*store, "session").await.address, THERE.address);
    assert!(!blacklisted(&*store, "first").await);
}

/// Written down or not.
pub async fn a_token_that_stays_good_is_adopted_at_its_first_use(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let (foreign, unseen) = (token("foreign", Some(&user.id)), token("unseen", Some(&user.id)));
    store.record(&foreign, None).await.expect("the store answers");
    for (presented, family) in [(&foreign, "a"), (&unseen, "b")] {
        assert_eq!(renew(&*store, Renew { family, ..renewing(presented) }).await, Rotation::Rotated);
        let found = session(&*store, family).await;
        assert_eq!((found.user.as_ref(), found.address), (Some(&user.id), THERE.address));
        assert_eq!(found.fingerprint, Some(fingerprint(family, &user.password)));
        assert_eq!(renew(&*store, renewing(presented)).await, Rotation::Rotated);
    }
    assert_eq!(store.find_session("adopted").await.expect("the store answers"), None);
}

/// As does every other that is given for the same token.
pub async fn a_successor_of_a_token_that_stays_good_belongs_to_the_session(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let (second, third) = (token("second", Some(&user.id)), token("third", Some(&user.id)));
    for successor in [&second, &third] {
        let giving = Renew { successor: Some(successor), ..renewing(&first) };
        assert_eq!(renew(&*store, giving).await, Rotation::Rotated);
    }
    let ended = store.end_session("session", None, start()).await.expect("the store answers");
    assert!(ended);
    for jti in ["first", "second", "third"] {
        assert!(blacklisted(&*store, jti).await, "{jti}");
    }
}

/// Blacklisted, inactive, gone, over.
pub async fn a_token_that_stays_good_is_refused_as_any_other(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let limits = Limits { absolute: Some(seconds(60)), idle: None };
    let late = Renew { at: start() + seconds(60), terms: Terms { limits, ..terms() }, ..renewing(&first) };
    assert_eq!(renew(&*store, late).await, Rotation::Over);
    let inactive = UserChange { is_active: Some(false), ..UserChange::default() };
    fixture.change_alone(&user.id, inactive).await;
    assert_eq!(renew(&*store, renewing(&first)).await, Rotation::UserInactive);
    assert_eq!(renew(&*store, Renew { must_be_active: false, ..renewing(&first) }).await, Rotation::Rotated);
    fixture.delete_alone(&user.id).await;
    assert_eq!(renew(&*store, renewing(&first)).await, Rotation::UserGone);
    fixture.blacklist_alone("first").await;
    assert_eq!(renew(&*store, renewing(&first)).await, Rotation::Blacklisted);
}

/// By ascending id.
pub async fn sessions_are_listed_in_pages_of_everybody_or_of_one(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    for (user, id) in [(&user, "a"), (&other, "b"), (&user, "c"), (&other, "d")] {
        log_in(&*store, user, id, id, start()).await;
    }
    assert_eq!(listed(&*store, all(start())).await, ["a", "b", "c", "d", "session"]);
    let page = SessionListing { limit: 2, ..all(start()) };
    assert_eq!(listed(&*store, page).await, ["a", "b"]);
    assert_eq!(listed(&*store, SessionListing { after: Some("b"), ..page }).await, ["c", "d"]);
    let theirs = SessionListing { user: Some(&other.id), ..all(start()) };
    assert_eq!(listed(&*store, theirs).await, ["b", "d"]);
    assert_eq!(listed(&*store, SessionListing { after: Some("b"), ..theirs }).await, ["d"]);
    assert!(
        listed(&*store, SessionListing { user: Some(&UserId::Integer(4711)), ..theirs }).await.is_empty()
    );
}

/// Whoever is asked reads on until the page is full, or enough was read.
pub async fn a_page_of_sessions_says_where_the_next_one_begins(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    for number in 0..40 {
        log_in(&*store, &user, &format!("over {number:02}"), &format!("{number}"), start() - seconds(60))
            .await;
    }
    let idle = Limits { absolute: None, idle: Some(seconds(30)) };
    for user in [None, Some(&user.id)] {
        let page = SessionListing { user, limit: 10, budget: 20, limits: idle, ..all(start()) };
        let (mut ids, mut next, mut pages) = (Vec::new(), Some(String::new()), 0);
        while let Some(after) = next {
            let found = store
                .list_sessions(SessionListing { after: Some(&after), ..page })
                .await
                .expect("the store answers");
            ids.extend(found.sessions.into_iter().map(|session| session.id));
            next = found.next;
            pages += 1;
            assert!(pages < 10, "it does not end");
        }
        assert_eq!(ids, ["session"]);
    }
    let full = SessionListing { limit: 41, ..all(start()) };
    let found = store.list_sessions(full).await.expect("the store answers");
    assert_eq!((found.sessions.len(), found.next, found.is_cut_short), (41, None, false));
    let found = store.list_sessions(SessionListing { limit: 40, ..full }).await.expect("the store answers");
    assert_eq!((found.sessions.len(), found.next.as_deref()), (40, Some("over 39")));
}

/// By its tokens, its limits, its end or another password; and a page is full all the same.
pub async fn a_session_is_not_listed_once_it_is_over(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    assert!(listed(&*store, all(first.expires_at + seconds(1))).await.is_empty());
    let limits = Limits { absolute: None, idle: Some(seconds(60)) };
    let bounded = SessionListing { limits, ..all(start() + seconds(60)) };
    assert!(listed(&*store, bounded).await.is_empty());
    let other = add(&*store, &person("other")).await;
    for (user, id) in [(&user, "a"), (&user, "b"), (&other, "c"), (&other, "d")] {
        log_in(&*store, user, id, id, start()).await;
    }
    let change = UserChange { password: Some("another hash"), ..UserChange::default() };
    fixture.change_alone(&user.id, change).await;
    assert_eq!(listed(&*store, SessionListing { limit: 2, ..all(start()) }).await, ["c", "d"]);
    let untied = SessionListing { tied_to_password: false, ..all(start()) };
    assert_eq!(listed(&*store, untied).await, ["a", "b", "c", "d", "session"]);
    store.end_session("c", None, start()).await.expect("the store answers");
    assert_eq!(listed(&*store, all(start())).await, ["d"]);
}

/// Whatever its tokens say.
pub async fn a_thousand_rotations_do_not_move_the_absolute_end(fixture: &impl Fixture) {
    let (store, user, mut live) = logged_in(fixture).await;
    let limits = Limits { absolute: Some(seconds(1001)), idle: None };
    let bounded = Terms { limits, ..terms() };
    for number in 1..=1000 {
        let at = start() + seconds(number);
        let next = Record { expires_at: at + seconds(3600), ..token(&format!("{number}"), Some(&user.id)) };
        let settings = Rotate { at, terms: bounded, ..using(&live, &next) };
        assert_eq!(rotate(&*store, settings).await, Rotation::Rotated, "{number}");
        live = next;
    }
    let at = start() + seconds(1001);
    let next = token("next", Some(&user.id));
    let settings = Rotate { at, terms: bounded, ..using(&live, &next) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Over);
    assert!(!blacklisted(&*store, &live.jti).await, "nothing has changed");
    assert_eq!(limits.end(session(&*store, "session").await.created_at, at), Some(at));
}

/// Each use gives it as long again.
pub async fn a_session_that_nobody_used_is_over(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user.id));
    let bounded = Terms { limits: Limits { absolute: None, idle: Some(seconds(60)) }, ..terms() };
    let settings = Rotate { at: start() + seconds(59), terms: bounded, ..using(&first, &second) };
    assert_eq!(rotate(&*store, settings).await, Rotation::Rotated);
    let third = token("third", Some(&user.id));
    let later = Rotate { at: start() + seconds(119), terms: bounded, ..using(&second, &third) };
    assert_eq!(rotate(&*store, later).await, Rotation::Over);
    let in_time = Rotate { at: start() + seconds(118), ..later };
    assert_eq!(rotate(&*store, in_time).await, Rotation::Rotated);
}

/// An id is no key to what belongs to somebody else.
pub async fn a_session_is_ended_once_by_its_owner_or_by_anybody_else(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    log_in(&*store, &user, "a", "a", start()).await;
    let end = async |id: &str, user: Option<&UserId>| {
        store.end_session(id, user, start()).await.expect("the store answers")
    };
    assert!(!end("session", Some(&other.id)).await);
    assert!(!end("unknown", None).await);
    assert!(end("session", Some(&user.id)).await);
    assert!(!end("session", Some(&user.id)).await);
    assert!(end("a", None).await);
    assert_eq!(session(&*store, "session").await.ended_at, Some(start()));
}

/// In Django's own table, so that Django refuses it too, and a used one is no reuse.
pub async fn ending_a_session_blacklists_its_live_token(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let second = token("second", Some(&user.id));
    rotate(&*store, using(&first, &second)).await;
    assert!(store.end_session("session", None, start()).await.expect("the store answers"));
    assert!(blacklisted(&*store, "second").await);
    for presented in [&first, &second] {
        let unwanted = token("unwanted", None);
        let settings = Rotate { grace: seconds(10), reuse_detection: true, ..using(presented, &unwanted) };
        assert_eq!(rotate(&*store, settings).await, Rotation::Blacklisted);
    }
}

/// Of somebody else all.
pub async fn ending_the_others_leaves_one(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    let (a, b) =
        (log_in(&*store, &user, "a", "a", start()).await, log_in(&*store, &user, "b", "b", start()).await);
    let theirs = log_in(&*store, &other, "c", "c", start()).await;
    let others = Ending::Others { user: &user.id, but: "a" };
    let ended = store.end_sessions(others, start(), 1).await.expect("the store answers");
    assert_eq!(ended, EndedSessions { sessions: 2, ..EndedSessions::default() });
    for (live, expected) in [
        (&first, Rotation::Blacklisted),
        (&a, Rotation::Rotated),
        (&b, Rotation::Blacklisted),
        (&theirs, Rotation::Rotated),
    ] {
        assert_eq!(goes_on(&*store, live).await, expected, "{}", live.jti);
    }
}

/// In one act, and everybody else's go on.
pub async fn ending_all_of_a_user_ends_what_has_no_session_too(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    let theirs = log_in(&*store, &other, "c", "c", start()).await;
    for (jti, user) in [("sliding", &user), ("their sliding", &other)] {
        store.record(&token(jti, Some(&user.id)), None).await.expect("the store answers");
    }
    let ended = store.end_sessions(Ending::Of(&user.id), start(), 1).await.expect("the store answers");
    assert_eq!(ended, EndedSessions { sessions: 1, tokens: 1, next: None });
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
    assert_eq!(goes_on(&*store, &theirs).await, Rotation::Rotated);
    assert!(blacklisted(&*store, "sliding").await);
    assert!(!blacklisted(&*store, "their sliding").await);
    let again = store.end_sessions(Ending::Of(&user.id), start(), 1).await.expect("the store answers");
    assert_eq!(again, EndedSessions::default());
}

/// Whosever they are.
pub async fn ending_all_goes_in_rounds_until_nothing_is_left(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    for number in 0..6 {
        log_in(&*store, &user, &format!("session {number}"), &format!("{number}"), start()).await;
        store.record(&token(&format!("alone {number}"), None), None).await.expect("the store answers");
    }
    // Of a bounded number of rows no round ends anything.
    for number in 0..70 {
        let dead = token(&format!("dead {number}"), None);
        store.blacklist(&dead, start()).await.expect("the store answers");
    }
    store.record(&token("last", None), None).await.expect("the store answers");
    let (mut total, mut next, mut rounds) = (EndedSessions::default(), Some(0), 0);
    while let Some(after) = next {
        let ended = store.end_sessions(Ending::All { after }, start(), 3).await.expect("the store answers");
        total.sessions += ended.sessions;
        total.tokens += ended.tokens;
        next = ended.next;
        rounds += 1;
        assert!(rounds < 20, "it does not end");
    }
    assert_eq!(total, EndedSessions { sessions: 7, tokens: 7, next: None });
    assert!(blacklisted(&*store, "last").await);
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
}

/// Whoever logs in again while everything ends is logged in.
pub async fn what_begins_later_does_not_end(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let later = log_in(&*store, &user, "later", "later", start() + seconds(1)).await;
    let ended = store.end_sessions(Ending::Of(&user.id), start(), 10).await.expect("the store answers");
    assert_eq!(ended.sessions, 1);
    assert_eq!(goes_on(&*store, &later).await, Rotation::Rotated);
}

/// In the same act, with what has no session.
pub async fn a_new_password_ends_the_users_sessions(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    let theirs = log_in(&*store, &other, "c", "c", start()).await;
    store.record(&token("sliding", Some(&user.id)), None).await.expect("the store answers");
    let change = UserChange { password: Some("another hash"), ..UserChange::default() };
    assert!(store.update(&user.id, change, start()).await.expect("the store answers"));
    assert!(blacklisted(&*store, "first").await && blacklisted(&*store, "sliding").await);
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
    assert_eq!(session(&*store, "session").await.ended_at, Some(start()));
    assert_eq!(goes_on(&*store, &theirs).await, Rotation::Rotated);
}

/// As with Django.
pub async fn a_new_password_may_leave_the_sessions(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let change = UserChange { password: Some("another hash"), keeps_sessions: true, ..UserChange::default() };
    assert!(store.update(&user.id, change, start()).await.expect("the store answers"));
    let next = token("next", Some(&user.id));
    let untied = Terms { tied_to_password: false, ..terms() };
    assert_eq!(rotate(&*store, Rotate { terms: untied, ..using(&first, &next) }).await, Rotation::Rotated);
}

/// Enabling brings nothing back.
pub async fn disabling_a_user_ends_the_sessions_for_good(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    for is_active in [false, true] {
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        assert!(store.update(&user.id, change, start()).await.expect("the store answers"));
        assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
    }
    let again = log_in(&*store, &user, "again", "again", start()).await;
    assert_eq!(goes_on(&*store, &again).await, Rotation::Rotated);
}

/// They belong to nobody then, and open nothing for whoever gets the id next.
pub async fn a_deleted_users_tokens_are_blacklisted(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    store.record(&token("sliding", Some(&user.id)), None).await.expect("the store answers");
    assert_eq!(store.delete(&user.id, start()).await.expect("the store answers"), Deletion::Deleted);
    assert!(blacklisted(&*store, "first").await && blacklisted(&*store, "sliding").await);
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
    assert!(listed(&*store, SessionListing { tied_to_password: false, ..all(start()) }).await.is_empty());
}

/// At the next use, whichever comes first, and for good.
pub async fn a_password_that_django_changed_ends_the_session(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let other = log_in(&*store, &user, "other", "other", start()).await;
    let change = UserChange { password: Some("another hash"), ..UserChange::default() };
    fixture.change_alone(&user.id, change).await;
    assert_eq!(goes_on(&*store, &first).await, Rotation::PasswordChanged);
    assert!(blacklisted(&*store, "first").await);
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
    assert_eq!(renew(&*store, renewing(&other)).await, Rotation::PasswordChanged);
    assert!(session(&*store, "other").await.ended_at.is_some());
    let back = UserChange { password: Some(&user.password), ..UserChange::default() };
    fixture.change_alone(&user.id, back).await;
    assert_eq!(goes_on(&*store, &first).await, Rotation::Blacklisted);
}

/// As with the peers.
pub async fn a_password_that_django_changed_ends_nothing_where_sessions_are_not_tied_to_it(
    fixture: &impl Fixture,
) {
    let (store, user, first) = logged_in(fixture).await;
    let change = UserChange { password: Some("another hash"), ..UserChange::default() };
    fixture.change_alone(&user.id, change).await;
    let untied = Terms { tied_to_password: false, ..terms() };
    assert_eq!(renew(&*store, Renew { terms: untied, ..renewing(&first) }).await, Rotation::Rotated);
    let next = token("next", Some(&user.id));
    assert_eq!(rotate(&*store, Rotate { terms: untied, ..using(&first, &next) }).await, Rotation::Rotated);
}

/// It is what a login does.
pub async fn a_better_hash_of_the_same_password_ends_nothing(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let better = "pbkdf2_sha256$2$salt$hash";
    assert!(store.replace_password(&user.id, &user.password, better).await.expect("the store answers"));
    assert_eq!(goes_on(&*store, &first).await, Rotation::Rotated);
    assert_eq!(session(&*store, "session").await.fingerprint, Some(fingerprint("session", better)));
    let change = UserChange { password: Some("another hash"), ..UserChange::default() };
    fixture.change_alone(&user.id, change).await;
    assert!(
        store.replace_password(&user.id, "another hash", "its upgrade").await.expect("the store answers")
    );
    let live = Record { jti: "after first".to_owned(), ..first };
    assert_eq!(goes_on(&*store, &live).await, Rotation::PasswordChanged, "that was another password");
}

/// Sessions that a former version began.
pub async fn a_session_of_no_known_password_goes_with_the_next_that_is_seen(fixture: &impl Fixture) {
    let store = fixture.store();
    let user = add(&*store, &person("demo")).await;
    let (a, b) = (token("a", Some(&user.id)), token("b", Some(&user.id)));
    for token in [&a, &b] {
        store.record(token, Some(login(&token.jti))).await.expect("the store answers");
    }
    assert_eq!(goes_on(&*store, &a).await, Rotation::Rotated);
    assert_eq!(renew(&*store, Renew { at: start() + seconds(61), ..renewing(&b) }).await, Rotation::Rotated);
    for id in ["a", "b"] {
        assert_eq!(session(&*store, id).await.fingerprint, Some(fingerprint(id, &user.password)));
    }
}

const REFRESH: &str = "0123456789abcdef0123456789abcdef";
const ACCESS: &str = "0123456789abcdeffedcba9876543210";

/// By the half that their ids have in common.
pub async fn an_access_token_leads_to_its_session(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    log_in(&*store, &user, "linked", REFRESH, start()).await;
    let standing = store.standing(ACCESS, &user.id).await.expect("the store answers");
    assert_eq!(standing.session.map(|session| session.id).as_deref(), Some("linked"));
    assert_eq!(standing.epoch, None);
    for jti in ["0123456789abcdee0123456789abcdef", "first", "", "%"] {
        let standing = store.standing(jti, &user.id).await.expect("the store answers");
        assert_eq!(standing.session, None, "{jti}");
    }
}

/// Should two ids ever begin alike.
pub async fn an_access_token_leads_to_nobody_elses_session(fixture: &impl Fixture) {
    let (store, user, _) = logged_in(fixture).await;
    let other = add(&*store, &person("other")).await;
    log_in(&*store, &user, "linked", REFRESH, start()).await;
    let standing = store.standing(ACCESS, &other.id).await.expect("the store answers");
    assert_eq!(standing.session, None);
    log_in(&*store, &other, "alike", ACCESS, start()).await;
    let standing = store.standing(ACCESS, &other.id).await.expect("the store answers");
    assert_eq!(standing.session.map(|session| session.id).as_deref(), Some("alike"));
}

/// Known or not, used or not.
pub async fn what_was_issued_before_the_epoch_is_dead(fixture: &impl Fixture) {
    let (store, user, first) = logged_in(fixture).await;
    let epoch = start() + seconds(10);
    store.begin_epoch(epoch).await.expect("the store answers");
    assert_eq!(store.epoch().await.expect("the store answers"), Some(epoch));
    let unseen = token("unseen", Some(&user.id));
    for presented in [&first, &unseen] {
        assert_eq!(goes_on(&*store, presented).await, Rotation::Blacklisted);
        assert_eq!(renew(&*store, renewing(presented)).await, Rotation::Blacklisted);
        let undated = Terms { issued_at: None, ..terms() };
        assert_eq!(
            renew(&*store, Renew { terms: undated, ..renewing(presented) }).await,
            Rotation::Blacklisted
        );
        let young = Terms { issued_at: Some(epoch), ..terms() };
        assert_eq!(renew(&*store, Renew { terms: young, ..renewing(presented) }).await, Rotation::Rotated);
    }
    let standing = store.standing(ACCESS, &user.id).await.expect("the store answers");
    assert_eq!(standing.epoch, Some(epoch));
}

/// Whichever is declared last.
pub async fn an_epoch_never_moves_back(fixture: &impl Fixture) {
    let store = fixture.store();
    assert_eq!(store.epoch().await.expect("the store answers"), None);
    for at in [start(), start() - seconds(60)] {
        store.begin_epoch(at).await.expect("the store answers");
        assert_eq!(store.epoch().await.expect("the store answers"), Some(start()));
    }
}

/// Its end moves with the token's, so that no purge forgets it.
pub async fn an_extended_sliding_token_keeps_its_session(fixture: &impl Fixture) {
    let (store, _, first) = logged_in(fixture).await;
    let longer = Record { expires_at: start() + seconds(7200), ..first.clone() };
    assert!(store.extend(&longer).await.expect("the store answers"));
    assert_eq!(session(&*store, "session").await.expires_at, longer.expires_at);
    let purged = store.purge(first.expires_at + seconds(1), 0, 10).await.expect("the store answers");
    assert_eq!(purged, Purged::default());
    assert!(store.end_session("session", None, start()).await.expect("the store answers"));
    assert!(blacklisted(&*store, "first").await);
}
