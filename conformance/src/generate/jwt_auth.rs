//! The wire of drf-jwt, and that of the package which it was forked from.

use super::simple_jwt::PEOPLE;
use super::{Both, Questions, Wire, odd_claims};
use crate::dice::Dice;
use crate::exchange::{Request, Response};
use serde_json::{Value, json};

/// drf-jwt 1.19: with impersonation and a blacklist.
pub static FORK: Wire = Wire {
    logins: &["/api-token-auth/"],
    people: &PEOPLE,
    uses: &USES,
    spends: "",
    ends: "",
    protected: (&PROTECTED, "token"),
    prefix: "Bearer",
    strict: true,
    claims: fork_claims,
    beside: Some(beside),
    meant: |request, answers| {
        // Where nothing is, a program is told in JSON.
        if answers.iter().all(|answer| answer.status == 404) {
            answers[0] = answers[1].clone();
        }
        // Whoever only asks whether a token is good gets no cookie.
        if request.path == "/api-token-verify/" {
            answers.iter_mut().for_each(without_cookies);
        }
    },
};

/// djangorestframework-jwt 1.11.
pub static ORIGINAL: Wire = Wire {
    prefix: "JWT",
    strict: false,
    claims: original_claims,
    beside: Some(by_cookie),
    meant: |request, answers| {
        let is_verify = request.path == "/api-token-verify/";
        for answer in answers {
            if is_verify {
                without_cookies(answer);
            }
            bare_cookies(answer);
        }
    },
    ..FORK
};

/// The names that the cookies have where the settings want any.
pub const COOKIE: &str = "jwt";
/// The cookie of impersonation.
pub const IMPERSONATION_COOKIE: &str = "imp";

const USES: [(&str, &str, &str); 3] = [
    ("/api-token-verify/", "token", "token"),
    ("/api-token-refresh/", "token", "token"),
    ("/api-token-refresh/", "token", "token"),
];
const PROTECTED: [&str; 2] = ["/api/endpoint/", "/api/protected-endpoint/"];

fn beside(questions: &mut Questions) -> Both<Request> {
    match questions.dice.below(3) {
        0 => impersonate(questions),
        1 => blacklist(questions),
        _ => by_cookie(questions),
    }
}

fn impersonate(questions: &mut Questions) -> Both<Request> {
    let users = [
        json!(1),
        json!(4),
        json!("5"),
        json!(3),
        json!(2),
        json!(999),
        json!("x"),
        json!(null),
        json!(true),
        json!([1]),
    ];
    let user = questions.dice.pick(&users);
    let body = json!({ "user": user });
    questions
        .authorized("token")
        .map(|authorization| Request::post("/impersonate/", &body).with("Authorization", &authorization))
}

/// One's own token, or another that one has.
fn blacklist(questions: &mut Questions) -> Both<Request> {
    let (tokens, _) = questions.some_token("token", |_| true);
    let own = questions.dice.once_in(2);
    let mut requests = questions.authorized("token").into_iter();
    tokens.map(|token| {
        let body = if own { json!({}) } else { json!({ "token": token }) };
        let authorization = requests.next().expect("there is one for each server");
        Request::post("/blacklist/", &body).with("Authorization", &authorization)
    })
}

/// A token in one of the cookies, or in both.
fn by_cookie(questions: &mut Questions) -> Both<Request> {
    let path = *questions.dice.pick(&PROTECTED);
    let method = *questions.dice.pick(&["GET", "GET", "GET", "HEAD", "OPTIONS"]);
    let names = *questions.dice.pick(&[
        &[COOKIE] as &[&str],
        &[COOKIE],
        &[IMPERSONATION_COOKIE],
        &[COOKIE, IMPERSONATION_COOKIE],
    ]);
    let authorization = *questions.dice.pick(&["", "", "", "Basic x", "Bearer", "Bearer a b"]);
    let mut cookies: Both<Vec<String>> = [Vec::new(), Vec::new()];
    for name in names {
        let (tokens, _) = questions.some_token("token", |_| true);
        for (cookies, token) in cookies.iter_mut().zip(tokens) {
            cookies.push(format!("{name}={}", token.trim()));
        }
    }
    cookies.map(|cookies| {
        let request = Request::new(method, path).with("Cookie", &cookies.join("; "));
        if authorization.is_empty() { request } else { request.with("Authorization", authorization) }
    })
}

fn fork_claims(dice: &mut Dice, now: i64, _: &str) -> Both<Value> {
    let uuid = |dice: &mut Dice| {
        let (high, low) = (dice.bits(), dice.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high & 0xffff,
            (high >> 16) & 0xfff,
            low & 0xfff,
            low >> 16
        )
    };
    let mut claims = json!({
        "username": *dice.pick(&NAMES),
        "iat": now - *dice.pick(&[5, 5, 5, 60, 600, -600]),
        "exp": now + *dice.pick(&LIVES),
        "jti": uuid(dice),
        "user_id": 1,
        "orig_iat": now - *dice.pick(&AGES),
    });
    if dice.once_in(6) {
        claims["orig_jti"] = json!(uuid(dice));
    }
    odd_claims(dice, now, &mut claims);
    left_out(dice, &mut claims);
    [claims.clone(), claims]
}

fn original_claims(dice: &mut Dice, now: i64, _: &str) -> Both<Value> {
    let mut claims = json!({
        "user_id": 1,
        "username": *dice.pick(&NAMES),
        "exp": now + *dice.pick(&LIVES),
        "email": "alice@example.com",
        "orig_iat": now - *dice.pick(&AGES),
    });
    odd_claims(dice, now, &mut claims);
    left_out(dice, &mut claims);
    for name in ["sub", "jti"] {
        claims.as_object_mut().expect("claims are an object").remove(name);
    }
    [claims.clone(), claims]
}

const NAMES: [&str; 8] = ["alice", "alice", "bob", "root", "zoë", "ida", "nobody", ""];
const LIVES: [i64; 6] = [-3600, -30, 600, 600, 3600, 86_400];
/// The limit of refreshing is seven days.
const AGES: [i64; 5] = [5, 60, 600, 6 * 86_400, 8 * 86_400];

/// Takes a claim away. Not `exp`: tokens that never end are one of the things that are mended.
fn left_out(dice: &mut Dice, claims: &mut Value) {
    let name = match dice.below(16) {
        0 => "username",
        1 => "orig_iat",
        2 => "iat",
        3 => "jti",
        4 => "user_id",
        5 => {
            claims["orig_iat"] = json!(null);
            return;
        }
        _ => return,
    };
    claims.as_object_mut().expect("claims are an object").remove(name);
}

fn without_cookies(answer: &mut Response) {
    answer.headers.retain(|(name, _)| name != "set-cookie");
}

/// The older package sets its cookie with fewer attributes than we do.
fn bare_cookies(answer: &mut Response) {
    for (name, value) in &mut answer.headers {
        if name == "set-cookie" && value.starts_with(&format!("{COOKIE}=")) {
            value.truncate(value.find(';').unwrap_or(value.len()));
        }
    }
}
