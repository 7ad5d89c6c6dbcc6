//! Where a request comes from, and who is trusted.

use crate::cors::{OriginError, canonical};
use crate::rest::Network;
use axum::extract::ConnectInfo;
use http::header::HOST;
use http::request::Parts;
use std::collections::HashSet;
use std::net::SocketAddr;

/// The server's own word on whether a request came over HTTPS, as an extension of the request: for servers that end TLS
/// themselves, or that know their proxies better than [`SiteAddress::of`] can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverHttps(pub bool);

/// Under which address a request reached us, as its client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteAddress {
    /// Whether over HTTPS.
    pub secure: bool,
    /// Host, and port where it is not the scheme's own: `Host` as it was sent. Empty where the request has none.
    pub host: String,
}

impl SiteAddress {
    /// The address of a request. It came over HTTPS if the server says so ([`OverHttps`]), or if the trusted proxy in
    /// front of us does, in `X-Forwarded-Proto`: TLS ends there.
    #[must_use]
    pub fn of(request: &Parts, trusted_proxies: &[Network]) -> Self {
        let sent = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = request.uri.authority().map(http::uri::Authority::as_str).or(sent);
        let proxy =
            request.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(socket)| socket.ip());
        let is_trusted =
            proxy.is_some_and(|proxy| trusted_proxies.iter().any(|network| network.contains(proxy)));
        // The nearest proxy wrote the last word.
        let forwarded = request.headers.get_all("x-forwarded-proto").iter().next_back();
        let last = forwarded.and_then(|value| value.as_bytes().rsplit(|&byte| byte == b',').next());
        let says_https = last.is_some_and(|word| word.trim_ascii().eq_ignore_ascii_case(b"https"));
        let told = request.extensions.get::<OverHttps>().map(|OverHttps(secure)| *secure);
        let secure = told.unwrap_or(is_trusted && says_https);
        Self { secure, host: host.unwrap_or_default().to_owned() }
    }

    /// As a browser writes it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }
}

/// `CSRF_TRUSTED_ORIGINS`.
#[derive(Clone, Debug)]
pub(super) struct TrustedOrigins {
    exact: HashSet<String>,
    /// Scheme, and the host with a dot before it.
    below: Vec<(String, String)>,
}

impl TrustedOrigins {
    pub(super) fn new(origins: &[String]) -> Result<Self, OriginError> {
        let (mut exact, mut below) = (HashSet::new(), Vec::new());
        for text in origins {
            let no_origin = || OriginError::NoOrigin(text.clone());
            // `null` is every sandboxed frame's name: nobody can mean to trust it.
            let (scheme, host) = text.split_once("://").ok_or_else(no_origin)?;
            match host.strip_prefix("*.") {
                Some(parent) => {
                    let parent = canonical(&format!("{scheme}://{parent}"))?;
                    let (scheme, parent) = parent.split_once("://").ok_or_else(no_origin)?;
                    below.push((scheme.to_owned(), format!(".{parent}")));
                }
                None => {
                    exact.insert(canonical(text)?.into());
                }
            }
        }
        Ok(Self { exact, below })
    }

    /// Whether an `Origin` is one of these.
    pub(super) fn contain(&self, origin: &str) -> bool {
        if self.exact.contains(origin) {
            return true;
        }
        origin.split_once("://").is_some_and(|(scheme, host)| {
            self.below.iter().any(|(trusted, parent)| trusted == scheme && is_same_domain(host, parent))
        })
    }

    /// Whether a `Referer` of this host comes from one of them. Django does not compare schemes here: the referer is
    /// known to be HTTPS.
    pub(super) fn contain_host(&self, host: &str) -> bool {
        let exact = self.exact.iter().filter_map(|origin| Some(origin.split_once("://")?.1));
        exact
            .chain(self.below.iter().map(|(_, parent)| parent.as_str()))
            .any(|pattern| is_same_domain(host, pattern))
    }
}

/// Django's `is_same_domain`: the same host, or one below a pattern that begins with a dot, or its parent.
pub(super) fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_prefix('.') {
        Some(parent) => host == parent || host.ends_with(&pattern),
        None => !pattern.is_empty() && host == pattern,
    }
}

/// Scheme and host of a URL, as Python's `urlsplit` finds them; either may be empty. `None` where it raises.
pub(super) fn split(url: &str) -> Option<(String, &str)> {
    let scheme_end = url.find(':').filter(|&end| {
        let scheme = &url.as_bytes()[..end];
        scheme.first().is_some_and(u8::is_ascii_alphabetic)
            && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
    });
    let (scheme, rest) = scheme_end.map_or(("", url), |end| (&url[..end], &url[end + 1..]));
    let host = rest.strip_prefix("//").unwrap_or_default();
    let host = &host[..host.find(['/', '?', '#']).unwrap_or(host.len())];
    (host.contains('[') == host.contains(']')).then(|| (scheme.to_ascii_lowercase(), host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn trusted(origins: &[&str]) -> TrustedOrigins {
        TrustedOrigins::new(&origins.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_star_stands_for_a_host_and_all_below_it() {
        let trusted = trusted(&["http://localhost:3000", "https://*.example.com", "https://*.b.org:8443"]);
        for (origin, good) in [
            ("http://localhost:3000", true),
            ("http://localhost:3001", false),
            ("https://example.com", true),
            ("https://a.example.com", true),
            ("https://a.b.example.com", true),
            ("http://a.example.com", false),
            ("https://evilexample.com", false),
            ("https://example.com.evil", false),
            ("https://a.example.com:8443", false),
            ("https://a.b.org:8443", true),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(trusted.contain(origin), good, "{origin}");
        }
    }

    #[test]
    fn what_is_no_origin_cannot_be_trusted() {
        for text in ["example.com", "null", "*", "https://*", "https://a.*.b", "https://a/b"] {
            assert!(TrustedOrigins::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_url_is_split_as_python_splits_it() {
        for (url, parts) in [
            ("https://a.b:1/c?d#e", Some(("https", "a.b:1"))),
            ("HTTPS://A", Some(("https", "A"))),
            ("//a/b", Some(("", "a"))),
            ("a/b", Some(("", ""))),
            ("https:a", Some(("https", ""))),
            ("1https://a", Some(("", ""))),
            ("https://[::1]/", Some(("https", "[::1]"))),
            ("https://[::1/", None),
            ("", Some(("", ""))),
        ] {
            let expected = parts.map(|(scheme, host)| (scheme.to_owned(), host));
            assert_eq!(split(url), expected, "{url}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_that_tls_ended_there() {
        let request = |proxy: [u8; 4], forwarded: &str| {
            let builder =
                Request::get("/").header(HOST, "api.example.com").header("x-forwarded-proto", forwarded);
            let (mut parts, ()) = builder.body(()).unwrap().into_parts();
            parts.extensions.insert(ConnectInfo(SocketAddr::from((proxy, 1))));
            parts
        };
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let origin = |proxy, forwarded| SiteAddress::of(&request(proxy, forwarded), &proxies).origin();
        assert_eq!(origin([10, 0, 0, 1], "https"), "https://api.example.com");
        assert_eq!(origin([10, 0, 0, 1], "http, https"), "https://api.example.com");
        assert_eq!(origin([10, 0, 0, 1], "https, http"), "http://api.example.com");
        assert_eq!(origin([192, 0, 2, 1], "https"), "http://api.example.com");
    }
}
