//! Judged by aws-lc-rs, by published vectors and by hashes that Django made. Every engine of this machine is judged.

use aws_lc_rs::pbkdf2;
use countersign_pbkdf2::{Derivation, Engine, derive};
use proptest::prelude::*;
use std::num::NonZero;

fn judge(password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Vec<u8> {
    let mut key = vec![0; length];
    let iterations = NonZero::new(iterations).expect("one and more");
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, password, &mut key);
    key
}

fn engines() -> [Engine; 2] {
    [Engine::portable(), Engine::detect()]
}

/// The key, in steps of so many iterations.
fn alone(engine: Engine, mut derivation: Derivation, step: u32) -> Vec<u8> {
    while derivation.left() > 0 {
        derivation.advance(engine, step);
    }
    derivation.key().expect("nothing is left").to_vec()
}

/// Both keys, side by side in steps of so many iterations.
fn beside(engine: Engine, mut two: [Derivation; 2], step: u32) -> [Vec<u8>; 2] {
    while two.iter().any(|derivation| derivation.left() > 0) {
        Derivation::advance_two(engine, two.each_mut(), step);
    }
    two.map(|derivation| derivation.key().expect("nothing is left").to_vec())
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_instructions_are_used_where_the_processor_has_them() {
    let expected = if is_x86_feature_detected!("sha") { "sha-ni" } else { "portable" };
    assert_eq!(Engine::detect().name(), expected);
}

#[test]
fn it_is_pbkdf2_where_lengths_meet_the_blocks() {
    for password in [0, 1, 55, 56, 63, 64, 65, 128, 200] {
        for salt in [0, 1, 22, 51, 52, 59, 60, 61, 64, 65, 200] {
            for length in [1, 20, 31, 32, 33, 64, 65, 100] {
                let (password, salt) = (vec![b'p'; password], vec![b's'; salt]);
                let expected = judge(&password, &salt, 3, length);
                for engine in engines() {
                    let derivation = Derivation::new(&password, &salt, 3, length);
                    assert_eq!(alone(engine, derivation, u32::MAX), expected);
                }
            }
        }
    }
}

#[test]
fn a_derivation_shows_nothing_of_what_it_derives() {
    let shown = format!("{:?}", Derivation::new(b"secret", b"salt", 7, 32));
    assert_eq!(shown, "Derivation { left: 6, .. }");
}

#[test]
fn no_bytes_are_there_at_once_and_no_iterations_count_as_one() {
    assert_eq!(Derivation::new(b"secret", b"salt", 1000, 0).key(), Some(&[][..]));
    assert_eq!(*derive(b"secret", b"salt", 0, 40), judge(b"secret", b"salt", 1, 40));
}

#[test]
fn what_is_not_finished_has_no_key() {
    let mut derivation = Derivation::new(b"secret", b"salt", 3, 64);
    for left in [2, 1, 2, 1] {
        assert_eq!((derivation.left(), derivation.key()), (left, None));
        derivation.advance(Engine::detect(), 1);
    }
    assert_eq!(derivation.left(), 0);
    assert_eq!(derivation.key(), Some(&*judge(b"secret", b"salt", 3, 64)));
}

#[test]
fn one_that_is_finished_rests_beside_one_that_is_not() {
    for engine in engines() {
        let mut done = Derivation::new(b"done", b"salt", 1, 32);
        let mut other = Derivation::new(b"other", b"salt", 900, 32);
        while other.left() > 0 {
            Derivation::advance_two(engine, [&mut other, &mut done], 100);
        }
        assert_eq!(done.key(), Some(&*judge(b"done", b"salt", 1, 32)));
        assert_eq!(other.key(), Some(&*judge(b"other", b"salt", 900, 32)));
    }
}

/// `make_password(…)` of Django 5.2: password, salt, iterations, key in base64.
#[test]
fn it_makes_the_hashes_that_django_made() {
    let encode = |key: &[u8]| {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits =
            key.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect::<Vec<_>>();
        let digit = |six: &[u8]| (0..6).fold(0, |sum, at| sum * 2 + six.get(at).copied().unwrap_or(0));
        bits.chunks(6).map(|six| char::from(DIGITS[usize::from(digit(six))])).collect::<String>()
    };
    for (password, salt, iterations, hash) in [
        ("lètmein", "7GfsTg1TZD3cDaRZIGlX7h", 1_000_000, "n5u0yBAqdI7WmaaMAAdKrVS9njbzFX+BkzilotelGK0"),
        ("lètmein", "abcdefghijklmnopqrstuv", 3, "MoFbgcc+SapYdYY1YQRIdZApHp8IIUNj7mkRMxpcwu4"),
    ] {
        assert_eq!(encode(&derive(password.as_bytes(), salt.as_bytes(), iterations, 32)), hash);
    }
    let (long, salt) = ("p".repeat(100), "s".repeat(70));
    let key = derive(long.as_bytes(), salt.as_bytes(), 5, 32);
    assert_eq!(encode(&key), "NYodkjMajcbi6BG3guVlS2pifP5H0mD/uobFI2cP+eQ");
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_alone_is_what_aws_lc_says(
        password in bytes(), salt in bytes(), iterations in 1..200_u32, length in 1..100_usize, step in 1..250_u32,
    ) {
        let expected = judge(&password, &salt, iterations, length);
        for engine in engines() {
            let derivation = Derivation::new(&password, &salt, iterations, length);
            prop_assert_eq!(&alone(engine, derivation, step), &expected);
        }
        prop_assert_eq!(&*derive(&password, &salt, iterations, length), &expected);
    }

    #[test]
    fn two_beside_one_another_are_what_aws_lc_says_of_each(
        passwords in [bytes(), bytes()], salts in [bytes(), bytes()],
        iterations in [1..200_u32, 1..200_u32], lengths in [1..100_usize, 1..100_usize], step in 1..250_u32,
    ) {
        let expected = [0, 1].map(|at| judge(&passwords[at], &salts[at], iterations[at], lengths[at]));
        for engine in engines() {
            let two = [0, 1].map(|at| Derivation::new(&passwords[at], &salts[at], iterations[at], lengths[at]));
            prop_assert_eq!(&beside(engine, two, step), &expected);
        }
    }
}
