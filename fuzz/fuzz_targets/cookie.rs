//! `Cookie` headers, one a line: what is found in them, and what endpoints make of them.
#![no_main]

use bytes::Bytes;
use countersign::cookie::Cookies;
use countersign_fuzz::{lines, send};
use http::Request;
use http::header::COOKIE;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(values) = lines(text) else { return };
    for path in ["/accounts/refresh_token", "/accounts/logout"] {
        let mut request = Request::post(path).body(Bytes::new()).expect("a good request");
        for value in &values {
            request.headers_mut().append(COOKIE, value.clone());
        }
        let cookies = Cookies::of(request.headers());
        for name in ["refreshtoken", "csrftoken", ""] {
            if let Ok(Some(value)) = cookies.find(name) {
                assert!(!cookies.is_empty() && value.len() <= text.len());
            }
        }
        send(request);
    }
});
