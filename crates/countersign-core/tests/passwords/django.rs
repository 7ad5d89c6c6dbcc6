//! Hashes that Django 5.2 made, and what it says of them. (Its defaults, then the lowest costs it takes.)

use super::{hashers, matches};
use countersign_core::password::{Algorithm, Check, Hashers};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::Passwords;

const PASSWORD: &str = "lètmein";

/// `make_password("lètmein", hasher=…)`
const DEFAULTS: [&str; 7] = [
    "pbkdf2_sha256$1000000$7GfsTg1TZD3cDaRZIGlX7h$n5u0yBAqdI7WmaaMAAdKrVS9njbzFX+BkzilotelGK0=",
    "pbkdf2_sha1$1000000$NfmdgomGytEVHzBgK7wHlF$5x08F3Plal6+igmwb1go6mA/gDw=",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$Rjd2aVhaelRJQXFtOGM0VGwyM3VYYQ$55sA51pJzfN5+rWALB+MCejvkDZddgiH9nfZ8X2mTEk",
    "bcrypt_sha256$$2b$12$FwbjrsC.Zp3LlIXnr1TyJejbnLSHCV2UxBUMxGNLa5ZrSM0SjQbNa",
    "bcrypt$$2b$12$JufPWxMSOkPd8oF5SznBQesAYI67YkMCnUvCobmLmc8ehdtYrApkq",
    "scrypt$16384$VK7tn9RS2I4yqnwF4W1znY$8$5$z/bx/yqVrMkmQ1YpcFtWGcCBXRBAWjzSEMTKXDAo77QejeD9Eyc0pSe4LGPQk2pf81pgSLAG7NtKle23r/QcfQ==",
    "md5$bMuS86pyXaNfWVzMnTfzbx$53d7d42f46609697d80ea473832a419b",
];

/// `get_hasher(…).encode("lètmein", …)`, and argon2-cffi's `hash_secret` for what Django no longer writes.
const CHEAP: [&str; 22] = [
    "pbkdf2_sha256$3$abcdefghijklmnopqrstuv$MoFbgcc+SapYdYY1YQRIdZApHp8IIUNj7mkRMxpcwu4=",
    "pbkdf2_sha1$3$abcdefghijklmnopqrstuv$cQBx6w9wuQE7YN3HbZVvyTIq/0E=",
    "scrypt$16$abcdefghijklmnopqrstuv$1$1$oXUj8MqrVJPmB9N+1l6v93ssNwW9ja9CtrrQhJd3XMFlg79ii8OEcOC2LQapngIc+a4tbVhvjk4FS8QK8sToDQ==",
    "scrypt$1024$abcdefghijklmnopqrstuv$8$2$veDcn8lvLCozYInjwRgwa/7jLpUHeuX1JPLVPIyD2LOnw0zzQVEItW1a+M72aRSSSfSZPd2L8YAvz/hkcoLVSw==",
    "md5$abcdefghijklmnopqrstuv$1bbd48610b26095c29bc4284f4bb0c52",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2a$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2y$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt$$2x$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "bcrypt_sha256$$2a$04$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "bcrypt_sha256$$2y$04$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "bcrypt_sha256$$2x$04$abcdefghijklmnopqrstuulyx/yrfLnuLCi6gwFG5mrkJjuQKpL6S",
    "argon2$argon2id$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$L1NZZQ/7TxBFR2FP7PetLJcgkummLQh2/HdJr8BNaBI",
    "argon2$argon2id$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$Walm05gFkJTOtwgjrIHrRJwcu2S2r25FzgNoSqwZ1es",
    "argon2$argon2id$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$Walm05gFkJTOtwgjrIHrRJwcu2S2r25FzgNoSqwZ1es",
    "argon2$argon2i$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$42wo8T1zk83Fof+kFbtv5fM5SIby+lut067eFg1szgQ",
    "argon2$argon2i$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$97wysg6fwO/hbpvxnLspRSRbJwhEl7P4qsoJihkZy0c",
    "argon2$argon2i$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$97wysg6fwO/hbpvxnLspRSRbJwhEl7P4qsoJihkZy0c",
    "argon2$argon2d$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$jgZ6tyvwwKbwTfR+fEqOxCA6gAZaLNLSrQnSra/4cW8",
    "argon2$argon2d$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$rCsAYXOY0fAAO+/ZnyzwgQjt1vBq1Jh53e+7CnfKrVs",
    "argon2$argon2d$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$rCsAYXOY0fAAO+/ZnyzwgQjt1vBq1Jh53e+7CnfKrVs",
];

#[test]
fn hashes_at_djangos_default_costs_match_their_password() {
    for encoded in DEFAULTS {
        assert!(matches(PASSWORD, encoded), "{encoded}");
    }
}

#[test]
fn cheap_hashes_of_every_kind_match_their_password_and_no_other() {
    for encoded in CHEAP {
        assert!(matches(PASSWORD, encoded), "{encoded}");
        for other in ["lètmeinz", "letmein", "", "LÈTMEIN"] {
            assert!(!matches(other, encoded), "{other} {encoded}");
        }
    }
}

