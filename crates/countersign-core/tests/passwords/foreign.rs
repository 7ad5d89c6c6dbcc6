//! Hashes that other software made (`foreign/make.py` says how), and texts that only look like them.

use super::{hashers, matches};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use countersign_core::password::{Algorithm, Check, Foreign, Hashers, Judgement, pbkdf2_text};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::Passwords;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

struct Made {
    family: Foreign,
    password: String,
    hash: String,
}

static MADE: LazyLock<Vec<Made>> = LazyLock::new(|| {
    let made: Value = serde_json::from_str(include_str!("foreign/hashes.json")).expect("it is JSON");
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let read = |one: &Value| Made {
        family: Foreign::named(&text(one, "kind")).expect("a family"),
        password: text(one, "password"),
        hash: text(one, "hash"),
    };
    made.as_array().expect("an array").iter().map(read).collect()
});

#[test]
fn every_hash_of_other_software_matches_its_password_and_no_other() {
    for Made { password, hash, .. } in &*MADE {
        assert!(matches(password, hash), "{hash}");
        // The long ones are cut by bcrypt after 72 bytes, so another password differs in the beginning.
        for other in [format!("z{password}"), password.to_uppercase(), "letmein".to_owned()] {
            assert!(other == *password || !matches(&other, hash), "{other} {hash}");
        }
    }
    let count = |family| MADE.iter().filter(|made| made.family == family).count();
    assert_eq!(Foreign::ALL.map(count), [7, 8, 7, 5, 5, 3, 11, 6]);
}

#[test]
fn a_match_is_replaced_by_a_hash_that_django_reads() {
    let hashers = hashers(&[Algorithm::Pbkdf2Sha256]);
    for Made { family, password, hash } in &*MADE {
        let judgement = Judgement::Verifies { scheme: family.name(), upgrade: true };
        assert_eq!(hashers.judge(hash), judgement, "{hash}");
        assert!(hashers.needs_upgrade(hash), "{hash}");
        let password = Secret::from(password.as_str());
        let Check::Matched { upgrade: Some(upgrade) } = hashers.check(&password, Some(hash), &SystemRandom)
        else {
            panic!("{hash} is not replaced");
        };
        assert!(upgrade.starts_with("pbkdf2_sha256$1$"), "{hash}");
        assert_eq!(hashers.check(&password, Some(&upgrade), &SystemRandom), Check::Matched { upgrade: None });
    }
}

#[test]
fn a_family_that_is_not_listed_verifies_nothing() {
    let settings = Passwords { foreign_hashers: vec![], pbkdf2_iterations: 1, ..Passwords::default() };
    let hashers = Hashers::new(&settings);
    for Made { family, password, hash } in &*MADE {
        let check = hashers.check(&Secret::from(password.as_str()), Some(hash), &SystemRandom);
        assert_eq!(check, Check::Refused, "{hash}");
        assert_eq!(hashers.judge(hash), Judgement::NotListed { scheme: family.name() });
    }
}

#[test]
fn bcrypt_elsewhere_cuts_a_password_and_crypt_3_refuses_a_long_one() {
    let long = MADE.iter().find(|made| made.family == Foreign::Bcrypt && made.password.len() > 72);
    let Made { password, hash, .. } = long.expect("one of a long password");
    assert!(matches(&format!("{password}and more"), hash));
    let (limit, more) = ("p".repeat(511), "p".repeat(512));
    // crypt.crypt("p" * 511, "$5$rounds=1000$salt"); with one more it is "*0".
    let hash = "$5$rounds=1000$salt$hZDvAx8CtZaAq479MNKX4ocjL1x1lnprzHVMGdI7HVB";
    assert!(matches(&limit, hash));
    assert!(!matches(&more, hash));
}

