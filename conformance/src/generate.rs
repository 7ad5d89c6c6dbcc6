//! Random questions, valid and not, for two servers at once.
//!
//! Each server gives its own tokens, so a question comes as a pair that differs in nothing but them.
//!
//! What countersign means to answer otherwise is not asked. Single answers of that kind are in the recordings,
//! where the lists of divergences have them; what differs in every answer of a wire is in its [`Wire::meant`].

pub mod cookie_auth;
pub mod jwt_auth;
pub mod simple_jwt;

use crate::dice::Dice;
use crate::exchange::{REFRESH_COOKIE, Request, Response};
use crate::token::sign;
use crate::{REFRESH_TOKEN_SECRET, SECRET_KEY};
use serde_json::{Value, json};

/// The same for each of the two servers: the peer's first.
pub type Both<T> = [T; 2];

/// A wire that questions are asked about.
#[derive(Debug)]
pub struct Wire {
    /// Where one logs in.
    pub logins: &'static [&'static str],
    /// Names and passwords to try.
    pub people: &'static [(&'static str, &'static str)],
    /// Where tokens are sent to: path, field, and the name of the field in which a fitting one was given.
    pub uses: &'static [(&'static str, &'static str, &'static str)],
    /// The path at which a token is used up, if there is one.
    pub spends: &'static str,
    /// The path at which a token that was used up is not shown again, if there is one.
    pub ends: &'static str,
    /// What is protected, and the name of the field in which a fitting token was given.
    pub protected: (&'static [&'static str], &'static str),
    /// The word before a token in `Authorization`.
    pub prefix: &'static str,
    /// Whether the package wants text in `kid`, `sub` and `jti`, as PyJWT 2 does and we always do; 1 did not.
    pub strict: bool,
    /// What a token of ours says, as each of the two servers would write it: of a kind, at a moment in seconds since
    /// 1970.
    pub claims: fn(&mut Dice, i64, &str) -> Both<Value>,
    /// What this wire has that others have not, asked once in six times.
    pub beside: Option<fn(&mut Questions) -> Both<Request>>,
    /// Takes out of two answers what is meant to differ in all of this wire.
    pub meant: fn(&Request, &mut Both<Response>),
}

/// Makes questions, and remembers the tokens that the answers gave.
#[derive(Debug)]
pub struct Questions {
    wire: &'static Wire,
    dice: Dice,
    known: Vec<Known>,
    /// Which of them the last question used up, if it was granted.
    spent: Option<usize>,
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
    /// Whether it has been used up.
    used: bool,
}

impl Questions {
    /// Begins with a seed; `now` is the present, in seconds since 1970.
    #[must_use]
    pub fn new(wire: &'static Wire, seed: u64, now: i64) -> Self {
        Self { wire, dice: Dice::new(seed), known: Vec::new(), spent: None, forgeries: true, now }
    }

    /// Shows only tokens that were given: for settings under which only a server itself can make a good one.
    #[must_use]
    pub fn without_forgeries(self) -> Self {
        Self { forgeries: false, ..self }
    }

