//! The audit trail: on a page, and as JSON lines.

mod export;

pub(super) use self::export::export;

use super::answer::{Fault, page};
use super::layout::{Frame, Pages};
use super::time::Moment;
use super::visit::{Signed, escaped};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::store::{AuditOutcome, AuditQuery, AuditRecord};

/// Lines on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct Audit {
    frame: Frame,
    act: String,
    actor: String,
    lines: Vec<Shown>,
    is_first: bool,
    next: Option<String>,
    export: String,
}

/// A line of the trail, as it is shown.
pub(super) struct Shown {
    pub(super) record: AuditRecord,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) outcome: &'static str,
    pub(super) class: &'static str,
    pub(super) changes: Vec<(String, String, String)>,
}

/// A line with its changes side by side.
pub(super) fn shown(record: AuditRecord) -> Shown {
    let by = match (record.actor_kind.as_str(), record.actor.as_str()) {
        ("user", name) => name.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, name) => format!("{kind} ({name})"),
    };
    let (outcome, class) = match record.outcome {
        Some(AuditOutcome::Done) => ("done", "good"),
        Some(AuditOutcome::Refused) => ("refused", "bad"),
        Some(AuditOutcome::Failed) => ("failed", "bad"),
        None => ("end unknown", "bad"),
    };
    Shown { at: record.at.into(), by, outcome, class, changes: changes(&record), record }
}

fn changes(record: &AuditRecord) -> Vec<(String, String, String)> {
    let object = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or("{}");
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).unwrap_or_default()
    };
    let (before, after) = (object(&record.before), object(&record.after));
    let value = |object: &serde_json::Map<String, serde_json::Value>, name: &str| match object.get(name) {
        None => "–".to_owned(),
        Some(serde_json::Value::String(text)) if text.is_empty() => "(empty)".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Bool(true)) => "yes".to_owned(),
        Some(serde_json::Value::Bool(false)) => "no".to_owned(),
        Some(other) => other.to_string(),
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name.clone(), value(&before, name), value(&after, name))).collect()
}

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::Operate)?;
    let asked = &signed.visit.query;
    let before = asked.text("before").parse().ok();
    let query = AuditQuery {
        before,
        act: asked.some("act"),
        actor: asked.some("actor"),
        limit: PAGE,
        ..AuditQuery::default()
    };
    let lines = admin.store.trail.read_audit(query).await?;
    let last = lines.last().map(|line| line.id).filter(|_| lines.len() == PAGE as usize);
    let (act, actor) = (asked.text("act").trim().to_owned(), asked.text("actor").trim().to_owned());
    Ok(page(&Audit {
        frame: Frame::new(&admin, &signed, "audit/"),
        lines: lines.into_iter().map(shown).collect(),
        is_first: before.is_none(),
        export: format!("?act={}&actor={}", escaped(&act), escaped(&actor)),
        next: last.map(|last| format!("?act={}&actor={}&before={last}", escaped(&act), escaped(&actor))),
        act,
        actor,
    }))
}
