//! `ALLOWED_HOSTS`: whom a request may think it is talking to, by Django's rules.

use http::header::HOST;
use http::request::Parts;

/// The hosts that are served.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    patterns: Vec<String>,
    any: bool,
}

impl AllowedHosts {
    /// `example.com`, `.example.com` (with all below it), `*`.
    #[must_use]
    pub fn new(patterns: &[String]) -> Self {
        let patterns = patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).collect::<Vec<_>>();
        Self { any: patterns.iter().any(|pattern| pattern == "*"), patterns }
    }

    /// Whether the request names a host that is served. One that names none, as HTTP/1.0 may, is served where
    /// every host is.
    #[must_use]
    pub fn allow(&self, request: &Parts) -> bool {
        if let Some(authority) = request.uri.authority() {
            return self.allow_host(authority.as_str().as_bytes());
        }
        let mut hosts = request.headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (None, _) => self.any,
            (Some(host), None) => self.allow_host(host.as_bytes()),
            (Some(_), Some(_)) => false,
        }
    }

    fn allow_host(&self, host: &[u8]) -> bool {
        let Some(domain) = domain(host) else { return false };
        if self.any {
            return true;
        }
        let domain = domain.to_ascii_lowercase();
        self.patterns.iter().any(|pattern| match pattern.strip_prefix('.') {
            Some(parent) => domain == parent || domain.ends_with(pattern),
            None => !pattern.is_empty() && domain == *pattern,
        })
    }
}

/// The host without its port and its last dot, if it is a name or a bracketed IPv6 address with at most a
/// port behind it: Django's `host_validation_re`.
fn domain(host: &[u8]) -> Option<&str> {
    let host = std::str::from_utf8(host).ok()?;
    let bracket = if host.starts_with('[') { host.find(']') } else { None };
    let end = match bracket {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (domain, port) = host.split_at(end);
    let is_port = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port_is_good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let name_is_good = match domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        Some(address) => is_address(address),
        None => {
            !domain.is_empty()
                && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        }
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    (port_is_good && name_is_good && !domain.is_empty()).then_some(domain)
}

fn is_address(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    text.contains(':') && text.bytes().all(good) && text.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(patterns: &[&str], host: &str) -> bool {
        let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>();
        AllowedHosts::new(&patterns).allow_host(host.as_bytes())
    }

    #[test]
    fn a_pattern_is_a_name_a_domain_or_everything() {
        for (pattern, host, good) in [
            ("example.com", "example.com", true),
            ("example.com", "EXAMPLE.com:8000", true),
            ("Example.com", "example.com.", true),
            ("example.com", "www.example.com", false),
            (".example.com", "www.example.com", true),
            (".example.com", "example.com", true),
            (".example.com", "badexample.com", false),
            ("[::1]", "[::1]:80", true),
            ("*", "anything", true),
            ("", "", false),
        ] {
            assert_eq!(allowed(&[pattern], host), good, "{pattern} {host}");
        }
        assert!(!allowed(&[], "example.com"));
    }

    #[test]
    fn a_character_of_several_bytes_behind_a_bracket_is_no_port() {
        assert!(!allowed(&["*"], "[::1]\u{95}"));
        assert!(!allowed(&["*"], "[::1]\u{95}80"));
        assert!(!allowed(&["*"], "[a]\u{e4}"));
    }

    #[test]
    fn a_malformed_host_is_refused_even_where_every_host_is_served() {
        for host in [
            "",
            ".",
            "a b",
            "a_b",
            "ex\u{e4}mple.com",
            "a:b",
            "a:",
            "a:80:90",
            "[::1",
            "[::1]x",
            "[::1]80",
            "[]",
            "[:]",
            "user@a",
            "a,b",
            "a/b",
        ] {
            assert!(!allowed(&["*"], host), "{host:?}");
        }
    }
}