    /// What the questions are about.
    #[must_use]
    pub const fn wire(&self) -> &'static Wire {
        self.wire
    }

    /// The next question, one for each server.
    pub fn ask(&mut self) -> Both<Request> {
        self.spent = None;
        let beside = self.wire.beside.filter(|_| !self.known.is_empty());
        let requests = match (self.dice.below(10), beside) {
            (5 | 6, Some(beside)) => beside(self),
            (2..=6, _) if !self.known.is_empty() && !self.wire.uses.is_empty() => self.use_of_a_token(),
            (7 | 8, _) => self.protected(),
            (9, _) => self.odd(),
            _ => self.login(),
        };
        self.dressed(requests)
    }

    /// The same with headers that any request may have, or, now and then, as its preflight.
    fn dressed(&mut self, requests: Both<Request>) -> Both<Request> {
        let accept = self.dice.once_in(8).then(|| *self.dice.pick(&ACCEPT));
        let origin = self.dice.once_in(8).then(|| *self.dice.pick(&ORIGINS));
        let preflight = origin.is_some() && self.dice.once_in(3);
        let by_cookie = |request: &Request| request.headers.iter().any(|(name, _)| name == "Cookie");
        // Whether a cookie may be used from there is one of the things that are mended.
        let origin = origin.filter(|_| preflight || !by_cookie(&requests[0]));
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
        let [theirs, ours] = [answers[0].tokens(), answers[1].tokens()];
        if let Some(index) = self.spent.filter(|_| answers[0].status < 300) {
            let Known { kind, tokens: [old, _], used } = &mut self.known[index];
            *used = true;
            let (kind, old) = (*kind, old.clone());
            // One that only we replace: the peer's old one goes on.
            let only_ours =
                ours.iter().find(|(name, _)| *name == kind && theirs.iter().all(|(own, _)| own != name));
            if let Some((_, new)) = only_ours {
                self.known.push(Known { kind, tokens: [old, new.clone()], used: false });
            }
        }
        for (kind, theirs) in theirs {
            if let Some((_, ours)) = ours.iter().find(|(name, _)| *name == kind) {
                self.known.push(Known { kind, tokens: [theirs, ours.clone()], used: false });
            }
        }
    }

    fn login(&mut self) -> Both<Request> {
        let path = *self.dice.pick(self.wire.logins);
        let &(username, password) = self.dice.pick(self.wire.people);
        let password = if self.dice.once_in(8) { "wrong" } else { password };
        let mut body = json!({ "username": username, "password": password });
        if self.dice.once_in(6) {
            let field = *self.dice.pick(&["username", "password"]);
            self.spoil(&mut body, field);
        }
        self.posted(path, [body.clone(), body])
    }

    fn use_of_a_token(&mut self) -> Both<Request> {
        let &(path, field, kind) = self.dice.pick(self.wire.uses);
        let logging_out = path == self.wire.ends;
        let (tokens, index) = self.some_token(kind, |known| !(logging_out && known.used));
        self.spent = index.filter(|_| path == self.wire.spends);
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
        let (paths, kind) = self.wire.protected;
        let path = *self.dice.pick(paths);
        let method = *self.dice.pick(&["GET", "GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST"]);
        self.authorized(kind)
            .map(|authorization| Request::new(method, path).with("Authorization", &authorization))
    }

    /// A token in one of the forms that `Authorization` may have, good or not.
    fn authorized(&mut self, kind: &str) -> Both<String> {
        let (tokens, _) = self.some_token(kind, |_| true);
        let prefix = self.wire.prefix;
        let form = self.dice.pick(&AUTHORIZATION).replace("WORD", prefix);
        let form = form.replace("word", &prefix.to_lowercase());
        tokens.map(|token| {
            // A header has no room for anything but visible ASCII.
            let token: String = token.chars().filter(char::is_ascii_graphic).collect();
            form.replace("TOKEN", &token)
        })
    }

    /// Methods, formats and media types that the endpoints do not expect.
    fn odd(&mut self) -> Both<Request> {
        let (protected, _) = self.wire.protected;
        let paths: Vec<&str> = self
            .wire
            .uses
            .iter()
            .map(|(path, ..)| *path)
            .chain(protected.iter().copied())
            .chain(self.wire.logins.iter().copied())
            .collect();
        let path = *self.dice.pick(&paths);
        let method = *self.dice.pick(&["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "POST", "FOO"]);
        let request = match self.dice.below(4) {
            0 => Request::new(method, path),
            1 => Request::new("GET", &format!("{path}?format={}", self.dice.pick(&["json", "xml"]))),
            2 => {
                let media = *self.dice.pick(&MEDIA);
                let body = json!({ "token": "x", "refresh": "x", "username": "x" }).to_string().into_bytes();
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
            if self.forgeries {
                return (self.forged(kind), None);
            }
            return (["garbage".to_owned(), "garbage".to_owned()], None);
        }
        // The older ones are used up.
        let from = if self.dice.once_in(3) { 0 } else { fitting.len().saturating_sub(4) };
        let index = fitting[from + self.dice.below(fitting.len() - from)];
        let damage = self.dice.below(48);
        let damage = if damage == NAMED_BY_A_NUMBER && !self.wire.strict { damage + 1 } else { damage };
        (self.known[index].tokens.clone().map(|token| damaged(token, damage)), Some(index))
    }

    /// A token with claims of our choice, signed with the servers' key or, now and then, another.
    fn forged(&mut self, kind: &str) -> Both<String> {
        let claims = (self.wire.claims)(&mut self.dice, self.now, kind);
        let own = if kind == REFRESH_COOKIE { REFRESH_TOKEN_SECRET } else { SECRET_KEY };
        let key = if self.dice.once_in(10) { "another-key-another-key-another-key-0000" } else { own };
        let algorithm =
            if self.dice.once_in(8) { *self.dice.pick(&["HS512", "none", "hs256"]) } else { "HS256" };
        let header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
        claims.map(|claims| sign(&header, &claims.to_string(), key))
    }
}

/// Changes a token's claims in one of the ways that every package has to expect, once in two times.
fn odd_claims(dice: &mut Dice, now: i64, claims: &mut Value) {
    let object = claims.as_object_mut().expect("claims are an object");
    let (name, value) = match dice.below(20) {
        0 => ("nbf", json!(now + *dice.pick(&[-60, 600]))),
        1 => ("iss", json!("somebody")),
        2 => ("role", json!({"a": [1, 2.5, null, "ü"]})),
        3 => ("exp", json!("soon")),
        4 => ("iat", json!("x")),
        5 => ("sub", json!(5)),
        9 => ("jti", json!(7)),
        _ => return,
    };
    object.insert(name.to_owned(), value);
}

/// Nothing is meant to differ.
fn nothing(_: &Request, _: &mut Both<Response>) {}

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
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "WORD TOKEN",
    "word TOKEN",
    "OTHER TOKEN",
    "WORD  TOKEN",
    "WORD\tTOKEN",
    "WORD TOKEN extra",
    "WORD",
    "TOKEN",
    "Basic YWxpY2U6eA==",
    "",
];

/// The damage of a `kid` that is no text.
const NAMED_BY_A_NUMBER: usize = 7;

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
        NAMED_BY_A_NUMBER => sign(r#"{"alg":"HS256","typ":"JWT","kid":1}"#, r#"{"exp":1}"#, SECRET_KEY),
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
            let mut questions = Questions::new(&simple_jwt::WIRE, seed, 1_795_319_550);
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
