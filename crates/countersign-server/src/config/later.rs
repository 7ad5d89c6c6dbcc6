//! Settings whose feature is not built yet: they are read and checked, but using one is refused, so that
//! nobody believes in a protection or an endpoint that is not there. A line goes when its feature comes.

use super::fault::Fault;
use super::origin::{Key, Origin};
use super::sections::TABLES;
use super::setting::Setting;
use super::source::{Assignment, Assignments};

/// Sections, and what they are about.
const SECTIONS: [(&str, &str); 1] = [("jwt_auth", "the jwt_auth dialect is")];

/// Single settings.
const SETTINGS: [(&str, &str, &str); 2] = [
    ("simple_jwt", "jwk_url", "keys from a URL are"),
    ("simple_jwt", "accept_jwt_auth", "the jwt_auth dialect is"),
];

/// Whether a section's feature is still to come.
pub(super) fn is_later(section: &str) -> bool {
    SECTIONS.iter().any(|(name, _)| *name == section)
}

/// A fault for each feature that somebody asked for.
pub(super) fn faults(assignments: &Assignments) -> Vec<Fault> {
    let sections = SECTIONS.iter().filter_map(|(section, what)| {
        let (name, origin) = asked(assignments, section)?;
        let remedy = match *section {
            "jwt_auth" => format!("set [{section}] enabled = false, or remove the section"),
            _ => format!("remove the section [{section}]"),
        };
        Some(Fault::new(
            Key::new(*section, name),
            Some(origin),
            format!("cannot be used: {what} not in this version yet"),
            remedy,
        ))
    });
    let settings = SETTINGS.iter().filter_map(|(section, name, what)| {
        let table = TABLES.iter().find(|table| table.name == *section)?;
        let origin = changed(assignments, table.setting(name)?)?;
        Some(Fault::new(
            Key::new(*section, *name),
            Some(origin),
            format!("cannot be used: {what} not in this version yet"),
            "remove it".to_owned(),
        ))
    });
    sections.chain(settings).collect()
}

/// The first setting of a section that asks for its feature, unless the section is switched off.
fn asked(assignments: &Assignments, section: &str) -> Option<(&'static str, Origin)> {
    let table = TABLES.iter().find(|table| table.name == section)?;
    if let Some(enabled) = table.setting("enabled").and_then(|setting| assignments.get(setting)) {
        let off = enabled.value.as_bool() == Some(false);
        return (!off).then(|| ("enabled", enabled.origin.clone()));
    }
    table.settings.iter().find_map(|setting| Some((setting.name, changed(assignments, setting)?)))
}

/// Who gave a setting a value that is not its default.
fn changed(assignments: &Assignments, setting: &Setting) -> Option<Origin> {
    let Assignment { value, origin, .. } = assignments.get(setting)?;
    let off = setting.default.is_none() && (value.as_bool() == Some(false) || value.as_str() == Some(""));
    (!off && setting.default_value().as_ref() != Some(value)).then(|| origin.clone())
}
