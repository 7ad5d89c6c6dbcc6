//! `docs/settings.md`: the reference of all settings.

use super::sections::TABLES;
use super::setting::{Advice, Setting, Table};

const HEAD: &str = "\
# Settings

<!-- Written by `countersign config reference`, from the doc comments under crates/countersign-server/src/config/sections/. -->

One TOML file, by default `countersign.toml` in the working directory. Every key is optional; an unknown one is
an error. `countersign config init` writes a file to begin with, `countersign config show` prints every value and
where it comes from, `countersign check` says what is wrong.

**Names.** A section stands for one of the settings groups that Django projects have, and its keys are the same
names in lower case without the group's prefix: `SIMPLE_JWT[\"ACCESS_TOKEN_LIFETIME\"]` is `access_token_lifetime` in
`[simple_jwt]`.

**Layers.** Defaults, then the file, then the environment (`COUNTERSIGN__SECTION__KEY=value`, and
`COUNTERSIGN__KEY=value` for what stands before the first section), then flags. A value in the environment is read as
TOML; what is no TOML is a text.

**Durations** are texts such as `\"90s\"`, `\"5m\"`, `\"1h30m\"`, `\"1d\"`, or a number of seconds.

**Secrets** are a text, `{ env = \"NAME\" }` or `{ file = \"PATH\" }` (without the newline at its end). They are never
printed.

**Optional settings** are left out by not writing them, by `false`, or by an empty text.
";

/// The page, in Markdown.
#[must_use]
pub fn reference() -> String {
    TABLES.iter().fold(HEAD.to_owned(), |page, table| page + &section(table))
}

fn section(table: &Table) -> String {
    let title = match table.name {
        "" => "Before the first section".to_owned(),
        name => format!("`[{name}]`"),
    };
    let entries: Vec<_> = table.settings.iter().map(entry).collect();
    let paragraphs = super::setting::paragraphs(table.doc).join("\n\n");
    format!("\n## {title}\n\n{paragraphs}\n{}{}{}", entries.concat(), other_names(table), refused(table))
}

fn other_names(table: &Table) -> String {
    let lines: Vec<_> =
        table.aliases.iter().map(|(alias, name)| format!("- `{alias}` is `{name}`\n")).collect();
    chapter("Other names", &lines)
}

fn refused(table: &Table) -> String {
    let line = |advice: &Advice| format!("- `{}` {}: {}.\n", advice.name, advice.what, advice.remedy);
    chapter("Refused by name", &table.advice.iter().map(line).collect::<Vec<_>>())
}

fn chapter(title: &str, lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("\n### {title}\n\n{}", lines.concat()) }
}

fn entry(setting: &Setting) -> String {
    let default = match setting.default {
        Some(default) => format!("`{default}`"),
        None => "not set".to_owned(),
    };
    let recommended = setting.recommended.map(|value| format!("; `config init` writes `{value}`"));
    let django = setting.django_name().map(|name| format!(" · Django: `{name}`"));
    format!(
        "\n### `{}`\n\n{}\n\nTakes: {} · Default: {default}{}{}\n",
        setting.name,
        setting.paragraphs().join("\n\n"),
        setting.kind,
        recommended.unwrap_or_default(),
        django.unwrap_or_default(),
    )
}
