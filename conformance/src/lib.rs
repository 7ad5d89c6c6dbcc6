//! countersign beside the packages whose wire it speaks.
//!
//! Two comparisons, both against Django REST framework and simplejwt as they are:
//!
//! - **recorded**: exchanges with the Django project in `peer/`, kept in `recordings/`, are [replayed](replay)
//!   in-process with the clock at the recorded moment;
//! - **live**: that project and countersign are started side by side on copies of one database with one key
//!   and asked the same [random questions](live).
//!
//! What counts as the same is said in [`compare`]; where countersign means to differ, `divergences.toml`
//! has one entry for that exchange, with the reason and countersign's own answer ([`divergences`]).
//!
//! The live tests need the environment variables `COUNTERSIGN_PEER_PYTHON` (a Python with
//! `peer/requirements.txt`), `COUNTERSIGN_ORIGINAL_PEER_PYTHON` (one with `peer/requirements_original.txt`) and
//! `COUNTERSIGN_PROGRAM` (the built program). `cargo xtask conformance` provides them; without them the tests say that
//! they were left out.

pub mod compare;
pub mod dice;
pub mod divergences;
pub mod exchange;
pub mod generate;
pub mod live;
pub mod process;
pub mod recording;
pub mod replay;
pub mod router;
pub mod settings;
pub mod token;

use std::path::PathBuf;

/// The key that the peer signs with: its `SECRET_KEY`.
pub const SECRET_KEY: &str = "peer-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ";

/// The key of the recipe's refresh tokens.
pub const REFRESH_TOKEN_SECRET: &str = "peer-refresh-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDE";

/// A file of this crate.
#[must_use]
pub fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A variable of the environment, if it is set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the environment is the configuration of these tests")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Says something to whoever runs the tests. `cargo xtask` repeats lines that begin with `compared:`.
#[expect(clippy::print_stdout, reason = "the one place where these tests speak")]
pub fn say(line: &str) {
    println!("{line}");
}
