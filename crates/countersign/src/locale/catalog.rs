//! The messages of one language.

use std::borrow::Cow;
use std::collections::HashMap;

/// Translations, by the English text.
pub(super) struct Catalog {
    messages: HashMap<&'static str, &'static str>,
    /// Messages with a value in them.
    templates: Vec<(Template, Template)>,
}

/// The text before and after a value.
struct Template {
    before: &'static str,
    after: &'static str,
}

impl Catalog {
    /// Reads lines of English, a tab and the translation.
    pub(super) fn read(text: &'static str) -> Self {
        let pairs = || text.lines().filter_map(|line| line.split_once('\t'));
        let template = |(english, translation)| Some((Template::of(english)?, Template::of(translation)?));
        Self { messages: pairs().collect(), templates: pairs().filter_map(template).collect() }
    }

    /// The translation of a message, if there is one.
    pub(super) fn translate(&self, message: &str) -> Option<Cow<'static, str>> {
        if let Some(translation) = self.messages.get(message) {
            return Some(Cow::Borrowed(translation));
        }
        self.templates.iter().find_map(|(english, translation)| {
            let value = english.value(message)?;
            Some(Cow::Owned(format!("{}{value}{}", translation.before, translation.after)))
        })
    }
}

impl Template {
    /// Splits a text at its one `{name}`.
    fn of(text: &'static str) -> Option<Self> {
        let (before, rest) = text.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        Some(Self { before, after })
    }

    fn value<'m>(&self, message: &'m str) -> Option<&'m str> {
        message.strip_prefix(self.before)?.strip_suffix(self.after)
    }
}
