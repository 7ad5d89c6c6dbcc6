//! Answers in the client's language: Django's `LocaleMiddleware` and the catalogues of simplejwt, the rest
//! framework and Django itself.
//!
//! The catalogues are what Django answers with these packages among its `INSTALLED_APPS`; `locales/README.md`
//! says where they come from, and their licences. Each is read the first time that somebody wants its language.

mod accept;
mod catalog;

use self::catalog::Catalog;
use countersign_core::json::{Object, Value};
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue};
use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

/// One of the languages of Django's `LANGUAGES`. English is the default, and what every message is written in.
#[derive(Clone, Copy)]
pub struct Language(&'static Entry);

struct Entry {
    code: &'static str,
    text: &'static str,
    catalog: OnceLock<Catalog>,
}

impl Entry {
    const fn new(code: &'static str, text: &'static str) -> Self {
        Self { code, text, catalog: OnceLock::new() }
    }
}

static ENGLISH: Entry = Entry::new("en", "");

macro_rules! languages {
    ($($code:literal),* $(,)?) => {
        /// In Django's order, of which the first is taken where only a language's variants are known.
        static LANGUAGES: [Entry; [$($code),*].len()] =
            [$(Entry::new($code, include_str!(concat!("../locales/", $code, ".tsv")))),*];
    };
}

#[rustfmt::skip]
languages! {
    "af", "ar", "ar-dz", "ast", "az", "bg", "be", "bn", "br", "bs", "ca", "ckb", "cs", "cy", "da",
    "de", "dsb", "el", "en-au", "en-gb", "eo", "es", "es-ar", "es-co", "es-mx", "es-ni", "es-ve",
    "et", "eu", "fa", "fi", "fr", "fy", "ga", "gd", "gl", "he", "hi", "hr", "hsb", "hu", "hy", "ia",
    "id", "ig", "io", "is", "it", "ja", "ka", "kab", "kk", "km", "kn", "ko", "ky", "lb", "lt", "lv",
    "mk", "ml", "mn", "mr", "ms", "my", "nb", "ne", "nl", "nn", "os", "pa", "pl", "pt", "pt-br",
    "ro", "ru", "sk", "sl", "sq", "sr", "sr-latn", "sv", "sw", "ta", "te", "tg", "th", "tk", "tr",
    "tt", "udm", "ug", "uk", "ur", "uz", "vi", "zh-hans", "zh-hant"
}

impl Language {
    /// The language of this code, in lower case: `de`, `pt-br`, `zh-hans`.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        Self::all().find(|language| language.code() == code)
    }

    /// The language that Django's `get_language_from_request` takes for an `Accept-Language`, to the letter:
    /// the best liked one that is known, itself or in a more general form (`de-at` is `de`), and English where
    /// none is or the header is malformed. A quality of 0 is the least, not a refusal.
    #[must_use]
    pub fn accepted(accept_language: &str) -> Self {
        accept::choose(accept_language).unwrap_or_default()
    }

    /// The same for the headers of a request. Several lines are one list, as WSGI hands them on.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter().map(HeaderValue::to_str);
        lines.collect::<Result<Vec<_>, _>>().map(|lines| Self::accepted(&lines.join(","))).unwrap_or_default()
    }

    /// Its code, as it stands in `Content-Language`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// A message in this language; as it is, where it has no translation or is none of ours.
    ///
    /// Values within it are found and kept: `Method "PUT" not allowed.` is `Methode "PUT" nicht erlaubt.`
    #[must_use]
    pub fn translate(self, message: &str) -> Cow<'_, str> {
        self.catalog().translate(message).unwrap_or(Cow::Borrowed(message))
    }

    /// The body of an error with every message in it translated. Names of members and everything that is no
    /// message, such as codes, stay.
    #[must_use]
    pub fn translate_body(self, body: &Value) -> Value {
        match body {
            Value::String(text) => self.translate(text).into_owned().into(),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.translate_body(item)).collect()),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name, self.translate_body(value)))
                .collect::<Object>()
                .into(),
            other => other.clone(),
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().chain([&ENGLISH]).map(Self)
    }

    fn catalog(self) -> &'static Catalog {
        self.0.catalog.get_or_init(|| Catalog::read(self.0.text))
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(&ENGLISH)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for Language {}

