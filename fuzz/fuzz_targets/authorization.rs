//! `Authorization` headers, one a line, before a view that asks for a token.
#![no_main]

use countersign_fuzz::{lines, send};
use http::Request;
use http::header::AUTHORIZATION;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(values) = lines(text) else { return };
    let mut request = Request::get("/hello/").body(Full::default()).expect("a good request");
    for value in values {
        request.headers_mut().append(AUTHORIZATION, value);
    }
    send(request);
});
