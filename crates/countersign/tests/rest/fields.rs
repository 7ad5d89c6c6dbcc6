use crate::support::*;

async fn username(value: &str) -> (u16, String) {
    let seen = post_json(&format!("{{\"username\":{value},\"password\":\"pw\"}}")).await;
    (seen.status, seen.body)
}

#[tokio::test]
async fn a_bad_field_is_told_why() {
    for (value, why) in [
        ("null", "This field may not be null."),
        ("\"\"", "This field may not be blank."),
        ("\" \\t\\u00a0\\u001f\"", "This field may not be blank."),
        ("true", "Not a valid string."),
        ("[\"x\"]", "Not a valid string."),
        ("{\"a\":1}", "Not a valid string."),
        ("\"a\\u0000b\"", "Null characters are not allowed."),
        ("\"\\ud800\"", "Surrogate characters are not allowed: U+D800."),
    ] {
        assert_eq!(username(value).await, (400, format!("{{\"username\":[\"{why}\"]}}")), "{value}");
    }
}

#[tokio::test]
async fn a_number_is_taken_as_python_prints_it() {
    for (value, text) in [
        ("5", "5"),
        ("1.5", "1.5"),
        ("1e3", "1000.0"),
        ("1e22", "1e+22"),
        ("18446744073709551616", "18446744073709551616"),
    ] {
        let echoed = format!("{{\"username\":\"{text}\",\"password\":\"pw\"}}");
        assert_eq!(username(value).await, (200, echoed));
    }
}

#[tokio::test]
async fn white_space_around_a_value_is_taken_off_passwords_too() {
    let seen = post_json(r#"{"username":" alice\u2028","password":"\u001c pw\t"}"#).await;
    assert_eq!(seen.short(), (200, r#"{"username":"alice","password":"pw"}"#));
}

#[tokio::test]
async fn an_untrimmed_password_is_taken_as_it_is() {
    let request = request("POST", "/untrimmed/").header("content-type", "application/json");
    let seen = send(&site(), request, r#"{"username":" a ","password":"  padded pass  "}"#).await;
    assert_eq!(seen.short(), (200, r#"{"username":"a","password":"  padded pass  "}"#));
}

#[tokio::test]
async fn several_bad_fields_are_told_together_in_the_serializers_order() {
    let seen = post_json(r#"{"password":null,"username":[]}"#).await;
    let both = r#"{"username":["Not a valid string."],"password":["This field may not be null."]}"#;
    assert_eq!(seen.short(), (400, both));
}

#[tokio::test]
async fn a_blank_form_field_is_blank() {
    let seen = post("application/x-www-form-urlencoded", "username=+&password=").await;
    let both = r#"{"username":["This field may not be blank."],"password":["This field may not be blank."]}"#;
    assert_eq!(seen.short(), (400, both));
}

#[tokio::test]
async fn a_value_may_be_as_long_as_the_body() {
    assert_eq!(username(&format!("\"{}\"", "x".repeat(2_000_000))).await.0, 200);
}
