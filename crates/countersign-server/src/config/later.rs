//! Settings whose feature is not built yet: they are read and checked, but using one is refused, so that
//! nobody believes in a protection or an endpoint that is not there. A line goes when its feature comes.

use super::fault::Fault;
use super::origin::{Key, Origin};
use super::sections::TABLES;
use super::setting::Setting;
use super::source::{Assignment, Assignments};

/// Single settings.
const SETTINGS: [(&str, &str, &str); 1] = [("simple_jwt", "jwk_url", "keys from a URL are")];

/// A fault for each feature that somebody asked for.
pub(super) fn faults(assignments: &Assignments) -> Vec<Fault> {
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
    settings.collect()
}

/// Who gave a setting a value that is not its default.
fn changed(assignments: &Assignments, setting: &Setting) -> Option<Origin> {
    let Assignment { value, origin, .. } = assignments.get(setting)?;
    let off = setting.default.is_none() && (value.as_bool() == Some(false) || value.as_str() == Some(""));
    (!off && setting.default_value().as_ref() != Some(value)).then(|| origin.clone())
}
