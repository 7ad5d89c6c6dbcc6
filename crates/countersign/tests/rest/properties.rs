use crate::support::*;
use countersign::rest::Site;
use proptest::prelude::*;
use std::sync::LazyLock;

static SITE: LazyLock<Site> = LazyLock::new(site);
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime without threads")
});

fn status(request: http::request::Builder, body: Vec<u8>) -> u16 {
    RUNTIME.block_on(send(&SITE, request, body)).status
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..80)
        .prop_map(|bytes| bytes.into_iter().filter(|&b| b >= 32 && b != 127).collect())
}

fn media_type() -> impl Strategy<Value = String> {
    let word = "[a-z*]{0,6}|application|json|text|html|multipart|form-data|x-www-form-urlencoded";
    (word, word, "(; ?(boundary|charset|indent|q|a)=(\"?[ -~]{0,5}\"?|utf-8|latin-1|b)){0,3}")
        .prop_map(|(main, sub, parameters)| format!("{main}/{sub}{parameters}"))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        "[\\[\\]{}:,\"a-z0-9.\\\\ue-]{0,40}".prop_map(String::into_bytes),
        Just(b"--b\r\nContent-Disposition: form-data; name=\"username\"".to_vec()),
        Just(b"; filename=\"x\"\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"--b--\r\n".to_vec()),
        Just(b"username=%e4%&password=%00+".to_vec()),
        Just(b"{\"username\":\"\\ud800\",\"password\":".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_accept_header_breaks_the_server(raw in header_value(), list in proptest::collection::vec(media_type(), 0..4)) {
        for accept in [raw, list.join(",").into_bytes()] {
            let seen = status(request("GET", "/api/token/").header("accept", accept), Vec::new());
            prop_assert!([405, 406].contains(&seen), "{seen}");
        }
    }

    #[test]
    fn no_content_type_and_no_body_break_the_server(raw in header_value(), media_type in media_type(), body in body()) {
        for content_type in [raw, media_type.into_bytes(), b"multipart/form-data; boundary=b".to_vec()] {
            let request = request("POST", "/api/token/").header("content-type", content_type);
            let seen = status(request, body.clone());
            prop_assert!([200, 400, 415].contains(&seen), "{seen}");
        }
    }

    #[test]
    fn no_text_in_a_field_breaks_the_server(username in any::<String>(), password in any::<String>()) {
        let object = countersign_core::json::Object::from([("username", username), ("password", password)]);
        let json = request("POST", "/api/token/").header("content-type", "application/json");
        let seen = status(json, object.to_ascii().into_bytes());
        prop_assert!([200, 400].contains(&seen), "{seen}");
    }

    #[test]
    fn no_path_and_no_host_break_the_server(path in "/[!-~]{0,30}", host in header_value()) {
        let built = http::Request::builder().uri(path).header("host", host);
        prop_assume!(built.uri_ref().is_some());
        let seen = status(built, Vec::new());
        prop_assert!(seen < 500, "{seen}");
    }
}
