//! What a browser would make of these settings: a page's preflight, login and refresh, played without network and
//! database against the dialect itself, behind its cross-origin rules.

mod judge;
mod place;
mod props;

use self::judge::{Jar, judge_cookies, judge_preflight, judge_sharing};
use self::place::Places;
use self::props::{Played, play, preflight};
use super::CookieAuth;
use crate::cors::{Cors, OriginError};
use crate::rest::{Site, SiteSettings};
use http::StatusCode;

/// Something that a browser would refuse, or that some browsers would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which part of the play: `preflight`, `login`, `refresh`.
    pub step: &'static str,
    /// Whether it stops the page. Otherwise it stops it in some browsers only, or later.
    pub is_fault: bool,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Plays a page at the origin `page` against the API at the origin `api`: preflight, login, refresh. Nothing found means
/// that the page can keep a session.
///
/// Which hosts are one site is decided by the list of public suffixes, of which browsers bring a copy and we do not: two
/// hosts count as one site where their last two labels agree, or are all they have.
///
/// # Errors
/// [`OriginError`] where one of the two is no origin.
pub async fn rehearse(
    dialect: &CookieAuth,
    cors: Option<&Cors>,
    api: &str,
    page: &str,
) -> Result<Vec<Finding>, OriginError> {
    let places = Places::new(api, page)?;
    let authority = props::authority();
    let site = Site::new(dialect.endpoints(&authority), SiteSettings::default(), &*authority.random);
    let mut findings = Vec::new();
    if places.is_mixed_content() {
        findings.push(Finding {
            step: "preflight",
            is_fault: true,
            what: format!("a page at {page} may not call {api}: browsers block plain HTTP from HTTPS pages"),
            remedy: "serve the API over HTTPS".to_owned(),
        });
        return Ok(findings);
    }
    let csrf_header = dialect.csrf().header_name();
    if places.are_cross_origin() {
        let answer = preflight(&site, cors, &places, &dialect.paths().login, csrf_header).await;
        findings.extend(judge_preflight(&answer, &places, csrf_header));
    }
    let mut jar = Jar::default();
    let login = play(&site, cors, &places, &dialect.paths().login, props::CREDENTIALS, &jar, None).await;
    findings.extend(judge_step("login", &login, &places));
    let (kept, cookies) = judge_cookies(&login, &places, &dialect.paths().refresh);
    findings.extend(cookies);
    jar = jar.with(kept);
    if findings.iter().any(|finding| finding.is_fault) {
        return Ok(findings);
    }
    let token = token(&login, &places, dialect, &jar);
    let Some(token) = token else {
        findings.push(Finding {
            step: "refresh",
            is_fault: true,
            what: format!(
                "the page can neither read the cookie of another host nor the header {csrf_header}"
            ),
            remedy: "set [cookie_auth] strict_peer = false, so that answers bring the token".to_owned(),
        });
        return Ok(findings);
    };
    let refresh =
        play(&site, cors, &places, &dialect.paths().refresh, "", &jar, Some((csrf_header, &token))).await;
    findings.extend(judge_step("refresh", &refresh, &places));
    Ok(findings)
}

/// The CSRF token, as the page gets at it: the cookie, where it is of the page's own host, or the exposed header.
fn token(login: &Played, places: &Places, dialect: &CookieAuth, jar: &Jar) -> Option<String> {
    let name = dialect.csrf().header_name();
    let exposed = !places.are_cross_origin() || login.exposes(name);
    let header = login.headers.get(name).filter(|_| exposed).and_then(|value| value.to_str().ok());
    let cookie = dialect.csrf().cookie();
    let readable = places.share_host() || cookie.attributes().domain.is_some();
    let from_jar = || jar.value(cookie.name()).filter(|_| readable && !cookie.attributes().http_only);
    header.or_else(from_jar).map(str::to_owned)
}

fn judge_step(step: &'static str, played: &Played, places: &Places) -> Vec<Finding> {
    let mut findings = judge_sharing(step, &played.headers, places);
    if played.status != StatusCode::OK {
        let csrf = played.body.contains("CSRF Failed");
        let page = &places.page.origin;
        findings.push(Finding {
            step,
            is_fault: true,
            what: format!("the answer is {}: {}", played.status.as_u16(), played.body),
            remedy: if csrf {
                format!("add \"{page}\" to [csrf] trusted_origins, or to [cors] allowed_origins with allow_credentials")
            } else {
                "see the answer".to_owned()
            },
        });
    }
    findings
}
