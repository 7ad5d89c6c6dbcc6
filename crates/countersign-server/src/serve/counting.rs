//! Counting what is answered, and showing the counts to whoever may see them.

use super::app::Answered;
use crate::metrics::{EndpointCounters, Gauges, Metrics, text};
use countersign::rest::{Network, Site, client_address};
use countersign_core::hashing::Hashing;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Either;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where the counts are.
pub(super) const PATH: &str = "/metrics";

/// What a proxy says of whom it asks for. Whoever is no proxy of ours and says so is not believed, and not let in: a
/// proxy on this machine that nobody told us of must not show the counts to the world.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Counts the answers of a site.
pub struct Counting {
    metrics: Arc<Metrics>,
    /// Of the endpoints, by their place in the site.
    endpoints: Vec<Arc<EndpointCounters>>,
    /// Of everything else.
    elsewhere: Arc<EndpointCounters>,
    hashing: Arc<dyn Hashing>,
    readers: Vec<Network>,
    trusted_proxies: Vec<Network>,
}

impl Counting {
    /// For this site. `readers` may see the counts; nobody may where there are none.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>, site: &Site, hashing: Arc<dyn Hashing>, readers: Vec<Network>) -> Self {
        let endpoints = site.endpoints().into_iter().map(|endpoint| {
            let path = match endpoint.tail {
                Some(tail) => format!("{}/{{{tail}}}/", endpoint.path.trim_end_matches('/')),
                None => endpoint.path.clone(),
            };
            metrics.endpoint(&endpoint.group, &path, endpoint.name.contains("Refresh"))
        });
        Self {
            endpoints: endpoints.collect(),
            elsewhere: metrics.endpoint("", "", false),
            hashing,
            readers,
            trusted_proxies: site.settings().trusted_proxies.clone(),
            metrics,
        }
    }

    /// A request was answered by the endpoint at this place, or by none.
    pub(super) fn answered(&self, place: Option<usize>, method: usize, status: StatusCode, took: Duration) {
        let counters = place.and_then(|place| self.endpoints.get(place)).unwrap_or(&self.elsewhere);
        counters.answered(method, status, took);
    }

    /// A request was given up.
    pub(super) fn timed_out(&self) {
        self.metrics.timed_out();
    }

    /// The counts, for whoever may see them. To everybody else there is no such address.
    pub(super) fn page(
        &self,
        method: &Method,
        headers: &HeaderMap,
        peer: IpAddr,
    ) -> Option<Response<Answered>> {
        if !self.admits(headers, peer) {
            return None;
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Some(super::health::only_get());
        }
        let page = self.metrics.text(&Gauges { hashing: &*self.hashing });
        let mut response = Response::new(Either::Left(page.into()));
        let content_type = HeaderValue::from_static(text::CONTENT_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        Some(response)
    }

    fn admits(&self, headers: &HeaderMap, peer: IpAddr) -> bool {
        let is_proxy = self.trusted_proxies.iter().any(|network| network.contains(peer));
        if !is_proxy && FORWARDED.iter().any(|name| headers.contains_key(*name)) {
            return false;
        }
        let client = client_address(peer, headers, &self.trusted_proxies);
        self.readers.iter().any(|network| network.contains(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign::rest::SiteSettings;
    use countersign_core::clock::Timestamp;
    use countersign_core::hashing::Hashed;
    use countersign_core::password::{Check, PasswordTooLong};
    use countersign_core::random::SystemRandom;
    use countersign_core::secret::Secret;

    struct Idle;

    impl Hashing for Idle {
        fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
            unreachable!("nobody hashes")
        }

        fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
            unreachable!("nobody hashes")
        }
    }

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn is_shown(
        readers: &[&str],
        proxies: &[&str],
        peer: &str,
        header: Option<(&'static str, &str)>,
    ) -> bool {
        let settings = SiteSettings { trusted_proxies: networks(proxies), ..SiteSettings::default() };
        let site = Site::new([], settings, &SystemRandom);
        let metrics = Arc::new(Metrics::new(Timestamp::UNIX_EPOCH));
        let counting = Counting::new(metrics, &site, Arc::new(Idle), networks(readers));
        let headers = header.into_iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        counting.page(&Method::GET, &headers.collect(), peer.parse().unwrap()).is_some()
    }

    #[test]
    fn the_counts_are_shown_to_their_readers_alone() {
        let loopback = &["127.0.0.0/8", "::1"][..];
        assert!(is_shown(loopback, &[], "127.0.0.1", None));
        assert!(is_shown(loopback, &[], "::1", None));
        assert!(!is_shown(loopback, &[], "10.1.2.3", None));
        assert!(is_shown(&["10.0.0.0/8"], &[], "10.1.2.3", None));
        assert!(!is_shown(&[], &[], "127.0.0.1", None));
    }

    #[test]
    fn a_proxy_shows_them_to_nobody_for_whom_it_does_not_speak() {
        let loopback = &["127.0.0.0/8"][..];
        for header in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
            assert!(!is_shown(loopback, &[], "127.0.0.1", Some((header, "127.0.0.1"))), "{header}");
        }
        assert!(!is_shown(loopback, &["127.0.0.1"], "127.0.0.1", Some(("x-forwarded-for", "192.0.2.1"))));
        assert!(is_shown(
            &["10.0.0.0/8"],
            &["127.0.0.1"],
            "127.0.0.1",
            Some(("x-forwarded-for", "10.0.0.9"))
        ));
    }
}
