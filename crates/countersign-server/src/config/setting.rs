//! One table of settings: what each is called, what it takes, what it is by default and what it means.
//!
//! Everything that shows the settings is derived from this table: reading and its messages, `config show`,
//! `config init`, the JSON Schema and `docs/settings.md`. A setting is declared once, in its section's file
//! under `sections/`, with `section!`.

use super::reader::Reader;

/// One setting, as data.
#[derive(Clone, Copy)]
pub struct Setting {
    /// The section it stands in; empty for those before the first section.
    pub section: &'static str,
    /// Its name in the file.
    pub name: &'static str,
    /// What it is called in a Django project.
    pub django: Django,
    /// The default as it would be written in the file; `None` where leaving it out means something of its own.
    pub default: Option<&'static str>,
    /// What `config init` writes where that differs from the default.
    pub recommended: Option<&'static str>,
    /// What it takes, in words: `duration`, `list of texts`.
    pub kind: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it takes, as JSON Schema.
    pub schema: fn() -> serde_json::Value,
    /// Its value as `config show` prints it.
    pub show: fn(&toml::Value) -> String,
    /// What it means: the lines of its doc comment.
    pub doc: &'static [&'static str],
}

impl Setting {
    /// What a Django project calls it.
    #[must_use]
    pub fn django_name(&self) -> Option<String> {
        let upper = self.name.to_uppercase();
        match (self.django, self.section) {
            (Django::Ours, _) => None,
            (Django::As(name), _) => Some(name.to_owned()),
            (Django::ByRule, "simple_jwt") => Some(format!("SIMPLE_JWT[\"{upper}\"]")),
            (Django::ByRule, "jwt_auth") => Some(format!("JWT_AUTH[\"JWT_{upper}\"]")),
            (Django::ByRule, "") => Some(upper),
            (Django::ByRule, section) => Some(format!("{}_{upper}", section.to_uppercase())),
        }
    }

    /// The default, parsed.
    #[must_use]
    pub fn default_value(&self) -> Option<toml::Value> {
        self.default.map(literal)
    }

    /// The doc comment as running text, one string a paragraph.
    #[must_use]
    pub fn paragraphs(&self) -> Vec<String> {
        paragraphs(self.doc)
    }
}

/// Joins the lines of a doc comment; an empty line ends a paragraph.
#[must_use]
pub fn paragraphs(doc: &[&str]) -> Vec<String> {
    doc.split(|line| line.trim().is_empty())
        .map(|lines| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Parses a TOML value of the program's own.
pub(super) fn literal(text: &str) -> toml::Value {
    text.parse().expect("defaults are valid TOML values")
}

/// How a setting is named in Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Django {
    /// The group's prefix and this name in capitals.
    ByRule,
    /// A name that the rule does not give.
    As(&'static str),
    /// No Django package has it.
    Ours,
}

/// A key that Django projects have and this file does not: what to say to whoever writes it.
#[derive(Clone, Copy, Debug)]
pub struct Advice {
    /// The key.
    pub name: &'static str,
    /// What is the matter, as the end of a sentence that begins with the key.
    pub what: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
}

/// A section, as data.
#[derive(Clone, Copy)]
pub struct Table {
    /// Its name; empty for what stands before the first section.
    pub name: &'static str,
    /// Its doc comment, by lines.
    pub doc: &'static [&'static str],
    /// Its settings, in the order in which they are shown.
    pub settings: &'static [Setting],
    /// Other names of its settings: `(old, present)`.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Keys that are refused by name.
    pub advice: &'static [Advice],
}

impl Table {
    /// The setting of this name or alias.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        let name = self.aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
        self.settings.iter().find(|setting| setting.name == name)
    }
}

/// A struct of settings that can read itself.
pub trait Section: Sized {
    /// What it is made of.
    const TABLE: Table;

    /// Reads every setting; what cannot be read is reported to the reader and left at its default.
    fn read(reader: &mut Reader<'_>) -> Self;
}

/// Declares a section: its struct, its documentation and its row in the table of settings, in one place.
///
/// A line is `name: Type = default, Django name;`. The default is TOML, or `unset`. `or VALUE` after it is
/// what `config init` writes instead. Behind the section's name may stand `aliases LIST` and `advice LIST`. The Django name is `ByRule`, `As("NAME")` or `Ours`.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        pub struct $Name:ident = $section:literal $(, aliases $aliases:ident)? $(, advice $advice:ident)?;
        $(
            $(#[doc = $line:literal])*
            $field:ident: $Type:ty = $default:tt $(or $recommended:tt)?, $django:ident $(($name:literal))?;
        )*
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            $($(#[doc = $line])* pub $field: $Type,)*
        }

        impl $crate::config::setting::Section for $Name {
            const TABLE: $crate::config::setting::Table = $crate::config::setting::Table {
                name: $section,
                doc: &[$($doc),*],
                settings: &[$($crate::config::setting::Setting {
                    section: $section,
                    name: stringify!($field),
                    django: $crate::config::setting::Django::$django $(($name))?,
                    default: $crate::config::setting::written(stringify!($default)),
                    recommended: $crate::config::setting::last(&[$(stringify!($recommended))?]),
                    kind: <$Type as $crate::config::value::Value>::KIND,
                    secret: <$Type as $crate::config::value::Value>::SECRET,
                    schema: <$Type as $crate::config::value::Value>::schema,
                    show: <$Type as $crate::config::value::Value>::show,
                    doc: &[$($line),*],
                }),*],
                aliases: $crate::config::setting::one(&[$($aliases)?]),
                advice: $crate::config::setting::one(&[$($advice)?]),
            };

            fn read(reader: &mut $crate::config::reader::Reader<'_>) -> Self {
                Self { $($field: reader.setting(&Self::TABLE, stringify!($field)),)* }
            }
        }
    };
}
pub(super) use section;

/// A default as `section!` has it: `unset` is none.
pub(super) const fn written(default: &'static str) -> Option<&'static str> {
    match default.as_bytes() {
        b"unset" => None,
        _ => Some(default),
    }
}

/// The one text that may be there.
pub(super) const fn last(texts: &[&'static str]) -> Option<&'static str> {
    match texts.first() {
        Some(text) => Some(text),
        None => None,
    }
}

/// The one list that may be there.
pub(super) const fn one<T>(lists: &[&'static [T]]) -> &'static [T] {
    match lists.first() {
        Some(list) => list,
        None => &[],
    }
}
