//! Stored hashes, Django's and those of other software, taken apart but not computed: their cost is for the tests of
//! the hashers.
#![no_main]

use countersign_core::password::{Algorithm, Foreign, Hashers, Judgement};
use countersign_core::settings::Passwords;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static HASHERS: LazyLock<Hashers> =
    LazyLock::new(|| Hashers::new(&Passwords { hashers: Algorithm::ALL.to_vec(), ..Passwords::default() }));

fuzz_target!(|encoded: &str| {
    let judgement = HASHERS.judge(encoded);
    let verifies = matches!(judgement, Judgement::Verifies { .. });
    assert_eq!(
        HASHERS.needs_upgrade(encoded),
        matches!(judgement, Judgement::Verifies { upgrade: true, .. })
    );
    assert!(!verifies || Hashers::is_usable(encoded));
    assert!(!matches!(judgement, Judgement::NotListed { .. }), "all are listed");
    let _ = HASHERS.checks_in_steps(Some(encoded));
    if let Some(cut) = Foreign::cut(encoded) {
        assert!(cut.len() <= encoded.len() && Foreign::identify(&cut) == Foreign::identify(encoded));
        assert!(
            !verifies || matches!(HASHERS.judge(&cut), Judgement::Verifies { .. }),
            "a cut hash verifies"
        );
    }
});
