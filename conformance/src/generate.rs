//! Random questions, valid and not, for two servers at once.
//!
//! Each server gives its own tokens, so a question comes as a pair that differs in nothing but them.
//!
//! What countersign means to answer otherwise is not asked. Single answers of that kind are in the recordings,
//! where `divergences.toml` lists them. One changes what comes after, and so is in neither: whoever blacklists a
//! token that was rotated already is logging out, and countersign ends that login's newest token too, where the
//! peer says "Token is blacklisted" and leaves it alive.

use crate::SECRET_KEY;
use crate::dice::Dice;
use crate::exchange::{Request, Response};
use crate::token::sign;
use serde_json::{Value, json};

/// The same for each of the two servers: the peer's first.
pub type Both<T> = [T; 2];

/// Makes questions, and remembers the tokens that the answers gave.
#[derive(Debug)]
pub struct Questions {
    dice: Dice,
    known: Vec<Known>,
    /// Which of them the last question was about, if it asked for a refresh.
    refreshed: Option<usize>,
    /// Whether tokens that nobody gave are shown too.
    forgeries: bool,
    /// The present, in seconds since 1970.
    now: i64,
}

/// A token that was given.
#[derive(Clone, Debug)]
struct Known {
    /// The name of the field in which it was given.
    kind: &'static str,
    tokens: Both<String>,
    /// Whether it has been rotated.
    used: bool,
}

/// Path, field, and the name of the field in which a fitting token was given.
const PATHS: [(&str, &str, &str); 7] = [
    ("/api/token/refresh/", "refresh", "refresh"),
    ("/api/token/refresh/", "refresh", "refresh"),
    ("/api/token/blacklist/", "refresh", "refresh"),
    ("/api/token/sliding/refresh/", "token", "token"),
    ("/api/token/verify/", "token", "refresh"),
    ("/api/token/verify/", "token", "access"),
    ("/api/token/verify/", "token", "token"),
];

const CREDENTIALS: [(&str, &str); 12] = [
    ("alice", "alice-pass-1"),
    ("bob", "bob-pass-1"),
    ("carol", "carol-pass-1"),
    ("root", "root-pass-1"),
    ("zoë", "pässwörd-ñ-漢字-1"),
    ("zoe\u{308}", "pässwörd-ñ-漢字-1"),
    ("ida", "ida-pass-1"),
    ("spacey", "  padded pass  "),
    ("nopass", "!"),
    ("Alice", "alice-pass-1"),
    (" alice\t", " alice-pass-1\u{2003}"),
    ("nobody", "x"),
];

impl Questions {
    /// Begins with a seed; `now` is the present, in seconds since 1970.
    #[must_use]
    pub fn new(seed: u64, now: i64) -> Self {
        Self { dice: Dice::new(seed), known: Vec::new(), refreshed: None, forgeries: true, now }
    }

    /// Shows only tokens that were given. For `CHECK_REVOKE_TOKEN`: a refresh token without the digest of the
    /// password's hash is good enough for the peer, and refused by countersign.
    #[must_use]
    pub fn without_forgeries(self) -> Self {
        Self { forgeries: false, ..self }
    }

    /// The next question, one for each server.
    pub fn ask(&mut self) -> Both<Request> {
        self.refreshed = None;
        let requests = match self.dice.below(10) {
            2..=6 if !self.known.is_empty() => self.use_of_a_token(),
            7 | 8 => self.protected(),
            9 => self.odd(),
            _ => self.login(),
        };
        let accept = self.dice.once_in(8).then(|| *self.dice.pick(&ACCEPT));
        let origin = self.dice.once_in(8).then(|| *self.dice.pick(&ORIGINS));
        let preflight = origin.is_some() && self.dice.once_in(3);
        requests.map(|mut request| {
            if preflight {
                request =
                    Request::new("OPTIONS", &request.path).with("Access-Control-Request-Method", "POST");
            }
            let headers = [("Accept", accept), ("Origin", origin)];
            let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
            headers.fold(request, |request, (name, value)| request.with(name, value))
        })
    }

    /// Remembers the tokens that both answers gave in the same place.
    pub fn learn(&mut self, answers: &Both<Response>) {
        if let Some(index) = self.refreshed.filter(|_| answers[0].status == 200) {
            self.known[index].used = true;
        }
        let [theirs, ours] = [answers[0].tokens(), answers[1].tokens()];
        for ((name, theirs), (other, ours)) in theirs.into_iter().zip(ours) {
            if name == other {
                self.known.push(Known { kind: name, tokens: [theirs, ours], used: false });
            }
        }
    }

    fn login(&mut self) -> Both<Request> {
        let path = *self.dice.pick(&["/api/token/", "/api/token/", "/api/token/sliding/"]);
        let &(username, password) = self.dice.pick(&CREDENTIALS);
        let password = if self.dice.once_in(8) { "wrong" } else { password };
        let mut body = json!({ "username": username, "password": password });
        if self.dice.once_in(6) {
            let field = *self.dice.pick(&["username", "password"]);
            self.spoil(&mut body, field);
        }
        self.posted(path, [body.clone(), body])
    }