#[test]
fn a_long_password_and_a_long_salt_are_no_obstacle() {
    let encoded = format!("pbkdf2_sha256$5${}$NYodkjMajcbi6BG3guVlS2pifP5H0mD/uobFI2cP+eQ=", "s".repeat(70));
    assert!(matches(&"p".repeat(100), &encoded));
}

#[test]
fn bcrypt_takes_72_bytes_and_refuses_73_whose_beginning_is_right() {
    let full = "bcrypt$$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe";
    assert!(matches(&"a".repeat(72), full));
    assert!(!matches(&"a".repeat(73), full));
    assert!(matches(&"a".repeat(71), "bcrypt$$2b$04$abcdefghijklmnopqrstuuMCu.k1vM/ywQwiONaEn3oEMlZoCVBd6"));
}

#[test]
fn a_new_hash_has_djangos_form_matches_and_needs_no_upgrade() {
    for (algorithm, like) in Algorithm::ALL.into_iter().zip(DEFAULTS) {
        let hashers = hashers(&[algorithm]);
        let encoded = hashers.encode(&Secret::from(PASSWORD), &SystemRandom).unwrap();
        let like = like.replace("$1000000$", "$1$");
        let fields = |encoded: &str| encoded.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(Algorithm::identify(&encoded), Some(algorithm));
        assert_eq!(fields(&encoded), fields(&like), "{encoded}");
        assert!(!hashers.needs_upgrade(&encoded), "{encoded}");
        let check = hashers.check(&Secret::from(PASSWORD), Some(&encoded), &SystemRandom);
        assert_eq!(check, Check::Matched { upgrade: None }, "{encoded}");
    }
}

#[test]
fn bcrypt_makes_no_hash_of_a_password_that_it_would_cut() {
    let hashers = hashers(&[Algorithm::Bcrypt, Algorithm::Md5]);
    let long = Secret::from("é".repeat(37));
    assert!(hashers.encode(&long, &SystemRandom).is_err());
    let md5 = self::hashers(&[Algorithm::Md5]).encode(&long, &SystemRandom).unwrap();
    assert_eq!(hashers.check(&long, Some(&md5), &SystemRandom), Check::Matched { upgrade: None });
}

/// `get_hasher(…).must_update(encoded)`, where the hash's own algorithm is the preferred one.
const OUTDATED: [(&str, bool); 41] = [
    ("pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false),
    ("pbkdf2_sha256$1000000$abcdefghijklmnopqrstu$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    ("pbkdf2_sha256$1000000$abcdefghijklmnopqrstuvx$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false),
    ("pbkdf2_sha256$999999$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    ("pbkdf2_sha256$1000001$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    ("pbkdf2_sha256$600000$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    ("pbkdf2_sha256$1000000$éééééééééééééééééééééé$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false),
    ("pbkdf2_sha256$1000000$ééééééééééééééééééééé$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    ("pbkdf2_sha1$1000000$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAA=", false),
    ("pbkdf2_sha1$100$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAA=", true),
    (
        "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        false,
    ),
    (
        "argon2$argon2i$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2d$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=16$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=65536,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=204800,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=102400,t=3,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=102400,t=2,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    (
        "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        false,
    ),
    ("argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAA", true),
    (
        "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        true,
    ),
    ("bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt$$2b$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt_sha256$$2a$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt$$2a$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt_sha256$$2y$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt$$2y$12$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", false),
    ("bcrypt_sha256$$2b$10$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", true),
    ("bcrypt_sha256$$2b$13$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", true),
    ("bcrypt$$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG", true),
    (
        "scrypt$16384$abcdefghijklmnopqrstuv$8$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        false,
    ),
    (
        "scrypt$16384$short$8$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        false,
    ),
    (
        "scrypt$16384$abcdefghijklmnopqrstuv$8$1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        true,
    ),
    (
        "scrypt$32768$abcdefghijklmnopqrstuv$8$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        true,
    ),
    (
        "scrypt$8192$abcdefghijklmnopqrstuv$8$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        true,
    ),
    (
        "scrypt$16384$abcdefghijklmnopqrstuv$4$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        true,
    ),
    ("md5$abcdefghijklmnopqrstuv$00000000000000000000000000000000", false),
    ("md5$abcdefghijklmnopqrstu$00000000000000000000000000000000", true),
    ("md5$abcdefghijklmnopqrstuvx$00000000000000000000000000000000", false),
];

#[test]
fn outdated_is_what_django_says_is_outdated() {
    for (encoded, outdated) in OUTDATED {
        let own = Algorithm::identify(encoded).unwrap();
        let settings = Passwords { hashers: vec![own, Algorithm::Md5], ..Passwords::default() };
        assert_eq!(Hashers::new(&settings).needs_upgrade(encoded), outdated, "{encoded}");
    }
}

#[test]
fn another_algorithm_than_the_preferred_one_is_outdated() {
    for preferred in Algorithm::ALL {
        let mut listed = vec![preferred];
        listed.extend(Algorithm::ALL);
        let hashers = Hashers::new(&Passwords { hashers: listed, ..Passwords::default() });
        assert_eq!(hashers.algorithm(), preferred);
        for encoded in DEFAULTS {
            let differs = Algorithm::identify(encoded) != Some(preferred);
            assert_eq!(hashers.needs_upgrade(encoded), differs, "{preferred} {encoded}");
        }
    }
}
