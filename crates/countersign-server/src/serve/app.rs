//! What is served: a router, and what is decided before it.

use crate::config::sections;
use crate::config::value::{HostPattern, Network};
use axum::Router;
use http::request::Parts;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// Says whether requests can be served: whether the database answers.
pub type Ready = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// A router, the hosts it answers for and the proxies it believes. Replaced as a whole on reload.
pub struct App {
    pub(super) router: Router,
    pub(super) ready: Ready,
    /// Empty where any host will do.
    hosts: Vec<HostPattern>,
    proxies: Vec<Network>,
}

impl App {
    /// The application that the configuration describes, with a router that knows its endpoints.
    #[must_use]
    pub fn new(settings: &sections::Server, router: Router, ready: Ready) -> Self {
        let any = settings.allowed_hosts.iter().any(|pattern| pattern.admits("*"));
        let hosts = if any { Vec::new() } else { settings.allowed_hosts.clone() };
        Self { router, ready, hosts, proxies: settings.trusted_proxies.clone() }
    }

    /// Whether the request names a host that is ours, in its target or its `Host` header.
    pub(super) fn answers_for(&self, request: &Parts) -> bool {
        let header = || request.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
        let named = request.uri.authority().map(http::uri::Authority::as_str).or_else(header);
        self.hosts.is_empty() || named.is_some_and(|named| self.admits(named))
    }

    fn admits(&self, named: &str) -> bool {
        let (host, port) = match named.rfind(':').filter(|colon| !named[*colon..].contains(']')) {
            Some(colon) => (&named[..colon], &named[colon + 1..]),
            None => (named, ""),
        };
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        port.bytes().all(|byte| byte.is_ascii_digit())
            && self.hosts.iter().any(|pattern| pattern.admits(&host))
    }

    /// Whose request this is: whoever connected, or whom a proxy that we trust names.
    pub(super) fn client(&self, peer: IpAddr, request: &Parts) -> IpAddr {
        if self.proxies.is_empty() {
            return peer;
        }
        super::forwarded::client(peer, &request.headers, |address| {
            self.proxies.iter().any(|network| network.contains(address))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    fn app(hosts: &str) -> App {
        let layers = Layers::default().without_keys().flag("server", "allowed_hosts", hosts, "--test");
        let ready: Ready = Arc::new(|| Box::pin(async { true }));
        App::new(&layers.load().unwrap().server, Router::new(), ready)
    }

    fn answers(app: &App, host: &str) -> bool {
        app.answers_for(&http::Request::builder().header("Host", host).body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_host_is_compared_without_its_port_and_case() {
        let app = app("[\"api.example.com\", \"[::1]\"]");
        for host in ["api.example.com", "API.example.com:8000", "api.example.com.", "[::1]:8000", "[::1]"] {
            assert!(answers(&app, host), "{host}");
        }
        for host in ["example.com", "evil.com", "api.example.com:80@evil.com", "api.example.com:x", ""] {
            assert!(!answers(&app, host), "{host}");
        }
    }

    #[test]
    fn a_star_answers_for_any_host_and_for_none() {
        let app = app("*");
        assert!(answers(&app, "whatever"));
        assert!(app.answers_for(&http::Request::new(()).into_parts().0));
    }
}