impl fmt::Debug for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Language({})", self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::json::Reader;
    use proptest::prelude::*;

    fn translated(code: &str, message: &str) -> String {
        Language::named(code).unwrap().translate(message).into_owned()
    }

    #[test]
    fn messages_read_as_the_packages_say_them() {
        for (code, message, translation) in [
            ("de", "This field is required.", "Dieses Feld ist zwingend erforderlich."),
            (
                "de",
                "No active account found with the given credentials",
                "Kein aktiver Account mit diesen Zugangsdaten gefunden",
            ),
            (
                "fr",
                "Authentication credentials were not provided.",
                "Informations d'authentification non fournies.",
            ),
            ("es", "This field is required.", "Este campo es requerido."),
            ("sr", "This field is required.", "Ово поље се мора попунити."),
            ("zh-hans", "Token is blacklisted", "令牌已被加入黑名单"),
        ] {
            assert_eq!(translated(code, message), translation);
        }
    }

    #[test]
    fn simplejwts_messages_come_in_every_language_that_it_ships() {
        let message = "No active account found with the given credentials";
        for code in [
            "ar", "cs", "de", "es", "es-ar", "fa", "fr", "he", "id", "it", "ko", "nl", "pl", "pt-br", "ro",
            "ru", "sl", "sv", "tr", "uk", "zh-hans",
        ] {
            assert_ne!(translated(code, message), message, "{code}");
        }
        // Chilean clients read the Spanish catalogue: Django knows no `es-cl`.
        assert_eq!(Language::accepted("es-CL").code(), "es");
    }

    #[test]
    fn values_within_a_message_are_kept() {
        for (code, message, translation) in [
            ("de", "Method \"PUT\" not allowed.", "Methode \"PUT\" nicht erlaubt."),
            ("de", "Token has no 'exp' claim", "Token hat kein 'exp' Recht"),
            ("de", "Token 'refresh_exp' claim has expired", "Das Tokenrecht 'refresh_exp' ist abgelaufen"),
            (
                "fr",
                "Unsupported media type \"a {media_type} \"b\"\" in request.",
                "Type de média «\u{a0}a {media_type} \"b\"\u{a0}» non supporté.",
            ),
            (
                "de",
                "Surrogate characters are not allowed: U+D800.",
                "Ersatzzeichen sind nicht erlaubt: U+D800.",
            ),
        ] {
            assert_eq!(translated(code, message), translation);
        }
    }

    #[test]
    fn what_has_no_translation_stays_english() {
        for (code, message) in [
            ("en", "This field is required."),
            ("sr", "Token is blacklisted"),
            // The translators marked theirs as doubtful, so gettext leaves it out.
            ("de", "Token is invalid"),
            ("de", "JSON parse error - Expecting value: line 1 column 1 (char 0)"),
            ("de", "Method \"PUT\" not allowed"),
            ("de", ""),
        ] {
            assert_eq!(translated(code, message), message);
        }
    }

    #[test]
    fn codes_and_names_of_members_are_no_messages() {
        let body =
            r#"{"detail":"User not found","code":"user_not_found","Not found.":["Not found.",1,null]}"#;
        let body = Reader::BODY.read(body.as_bytes()).unwrap();
        assert_eq!(
            Language::named("de").unwrap().translate_body(&body).to_utf8(),
            r#"{"detail":"Benutzer nicht gefunden","code":"user_not_found","Not found.":["Nicht gefunden.",1,null]}"#
        );
        assert_eq!(Language::default().translate_body(&body), body);
    }

    #[test]
    fn every_line_of_every_catalogue_is_used() {
        for language in Language::all() {
            for line in language.0.text.lines() {
                let (english, translation) = line.split_once('\t').expect("a message, a tab, a translation");
                assert_eq!(language.translate(&filled(english)), filled(translation), "{language:?}");
            }
        }
    }

    /// A text with its placeholder taken by a value.
    fn filled(text: &str) -> String {
        match text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
            Some((before, after)) => format!("{before}value{after}"),
            None => text.to_owned(),
        }
    }

    #[test]
    fn several_headers_are_one_list_and_bytes_beyond_ascii_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(Language::of(&headers), Language::default());
        headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static("xx;q=0.5"));
        headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static("fr;q=0.1, de;q=0.2"));
        assert_eq!(Language::of(&headers).code(), "de");
        headers.append(ACCEPT_LANGUAGE, HeaderValue::from_bytes(b"\xe4").unwrap());
        assert_eq!(Language::of(&headers).code(), "en");
    }

    proptest! {
        #[test]
        fn a_text_that_is_no_message_of_ours_stays_as_it_is(text in any::<String>()) {
            for code in ["de", "zh-hans", "en"] {
                let language = Language::named(code).unwrap();
                prop_assert_eq!(language.translate(&text), text.as_str());
            }
        }
    }
}
