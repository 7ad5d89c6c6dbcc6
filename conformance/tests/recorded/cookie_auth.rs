//! The cookie recipe, with `strict_peer`.
//!
//! Its tokens say neither what they are nor have an id, and so are none of ours, however well signed. In their place we
//! are shown tokens that say the same and these two things more.

use crate::Recordings;
use countersign_conformance::exchange::REFRESH_COOKIE;
use countersign_conformance::generate::cookie_auth::WIRE;
use countersign_conformance::recording::{COOKIE_AUTH, Configuration, Step};
use countersign_conformance::replay::Tokens;
use countersign_conformance::token::{resigned, verified};
use countersign_conformance::{REFRESH_TOKEN_SECRET, SECRET_KEY};
use serde_json::{Value, json};
use std::hash::{Hash as _, Hasher as _};

const RECORDINGS: Recordings = Recordings {
    name: "the cookie recipe",
    file: COOKIE_AUTH,
    divergences: "divergences_cookie_auth.toml",
    left_out: &[],
    adapted: with_our_tokens,
    meant: WIRE.meant,
};

fn with_our_tokens(configuration: &Configuration) -> Configuration {
    let mut configuration = configuration.clone();
    for step in &mut configuration.steps {
        let Step::Exchange(exchange) = step else { continue };
        for (name, value) in &mut exchange.request.headers {
            // Where the peer listened, and where a replay does.
            *value = value.replace("127.0.0.1:8711", "127.0.0.1:8000");
            match name.as_str() {
                "Authorization" => *value = words(value, ' '),
                "Cookie" => *value = words(value, ';'),
                _ => {}
            }
        }
        // The view's docstring, which is the peer's own.
        let body = String::from_utf8_lossy(&exchange.response.body);
        let bare = body.replace("Protected; POST exists so that the CSRF check can be provoked.", "");
        exchange.response.body = bare.into_bytes();
    }
    configuration
}

/// The header with each token in it replaced by ours.
fn words(header: &str, separator: char) -> String {
    let words = header.split(separator).map(|word| {
        let (before, token) = word.split_once('=').filter(|_| separator == ';').unwrap_or(("", word));
        let quoted = token.trim_matches('"');
        match translated(quoted) {
            Some(ours) if before.is_empty() => token.replace(quoted, &ours),
            Some(ours) => format!("{before}={}", token.replace(quoted, &ours)),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(&separator.to_string())
}

/// An id for a token that has none: another for another token.
fn id_of(token: &str) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    token.hash(&mut hasher);
    format!("{:032x}", hasher.finish())
}

/// A token of the recipe as we would have made it; none of what is no such token.
fn translated(token: &str) -> Option<String> {
    let keys = [(SECRET_KEY, "access"), (REFRESH_TOKEN_SECRET, REFRESH_COOKIE)];
    keys.into_iter().find_map(|(key, kind)| {
        let mut claims: Value = serde_json::from_str(&verified(token, key)?).ok()?;
        let members = claims.as_object_mut()?;
        // One of simplejwt's stays what it is.
        if members.contains_key("token_type") {
            return None;
        }
        members.insert("cookie_auth".to_owned(), json!(kind.trim_end_matches("token")));
        members.entry("jti").or_insert_with(|| json!(id_of(token)));
        resigned(token, &claims.to_string(), key)
    })
}

#[test]
fn recorded_requests_are_answered_alike_with_tokens_that_say_what_they_are() {
    RECORDINGS.replay(Tokens::Recorded, &[]);
}
