//! What `OPTIONS` says, recorded from both packages.

use crate::world::World;

const MEDIA: &str = r#""renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]"#;

fn field(name: &str, label: &str, kind: &str, required: bool, read_only: bool) -> String {
    format!(r#""{name}":{{"type":"{kind}","required":{required},"read_only":{read_only},"label":"{label}"}}"#)
}

fn text(name: &str, label: &str) -> String {
    field(name, label, "string", true, false)
}

fn described(name: &str, description: &str, fields: &[String]) -> String {
    let actions = format!(r#","actions":{{"POST":{{{}}}}}"#, fields.join(","));
    format!(r#"200 {{"name":"{name}","description":"{description}",{MEDIA}{actions}}}"#)
}

#[test]
fn drf_jwts_endpoints_describe_themselves_as_it_does() {
    let world = World::fork();
    let options = |path: &str| world.ask("OPTIONS", path, &[], "").line();
    let obtain = r"API View that receives a POST with a user's username and password.\n\nReturns a JSON Web Token that can be used for authenticated requests.";
    let fields = [
        text("password", "Password"),
        field("token", "Token", "string", false, true),
        text("username", "Username"),
    ];
    assert_eq!(options("/api-token-auth/"), described("Obtain Json Web Token", obtain, &fields));
    let verify = r"API View that checks the validity of a token, returning the token if it\nis valid.";
    let token = [text("token", "Token")];
    assert_eq!(options("/api-token-verify/"), described("Verify Json Web Token", verify, &token));
    let refresh = r"API View that returns a refreshed token (with new expiration) based on\nexisting token\n\nIf 'orig_iat' field (original issued-at-time) is found it will first check\nif it's within expiration window, then copy it to the new token.";
    assert_eq!(options("/api-token-refresh/"), described("Refresh Json Web Token", refresh, &token));
}

#[test]
fn guarded_endpoints_describe_themselves_to_whom_they_let_in() {
    let world = World::fork();
    let root = world.login("root");
    let options = |path: &str| world.ask_as(&root, "OPTIONS", path).line();
    assert_eq!(world.ask("OPTIONS", "/api-token-impersonate/", &[], "").status, 401);
    let impersonate = options("/api-token-impersonate/");
    let user = field("user", "User", "field", true, false);
    assert!(impersonate.ends_with(&format!(r#""actions":{{"POST":{{{user}}}}}}}"#)), "{impersonate}");
    assert!(impersonate.contains(r#"Returns:\n    dict: {\"token\": user's JWT}","#), "{impersonate}");
    let token = [field("token", "Token", "string", false, false)];
    assert_eq!(options("/api-token-blacklist/"), described("Blacklist List", "", &token));
    let entry = format!(r#"200 {{"name":"Blacklist Instance","description":"",{MEDIA}}}"#);
    assert_eq!(options("/api-token-blacklist/1/"), entry);
    let who = format!(
        r#"200 {{"name":"Who","description":"Protected endpoint that says who the request was made as.",{MEDIA}}}"#
    );
    assert_eq!(options("/api/endpoint/"), who);
}

#[test]
fn the_original_packages_login_asks_for_the_name_first() {
    let world = World::original();
    let answer = world.ask("OPTIONS", "/api-token-auth/", &[], "").line();
    let fields = format!("{},{}", text("username", "Username"), text("password", "Password"));
    assert!(answer.ends_with(&format!(r#""actions":{{"POST":{{{fields}}}}}}}"#)), "{answer}");
}
