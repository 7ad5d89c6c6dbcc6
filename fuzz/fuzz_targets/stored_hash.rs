//! Stored hashes, taken apart but not computed: their cost is for the tests of the hashers.
#![no_main]

use countersign_core::password::Hashers;
use countersign_core::settings::Passwords;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static HASHERS: LazyLock<Hashers> = LazyLock::new(|| Hashers::new(&Passwords::default()));

fuzz_target!(|encoded: &str| {
    let _ = HASHERS.needs_upgrade(encoded);
    let _ = Hashers::is_usable(encoded);
});
