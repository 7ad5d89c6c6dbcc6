//! Where page and API are, and what they are to each other in the eyes of a browser.

use crate::cors::{OriginError, canonical};

/// An origin, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) origin: String,
    scheme: String,
    /// Host and port, as in the header `Host`.
    pub(super) authority: String,
    pub(super) host: String,
}

impl Place {
    fn new(text: &str) -> Result<Self, OriginError> {
        let origin = canonical(text)?.into_string();
        let (scheme, authority) =
            origin.split_once("://").ok_or_else(|| OriginError::NoOrigin(text.to_owned()))?;
        let host = match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => &authority[..colon],
            _ => authority,
        };
        Ok(Self {
            scheme: scheme.to_owned(),
            authority: authority.to_owned(),
            host: host.to_owned(),
            origin: origin.clone(),
        })
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// This machine, which browsers trust over plain HTTP too.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host.as_str();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost"
            || host.ends_with(".localhost")
            || address.is_ok_and(|address| address.is_loopback())
    }

    /// Scheme, and the part of the host that one owner has registered, as far as can be told without the list of public
    /// suffixes.
    fn site(&self) -> (String, String) {
        let is_address = self.host.starts_with('[') || self.host.parse::<std::net::Ipv4Addr>().is_ok();
        let mut labels = self.host.rsplit('.');
        let site = match (labels.next(), labels.next()) {
            (Some(last), Some(before)) if !is_address => format!("{before}.{last}"),
            _ => self.host.clone(),
        };
        (self.scheme.clone(), site)
    }
}

/// A page and the API that it calls.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) api: Place,
    pub(super) page: Place,
}

impl Places {
    pub(super) fn new(api: &str, page: &str) -> Result<Self, OriginError> {
        Ok(Self { api: Place::new(api)?, page: Place::new(page)? })
    }

    pub(super) fn are_cross_origin(&self) -> bool {
        self.api.origin != self.page.origin
    }

    pub(super) fn are_cross_site(&self) -> bool {
        self.api.site() != self.page.site()
    }

    /// Cookies know no ports: one host is one jar.
    pub(super) fn share_host(&self) -> bool {
        self.api.host == self.page.host
    }

    pub(super) fn is_mixed_content(&self) -> bool {
        self.page.is_https() && !self.api.is_https() && !self.api.is_loopback()
    }

    /// `Sec-Fetch-Site` of the page's requests.
    pub(super) fn fetch_site(&self) -> &'static str {
        match (self.are_cross_origin(), self.are_cross_site()) {
            (false, _) => "same-origin",
            (true, false) => "same-site",
            (true, true) => "cross-site",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_places_are_to_each_other_is_seen_as_browsers_see_it() {
        for (api, page, site) in [
            ("http://localhost:8000", "http://localhost:8000", "same-origin"),
            ("http://localhost:8000", "http://localhost:3000", "same-site"),
            ("https://api.example.com", "https://app.example.com", "same-site"),
            ("https://api.example.com", "http://app.example.com", "cross-site"),
            ("https://api.example.com", "https://example.org", "cross-site"),
            ("http://b.localhost:1", "http://a.localhost:1", "cross-site"),
            ("http://127.0.0.1:8000", "http://localhost:8000", "cross-site"),
            ("http://10.0.0.1", "http://10.1.0.1", "cross-site"),
        ] {
            assert_eq!(Places::new(api, page).unwrap().fetch_site(), site, "{api} {page}");
        }
    }
}
