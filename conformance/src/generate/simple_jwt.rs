//! simplejwt's wire.
//!
//! One thing that countersign means to answer otherwise changes what comes after, and so is in no list: whoever
//! blacklists a token that was rotated already is logging out, and countersign ends that login's newest token too, where
//! the peer says "Token is blacklisted" and leaves it alive.

use super::{Both, Wire, nothing, odd_claims};
use crate::dice::Dice;
use serde_json::{Value, json};

/// Obtain, refresh, verify, blacklist, the sliding two, and `/hello/`.
pub static WIRE: Wire = Wire {
    logins: &["/api/token/", "/api/token/", "/api/token/sliding/"],
    people: &PEOPLE,
    uses: &[
        ("/api/token/refresh/", "refresh", "refresh"),
        ("/api/token/refresh/", "refresh", "refresh"),
        ("/api/token/blacklist/", "refresh", "refresh"),
        ("/api/token/sliding/refresh/", "token", "token"),
        ("/api/token/verify/", "token", "refresh"),
        ("/api/token/verify/", "token", "access"),
        ("/api/token/verify/", "token", "token"),
    ],
    spends: "/api/token/refresh/",
    ends: "/api/token/blacklist/",
    protected: (&["/hello/"], "access"),
    prefix: "Bearer",
    strict: true,
    claims,
    beside: None,
    meant: nothing,
};

/// Everybody whom the peer knows, spelt in more ways than one, and somebody whom it does not.
pub(super) const PEOPLE: [(&str, &str); 12] = [
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

fn claims(dice: &mut Dice, now: i64, kind: &str) -> Both<Value> {
    let fitting = if kind == "token" { "sliding" } else { kind };
    let kind = *dice.pick(&[fitting, fitting, fitting, "access", "refresh", "other"]);
    // The peer goes on refreshing the sliding tokens of the inactive (2).
    let users: &[&str] =
        if kind == "sliding" { &["1", "3", "4"] } else { &["1", "1", "3", "4", "5", "6", "2"] };
    let mut claims = json!({
        "token_type": kind,
        "exp": now + *dice.pick(&[-3600, -30, 600, 600, 600, 3600, 86_400]),
        "iat": now - *dice.pick(&[5, 5, 5, 60, 600, -600]),
        "jti": format!("{:016x}{:016x}", dice.bits(), dice.bits()),
        "user_id": *dice.pick(users),
    });
    if kind == "sliding" {
        claims["refresh_exp"] = json!(now + *dice.pick(&[-60, 600, 86_400]));
    }
    odd_claims(dice, now, &mut claims);
    match dice.below(20) {
        6 => claims["token_type"] = json!(null),
        7 => drop(claims.as_object_mut().expect("claims are an object").remove("exp")),
        8 => drop(claims.as_object_mut().expect("claims are an object").remove("token_type")),
        _ => {}
    }
    [claims.clone(), claims]
}
