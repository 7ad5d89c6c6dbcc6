//! A page that shows a session in a browser at work, with the client from `clients/js`: sign in, call, let the access
//! token run out, refresh, sign out, in as many tabs as one likes.
//!
//! It is for trying out and for tests. Nothing is loaded from anywhere else, and the policy that it is served with lets
//! no inline script run.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response};

/// The files of the page: name, type, content.
const FILES: [(&str, &str, &str); 4] = [
    ("", "text/html; charset=utf-8", include_str!("spa/index.html")),
    ("app.js", "text/javascript; charset=utf-8", include_str!("spa/app.js")),
    ("countersign.js", "text/javascript; charset=utf-8", include_str!("spa/countersign.js")),
    ("style.css", "text/css; charset=utf-8", include_str!("spa/style.css")),
];

/// The page at `path`, which ends with a slash: `/demo/spa/`. It may call its own origin and these `apis`, to which
/// it is pointed by `?api=`.
///
/// # Panics
/// Where the path is none for axum, or an origin cannot stand in a header.
pub fn routes(path: &str, apis: &[&str]) -> Router {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {}; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'none'",
        apis.join(" ")
    );
    let policy = HeaderValue::try_from(policy).expect("origins are visible ASCII");
    FILES.into_iter().fold(Router::new(), |router, (name, content_type, content)| {
        let policy = policy.clone();
        let file = move || std::future::ready(file(content_type, content, policy.clone()));
        router.route(&format!("{path}{name}"), get(file))
    })
}

fn file(content_type: &'static str, content: &'static str, policy: HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, StatusCode};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn the_page_lets_no_inline_script_run_and_calls_whom_it_may() {
        for (name, ..) in FILES {
            let request = Request::get(format!("/demo/spa/{name}")).body(Body::empty()).unwrap();
            let response = routes("/demo/spa/", &["https://api.example.com"]).oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("connect-src 'self' https://api.example.com;"));
            assert!(!policy.contains("unsafe"));
        }
    }

    #[test]
    fn the_page_holds_nothing_inline() {
        let page = FILES[0].2;
        assert_eq!(page.matches("<script").count(), page.matches("<script type=\"module\" src=\"").count());
        assert!(!page.contains("style=") && !page.contains(" onclick"));
    }
}
