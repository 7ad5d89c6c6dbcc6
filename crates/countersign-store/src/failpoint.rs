//! Named points at which a test makes the program abort, as a crash would.
//!
//! They are there with the feature `failpoints` alone, which nothing but tests turns on: in what users build
//! a point is no code at all. With it, the environment variable `COUNTERSIGN_FAILPOINT` names a file, and a point is reached
//! whose name is in the file at that moment; so a test can prepare in peace.

/// Whether the program is to abort at the point of this name.
#[cfg(feature = "failpoints")]
#[must_use]
pub fn is_reached(name: &str) -> bool {
    use std::path::PathBuf;
    use std::sync::LazyLock;

    #[expect(clippy::disallowed_methods, reason = "a test has no other way to tell the program")]
    static FILE: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os("COUNTERSIGN_FAILPOINT").map(PathBuf::from));
    FILE.as_deref().is_some_and(|file| std::fs::read_to_string(file).is_ok_and(|wanted| wanted == name))
}

/// Whether the program is to abort at the point of this name: never, without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
#[inline]
#[must_use]
pub const fn is_reached(_name: &str) -> bool {
    false
}

/// Aborts if the point of this name is reached: nothing is tidied up, nobody is told.
#[inline]
pub fn pass(name: &str) {
    if is_reached(name) {
        std::process::abort();
    }
}
