//! The headers of the answers, made once.

use super::{CorsError, CorsSettings};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub(super) const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// What never changes from one answer to the next.
pub(super) struct CorsHeaders {
    allow_headers: HeaderValue,
    allow_methods: HeaderValue,
    expose_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
}

impl CorsHeaders {
    pub(super) fn new(settings: &CorsSettings) -> Result<Self, CorsError> {
        let is_method = |name: &str| Method::from_bytes(name.as_bytes()).is_ok();
        let is_header = |name: &str| HeaderName::from_bytes(name.as_bytes()).is_ok();
        let expose_headers = list(&settings.expose_headers, is_header)?;
        let seconds = settings.preflight_max_age.as_secs();
        Ok(Self {
            allow_headers: list(&settings.allow_headers, is_header)?,
            allow_methods: list(&settings.allow_methods, is_method)?,
            expose_headers: (!expose_headers.is_empty()).then_some(expose_headers),
            max_age: (seconds > 0).then(|| HeaderValue::from(seconds)),
        })
    }

    /// To a page that may call: what it may do. To any other: nothing, not even what the service itself exposes.
    pub(super) fn write(
        &self,
        headers: &mut HeaderMap,
        allowed: Option<HeaderValue>,
        credentials: bool,
        is_options: bool,
    ) {
        let Some(origin) = allowed else {
            headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        if let Some(exposed) = &self.expose_headers {
            headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        if is_options {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
            if let Some(max_age) = &self.max_age {
                headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
            }
        }
    }
}

/// Adds `origin` to `Vary`, unless it is there or all is said by a star (Django's `patch_vary_headers`).
pub(super) fn vary_by_origin(headers: &mut HeaderMap) {
    // As a site's own answers say it, which are most.
    if headers.get(VARY).is_some_and(|value| value == "origin" || value.as_bytes().ends_with(b", origin")) {
        return;
    }
    let mut names =
        headers.get_all(VARY).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let says_so = names
        .any(|name| matches!(name.trim_ascii(), b"*") || name.trim_ascii().eq_ignore_ascii_case(b"origin"));
    if says_so {
        return;
    }
    let joined = headers
        .get(VARY)
        .and_then(|value| HeaderValue::from_bytes(&[value.as_bytes(), b", origin"].concat()).ok());
    match joined {
        Some(value) if !headers[VARY].is_empty() => headers.insert(VARY, value),
        _ => headers.insert(VARY, HeaderValue::from_static("origin")),
    };
}

/// Says to a page of a public network that it may call into this private one.
pub(super) fn allow_private_network(headers: &mut HeaderMap) {
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(ALLOW_PRIVATE_NETWORK, TRUE);
    }
}

fn list(names: &[String], is_good: impl Fn(&str) -> bool) -> Result<HeaderValue, CorsError> {
    if let Some(bad) = names.iter().find(|name| !is_good(name)) {
        return Err(CorsError::Name(bad.clone()));
    }
    let joined = names.join(", ");
    HeaderValue::from_str(&joined).map_err(|_| CorsError::Name(joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vary(before: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in before {
            headers.append(VARY, HeaderValue::from_str(value).unwrap());
        }
        vary_by_origin(&mut headers);
        let values = headers.get_all(VARY).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn origin_stands_in_vary_exactly_once() {
        assert_eq!(vary(&[]), "origin");
        assert_eq!(vary(&[""]), "origin");
        assert_eq!(vary(&["Accept"]), "Accept, origin");
        assert_eq!(vary(&["Accept, origin"]), "Accept, origin");
        assert_eq!(vary(&["Accept", "Cookie,Origin"]), "Accept | Cookie,Origin");
        assert_eq!(vary(&["*"]), "*");
        assert_eq!(vary(&["X-Original"]), "X-Original, origin");
    }
}
