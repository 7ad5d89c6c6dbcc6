//! The rules of browsers: the Fetch standard's on cross-origin answers, and those on cookies (RFC 6265bis).

use super::Finding;
use super::place::Places;
use super::props::Played;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, SET_COOKIE,
};
use http::{HeaderMap, HeaderName};

/// The cookies that a browser kept.
#[derive(Default)]
pub(super) struct Jar(Vec<(String, String)>);

impl Jar {
    pub(super) fn with(self, kept: Vec<(String, String)>) -> Self {
        Self(self.0.into_iter().chain(kept).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// `Cookie`
    pub(super) fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

fn fault(step: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { step, is_fault: true, what: what.into(), remedy: remedy.into() }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a page may read an answer that came with cookies.
pub(super) fn judge_sharing(step: &'static str, headers: &HeaderMap, places: &Places) -> Vec<Finding> {
    if !places.are_cross_origin() {
        return Vec::new();
    }
    let page = &places.page.origin;
    let allowed = text(headers, &ACCESS_CONTROL_ALLOW_ORIGIN);
    if allowed != page {
        let what = match allowed {
            "" => format!("the answer has no access-control-allow-origin for {page}"),
            "*" => "access-control-allow-origin is *, which browsers refuse with cookies".to_owned(),
            other => format!("access-control-allow-origin is {other}, not {page}"),
        };
        let remedy = format!("set [cors] allowed_origins = [\"{page}\"] and allow_credentials = true");
        return vec![fault(step, what, remedy)];
    }
    if text(headers, &ACCESS_CONTROL_ALLOW_CREDENTIALS) != "true" {
        let what = "the answer has no access-control-allow-credentials: true, so that cookies are neither sent nor kept";
        return vec![fault(step, what, "set [cors] allow_credentials = true")];
    }
    Vec::new()
}

/// Whether a browser goes on after a preflight.
pub(super) fn judge_preflight(answer: &Played, places: &Places, csrf_header: &HeaderName) -> Vec<Finding> {
    let step = "preflight";
    let mut findings = judge_sharing(step, &answer.headers, places);
    if !findings.is_empty() {
        return findings;
    }
    if !answer.status.is_success() {
        let what = format!("the answer is {}, and browsers want a success", answer.status.as_u16());
        findings.push(fault(step, what, "let [cors] urls_regex match the paths of [cookie_auth]"));
    }
    let lists = |name: &HeaderName, wanted: &str| {
        text(&answer.headers, name).split(',').any(|listed| listed.trim().eq_ignore_ascii_case(wanted))
    };
    if !lists(&ACCESS_CONTROL_ALLOW_METHODS, "POST") {
        let what = "access-control-allow-methods does not list POST";
        findings.push(fault(step, what, "add \"POST\" to [cors] allow_methods"));
    }
    for header in ["authorization", "content-type", csrf_header.as_str()] {
        if !lists(&ACCESS_CONTROL_ALLOW_HEADERS, header) {
            let what = format!("access-control-allow-headers does not list {header}");
            findings.push(fault(step, what, format!("add \"{header}\" to [cors] allow_headers")));
        }
    }
    findings
}

/// Which cookies of an answer a browser keeps, and why not the others.
pub(super) fn judge_cookies(
    answer: &Played,
    places: &Places,
    needed_at: &str,
) -> (Vec<(String, String)>, Vec<Finding>) {
    let (mut kept, mut findings) = (Vec::new(), Vec::new());
    let lines = answer.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    for line in lines {
        let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
            continue;
        };
        let found = judge_cookie(name, &Attributes(line), places, needed_at);
        if found.iter().all(|finding| !finding.is_fault) {
            kept.push((name.to_owned(), value.to_owned()));
        }
        findings.extend(found);
    }
    (kept, findings)
}

struct Attributes<'l>(&'l str);

impl<'l> Attributes<'l> {
    fn value(&self, name: &str) -> Option<&'l str> {
        self.0.split("; ").skip(1).find_map(|attribute| {
            let (found, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn judge_cookie(name: &str, attributes: &Attributes<'_>, places: &Places, needed_at: &str) -> Vec<Finding> {
    let step = "login";
    let secure = attributes.value("Secure").is_some();
    let same_site = attributes.value("SameSite").unwrap_or("Lax");
    let api = &places.api;
    let mut findings = Vec::new();
    if secure && !api.is_https() && !api.is_loopback() {
        let what = format!("browsers drop the cookie {name}: it is Secure, and {} is plain HTTP", api.origin);
        findings.push(fault(
            step,
            what,
            "serve the API over HTTPS, or, to try it out only, set [cookie_auth] cookie_secure = false",
        ));
    } else if secure && !api.is_https() {
        findings.push(Finding {
            is_fault: false,
            ..fault(
                step,
                format!(
                    "Safari drops the cookie {name}: it is Secure, and takes no exception for this machine"
                ),
                "set [cookie_auth] cookie_secure = \"auto\", or use HTTPS on this machine too",
            )
        });
    }
    if places.are_cross_site() && same_site != "None" {
        let what = format!(
            "browsers drop the cookie {name}: it is SameSite={same_site}, and {} is another site than {}",
            places.page.origin, api.origin
        );
        let remedy = "set [cookie_auth] cookie_samesite = \"None\" and cookie_secure = true, or serve page and API from one site";
        findings.push(fault(step, what, remedy));
    } else if places.are_cross_site() && attributes.value("Partitioned").is_none() {
        findings.push(Finding {
            is_fault: false,
            ..fault(
                step,
                format!("the cookie {name} is a third-party cookie: Safari, private windows and cautious users drop it"),
                "serve page and API from one site, such as app.example.com and api.example.com; or set [cookie_auth] cookie_partitioned = true, for the browsers that know it",
            )
        });
    }
    if let Some(domain) = attributes.value("Domain") {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        if api.host != domain && !api.host.ends_with(&format!(".{domain}")) {
            let what =
                format!("browsers drop the cookie {name}: its domain {domain} is not that of {}", api.host);
            findings.push(fault(step, what, "correct cookie_domain, or remove it"));
        }
    }
    let path = attributes.value("Path").unwrap_or("/");
    let leads = needed_at
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'));
    if !leads {
        let what = format!("browsers do not send the cookie {name} to {needed_at}: its path is {path}");
        findings.push(fault(step, what, "correct its path, or remove the setting"));
    }
    findings
}
