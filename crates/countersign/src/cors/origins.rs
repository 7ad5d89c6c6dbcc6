//! Origins, as browsers write them: a scheme, a host and a port where it is not the scheme's own.

use super::CorsError;
use http::HeaderValue;
use regex_lite::Regex;
use std::collections::HashSet;

/// A text that is no origin. It says what to write instead, where that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// There is no scheme, or no host.
    #[error("{0:?} is no origin: write scheme and host, as in \"https://app.example.com\"")]
    NoOrigin(String),
    /// There is more than an origin: a path, a user, a query.
    #[error("{0:?} is more than an origin: write \"{1}\"")]
    TooMuch(String, String),
    /// There is a star.
    #[error("{0:?} is not exact: use a regular expression, or list the origins")]
    Star(String),
}

/// Nobody lists these (RFC 2606 §2): what matches one of them matches everything.
const STRANGERS: [&str; 3] = ["http://stranger.invalid", "https://stranger.invalid", "null"];

/// Which origins may call.
pub(super) struct Origins {
    exact: HashSet<Box<str>>,
    patterns: Vec<Pattern>,
    any: bool,
}

impl Origins {
    pub(super) fn new(exact: &[String], patterns: Vec<String>, any: bool) -> Result<Self, CorsError> {
        Ok(Self {
            exact: exact.iter().map(|text| canonical(text)).collect::<Result<_, _>>()?,
            patterns: patterns.into_iter().map(Pattern::new).collect::<Result<_, _>>()?,
            any,
        })
    }

    pub(super) fn exact(&self) -> impl Iterator<Item = &str> {
        self.exact.iter().map(AsRef::as_ref)
    }

    pub(super) fn open_ended(&self) -> impl Iterator<Item = &str> {
        let open = |pattern: &&Pattern| !pattern.text.ends_with('$') && !pattern.text.ends_with("\\Z");
        self.patterns.iter().filter(open).map(|pattern| pattern.text.as_str())
    }

    /// Refuses rules that admit everybody, whatever their form.
    pub(super) fn forbid_everything(&self) -> Result<(), CorsError> {
        if self.any {
            return Err(CorsError::AnyOriginWithCredentials);
        }
        if self.exact.contains("null") {
            return Err(CorsError::NullWithCredentials);
        }
        match self.patterns.iter().find(|pattern| STRANGERS.iter().any(|origin| pattern.matches(origin))) {
            Some(pattern) => Err(CorsError::RegexForEverything(pattern.text.clone())),
            None => Ok(()),
        }
    }

    /// The canonical spelling of an origin that may call.
    pub(super) fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        let text = origin.to_str().ok().filter(|text| !text.is_empty())?;
        // Some clients write the slash of the URL. It is no part of an origin, and so of no answer.
        let bare = text.strip_suffix('/').unwrap_or(text);
        if self.any {
            return Some(HeaderValue::from_static("*"));
        }
        let is_allowed = self.exact.contains(bare)
            || is_origin(bare) && self.patterns.iter().any(|pattern| pattern.matches(bare));
        match is_allowed {
            true if bare.len() == text.len() => Some(origin.clone()),
            true => HeaderValue::from_str(bare).ok(),
            false => None,
        }
    }
}

/// A regular expression that must match from the start: Python's `re.match`.
pub(super) struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    pub(super) fn new(text: String) -> Result<Self, CorsError> {
        match Regex::new(&text) {
            Ok(regex) => Ok(Self { text, regex }),
            Err(error) => Err(CorsError::Regex { pattern: text, why: error.to_string() }),
        }
    }

    /// The leftmost match begins at the start if any does.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.regex.find(text).is_some_and(|found| found.start() == 0)
    }
}

