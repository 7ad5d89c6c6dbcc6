//! PBKDF2-HMAC-SHA256 at Django's default cost, beside aws-lc-rs.

use crate::median;
use aws_lc_rs::pbkdf2;
use countersign_pbkdf2::{Derivation, Engine};
use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

/// Django 5.2's.
const ITERATIONS: u32 = 1_000_000;
/// Rounds in which everybody has their turn.
const ROUNDS: usize = 5;
const PASSWORD: &[u8] = b"correct horse battery";
const SALT: &[u8] = b"7GfsTg1TZD3cDaRZIGlX7h";

/// Prints times of one hash, and hashes a second on two threads; medians of interleaved rounds.
pub(crate) fn run() {
    let engine = Engine::detect();
    let mut alone: [Vec<f64>; 3] = Default::default();
    let mut threads: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        alone[0].push(milliseconds(theirs));
        alone[1].push(milliseconds(|| ours(engine)));
        alone[2].push(milliseconds(|| ours(Engine::portable())));
        threads[0].push(2.0 * 1000.0 / milliseconds(|| on_two_threads(theirs)));
        threads[1].push(2.0 * 1000.0 / milliseconds(|| on_two_threads(|| ours(engine))));
        threads[2].push(4.0 * 1000.0 / milliseconds(|| on_two_threads(|| ours_two(engine))));
    }
    println!("PBKDF2-HMAC-SHA256, {ITERATIONS} iterations, on {}", engine.name());
    let [theirs, ours, portable] = alone.map(median);
    println!("  one hash                  aws-lc-rs {theirs:6.1} ms");
    println!("    alone                             {ours:6.1} ms   {:.2} times as fast", theirs / ours);
    println!("    without intrinsics                {portable:6.1} ms   {:.2} times", theirs / portable);
    let [theirs, ours, two] = threads.map(median);
    println!("  hashes on two threads     aws-lc-rs {theirs:6.1} /s");
    println!("    one on each                       {ours:6.1} /s   {:.2} times as many", ours / theirs);
    println!("    two side by side on each          {two:6.1} /s   {:.2} times", two / theirs);
}

fn theirs() {
    let mut key = [0; 32];
    let iterations = NonZero::new(ITERATIONS).expect("a million");
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, SALT, PASSWORD, &mut key);
    black_box(key);
}

fn ours(engine: Engine) {
    let mut derivation = Derivation::new(black_box(PASSWORD), SALT, ITERATIONS, 32);
    while derivation.left() > 0 {
        derivation.advance(engine, u32::MAX);
    }
    black_box(derivation.key());
}

fn ours_two(engine: Engine) {
    let mut two = [0, 1].map(|_| Derivation::new(black_box(PASSWORD), SALT, ITERATIONS, 32));
    Derivation::advance_two(engine, two.each_mut(), u32::MAX);
    black_box(two.map(|derivation| derivation.left()));
}

fn on_two_threads(work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        scope.spawn(&work);
        work();
    });
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1000.0
}