    fn use_of_a_token(&mut self) -> Both<Request> {
        let &(path, field, kind) = self.dice.pick(&PATHS);
        let logging_out = path == "/api/token/blacklist/";
        let (tokens, index) = self.some_token(kind, |known| !(logging_out && known.used));
        self.refreshed = index.filter(|_| path == "/api/token/refresh/");
        let mut bodies = tokens.map(|token| json!({ field: token }));
        if self.dice.once_in(8) {
            let before = self.dice.clone();
            self.spoil(&mut bodies[0], field);
            self.dice = before;
            self.spoil(&mut bodies[1], field);
        }
        self.posted(path, bodies)
    }

    fn protected(&mut self) -> Both<Request> {
        let (tokens, _) = self.some_token("access", |_| true);
        let form = *self.dice.pick(&AUTHORIZATION);
        let method = *self.dice.pick(&["GET", "GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST"]);
        tokens.map(|token| {
            // A header has no room for anything but visible ASCII.
            let token: String = token.chars().filter(char::is_ascii_graphic).collect();
            Request::new(method, "/hello/").with("Authorization", &form.replace("TOKEN", &token))
        })
    }

    /// Methods, formats and media types that the endpoints do not expect.
    fn odd(&mut self) -> Both<Request> {
        let &(path, field, _) = self.dice.pick(&PATHS);
        let method = *self.dice.pick(&["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "POST", "FOO"]);
        let request = match self.dice.below(4) {
            0 => Request::new(method, path),
            1 => Request::new("GET", &format!("{path}?format={}", self.dice.pick(&["json", "xml"]))),
            2 => {
                let media = *self.dice.pick(&MEDIA);
                let body = json!({ field: "x" }).to_string().into_bytes();
                Request { body, ..Request::new("POST", path) }.with("Content-Type", media)
            }
            _ => {
                let body = self.dice.pick(&BODIES).as_bytes().to_vec();
                Request { body, ..Request::new("POST", path) }.with("Content-Type", "application/json")
            }
        };
        [request.clone(), request]
    }

    /// A body as JSON or, if it has text only, as a form.
    fn posted(&mut self, path: &str, bodies: Both<Value>) -> Both<Request> {
        let as_form = self.dice.once_in(4);
        bodies.map(|body| match form(&body).filter(|_| as_form) {
            Some(form) => Request { body: form.into_bytes(), ..Request::new("POST", path) }
                .with("Content-Type", "application/x-www-form-urlencoded"),
            None => Request::post(path, &body),
        })
    }

    /// Puts something else where text is expected, or nothing.
    fn spoil(&mut self, body: &mut Value, field: &str) {
        let members = body.as_object_mut().expect("bodies are objects");
        let values = [
            json!(null),
            json!(""),
            json!("  "),
            json!(5),
            json!(1.5),
            json!(true),
            json!([]),
            json!({"a": 1}),
            json!("a\u{0}b"),
            json!("ünï漢"),
            json!("a\nb"),
            json!("x".repeat(3000)),
        ];
        match self.dice.below(values.len() + 1) {
            missing if missing == values.len() => members.remove(field),
            index => members.insert(field.to_owned(), values[index].clone()),
        };
    }

    /// A token that was given, mostly a fitting and a young one, as it is or damaged, with its index; or one
    /// that nobody gave.
    fn some_token(&mut self, kind: &str, may: impl Fn(&Known) -> bool) -> (Both<String>, Option<usize>) {
        let any_kind = self.dice.once_in(6);
        let fits = |known: &Known| (any_kind || known.kind == kind) && may(known);
        let fitting: Vec<usize> = (0..self.known.len()).filter(|&index| fits(&self.known[index])).collect();
        if fitting.is_empty() || (self.forgeries && self.dice.once_in(4)) {
            let unknown = if self.forgeries { self.forged(kind) } else { "garbage".to_owned() };
            return ([unknown.clone(), unknown], None);
        }
        // The older ones are used up.
        let from = if self.dice.once_in(3) { 0 } else { fitting.len().saturating_sub(4) };
        let index = fitting[from + self.dice.below(fitting.len() - from)];
        let damage = self.dice.below(48);
        (self.known[index].tokens.clone().map(|token| damaged(token, damage)), Some(index))
    }

    /// A token with claims of our choice, signed with the servers' key or, now and then, another.
    fn forged(&mut self, kind: &str) -> String {
        let fitting = if kind == "token" { "sliding" } else { kind };
        let kind = *self.dice.pick(&[fitting, fitting, fitting, "access", "refresh", "other"]);
        // The peer goes on refreshing the sliding tokens of the inactive (2).
        let users: &[&str] =
            if kind == "sliding" { &["1", "3", "4"] } else { &["1", "1", "3", "4", "5", "6", "2"] };
        let mut claims = json!({
            "token_type": kind,
            "exp": self.now + *self.dice.pick(&[-3600, -30, 60, 600, 600, 3600, 86_400]),
            "iat": self.now - *self.dice.pick(&[5, 5, 5, 60, 600, -600]),
            "jti": format!("{:016x}{:016x}", self.dice.bits(), self.dice.bits()),
            "user_id": *self.dice.pick(users),
        });
        if kind == "sliding" {
            claims["refresh_exp"] = json!(self.now + *self.dice.pick(&[-60, 600, 86_400]));
        }
        match self.dice.below(20) {
            0 => claims["nbf"] = json!(self.now + *self.dice.pick(&[-60, 600])),
            1 => claims["iss"] = json!("somebody"),
            2 => claims["role"] = json!({"a": [1, 2.5, null, "ü"]}),
            3 => claims["exp"] = json!("soon"),
            4 => claims["iat"] = json!("x"),
            5 => claims["sub"] = json!(5),
            6 => claims["token_type"] = json!(null),
            7 => drop(claims.as_object_mut().expect("claims are an object").remove("exp")),
            8 => drop(claims.as_object_mut().expect("claims are an object").remove("token_type")),
            9 => claims["jti"] = json!(7),
            _ => {}
        }
        let key = if self.dice.once_in(10) { "another-key-another-key-another-key-0000" } else { SECRET_KEY };
        let algorithm =
            if self.dice.once_in(8) { *self.dice.pick(&["HS512", "none", "hs256"]) } else { "HS256" };
        let header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
        sign(&header, &claims.to_string(), key)
    }
}

const ACCEPT: [&str; 7] =
    ["*/*", "application/json", "application/*", "application/xml", "xyz", "application/json; indent=4", ""];
const ORIGINS: [&str; 4] = ["http://localhost:3000", "http://evil.example", "null", "https://localhost:3000"];
const MEDIA: [&str; 5] = [
    "text/plain",
    "nonsense",
    "application/vnd.api+json",
    "Application/JSON",
    "application/json; charset=utf-8",
];
const BODIES: [&str; 10] =
    ["{", "{} x", "  ", "null", "[]", "\"x\"", "3", "true", "{\"a\":1,}", "{\"a\": NaN}"];
const AUTHORIZATION: [&str; 18] = [
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "Bearer TOKEN",
    "bearer TOKEN",
    "JWT TOKEN",
    "Bearer  TOKEN",
    "Bearer\tTOKEN",
    "Bearer TOKEN extra",
    "Bearer",
    "TOKEN",
    "Basic YWxpY2U6eA==",
    "",
];

/// The token as it is, most of the time.
fn damaged(token: String, how: usize) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    match how {
        0 => token[..token.len() - 5].to_owned(),
        1 => format!("{token}.x"),
        2 => format!("  {token}\n"),
        3 => "garbage".to_owned(),
        4 => token.replace('.', ""),
        5 => {
            // Not the last character: some of its bits carry nothing.
            let first = if parts[2].starts_with('A') { 'B' } else { 'A' };
            parts[2].replace_range(..1, &first.to_string());
            parts.join(".")
        }
        6 => parts[..2].join("."),
        7 => sign(r#"{"alg":"HS256","typ":"JWT","kid":1}"#, r#"{"exp":1}"#, SECRET_KEY),
        _ => token,
    }
}

/// The members of a flat object of text, as a form.
fn form(body: &Value) -> Option<String> {
    let pair =
        |(name, value): (&String, &Value)| Some(format!("{name}={}", percent_encoded(value.as_str()?)));
    let pairs: Option<Vec<String>> = body.as_object()?.iter().map(pair).collect();
    Some(pairs?.join("&"))
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_asks_the_same_questions_and_both_servers_get_their_own_tokens() {
        let ask = |seed| {
            let mut questions = Questions::new(seed, 1_795_319_550);
            let given = |name: &str| Response {
                status: 200,
                headers: Vec::new(),
                body: format!(r#"{{"refresh":"{name}.refresh.{name}","access":"{name}.a.{name}"}}"#)
                    .into_bytes(),
            };
            questions.learn(&[given("theirs"), given("ours")]);
            (0..300).map(|_| questions.ask()).collect::<Vec<_>>()
        };
        assert_eq!(ask(1), ask(1));
        assert_ne!(ask(1), ask(2));
        let carries = |request: &Request, token: &str| String::from_utf8_lossy(&request.body).contains(token);
        for [theirs, ours] in ask(1) {
            assert_eq!(carries(&theirs, "theirs.refresh"), carries(&ours, "ours.refresh"));
            assert!(!carries(&theirs, "ours.") && !carries(&ours, "theirs."));
            assert_eq!((theirs.method, theirs.path), (ours.method, ours.path));
        }
    }
}
