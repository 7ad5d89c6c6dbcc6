//! The configuration, to be read, with the origin of each value. Secrets are hidden.

use super::answer::{Fault, page};
use super::layout::{Frame, Pages, Piece, sentence};
use super::visit::Signed;
use crate::config::Shown;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;

#[derive(Template)]
#[template(path = "admin/configuration.html")]
struct Configuration {
    frame: Frame,
    only_changed: bool,
    sections: Vec<Section>,
    warnings: Vec<String>,
}

struct Section {
    name: &'static str,
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    value: String,
    origin: String,
    is_changed: bool,
    about: Vec<Piece>,
}

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::Operate)?;
    let only_changed = signed.visit.query.text("show") == "changed";
    let mut sections: Vec<Section> = Vec::new();
    for shown in admin.config.shown().iter().filter(|shown| !only_changed || shown.is_changed()) {
        let name = shown.setting.section;
        if sections.last().is_none_or(|last| last.name != name) {
            sections.push(Section { name, lines: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line(shown));
        }
    }
    let warnings = admin.config.warnings.iter().map(ToString::to_string).collect();
    Ok(page(&Configuration {
        frame: Frame::new(&admin, &signed, "configuration/"),
        only_changed,
        sections,
        warnings,
    }))
}

fn line(shown: &Shown) -> Line {
    Line {
        name: shown.setting.name,
        value: shown.value.clone().unwrap_or_else(|| "not set".to_owned()),
        origin: shown.origin.to_string(),
        is_changed: shown.is_changed(),
        about: sentence(&shown.setting.paragraphs().join(" ")),
    }
}
