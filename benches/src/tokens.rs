//! Making and reading an access token, beside jsonwebtoken doing as much of it as it can, and beside the bare
//! primitive where that is what takes the time.

mod asymmetric;

use crate::median;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::random::SystemRandom;
use countersign_core::settings::SimpleJwt;
use countersign_core::token::{Token, TokenClass, Tokens};
use countersign_core::user::{User, UserId};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

const SECRET: &[u8] = b"benchmark-secret-key-0123456789-abcdefghijklmnop";

/// More tokens than a ring remembers, so that hardly one is known when its turn comes again.
const STRANGERS: usize = 4096;

/// Tokens in turn.
struct Turns {
    texts: Vec<String>,
    next: Cell<usize>,
}

impl Turns {
    /// Access tokens that differ in their `jti`.
    fn of(tokens: &Tokens, refresh: &Token, now: Timestamp) -> Self {
        let texts = (0..STRANGERS).map(|_| tokens.encode(&tokens.access_from(refresh, now, &SystemRandom)));
        Self { texts: texts.collect(), next: Cell::new(0) }
    }

    fn next(&self) -> &str {
        let place = self.next.replace(self.next.get() + 1);
        &self.texts[place % STRANGERS]
    }
}

/// simplejwt's claims, as a jsonwebtoken user writes them.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Claims {
    token_type: String,
    exp: u64,
    iat: u64,
    jti: String,
    user_id: String,
}

/// Prints times and ratios, medians of interleaved rounds.
pub(crate) fn run() {
    hmac();
    asymmetric::run();
}

fn hmac() {
    const TIMES: u32 = 200;
    let tokens = Tokens::new(SimpleJwt::default(), KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None)));
    let now = SystemClock.now();
    let refresh = tokens.refresh_for(&user(), now, &SystemRandom);
    let text = tokens.encode(&tokens.access_from(&refresh, now, &SystemRandom));
    let token = tokens.decode(&text, now).expect("our own token");
    let theirs: Claims = serde_json::from_str(&token.claims().to_ascii()).expect("our own claims");
    let (signing, verifying) = (EncodingKey::from_secret(SECRET), DecodingKey::from_secret(SECRET));
    let mut validation = Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.leeway = 0;

    let turns = Turns::of(&tokens, &refresh, now);
    let mut figures: [Vec<f64>; 5] = Default::default();
    for _ in 0..401 {
        figures[0].push(nanoseconds(TIMES, || drop(black_box(tokens.encode(black_box(&token))))));
        figures[1].push(nanoseconds(TIMES, || {
            drop(black_box(encode(&Header::default(), black_box(&theirs), &signing)));
        }));
        figures[2].push(nanoseconds(TIMES, || drop(black_box(read(&tokens, black_box(turns.next()), now)))));
        figures[3].push(nanoseconds(TIMES, || {
            drop(black_box(decode::<Claims>(black_box(turns.next()), &verifying, &validation)));
        }));
        figures[4].push(nanoseconds(TIMES, || drop(black_box(read(&tokens, black_box(&text), now)))));
    }
    let [mint, their_mint, verify, their_verify, again] = figures.map(median);
    println!(
        "HS256, an access token of simplejwt's five claims, one thread; each verified for the first time"
    );
    println!("  sign      {mint:6.0} ns   jsonwebtoken {their_mint:6.0} ns   ratio {:.2}", mint / their_mint);
    println!(
        "  verify    {verify:6.0} ns   jsonwebtoken {their_verify:6.0} ns   ratio {:.2}",
        verify / their_verify
    );
    println!("    again   {again:6.0} ns   a token that was verified before");
}

/// Every check that a request is put through, but for the user.
fn read(tokens: &Tokens, text: &str, now: Timestamp) -> Option<Token> {
    let token = tokens.decode(text, now).ok()?;
    tokens.check(&token, TokenClass::Access).ok()?;
    Some(token)
}

#[expect(clippy::cast_precision_loss, reason = "a benchmark's figures are small")]
fn nanoseconds(times: u32, work: impl Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(times)
}

fn user() -> User {
    User { id: UserId::Integer(1), ..User::new("alice", "") }
}
