//! Bodies of `multipart/form-data`: the first line is the boundary.
#![no_main]

use bytes::Bytes;
use countersign_fuzz::send;
use http::Request;
use http::header::CONTENT_TYPE;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (boundary, body) = text.split_at(end);
    let media_type = [&b"multipart/form-data; boundary="[..], boundary].concat();
    let body = Bytes::copy_from_slice(body.get(1..).unwrap_or_default());
    if let Ok(request) = Request::post("/api/token/").header(CONTENT_TYPE, media_type).body(body) {
        send(request);
    }
});
