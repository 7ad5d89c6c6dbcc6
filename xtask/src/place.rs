//! Where the project lives.

use crate::command::cargo;
use crate::report::Problem;
use std::path::{Path, PathBuf};

/// The folders of this clone.
#[derive(Debug)]
pub(crate) struct Place {
    /// The root of the workspace.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

/// A variable of the environment, if it is set to anything but nothing.
#[expect(clippy::disallowed_methods, reason = "the environment is the configuration of this program")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether it is.
pub(crate) fn is_set(name: &str) -> bool {
    variable(name).is_some()
}

impl Place {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self, Problem> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lives in the workspace");
        let metadata = cargo(root, &["metadata", "--format-version", "1", "--no-deps"]).read()?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target =
            metadata["target_directory"].as_str().ok_or("cargo metadata names no target_directory")?;
        Ok(Self { root: root.to_owned(), target: target.into() })
    }

    /// The program, as the debug build leaves it.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("debug/countersign")
    }
}
