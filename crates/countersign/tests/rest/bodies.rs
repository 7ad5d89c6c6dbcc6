use crate::support::*;

const ALICE: &str = r#"{"username":"alice","password":"pw"}"#;
const REQUIRED: &str = r#"{"username":["This field is required."],"password":["This field is required."]}"#;

#[tokio::test]
async fn three_media_types_are_read() {
    let parts = "--BnD\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n\
                 --BnD\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npw\r\n--BnD--\r\n";
    for (content_type, body) in [
        ("application/json", ALICE),
        ("Application/JSON", ALICE),
        ("application/json; charset=utf-8", ALICE),
        ("application/json; anything=at all", ALICE),
        ("application/x-www-form-urlencoded", "username=alice&password=pw"),
        ("multipart/form-data; boundary=BnD", parts),
        ("multipart/form-data; boundary=\"BnD\"", parts),
    ] {
        assert_eq!(post(content_type, body).await.short(), (200, ALICE), "{content_type}");
    }
}

#[tokio::test]
async fn any_other_media_type_is_named_in_a_415() {
    for (content_type, shown) in [
        ("text/plain", "text/plain"),
        ("nonsense", "nonsense"),
        ("application/vnd.api+json", "application/vnd.api+json"),
        ("text/plain; a=\"b\"", "text/plain; a=\\\"b\\\""),
        ("", ""),
    ] {
        let body = format!("{{\"detail\":\"Unsupported media type \\\"{shown}\\\" in request.\"}}");
        assert_eq!(post(content_type, ALICE).await.short(), (415, &*body));
    }
    let long = format!("application/json; a={}", "x".repeat(300));
    assert_eq!(post(&long, ALICE).await.status, 415);
    let none = send(&site(), request("POST", "/api/token/"), ALICE).await;
    assert_eq!(none.short(), (415, r#"{"detail":"Unsupported media type \"\" in request."}"#));
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object_whatever_its_media_type() {
    for content_type in
        ["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]
    {
        assert_eq!(post(content_type, "").await.short(), (400, REQUIRED), "{content_type}");
    }
    assert_eq!(send(&site(), request("POST", "/api/token/"), "").await.short(), (400, REQUIRED));
}

#[tokio::test]
async fn malformed_json_is_refused_in_pythons_words() {
    for (body, words) in [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{\"a\":1,}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
        ("{} x", "Extra data: line 1 column 4 (char 3)"),
        ("  ", "Expecting value: line 1 column 3 (char 2)"),
        ("{\"a\":\"\u{1}\"}", "Invalid control character at: line 1 column 7 (char 6)"),
        ("\u{feff}{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
    ] {
        let detail = format!("{{\"detail\":\"JSON parse error - {words}\"}}");
        assert_eq!(post_json(body).await.short(), (400, &*detail), "{body}");
    }
    for body in [b"{\"a\": NaN}".to_vec(), b"{\"a\": -Infinity}".to_vec(), b"{\"a\":\"\xff\"}".to_vec()] {
        let seen = post("application/json", body).await;
        assert!(
            seen.status == 400 && seen.body.starts_with("{\"detail\":\"JSON parse error - "),
            "{}",
            seen.body
        );
    }
}

#[tokio::test]
async fn deeply_nested_json_is_a_parse_error_and_not_a_500() {
    let seen = post_json(&"[".repeat(200_000)).await;
    assert!(
        seen.status == 400 && seen.body.starts_with("{\"detail\":\"JSON parse error - "),
        "{}",
        seen.body
    );
}

#[tokio::test]
async fn json_that_is_no_object_is_refused_by_its_type() {
    let refused = |why: &str| format!("{{\"non_field_errors\":[\"{why}\"]}}");
    assert_eq!(post_json("null").await.short(), (400, &*refused("No data provided")));
    for (body, kind) in
        [("[]", "list"), ("\"x\"", "str"), ("3", "int"), ("3.5", "float"), ("1e3", "float"), ("true", "bool")]
    {
        let why = format!("Invalid data. Expected a dictionary, but got {kind}.");
        assert_eq!(post_json(body).await.short(), (400, &*refused(&why)));
    }
}

#[tokio::test]
async fn the_last_of_two_members_wins_and_others_are_ignored() {
    let seen = post_json(r#"{"username":"x","password":"pw","username":"alice","zzz":1}"#).await;
    assert_eq!(seen.short(), (200, ALICE));
    let seen = post("application/x-www-form-urlencoded", "username=x&password=pw&username=alice").await;
    assert_eq!(seen.short(), (200, ALICE));
}

#[tokio::test]
async fn a_charset_is_heeded_or_refused_by_name() {
    let latin = b"{\"username\":\"zo\xeb\",\"password\":\"pw\"}".to_vec();
    let seen = post("application/json; charset=ISO-8859-1", latin.clone()).await;
    assert_eq!(seen.short(), (200, r#"{"username":"zoë","password":"pw"}"#));
    assert_eq!(post("application/json; charset=us-ascii", latin.clone()).await.status, 400);
    let seen = post("application/json; charset=klingon", latin).await;
    let words = r#"{"detail":"Unsupported charset \"klingon\" in request Content-Type header."}"#;
    assert_eq!(seen.short(), (400, words));
    let seen = post("application/x-www-form-urlencoded; charset=latin-1", "username=zo%eb&password=pw").await;
    assert_eq!(seen.short(), (200, r#"{"username":"zoë","password":"pw"}"#));
}

#[tokio::test]
async fn multipart_without_a_good_boundary_is_refused_in_djangos_words() {
    for (parameter, shown) in [("", "None"), ("; boundary=", ""), ("; boundary=\"a \"", "a ")] {
        let seen = post(&format!("multipart/form-data{parameter}"), "--x").await;
        let words =
            format!("{{\"detail\":\"Multipart form parse error - Invalid boundary in multipart: {shown}\"}}");
        assert_eq!(seen.short(), (400, &*words));
    }
    assert_eq!(post("multipart/form-data; boundary=x", "nothing of the kind").await.status, 400);
}

#[tokio::test]
async fn an_uploaded_file_is_no_string_and_a_field_without_a_file_is_none() {
    let part = |file: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"username\"; filename=\"{file}\"\r\n\
             Content-Type: text/plain\r\n\r\nalice\r\n\
             --b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npw\r\n--b--\r\n"
        )
    };
    let seen = post("multipart/form-data; boundary=b", part("a.txt")).await;
    assert_eq!(seen.short(), (400, r#"{"username":["Not a valid string."]}"#));
    let seen = post("multipart/form-data; boundary=b", part("")).await;
    assert_eq!(seen.short(), (400, r#"{"username":["This field is required."]}"#));
}

#[tokio::test]
async fn a_body_is_read_up_to_djangos_limit() {
    const LIMIT: usize = 2_621_440;
    let sized = |size: usize| {
        let padding = size - r#"{"username":"","password":"pw"}"#.len();
        format!("{{\"username\":\"{}\",\"password\":\"pw\"}}", "x".repeat(padding))
    };
    assert_eq!(post_json(&sized(LIMIT)).await.status, 200);
    let seen = post_json(&sized(LIMIT + 1)).await;
    assert_eq!(seen.short(), (400, r#"{"detail":"Request body is larger than 2621440 bytes."}"#));
    let declared = request("POST", "/api/token/").header("content-length", LIMIT + 1);
    assert_eq!(send(&site(), declared.header("content-type", "application/json"), "").await.status, 400);
}

#[tokio::test]
async fn a_thousand_form_fields_are_read_and_one_more_is_refused() {
    let form = |count: usize| {
        let padding = "&a=1".repeat(count - 2);
        format!("username=alice&password=pw{padding}")
    };
    assert_eq!(post("application/x-www-form-urlencoded", form(1000)).await.short(), (200, ALICE));
    let seen = post("application/x-www-form-urlencoded", form(1001)).await;
    assert_eq!(seen.short(), (400, r#"{"detail":"Request body has more than 1000 fields."}"#));
    let parts = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n".repeat(1001);
    let seen = post("multipart/form-data; boundary=b", format!("{parts}--b--\r\n")).await;
    assert_eq!(seen.short(), (400, r#"{"detail":"Request body has more than 1000 fields."}"#));
}

#[tokio::test]
async fn an_oversized_body_is_djangos_bare_page_for_a_browser() {
    let big =
        request("POST", "/api/token/").header("content-length", 3_000_000).header("accept", "text/html");
    let seen = send(&site(), big, "").await;
    assert_eq!((seen.status, seen.header("vary"), seen.header("allow")), (400, "origin", ""));
    assert!(seen.body.contains("<h1>Bad Request (400)</h1><p></p>"));
}

#[tokio::test]
async fn a_view_without_a_serializer_is_handed_the_object_as_it_came() {
    let login = || request("POST", "/accounts/login").header("content-type", "application/json");
    let body = r#"{"username":" a ","n":[1,{"x":null}]}"#;
    assert_eq!(send(&site(), login(), body).await.short(), (200, body));
    assert_eq!(send(&site(), login(), "[]").await.status, 400);
}
