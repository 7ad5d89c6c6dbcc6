//! Tokens in cookies.

use crate::world::{FORBIDDEN, NOT_PROVIDED, Scene, World, complaint, cookies, refused};
use countersign::cookie::{Cookie, CookieAttributes, SameSite};
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};

fn world() -> World {
    Scene::of(Settings::of(Profile::Fork)).with(|dialect| dialect.cookies = Some(cookies(false))).build()
}

fn view(world: &World, headers: &[(&str, &str)]) -> String {
    world.ask("GET", "/api/endpoint/", headers, "").line()
}

#[test]
fn obtaining_and_refreshing_set_the_cookie_as_drf_jwt_does() {
    let world = world();
    let attributes =
        "expires=Sun, 22 Nov 2026 03:57:30 GMT; HttpOnly; Max-Age=300; Path=/; SameSite=Lax; Secure";
    let answer = world.try_login("alice", "alice-pass-1");
    let token = answer.text("token");
    assert_eq!(answer.header("set-cookie"), format!("jwt-token={token}; {attributes}"));
    let answer = world.refresh(&token);
    assert_eq!(answer.header("set-cookie"), format!("jwt-token={}; {attributes}", answer.text("token")));
}

#[test]
fn domain_path_and_samesite_are_as_configured() {
    let world = Scene::of(Settings::of(Profile::Fork))
        .with(|dialect| {
            let attributes = CookieAttributes {
                domain: Some("example.com".to_owned()),
                path: "/api".to_owned(),
                secure: false,
                http_only: true,
                same_site: SameSite::Strict,
                partitioned: false,
            };
            let mut cookies = cookies(false);
            cookies.auth = Some(Cookie::new("jwt", attributes).unwrap());
            dialect.cookies = Some(cookies);
        })
        .build();
    let answer = world.try_login("alice", "alice-pass-1");
    let expected = format!(
        "jwt={}; Domain=example.com; expires=Sun, 22 Nov 2026 03:57:30 GMT; HttpOnly; Max-Age=300; Path=/api; SameSite=Strict",
        answer.text("token")
    );
    assert_eq!(answer.header("set-cookie"), expected);
}

#[test]
fn neither_a_failed_login_nor_a_verification_sets_it() {
    let world = world();
    assert_eq!(world.try_login("alice", "x").header("set-cookie"), "");
    let token = world.login("alice");
    assert_eq!(world.verify(&token).header("set-cookie"), "");
}

#[test]
fn a_cookie_authenticates_where_the_header_holds_no_credentials() {
    let world = world();
    let token = world.login("alice");
    let cookie = format!("jwt-token={token}");
    let alice = r#"200 {"user":"alice"}"#;
    assert_eq!(view(&world, &[("cookie", &cookie)]), alice);
    for header in ["Bearer", "Bearer a b", "Bearer  x", ""] {
        assert_eq!(view(&world, &[("cookie", &cookie), ("authorization", header)]), alice, "{header}");
    }
    let with_header = |header| view(&world, &[("cookie", &cookie), ("authorization", header)]);
    assert_eq!(with_header("Bearer x"), refused("Error decoding token."));
    assert_eq!(with_header("Basic x"), refused(NOT_PROVIDED));
}

#[test]
fn a_bad_an_empty_and_a_doubled_cookie_are_refused() {
    let world = world();
    assert_eq!(view(&world, &[("cookie", "jwt-token=x")]), refused("Error decoding token."));
    assert_eq!(view(&world, &[("cookie", "jwt-token=")]), refused("Error decoding token."));
    assert_eq!(view(&world, &[("cookie", "other=x")]), refused(NOT_PROVIDED));
    let token = world.login("alice");
    let doubled = format!("jwt-token={token}; jwt-token={token}");
    assert_eq!(
        view(&world, &[("cookie", &doubled)]),
        r#"400 {"detail":"More than one cookie is named jwt-token."}"#
    );
}

