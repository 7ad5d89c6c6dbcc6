//! What proxies say of a request, believed: a letter from `a` on for the header, and its value, one a line.
#![no_main]

use bytes::Bytes;
use countersign_fuzz::{lines, send};
use http::{HeaderName, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 7] =
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "host", "origin", "referer"];

fuzz_target!(|text: &[u8]| {
    let Some(values) = lines(text) else { return };
    // An endpoint that looks where a request comes from before it looks at its cookie.
    let mut request = Request::post("/accounts/refresh_token")
        .header("cookie", "refreshtoken=a; csrftoken=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .header("x-csrftoken", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .body(Bytes::new())
        .expect("a good request");
    for value in values {
        let Some((which, value)) = value.as_bytes().split_first() else { continue };
        let name = HeaderName::from_static(NAMES[usize::from(which.wrapping_sub(b'a')) % NAMES.len()]);
        let value = HeaderValue::from_bytes(value).expect("a part of a good value");
        request.headers_mut().append(name, value);
    }
    send(request);
});
