//! `Authorization` headers, one a line, before whatever asks for a token.
#![no_main]

use bytes::Bytes;
use countersign_fuzz::{lines, send};
use http::Request;
use http::header::AUTHORIZATION;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(values) = lines(text) else { return };
    for path in ["/hello/", "/accounts/user", "/accounts/sessions/"] {
        let mut request = Request::get(path).body(Bytes::new()).expect("a good request");
        for value in &values {
            request.headers_mut().append(AUTHORIZATION, value.clone());
        }
        send(request);
    }
});
