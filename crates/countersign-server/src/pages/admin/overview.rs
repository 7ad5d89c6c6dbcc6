//! What is going on.

use super::Admin;
use super::answer::{Fault, page};
use super::layout::{Frame, Pages};
use super::time::Moment;
use super::users::list::{Choice, choices};
use super::visit::{Signed, escaped};
use crate::activity::{Kind, Minute, REASONS, Seen};
use crate::latency::ENDS;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::clock::Timestamp;
use countersign_core::event::LoginOutcome;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: Frame,
    may_operate: bool,
    spans: Vec<Choice>,
    totals: Vec<(&'static str, String)>,
    charts: Vec<Chart>,
    reasons: Vec<(&'static str, u32)>,
    kinds: Vec<Choice>,
    events: Vec<Line>,
}

/// A chart of bars, and the same as a table.
struct Chart {
    id: &'static str,
    title: &'static str,
    text: String,
    peak: u32,
    bars: Vec<Bar>,
    rows: Vec<(String, u32)>,
    from: String,
}

/// A bar, in the units of the drawing: 600 wide, 100 high.
struct Bar {
    x: usize,
    width: usize,
    y: u32,
    height: u32,
}

struct Line {
    at: Moment,
    what: &'static str,
    class: &'static str,
    who: String,
    href: Option<String>,
    address: String,
    method: &'static str,
}

const SPANS: [(&str, &str); 2] = [("hour", "Last hour"), ("day", "Last day")];

const KINDS: [(&str, &str); 4] =
    [("", "All events"), ("login", "Sign-ins"), ("failure", "Failures"), ("reuse", "Reused tokens")];

/// Events on the page.
const EVENTS: usize = 50;

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    let (span, kind) = (signed.visit.query.text("span"), signed.visit.query.text("events"));
    let may_operate = signed.admin.may(Right::Operate);
    let now = admin.desk.authority.now();
    let (count, minutes) = if span == "day" { (96, 15) } else { (60, 1) };
    let stretches = admin.activity.stretches(now, count, minutes);
    let whole = stretches.iter().fold(Minute::default(), |mut whole, one| {
        whole.gather(one);
        whole
    });
    let events = admin.activity.events(EVENTS, |seen| is_wanted(seen, kind));
    Ok(page(&Overview {
        frame: Frame::new(&admin, &signed, ""),
        may_operate,
        spans: choices(&SPANS, span),
        totals: totals(&whole),
        charts: charts(&stretches),
        reasons: REASONS.iter().zip(whole.failures).map(|(reason, count)| (word(*reason), count)).collect(),
        kinds: choices(&KINDS, kind),
        events: events.iter().map(|seen| line(&admin, seen)).collect(),
    }))
}

fn totals(whole: &Minute) -> Vec<(&'static str, String)> {
    vec![
        ("Sign-ins", whole.logins.to_string()),
        ("Failures", whole.failed().to_string()),
        ("Refreshes", whole.refreshes.to_string()),
        ("Reused tokens", whole.reuses.to_string()),
        ("Requests", whole.requests.to_string()),
        ("Half within", latency(whole, 0.5)),
        ("95% within", latency(whole, 0.95)),
        ("Server errors", whole.broken.to_string()),
    ]
}

fn latency(whole: &Minute, share: f64) -> String {
    match whole.quantile(share) {
        Some(micros) if micros < 1000 => format!("{micros} µs"),
        Some(micros) => format!("{} ms", micros / 1000),
        None if whole.requests == 0 => "–".to_owned(),
        None => format!("over {} s", ENDS[ENDS.len() - 1] / 1_000_000),
    }
}

/// What of a stretch a chart shows.
type Count = fn(&Minute) -> u32;

fn charts(stretches: &[Minute]) -> Vec<Chart> {
    let kinds: [(&str, &str, Count); 4] = [
        ("logins", "Sign-ins", |one| one.logins),
        ("failures", "Failed sign-ins", Minute::failed),
        ("refreshes", "Refreshes", |one| one.refreshes),
        ("requests", "Requests", |one| one.requests),
    ];
    kinds.into_iter().map(|(id, title, count)| chart(id, title, stretches, count)).collect()
}

fn chart(id: &'static str, title: &'static str, stretches: &[Minute], count: Count) -> Chart {
    let counts: Vec<u32> = stretches.iter().map(count).collect();
    let (peak, sum) = (counts.iter().copied().max().unwrap_or(0), counts.iter().sum::<u32>());
    let step = 600 / counts.len().max(1);
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, count)| {
        // Even one of a million is seen.
        let height = (u64::from(*count) * 96 / u64::from(peak.max(1))).max(3);
        let height = u32::try_from(height).unwrap_or(96);
        Bar { x: at * step, width: step.saturating_sub(1).max(1), y: 100 - height, height }
    });
    let busy = stretches.iter().zip(&counts).filter(|(_, count)| **count > 0);
    Chart {
        id,
        title,
        text: format!("{sum} in all, at most {peak} at once; the newest on the right."),
        peak,
        bars: bars.collect(),
        rows: busy.map(|(one, count)| (clock(one), *count)).collect(),
        from: stretches.first().map(clock).unwrap_or_default(),
    }
}

fn clock(minute: &Minute) -> String {
    let at = Timestamp::from_second(minute.number * 60).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%H:%M").to_string()
}

fn is_wanted(seen: &Seen, kind: &str) -> bool {
    match kind {
        "login" => seen.kind == Kind::Login(LoginOutcome::Success),
        "failure" => matches!(seen.kind, Kind::Login(outcome) if outcome != LoginOutcome::Success),
        "reuse" => seen.kind == Kind::Reuse,
        _ => true,
    }
}

fn line(admin: &Admin, seen: &Seen) -> Line {
    let (what, class) = match seen.kind {
        Kind::Login(LoginOutcome::Success) => ("signed in", "good"),
        Kind::Login(outcome) => (word(outcome), "bad"),
        Kind::Reuse => ("used refresh token came again", "bad"),
    };
    let who = seen.username.clone().or_else(|| seen.user.as_ref().map(|id| format!("id {id}")));
    Line {
        at: seen.at.into(),
        what,
        class,
        who: who.unwrap_or_else(|| "unknown".to_owned()),
        href: seen.user.as_ref().map(|id| format!("{}users/{}/", admin.base(), escaped(id))),
        address: seen.address.clone().unwrap_or_else(|| "–".to_owned()),
        method: seen.method,
    }
}

const fn word(outcome: LoginOutcome) -> &'static str {
    match outcome {
        LoginOutcome::Success => "signed in",
        LoginOutcome::UnknownUser => "unknown user",
        LoginOutcome::WrongPassword => "wrong password",
        LoginOutcome::Inactive => "inactive user",
        LoginOutcome::Overloaded => "too many were waiting",
    }
}
