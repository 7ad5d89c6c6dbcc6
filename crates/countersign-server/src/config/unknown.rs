//! Keys that are not settings: what to say about them.

use super::fault::Wrong;
use super::nearest::nearest;
use super::origin::Key;
use super::sections::TABLES;
use super::setting::{Setting, Table};

/// The setting of this key, by its name or an alias, or what to say of a key that is none.
pub(super) fn known(key: &Key) -> Result<&'static Setting, Wrong> {
    let table = table(&key.section);
    if let Some(setting) = table.and_then(|table| table.setting(&key.name)) {
        return Ok(setting);
    }
    Err(advice(table, &key.name)
        .or_else(|| section_name(key))
        .or_else(|| elsewhere(&key.name))
        .or_else(|| django_name(table, &key.name))
        .unwrap_or_else(|| Wrong::new("is not a setting", meant(table, &key.name))))
}

/// Whether there is such a section, or what to say of one that is none.
pub(super) fn known_section(name: &str) -> Result<(), Wrong> {
    if table(name).is_some() && !name.is_empty() {
        return Ok(());
    }
    let names = TABLES.iter().map(|table| table.name).filter(|name| !name.is_empty());
    Err(advice(table(""), name).unwrap_or_else(|| {
        let remedy = match nearest(name, names.clone()) {
            Some(meant) => format!("did you mean [{meant}]?"),
            None => format!("the sections are {}", names.collect::<Vec<_>>().join(", ")),
        };
        Wrong::new("is not a section", remedy)
    }))
}

/// Whether the name is a setting before the first section, whose value may be a table: `secret_key`.
pub(super) fn is_top_setting(name: &str) -> bool {
    table("").is_some_and(|table| table.setting(name).is_some())
}

fn table(section: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == section)
}

/// Keys that are refused by name, in whatever spelling.
fn advice(table: Option<&'static Table>, name: &str) -> Option<Wrong> {
    let table = table?;
    let advice = table.advice.iter().find(|advice| advice.name == bare(table.name, name))?;
    Some(Wrong::new(advice.what, advice.remedy))
}

/// `server = …` where `[server]` was meant.
fn section_name(key: &Key) -> Option<Wrong> {
    let table = table(&key.name).filter(|table| key.section.is_empty() && !table.name.is_empty())?;
    Some(Wrong::new("is a section, not a setting", format!("write [{}] on a line of its own", table.name)))
}

/// `ACCESS_TOKEN_LIFETIME`, `JWT_EXPIRATION_DELTA`, `CORS_ALLOWED_ORIGINS`: Django's spelling.
fn django_name(table: Option<&'static Table>, name: &str) -> Option<Wrong> {
    let by_name = || {
        let mut all = TABLES.iter().flat_map(|table| table.settings);
        all.find(|setting| setting.django_name().is_some_and(|django| django.eq_ignore_ascii_case(name)))
    };
    let by_prefix = || {
        let table = TABLES.iter().filter(|table| !table.name.is_empty()).find(|table| {
            let prefix = name.get(..table.name.len());
            prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(table.name))
        })?;
        table.setting(&name.get(table.name.len() + 1..)?.to_lowercase())
    };
    let setting =
        table.and_then(|table| table.setting(&bare(table.name, name))).or_else(by_name).or_else(by_prefix)?;
    let key = Key::new(setting.section, setting.name);
    Some(Wrong::new("is Django's name", format!("here it is written {key}")))
}

/// A setting of another section.
fn elsewhere(name: &str) -> Option<Wrong> {
    let places: Vec<_> =
        TABLES.iter().filter(|table| table.setting(name).is_some()).map(|table| table.name).collect();
    let named = |place: &str| {
        if place.is_empty() { "before the first section".to_owned() } else { format!("to [{place}]") }
    };
    let places: Vec<_> = places.into_iter().map(named).collect();
    (!places.is_empty())
        .then(|| Wrong::new("is a setting of another section", format!("move it {}", places.join(", or "))))
}

/// The name without its group's prefix, in lower case.
fn bare(section: &str, name: &str) -> String {
    let lower = name.to_lowercase();
    let prefix = match section {
        "jwt_auth" => "jwt_",
        "cors" => "cors_",
        "csrf" => "csrf_",
        _ => "",
    };
    lower.strip_prefix(prefix).unwrap_or(&lower).to_owned()
}

fn meant(table: Option<&'static Table>, name: &str) -> String {
    let settings = table.map_or(&[][..], |table| table.settings);
    let own = nearest(name, settings.iter().map(|setting| setting.name)).map(str::to_owned);
    let other = || {
        let all = TABLES.iter().flat_map(|table| table.settings);
        let name = nearest(name, all.clone().map(|setting| setting.name))?;
        let setting = all.clone().find(|setting| setting.name == name)?;
        Some(Key::new(setting.section, setting.name).to_string())
    };
    match own.or_else(other) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "remove it; `countersign config show` lists all settings".to_owned(),
    }
}
