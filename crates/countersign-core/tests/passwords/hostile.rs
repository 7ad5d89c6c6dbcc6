//! Stored texts that are no hash, or would cost too much, are refused like a wrong password.

use super::{every_hasher, hashers, matches};
use countersign_core::password::{Algorithm, Check, Hashers};
use countersign_core::random::SystemRandom;
use proptest::prelude::*;

#[test]
fn malformed_and_overpriced_hashes_are_refused_and_left_alone() {
    let b64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let b64 = |before: &str| format!("{before}{b64}");
    let texts = [
        "",
        "!",
        "plain text",
        "d41d8cd98f00b204e9800998ecf8427e",
        "md5$$d41d8cd98f00b204e9800998ecf8427e",
        "sha1$$da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "pbkdf2_sha256",
        "pbkdf2_sha256$",
        "pbkdf2_sha256$1000$abc",
        "pbkdf2_sha256$x$salt$AAAA",
        "pbkdf2_sha256$0$salt$AAAA",
        "pbkdf2_sha256$-1$salt$AAAA",
        "pbkdf2_sha256$10000001$salt$AAAA",
        "pbkdf2_sha256$4294967296$salt$AAAA",
        "pbkdf2_sha256$1$$AAAA",
        "argon2$argon2id$",
        "argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$",
        "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=1$+/+/+/+/+/8$????",
        "argon2$argon2x$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=18$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$t=1,m=8,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=1,data=AAAA$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=0$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=2$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=4294967295$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=2147483648,t=1,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$AAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=262145,p=1$c29tZXNhbHQ$AAAAAAAA",
        "bcrypt$",
        "bcrypt$$2b$04$",
        "bcrypt$$2b$4$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2b$03$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2b$16$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2b$31$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2c$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2b$04$abcdefghijklmnopqrstuvanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbt",
        "bcrypt_sha256$$2b$04$éééééééééééanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "scrypt$abc$salt$8$1$AAAA",
        "scrypt$0$salt$8$1$AAAA",
        "scrypt$1$salt$8$1$AAAA",
        "scrypt$3$salt$8$1$AAAA",
        "scrypt$2$salt$0$1$AAAA",
        "scrypt$2$salt$1$0$AAAA",
        "scrypt$2$salt$1$4294967295$AAAA",
        "scrypt$2$salt$4294967295$1$AAAA",
        "scrypt$65536$salt$8$1$AAAA",
        "scrypt$2147483648$salt$8$1$AAAA",
        "scrypt$16384$salt$8$33$AAAA",
        "md5$",
        "md5$salt",
        "\u{0}",
        "$$$$$$",
    ];
    let hashers = every_hasher();
    for text in texts.into_iter().map(str::to_owned).chain([
        b64("argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHR$"),
        format!("md5${}$d41d8cd98f00b204e9800998ecf8427e", "s".repeat(2000)),
    ]) {
        assert!(!matches("", &text), "{text}");
        assert!(!matches("secret", &text), "{text}");
        assert!(!hashers.needs_upgrade(&text), "{text}");
    }
}

#[test]
fn what_is_no_digest_matches_nothing() {
    for text in [
        "pbkdf2_sha256$1$salt$????",
        "pbkdf2_sha256$1$salt$é",
        "pbkdf2_sha1$1$salt$",
        "scrypt$2$salt$1$1$A$A",
        "md5$salt$AAAA",
    ] {
        assert!(!matches("", text), "{text}");
        assert!(!matches("secret", text), "{text}");
    }
}

#[test]
fn a_hash_of_a_hasher_that_is_not_listed_matches_nothing() {
    let md5 = "md5$abcdefghijklmnopqrstuv$1bbd48610b26095c29bc4284f4bb0c52";
    let check = |listed: &[Algorithm]| hashers(listed).check(&"lètmein".into(), Some(md5), &SystemRandom);
    assert_eq!(check(&[Algorithm::Pbkdf2Sha256]), Check::Refused);
    assert_ne!(check(&[Algorithm::Pbkdf2Sha256, Algorithm::Md5]), Check::Refused);
}

#[test]
fn an_unusable_password_is_a_mark_and_40_characters_and_matches_nothing() {
    let unusable = Hashers::unusable(&SystemRandom);
    assert_eq!(unusable.len(), 41);
    assert!(unusable[1..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert!(!Hashers::is_usable(&unusable));
    assert!(Hashers::is_usable("md5$salt$hash"));
    assert!(!matches("", &unusable));
    assert!(!matches(&unusable, &unusable));
}

/// Valid hashes, cheap enough that any of their mutations below the ceilings is cheap or rare.
const CHEAP: [&str; 6] = [
    "pbkdf2_sha256$3$abcdefghijklmnopqrstuv$MoFbgcc+SapYdYY1YQRIdZApHp8IIUNj7mkRMxpcwu4=",
    "pbkdf2_sha1$3$abcdefghijklmnopqrstuv$cQBx6w9wuQE7YN3HbZVvyTIq/0E=",
    "scrypt$16$abcdefghijklmnopqrstuv$1$1$oXUj8MqrVJPmB9N+1l6v93ssNwW9ja9CtrrQhJd3XMFlg79ii8OEcOC2LQapngIc+a4tbVhvjk4FS8QK8sToDQ==",
    "md5$abcdefghijklmnopqrstuv$1bbd48610b26095c29bc4284f4bb0c52",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "argon2$argon2id$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$L1NZZQ/7TxBFR2FP7PetLJcgkummLQh2/HdJr8BNaBI",
];

proptest! {
    #[test]
    fn no_stored_text_panics(text: String, password: String) {
        prop_assert!(!matches(&password, &text));
    }

    #[test]
    fn no_text_after_a_known_name_panics(which in 0..7_usize, rest in "[$=,a-z0-9/+.é]{0,60}") {
        let text = format!("{}${rest}", Algorithm::ALL[which]);
        prop_assert!(!matches("secret", &text));
    }

    #[test]
    fn no_mutation_of_a_hash_matches(which in 0..CHEAP.len(), at: prop::sample::Index, by in "[$=,a-z0-9/+.é]{0,2}", cut in 0..3_usize) {
        let original = CHEAP[which];
        let at = at.index(original.len());
        let mutated = format!("{}{by}{}", &original[..at], &original[(at + cut).min(original.len())..]);
        prop_assume!(mutated != original);
        let is_same_bcrypt = original.starts_with("bcrypt") && mutated.len() == original.len() && mutated[10..] == original[10..];
        prop_assert!(is_same_bcrypt || !matches("lètmein", &mutated), "{}", mutated);
    }
}
