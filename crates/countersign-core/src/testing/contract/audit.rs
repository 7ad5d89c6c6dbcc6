//! What is true of the audit trail.

use super::{Fixture, add, person, seconds, start};
use crate::store::{Actor, AuditEntry, AuditOutcome, AuditQuery, AuditTrail};
use crate::user::UserId;

fn entry(act: &'static str, subject: Option<&UserId>) -> AuditEntry {
    AuditEntry {
        at: start(),
        actor: Actor::CommandLine { account: "uid 1000".to_owned() },
        address: None,
        user_agent: None,
        act,
        subject: subject.cloned(),
        subject_name: "somebody".to_owned(),
        before: None,
        after: None,
    }
}

const ALL: AuditQuery<'static> =
    AuditQuery { before: None, since: None, act: None, subject: None, actor: None, limit: 100 };

/// Every field, and texts that a careless query would stumble over.
pub async fn a_line_of_the_trail_is_read_as_it_was_written(fixture: &impl Fixture<Store: AuditTrail>) {
    let store = fixture.store();
    let id = add(&*store, &person("root")).await.id;
    let written = AuditEntry {
        actor: Actor::User { id: id.clone(), username: "o'brien \"é 😀".to_owned() },
        address: Some("2001:db8::1".to_owned()),
        user_agent: Some("a browser".to_owned()),
        before: Some("{\"is_active\":true}".to_owned()),
        after: Some("{\"is_active\":false}".to_owned()),
        ..entry("user disable", Some(&id))
    };
    let number = store.begin_audit(&written).await.expect("the store answers");
    let lines = store.read_audit(ALL).await.expect("the store answers");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.id, line.at, line.outcome), (number, written.at, None));
    assert_eq!((&*line.actor_kind, &*line.actor), ("user", "o'brien \"é 😀"));
    assert_eq!((line.actor_id.as_ref(), line.subject.as_ref()), (Some(&id), Some(&id)));
    assert_eq!((&line.address, &line.user_agent), (&written.address, &written.user_agent));
    assert_eq!((&*line.act, &*line.subject_name), ("user disable", "somebody"));
    assert_eq!((&line.before, &line.after), (&written.before, &written.after));
}

/// What was written first stays.
pub async fn a_line_has_no_outcome_until_it_is_finished_and_then_keeps_it(
    fixture: &impl Fixture<Store: AuditTrail>,
) {
    let store = fixture.store();
    let number = store.begin_audit(&entry("user add", None)).await.expect("the store answers");
    let outcome = async || {
        store.read_audit(ALL).await.expect("the store answers").first().and_then(|line| line.outcome)
    };
    assert_eq!(outcome().await, None);
    for later in [AuditOutcome::Done, AuditOutcome::Failed] {
        store.finish_audit(number, later).await.expect("the store answers");
        assert_eq!(outcome().await, Some(AuditOutcome::Done));
    }
    store.finish_audit(number + 1, AuditOutcome::Done).await.expect("a line that is not there is no error");
}

/// The latest first, each once.
pub async fn the_trail_is_read_backwards_in_pages(fixture: &impl Fixture<Store: AuditTrail>) {
    let store = fixture.store();
    let mut written = Vec::new();
    for _ in 0..5 {
        written.insert(0, store.begin_audit(&entry("user add", None)).await.expect("the store answers"));
    }
    let mut read = Vec::new();
    let mut query = AuditQuery { limit: 2, ..ALL };
    loop {
        let page = store.read_audit(query).await.expect("the store answers");
        let Some(last) = page.last() else { break };
        query.before = Some(last.id);
        read.extend(page.iter().map(|line| line.id));
    }
    assert_eq!(read, written);
}

/// Each filter alone.
pub async fn the_trail_is_read_by_act_subject_actor_and_time(fixture: &impl Fixture<Store: AuditTrail>) {
    let store = fixture.store();
    let id = add(&*store, &person("demo")).await.id;
    store.begin_audit(&entry("user add", Some(&id))).await.expect("the store answers");
    let later = AuditEntry { at: start() + seconds(60), actor: Actor::Link, ..entry("user password", None) };
    store.begin_audit(&later).await.expect("the store answers");
    let acts = async |query| {
        let lines = store.read_audit(query).await.expect("the store answers");
        lines.into_iter().map(|line| line.act).collect::<Vec<_>>()
    };
    assert_eq!(acts(ALL).await, ["user password", "user add"]);
    assert_eq!(acts(AuditQuery { act: Some("user add"), ..ALL }).await, ["user add"]);
    assert_eq!(acts(AuditQuery { subject: Some(&id), ..ALL }).await, ["user add"]);
    assert_eq!(acts(AuditQuery { actor: Some("uid 1000"), ..ALL }).await, ["user add"]);
    assert_eq!(acts(AuditQuery { since: Some(start() + seconds(60)), ..ALL }).await, ["user password"]);
}