#[test]
fn malformed_and_overpriced_hashes_are_refused_and_said_to_be_so() {
    let key = "00".repeat(32);
    let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let blob = |digest: u8, iterations: [u8; 4], salt: [u8; 4]| {
        let numbers = [&[1, 0, 0, 0, digest][..], &iterations, &salt].concat();
        BASE64_STANDARD.encode([&numbers[..], &[7; 48]].concat())
    };
    let texts = [
        "$2b$",
        "$2b$16$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "$2b$4$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtGG",
        "$2b$04$éééééééééééanVo7Xut1CH8VGIGlz1JovQh9GJbbtG",
        "$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHR$AAAAAAAAAAA",
        "$argon2id$v=19$m=8,t=1,p=0$c29tZXNhbHQ$AAAAAAAA",
        "$argon2id$",
        "pbkdf2:sha256$salt$00",
        "pbkdf2:",
        "scrypt:",
        "scrypt:16:8$salt$00",
        "scrypt:1073741824:8:1$salt$0000000000000000000000000000000000",
        "scrypt:16:8:4294967295$salt$0000000000000000000000000000000000",
        "$pbkdf2-sha256$",
        "$pbkdf2-sha256$1$AAAA",
        "$pbkdf2-sha256$1$AAAA$AAAA",
        "$pbkdf2$4294967296$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAA",
        "AQAAAAEAAAD6AAAAEA==",
        "$P$",
        "$P$58sX.djjeRqaGXvrcCO92ITWq6SKW/",
        "$P$J8sX.djjeRqaGXvrcCO92ITWq6SKW/1",
        "$P$48sX.djjeRqaGXvrcCO92ITWq6SKW/1",
        "$P$ééééééééééééééééé",
        "$5$",
        "$5$salt",
        "$5$rounds=999$salt$hash",
        "$5$rounds=1000001$salt$hash",
        "$6$rounds=01000$salt$hash",
        "$6$seventeen_letters$hash",
        "{SSHA}",
        "{SSHA}????",
        "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "{SSHA256}AAAA",
        "{CRYPT}$6$",
    ];
    let hashers = hashers(&[Algorithm::Md5]);
    for text in texts.into_iter().map(str::to_owned).chain([
        format!("pbkdf2:sha256:0$salt${key}"),
        format!("pbkdf2:sha256:10000001$salt${key}"),
        format!("pbkdf2:sha256:5000001$salt${key}{key}"),
        format!("pbkdf2:sha512:2500001$salt${key}"),
        format!("pbkdf2:md5:1$salt${key}"),
        format!("pbkdf2:sha256:1$${key}"),
        format!("pbkdf2:sha256:1:1$salt${key}"),
        format!("pbkdf2:sha256:1$salt${}", "AA".repeat(32)),
        format!("pbkdf2:sha256:1$salt${}", "00".repeat(15)),
        format!("pbkdf2:sha256:1$salt$0{key}"),
        format!("$pbkdf2-sha256$1$AAAA${base64}="),
        format!("$pbkdf2-sha256$1$AAAA${base64}$"),
        blob(3, [0, 0, 0, 1], [0, 0, 0, 16]),
        blob(1, [0, 0, 0, 0], [0, 0, 0, 16]),
        blob(1, [255; 4], [0, 0, 0, 16]),
        blob(1, [0, 0, 0, 1], [0, 0, 0, 15]),
        blob(1, [0, 0, 0, 1], [0, 0, 0, 33]),
        blob(1, [0, 0, 0, 1], [255; 4]),
    ]) {
        for password in ["", "secret"] {
            assert!(!matches(password, &text), "{text}");
        }
        assert!(!hashers.needs_upgrade(&text), "{text}");
        assert!(matches!(hashers.judge(&text), Judgement::Malformed { .. }), "{text}");
    }
}

#[test]
fn a_key_is_cut_to_fit_djangos_column_and_still_known() {
    let mut cut = 0;
    for Made { password, hash, .. } in &*MADE {
        let Some(short) = Foreign::cut(hash) else { continue };
        assert!(short.len() <= 128, "{short}");
        assert!(short == *hash || short.len() < hash.len(), "{short}");
        assert!(matches(password, &short), "{short} of {hash}");
        assert!(!matches("letmein", &short), "{short}");
        cut += usize::from(short != *hash);
    }
    assert_eq!(cut, 5);
    for text in
        ["pbkdf2:sha256:1$a$00", "$pbkdf2$1$AA$AA", "AQAAAA", "AQAAAAEAAAD6/////w==", "$6$a$b", "", "é"]
    {
        assert_eq!(Foreign::cut(text), None, "{text}");
    }
}