#[test]
fn the_cookie_of_impersonation_comes_before_ones_own_unless_it_is_empty() {
    let world = world();
    let root = world.login("root");
    let own = format!("jwt-token={root}");
    let json = ("content-type", "application/json");
    let answer = world.ask("POST", "/api-token-impersonate/", &[("cookie", &own), json], r#"{"user":4}"#);
    let token = answer.text("token");
    let expected = format!(
        "imp-token={token}; expires=Sun, 22 Nov 2026 03:57:30 GMT; HttpOnly; Max-Age=300; Path=/; SameSite=Lax; Secure"
    );
    assert_eq!(answer.header("set-cookie"), expected);
    let both = format!("{own}; imp-token={token}");
    assert_eq!(view(&world, &[("cookie", &both)]), r#"200 {"user":"bob"}"#);
    assert_eq!(view(&world, &[("cookie", &format!("imp-token={token}"))]), r#"200 {"user":"bob"}"#);
    assert_eq!(view(&world, &[("cookie", &format!("{own}; imp-token="))]), r#"200 {"user":"root"}"#);
    let further = world.ask("POST", "/api-token-impersonate/", &[("cookie", &both), json], r#"{"user":1}"#);
    assert_eq!(further.line(), FORBIDDEN, "it is bob who asks");
}

#[test]
fn an_unsafe_request_with_a_cookie_must_come_from_here_or_from_a_trusted_origin() {
    let world = world();
    let post = |headers: &[(&str, &str)]| {
        let cookie = format!("jwt-token={}", world.login("alice"));
        let mut all = vec![("host", "api.example.com"), ("cookie", &*cookie)];
        all.extend_from_slice(headers);
        world.ask("POST", "/api-token-blacklist/", &all, "").line()
    };
    for bad in
        ["https://evil.example", "null", "https://api.example.com.evil.example", "http://app.example.com"]
    {
        let expected = format!(
            r#"403 {{"detail":"CSRF Failed: Origin checking failed - {bad} does not match any trusted origins."}}"#
        );
        assert_eq!(post(&[("origin", bad)]), expected);
    }
    assert_eq!(
        post(&[("sec-fetch-site", "cross-site")]),
        r#"403 {"detail":"CSRF Failed: Sec-Fetch-Site checking failed - the request comes from another site."}"#
    );
    for good in [
        &[][..],
        &[("origin", "https://api.example.com")],
        &[("origin", "http://api.example.com")],
        &[("origin", "https://app.example.com"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
    ] {
        assert!(post(good).starts_with("201 "), "{good:?}");
    }
}

#[test]
fn a_request_with_a_header_or_a_safe_method_may_come_from_anywhere() {
    let world = world();
    let token = world.login("alice");
    let evil = ("origin", "https://evil.example");
    let cookie = format!("jwt-token={token}");
    assert_eq!(view(&world, &[("cookie", &cookie), evil]), r#"200 {"user":"alice"}"#);
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", &*authorization), ("cookie", &cookie), evil];
    assert_eq!(world.ask("POST", "/api-token-blacklist/", &headers, "").status, 201);
}

#[test]
fn the_csrf_token_is_demanded_too_where_it_is_configured() {
    let world =
        Scene::of(Settings::of(Profile::Fork)).with(|dialect| dialect.cookies = Some(cookies(true))).build();
    let secret = "x0gdEsPyJtzuPnP0ikZQqjqKTi2J1711";
    let post = |cookie: &str, headers: &[(&str, &str)]| {
        let cookie = format!("jwt-token={}{cookie}", world.login("alice"));
        let mut all = vec![("cookie", &*cookie)];
        all.extend_from_slice(headers);
        world.ask("POST", "/api-token-blacklist/", &all, "").line()
    };
    let failed = |why: &str| format!(r#"403 {{"detail":"CSRF Failed: {why}"}}"#);
    let with_cookie = format!("; csrftoken={secret}");
    assert_eq!(post("", &[]), failed("CSRF cookie not set."));
    assert_eq!(post(&with_cookie, &[]), failed("CSRF token missing."));
    let other = [("x-csrftoken", "y0gdEsPyJtzuPnP0ikZQqjqKTi2J1711")];
    assert_eq!(
        post(&with_cookie, &other),
        failed("CSRF token from the 'X-Csrftoken' HTTP header incorrect.")
    );
    assert!(post(&with_cookie, &[("x-csrftoken", secret)]).starts_with("201 "));
    let token = world.login("alice");
    assert_eq!(view(&world, &[("cookie", &format!("jwt-token={token}"))]), r#"200 {"user":"alice"}"#);
}

#[test]
fn a_cookie_that_was_blacklisted_is_forbidden() {
    let world = world();
    let cookie = format!("jwt-token={}", world.login("alice"));
    let json = ("content-type", "application/json");
    let answer = world.ask("POST", "/api-token-blacklist/", &[("cookie", &cookie), json], "{}");
    assert_eq!(answer.status, 201);
    assert_eq!(view(&world, &[("cookie", &cookie)]), r#"403 {"detail":"Token is blacklisted."}"#);
    let token = cookie.trim_start_matches("jwt-token=");
    assert_eq!(world.verify(token).line(), complaint("Token is blacklisted."));
}

#[test]
fn whoever_is_given_a_cookie_is_given_the_csrf_token_that_its_use_demands() {
    let world =
        Scene::of(Settings::of(Profile::Fork)).with(|dialect| dialect.cookies = Some(cookies(true))).build();
    let login = world.try_login("root", "root-pass-1");
    let set: Vec<_> =
        login.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect();
    let [own, csrf] = &set[..] else { panic!("{set:?}") };
    let value = |line: &str| line.split(';').next().unwrap().to_owned();
    assert!(csrf.starts_with("csrftoken=") && !csrf.contains("HttpOnly"), "{csrf}");
    assert_eq!(login.header("access-control-expose-headers"), "x-csrftoken");
    assert_eq!(login.header("vary"), "Accept, Cookie, origin");
    // By the cookie's own value as a page of this site reads it, and by the header's as one of another does.
    let jar = format!("{}; {}", value(own), value(csrf));
    let secret = value(csrf).split_once('=').unwrap().1.to_owned();
    for token in [&*secret, login.header("x-csrftoken")] {
        let headers = [("cookie", &*jar), ("x-csrftoken", token), ("content-type", "application/json")];
        let answer = world.ask("POST", "/api-token-impersonate/", &headers, r#"{"user":4}"#);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let kept = answer.headers.get_all("set-cookie").iter().map(|line| value(line.to_str().unwrap()));
        assert!(kept.into_iter().any(|pair| pair == value(csrf)), "the secret stays what it is");
    }
    let token = value(own).split_once('=').unwrap().1.to_owned();
    assert!(world.refresh(&token).headers.get_all("set-cookie").iter().count() == 2);
    assert_eq!(world.verify(&token).header("set-cookie"), "");
}
