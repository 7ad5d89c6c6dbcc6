//! `config schema`: the file as JSON Schema, for editors.

use super::sections::TABLES;
use super::setting::{Setting, Table, paragraphs};
use serde_json::{Map, Value, json};

/// The JSON Schema of the configuration file.
#[must_use]
pub fn schema() -> Value {
    let (top, sections) = TABLES.split_first().expect("what stands before the first section comes first");
    let mut members = properties(top);
    members.extend(sections.iter().map(|table| (table.name.to_owned(), section(table))));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "countersign.toml",
        "description": "The configuration of countersign.",
        "type": "object",
        "properties": members,
        "additionalProperties": false,
    })
}

fn section(table: &Table) -> Value {
    json!({
        "description": paragraphs(table.doc).join("\n\n"),
        "type": "object",
        "properties": properties(table),
        "additionalProperties": false,
    })
}

fn properties(table: &Table) -> Map<String, Value> {
    let named = table.settings.iter().map(|setting| (setting.name.to_owned(), property(setting)));
    let aliases = table.aliases.iter().filter_map(|(alias, name)| {
        let mut property = property(table.setting(name)?);
        property["deprecated"] = Value::from(true);
        Some(((*alias).to_owned(), property))
    });
    named.chain(aliases).collect()
}

fn property(setting: &Setting) -> Value {
    let mut property = (setting.schema)();
    property["description"] = Value::from(setting.paragraphs().join("\n\n"));
    if let Some(default) = setting.default_value().and_then(|value| serde_json::to_value(value).ok()) {
        property["default"] = default;
    }
    property
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_in_the_schema_with_its_meaning() {
        let schema = schema();
        for table in TABLES {
            let properties = match table.name {
                "" => &schema["properties"],
                name => &schema["properties"][name]["properties"],
            };
            for setting in table.settings {
                assert!(properties[setting.name]["description"].is_string(), "{}", setting.name);
            }
        }
    }
}