/// The spelling in which a browser sends an origin (RFC 6454 §6.2).
pub(crate) fn canonical(text: &str) -> Result<Box<str>, OriginError> {
    if text == "null" {
        return Ok("null".into());
    }
    if text.contains('*') {
        return Err(OriginError::Star(text.to_owned()));
    }
    let lower = text.to_ascii_lowercase();
    let Some((scheme, rest)) = lower.split_once("://") else {
        return Err(OriginError::NoOrigin(text.to_owned()));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    let host = match scheme {
        "http" => host.strip_suffix(":80").unwrap_or(host),
        "https" => host.strip_suffix(":443").unwrap_or(host),
        _ => host,
    };
    let canonical = format!("{scheme}://{host}");
    if !is_origin(&canonical) {
        return Err(OriginError::NoOrigin(text.to_owned()));
    }
    if rest.contains(['/', '?', '#', '@']) {
        return Err(OriginError::TooMuch(text.to_owned(), canonical));
    }
    Ok(canonical.into())
}

/// Whether a text has the form of an origin: no path, no user, no capital, no dot at the end of the host.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else {
        return text == "null";
    };
    let (name, port) = match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    let scheme_is_good = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'));
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok() && !port.starts_with('+'));
    let name_is_good = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !name.is_empty()
                && !name.ends_with('.')
                && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
        }
    };
    scheme_is_good && port_is_good && name_is_good
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origins(exact: &[&str], patterns: &[&str]) -> Origins {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Origins::new(&owned(exact), owned(patterns), false).unwrap()
    }

    fn echo(origins: &Origins, origin: &str) -> Option<String> {
        let allowed = origins.allowed(&HeaderValue::from_str(origin).unwrap());
        allowed.map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origins = origins(&["https://example.com", "http://localhost:3000", "http://[::1]:80"], &[]);
        for good in ["https://example.com", "http://localhost:3000", "http://[::1]"] {
            assert_eq!(echo(&origins, good).as_deref(), Some(good));
        }
        for bad in [
            "null",
            "https://evil-example.com",
            "https://example.com.evil",
            "https://example.com.",
            "https://EXAMPLE.com",
            "HTTPS://example.com",
            "http://example.com",
            "https://example.com:8443",
            "https://example.com:443",
            "https://user@example.com",
            "https://example.com@evil.org",
            "https://example.com/path",
            "https://example.com//",
            "https://example.com?",
            "example.com",
            "http://localhost:30000",
            "::::",
            "",
        ] {
            assert_eq!(echo(&origins, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_slash_behind_an_origin_is_no_part_of_the_answer() {
        let origins = origins(&["http://localhost:3000"], &["^https://[a-z]+\\.example\\.com$"]);
        assert_eq!(echo(&origins, "http://localhost:3000/").as_deref(), Some("http://localhost:3000"));
        assert_eq!(echo(&origins, "https://a.example.com/").as_deref(), Some("https://a.example.com"));
    }

    #[test]
    fn a_regular_expression_matches_from_the_start_only() {
        let origins = origins(&[], &["https://(a|b)\\.example\\.com"]);
        assert!(echo(&origins, "https://a.example.com").is_some());
        // As with the package: nothing was said of the end.
        assert!(echo(&origins, "https://b.example.com.org").is_some());
        assert_eq!(origins.open_ended().count(), 1);
        assert!(echo(&origins, "xhttps://a.example.com").is_none());
        // What has not the form of an origin is not asked.
        for bad in ["https://a.example.com/path", "https://a.example.com@evil.org", "https://a.example.com."]
        {
            assert!(echo(&origins, bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_entry_is_written_as_browsers_write_it_or_refused_with_advice() {
        for (text, good) in [
            ("HTTPS://App.Example.COM:443", "https://app.example.com"),
            ("http://a:80", "http://a"),
            ("http://a:8080", "http://a:8080"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("null", "null"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(good));
        }
        assert_eq!(
            canonical("https://u@a.b/c").unwrap_err().to_string(),
            "\"https://u@a.b/c\" is more than an origin: write \"https://a.b\""
        );
        for bad in ["localhost:3000", "https://", "://a", "https://a b", "http://a:b", "http://a.:1"] {
            assert_eq!(canonical(bad), Err(OriginError::NoOrigin(bad.to_owned())), "{bad}");
        }
        assert_eq!(canonical("https://*.a.b"), Err(OriginError::Star("https://*.a.b".to_owned())));
    }

    proptest! {
        #[test]
        fn no_header_but_the_listed_origin_is_allowed(text in "[ -~]{0,40}") {
            let origins = origins(&["https://example.com"], &[]);
            let good = ["https://example.com", "https://example.com/"].contains(&text.as_str());
            prop_assert_eq!(echo(&origins, &text).is_some(), good);
        }

        #[test]
        fn what_is_canonical_stays_so(text in "[a-z]{1,5}://[a-zA-Z0-9.]{1,10}(:[0-9]{1,5})?") {
            if let Ok(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Ok(once.clone()));
            }
        }
    }
}
