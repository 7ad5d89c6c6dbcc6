//! Django's CSRF protection: its words, its order, and Django itself as the judge where there is one.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

mod django;
mod rules;
mod words;

use countersign::cookie::CookieAttributes;
use countersign::csrf::{Csrf, CsrfSettings, OriginRules, SiteAddress};
use http::Request;
use http::request::Parts;

const SECRET: &str = "H61ziT2cPEyG1sHvHiTqdV49T3vm4CdS";
const MASKED: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbI72AjU3dQFzH2tIwIjUreW5aU4wn5DeT";

/// A request, as the checks see it.
#[derive(Clone, Debug, Default)]
struct Scene {
    method: &'static str,
    secure: bool,
    headers: Vec<(&'static str, String)>,
    form: Option<String>,
}

impl Scene {
    fn post(headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { method: "POST", headers, ..Self::default() }
    }

    fn secure(self) -> Self {
        Self { secure: true, ..self }
    }

    fn form(self, token: &str) -> Self {
        Self { form: Some(token.to_owned()), ..self }
    }

    fn request(&self) -> Parts {
        let mut builder = Request::builder().method(self.method).uri("/");
        for (name, value) in &self.headers {
            builder = builder.header(*name, value.as_str());
        }
        builder.body(()).unwrap().into_parts().0
    }

    fn site(&self) -> SiteAddress {
        SiteAddress { secure: self.secure, host: "testserver".to_owned() }
    }

    /// The reason for which it is refused.
    fn verdict(&self, csrf: &Csrf) -> Option<String> {
        let checked = csrf.check(&self.request(), &self.site(), self.form.as_deref());
        checked.err().map(|failure| failure.to_string())
    }
}

/// Trusts two origins, in the way of Django.
fn csrf() -> Csrf {
    with(OriginRules::Django, None)
}

fn with(origin_rules: OriginRules, domain: Option<&str>) -> Csrf {
    let cookie = CookieAttributes { domain: domain.map(str::to_owned), ..CsrfSettings::default().cookie };
    Csrf::new(CsrfSettings {
        trusted_origins: vec!["http://localhost:3000".to_owned(), "https://*.example.com".to_owned()],
        cookie,
        origin_rules,
        ..CsrfSettings::default()
    })
    .unwrap()
}

/// `Cookie` with this `csrftoken`.
fn cookie(value: &str) -> String {
    format!("refreshtoken=x; csrftoken={value}")
}
