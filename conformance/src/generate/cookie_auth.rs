//! The wire of the cookie recipe, which countersign speaks where `strict_peer` is on.
//!
//! Not asked: inactive users, whom the recipe lets in, and what comes of logging in while one still has a session, which
//! countersign ends.

use super::simple_jwt::PEOPLE;
use super::{Both, Questions, Wire, odd_claims};
use crate::dice::Dice;
use crate::exchange::{REFRESH_COOKIE, Request, Response};
use serde_json::{Value, json};

/// Login, refresh, and who one is.
pub static WIRE: Wire = Wire {
    logins: &[LOGIN],
    people: const { &active() },
    uses: &[],
    spends: "",
    ends: "",
    protected: (&[USER], "access_token"),
    prefix: "Bearer",
    strict: true,
    claims,
    beside: Some(beside),
    meant,
};

const LOGIN: &str = "/accounts/login";
const REFRESH: &str = "/accounts/refresh_token";
const USER: &str = "/accounts/user";
/// A secret as Django makes them. A client may choose its own: all that counts is that it is said twice.
const SECRET: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";
/// The same under a mask, by Django's `_mask_cipher_secret` with the mask `aaaa…ab`.
const MASKED: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaababcdefghijklmnopqrstuvwxyzABCDEG";

/// Everybody but the inactive.
const fn active() -> [(&'static str, &'static str); 11] {
    let mut all = [("", ""); 11];
    let (mut from, mut to) = (0, 0);
    while from < PEOPLE.len() {
        if from != 6 {
            all[to] = PEOPLE[from];
            to += 1;
        }
        from += 1;
    }
    all
}

fn beside(questions: &mut Questions) -> Both<Request> {
    if questions.dice.once_in(3) { post_to_user(questions) } else { refresh(questions) }
}

/// The cookie, with a proof that the request is meant, or something like one.
fn refresh(questions: &mut Questions) -> Both<Request> {
    let (tokens, index) = questions.some_token(REFRESH_COOKIE, |known| !known.used);
    let index = index.filter(|&index| questions.known[index].kind == REFRESH_COOKIE);
    let proof = Proof::some(&mut questions.dice);
    let without = questions.dice.once_in(10);
    questions.spent = index.filter(|_| !without);
    tokens.map(|token| {
        let cookies = if without { String::new() } else { format!("{REFRESH_COOKIE}={}; ", token.trim()) };
        proof.on(Request::new("POST", REFRESH), &cookies)
    })
}

/// An unsafe request with a token in its header: the recipe wants the proof there too.
fn post_to_user(questions: &mut Questions) -> Both<Request> {
    let proof = Proof::some(&mut questions.dice);
    questions
        .authorized("access_token")
        .map(|authorization| proof.on(Request::new("POST", USER).with("Authorization", &authorization), ""))
}

/// The CSRF cookie and what is sent to match it.
struct Proof {
    cookie: Option<&'static str>,
    header: Option<&'static str>,
    field: Option<&'static str>,
}

impl Proof {
    fn some(dice: &mut Dice) -> Self {
        const SHORT: &str = "abc";
        const ODD: &str = "abcdefghijklmnopqrstuvwxyzABCDE-";
        const OTHER: &str = "ZZcdefghijklmnopqrstuvwxyzABCDEF";
        let cookie = *dice.pick(&[
            Some(SECRET),
            Some(SECRET),
            Some(SECRET),
            Some(MASKED),
            None,
            Some(SHORT),
            Some(ODD),
        ]);
        let said = [
            Some(SECRET),
            Some(SECRET),
            Some(SECRET),
            Some(MASKED),
            Some(MASKED),
            None,
            Some(SHORT),
            Some(ODD),
            Some(OTHER),
            Some(""),
        ];
        let field = dice.once_in(5).then(|| *dice.pick(&said)).flatten();
        Self { cookie, header: *dice.pick(&said), field }
    }

    fn on(&self, request: Request, cookies: &str) -> Request {
        let csrf = self.cookie.map_or_else(String::new, |cookie| format!("csrftoken={cookie}"));
        let cookies = format!("{cookies}{csrf}");
        let mut request =
            if cookies.is_empty() { request } else { request.with("Cookie", cookies.trim_end_matches("; ")) };
        if let Some(header) = self.header {
            request = request.with("X-CSRFToken", header);
        }
        if let Some(field) = self.field {
            request.body = format!("csrfmiddlewaretoken={field}").into_bytes();
            request = request.with("Content-Type", "application/x-www-form-urlencoded");
        }
        request
    }
}

/// The recipe's tokens, and ours: those say what they are, and have an id.
fn claims(dice: &mut Dice, now: i64, kind: &str) -> Both<Value> {
    let mut theirs = json!({
        "user_id": *dice.pick(&[1, 1, 3, 4, 2, 999]),
        "exp": now + *dice.pick(&[-3600, -30, 600, 600, 600, 3600]),
        "iat": now - *dice.pick(&[5, 5, 60, 600]),
    });
    odd_claims(dice, now, &mut theirs);
    let mut ours = theirs.clone();
    ours["cookie_auth"] = json!(if kind == REFRESH_COOKIE { "refresh" } else { "access" });
    if ours.get("jti").is_none() {
        ours["jti"] = json!(format!("{:016x}{:016x}", dice.bits(), dice.bits()));
    }
    [theirs, ours]
}

/// What is mended everywhere: tokens are bound to the dialect, their cookie has the attributes that it should have and
/// is replaced at each refresh, nobody is told who exists, no foreign page logs a visitor in, and a forged request gets
/// its answer in JSON.
fn meant(request: &Request, answers: &mut Both<Response>) {
    let is_forged = is_html_refusal(&answers[0]) && says(&answers[1], "CSRF Failed: ");
    let foreign =
        request.headers.iter().any(|(name, value)| name == "Origin" && value != "http://localhost:3000");
    let is_foreign_login = request.path == LOGIN && request.method == "POST" && foreign;
    if is_forged || (is_foreign_login && says(&answers[1], "CSRF Failed: Origin checking failed")) {
        answers[0] = answers[1].clone();
    }
    let found = br#""user not found""#;
    if answers[0].body.windows(found.len()).any(|part| part == found) {
        answers[0].body = br#"{"detail":"wrong password"}"#.to_vec();
    }
    let renews = request.path == REFRESH;
    if renews && answers.iter().all(|answer| answer.status == 200) {
        // As it is replaced, what is answered depends on it.
        answers[1].headers.retain(|(name, _)| name != "vary");
        let vary: Vec<_> = answers[0].headers.iter().filter(|(name, _)| name == "vary").cloned().collect();
        answers[1].headers.extend(vary);
    }
    for answer in answers {
        without_tokens(answer, renews);
    }
}

fn is_html_refusal(answer: &Response) -> bool {
    answer.status == 403 && answer.header("content-type").any(|value| value.starts_with("text/html"))
}

fn says(answer: &Response, detail: &str) -> bool {
    answer.status == 403 && answer.json()["detail"].as_str().is_some_and(|own| own.starts_with(detail))
}

fn without_tokens(answer: &mut Response, renews: bool) {
    for (_, token) in answer.tokens() {
        answer.body = String::from_utf8_lossy(&answer.body).replace(&token, "<token>").into_bytes();
    }
    let of_session = |value: &str| value.starts_with(&format!("{REFRESH_COOKIE}="));
    answer.headers.retain(|(name, value)| !(renews && name == "set-cookie" && of_session(value)));
    for (name, value) in &mut answer.headers {
        if name == "set-cookie" && of_session(value) {
            value.truncate(value.find(';').unwrap_or(value.len()));
        }
    }
}
