//! What proxies say of a request, believed: a letter for the header, and its value, one a line.
#![no_main]

use countersign_fuzz::{lines, send};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 5] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "host"];

fuzz_target!(|text: &[u8]| {
    let Some(values) = lines(text) else { return };
    let mut request = Request::get("/hello/").body(Full::default()).expect("a good request");
    for value in values {
        let Some((which, value)) = value.as_bytes().split_first() else { continue };
        let name = HeaderName::from_static(NAMES[usize::from(*which) % NAMES.len()]);
        let value = HeaderValue::from_bytes(value).expect("a part of a good value");
        request.headers_mut().append(name, value);
    }
    send(request);
});
