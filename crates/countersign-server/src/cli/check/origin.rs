//! `countersign check --origin`: a page's preflight, login and refresh, and what a browser would refuse.

use super::{Failure, Output};
use crate::config::Config;
use crate::config::value::HostPattern;
use crate::{app, database};
use countersign::dialects::cookie_auth::{Finding, rehearse};
use serde_json::json;

/// Where browsers find this server: beside the page on this machine, else at the first host that is named.
fn guess(config: &Config, page: &str) -> String {
    let (scheme, host) = page.split_once("://").unwrap_or(("http", page));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let port = config.server.listen.0.port();
    let named = config.server.allowed_hosts.iter().map(HostPattern::as_str);
    match named.into_iter().find(|pattern| !pattern.starts_with(['*', '.'])) {
        Some(named) if !config.server.listen.is_loopback() => format!("{scheme}://{named}"),
        _ if name == "localhost" || name.ends_with(".localhost") => format!("http://localhost:{port}"),
        _ => format!("http://{}", config.server.listen.0),
    }
}

/// Plays the page and prints what came of it.
pub(super) fn check(config: &Config, api: Option<&str>, page: &str, output: &Output) -> Result<(), Failure> {
    let named = api.map(str::to_owned);
    let is_guess = named.is_none();
    let api = &named.unwrap_or_else(|| guess(config, page));
    let cors = app::cors(config);
    let dialect = config
        .cookie_auth(config.rings().cookie_auth, &cors)
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let Some(dialect) = dialect else {
        let why = "the cookie_auth dialect is not enabled, so that pages have no session here";
        return Err(Failure::Refused(why.to_owned()));
    };
    let findings = database::wait(rehearse(&dialect, Some(&cors), api, page))
        .map_err(|error| Failure::Refused(error.to_string()))?;
    if output.is_json() {
        let shown = |is_fault| {
            let of_kind = findings.iter().filter(move |finding| finding.is_fault == is_fault);
            of_kind.map(
                |finding| json!({ "step": finding.step, "message": finding.what, "remedy": finding.remedy }),
            )
        };
        let (faults, warnings) = (shown(true).collect::<Vec<_>>(), shown(false).collect::<Vec<_>>());
        output.json(&json!({ "origin": page, "api": api, "faults": faults, "warnings": warnings }))?;
    } else {
        let of_api = if is_guess { format!("{api} (a guess: --api names it)") } else { api.clone() };
        output.text(&report(&findings, &of_api, page))?;
    }
    match findings.iter().filter(|finding| finding.is_fault).count() {
        0 => Ok(()),
        count => Err(Failure::Refused(format!("a browser would refuse the page at {page}: {count} found"))),
    }
}

fn report(findings: &[Finding], api: &str, page: &str) -> String {
    let mut lines = vec![format!("a page at {page} that calls {api}:")];
    for finding in findings {
        let mark = if finding.is_fault { "refused" } else { "in some browsers" };
        lines.push(format!("  {}, {mark}: {}\n    {}", finding.step, finding.what, finding.remedy));
    }
    if findings.is_empty() {
        lines.push("  preflight, login and refresh work, and the cookies are kept".to_owned());
    }
    lines.join("\n")
}
