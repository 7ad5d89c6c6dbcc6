//! `Cookie` headers, and what is found in them.
#![no_main]

use countersign::cookie::Cookies;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(COOKIE, value);
    }
    let cookies = Cookies::of(&headers);
    for name in ["refreshtoken", "csrftoken", ""] {
        if let Ok(Some(value)) = cookies.find(name) {
            assert!(!cookies.is_empty() && value.len() <= text.len());
        }
    }
});