#[test]
fn what_keycloak_exports_is_written_as_passlib_would() {
    // hashlib.pbkdf2_hmac("sha256", b"secret", bytes(range(16)), 1000, 64)
    let key: Vec<u8> =
        (0..128).step_by(2).map(|at| u8::from_str_radix(&KEYCLOAK[at..at + 2], 16).unwrap()).collect();
    let text = pbkdf2_text("pbkdf2-sha256", 1000, &(0..16).collect::<Vec<u8>>(), &key);
    assert!(text.starts_with("$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$") && text.len() < 128, "{text}");
    assert!(matches("secret", &text) && !matches("Secret", &text));
}

const KEYCLOAK: &str = "4efb2bbb6d2eb58ea8deaed54417ae2fd87fd50a8a8568709363da60d4560606a387b156407433a6ce58f71a9f24bb6fe8a904fefddbd398a9e02d21807d5ab6";

#[test]
fn a_text_is_judged_without_a_password() {
    let hashers = hashers(&[Algorithm::Pbkdf2Sha256]);
    let django = "pbkdf2_sha256$1$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let verifies = |upgrade| Judgement::Verifies { scheme: "pbkdf2_sha256", upgrade };
    for (text, judgement) in [
        (django, verifies(false)),
        (&django.replace("$1$", "$2$"), verifies(true)),
        ("pbkdf2_sha256$x$a$b", Judgement::Malformed { scheme: "pbkdf2_sha256" }),
        ("md5$salt$hash", Judgement::NotListed { scheme: "md5" }),
        ("", Judgement::Unusable),
        ("!abc", Judgement::Unusable),
        ("hunter2", Judgement::Unknown),
        ("d41d8cd98f00b204e9800998ecf8427e", Judgement::Unknown),
        ("{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", Judgement::Unknown),
    ] {
        assert_eq!(hashers.judge(text), judgement, "{text}");
    }
}

/// Those that are cheap, and how much of their beginning may be written in another way.
fn cheap() -> Vec<(&'static str, &'static str, usize)> {
    let is_cheap = |made: &&Made| {
        let dear = ["$P$B", ":1000000$", ":32768:", "m=65536", "$29000$", "AYag", "$5$short", "$6$short"];
        !dear.iter().any(|dear| made.hash.contains(dear))
    };
    let free = |made: &Made| match made.family {
        Foreign::Bcrypt => made.hash.find("$2").map_or(0, |at| at + 4),
        Foreign::Ldap => made.hash.find('}').map_or(0, |at| at + 1),
        Foreign::ShaCrypt => made.hash.find('}').map_or(0, |at| at + 1),
        _ => 0,
    };
    MADE.iter().filter(is_cheap).map(|made| (&*made.password, &*made.hash, free(made))).collect()
}

proptest! {
    #[test]
    fn no_text_after_a_foreign_mark_panics(which in 0..16_usize, rest in "[$=:,a-z0-9/+.é]{0,60}") {
        let marks = [
            "$2b$04$", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$", "pbkdf2:", "scrypt:", "pbkdf2:sha256:1$",
            "$pbkdf2$", "$pbkdf2-sha512$", "AQAAAA", "$P$5", "$H$", "$5$", "$6$rounds=1000$", "{SSHA}", "{CRYPT}", "{",
        ];
        let text = format!("{}{rest}", marks[which]);
        prop_assert!(!matches("secret", &text));
    }

    #[test]
    fn no_mutation_of_a_foreign_hash_matches(
        which: prop::sample::Index, at: prop::sample::Index, by in "[$=:,a-z0-9/+.é]{0,2}", cut in 0..3_usize,
    ) {
        let cheap = cheap();
        let (password, original, free) = cheap[which.index(cheap.len())];
        let at = free + at.index(original.len() - free);
        let mutated = format!("{}{by}{}", &original[..at], &original[(at + cut).min(original.len())..]);
        prop_assume!(mutated != original);
        prop_assert!(!matches(password, &mutated), "{} of {}", mutated, original);
    }
}
