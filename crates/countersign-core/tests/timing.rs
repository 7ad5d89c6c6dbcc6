//! Whether the time that a forged token takes tells how much of its signature was right: dudect's test (Reparaz, Balasch
//! and Verbauwhede, 2017) on the first byte of a MAC against its last. For a machine with nothing else to do:
//! `cargo xtask soak timing`.
//!
//! On 26 November 2026, on two cores that had much else to do, t was between -0.35 and -2.87 in five runs, and between -164
//! and -268 where each reading was followed by a comparison that stops at the first difference.

use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::random::Random as _;
use countersign_core::testing::SeededRandom;
use std::hint::black_box;
use std::time::Instant;

/// Of each kind, about half.
const SAMPLES: usize = 1_000_000;
/// What dudect takes for a leak.
const THRESHOLD: f64 = 4.5;

#[test]
#[ignore = "measures time: for a quiet machine, optimised"]
fn a_wrong_first_byte_of_a_mac_takes_as_long_as_a_wrong_last_one() {
    let (ring, [good, tokens @ ..]) = forged();
    assert!(tokens.iter().all(|token| ring.verify(token).is_err()) && ring.verify(&good).is_ok());
    let t = welch(|late| black_box(ring.verify(black_box(&tokens[usize::from(late)]))).is_ok());
    println!("compared: HS256, the first byte of a MAC wrong or the last, {SAMPLES} samples: t = {t:.2}");
    assert!(t.abs() < THRESHOLD, "t = {t:.2}");
}

/// Were there something to see, it would be seen, beside everything else that reading a token takes.
#[test]
#[ignore = "measures time: for a quiet machine, optimised"]
fn a_comparison_that_stops_at_the_first_difference_is_found_out() {
    let (ring, [good, tokens @ ..]) = forged();
    let equal = |one: &str, other: &str| {
        // All before it is the same.
        let mut pairs = one.bytes().zip(other.bytes()).skip(one.len() - 43);
        pairs.all(|(one, other)| black_box(one) == black_box(other))
    };
    let t = welch(|late| {
        let token = black_box(&tokens[usize::from(late)]);
        black_box(ring.verify(token)).is_ok() || equal(token, black_box(&good))
    });
    println!("compared: a comparison that stops early, {SAMPLES} samples: t = {t:.2}");
    assert!(t.abs() > THRESHOLD, "t = {t:.2}");
}

/// Who reads, a good token, and two with another character at the beginning and at the end of the MAC.
fn forged() -> (KeyRing, [String; 3]) {
    let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None));
    let good =
        ring.sign(r#"{"token_type":"access","exp":4102444800,"jti":"0123456789abcdef","user_id":"7"}"#);
    let start = good.rfind('.').expect("a token has dots") + 1;
    // The last character of a MAC has two bits that mean nothing: the one before it is whole.
    let [early, late] = [start, good.len() - 2].map(|place| with_another(&good, place));
    (ring, [good, early, late])
}

/// The token with another character there.
fn with_another(token: &str, place: usize) -> String {
    let other = if &token[place..=place] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..place], &token[place + 1..])
}

/// Welch's t of the times of both kinds of work, done in random order. The slowest twentieth of all is left out: what
/// it measures is the rest of the machine.
#[expect(clippy::cast_precision_loss, reason = "times and counts are small")]
fn welch(work: impl Fn(bool) -> bool) -> f64 {
    let random = SeededRandom::new(1);
    let mut kinds = vec![0; SAMPLES];
    random.fill(&mut kinds);
    let samples: Vec<(bool, u64)> = kinds
        .iter()
        .map(|kind| {
            let late = kind & 1 == 1;
            let begun = Instant::now();
            black_box(work(late));
            (late, u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX))
        })
        .collect();
    let mut times: Vec<u64> = samples.iter().map(|(_, time)| *time).collect();
    times.sort_unstable();
    let longest = times[SAMPLES * 19 / 20];
    let [(mean, spread), (late_mean, late_spread)] = [false, true].map(|late| {
        let kept: Vec<f64> = samples
            .iter()
            .filter(|(kind, time)| *kind == late && *time <= longest)
            .map(|(_, time)| *time as f64)
            .collect();
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (mean - late_mean) / (spread + late_spread).sqrt()
}
