//! The key that `dev` makes, once, beside the database.

use crate::cli::Failure;
use crate::config::Layers;
use countersign_core::random::{ALPHANUMERIC, Random, SystemRandom};
use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// 64 characters: 381 bits.
const LENGTH: usize = 64;

/// The layers with the key beside the database as the weakest: a `secret_key` of the file or the environment wins,
/// and then no key is made.
pub(super) fn beside(database: &Path, layers: Layers) -> Result<Layers, Failure> {
    if layers.load().is_ok_and(|config| config.signing_key().is_some()) {
        return Ok(layers);
    }
    let file = place(database);
    make(&file).map_err(Failure::io(format!("cannot write the key to {}", file.display())))?;
    let mut key = toml::Table::new();
    key.insert("file".to_owned(), file.to_string_lossy().into_owned().into());
    Ok(layers.preset("", "secret_key", key, "countersign dev"))
}

/// `countersign.db` has its key in `countersign.key`.
fn place(database: &Path) -> PathBuf {
    database.with_extension("key")
}

fn make(file: &Path) -> std::io::Result<()> {
    let random: &dyn Random = &SystemRandom;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut made) => {
            made.set_permissions(Permissions::from_mode(0o600))?;
            made.write_all(random.text(LENGTH, ALPHANUMERIC).as_bytes())?;
            made.write_all(b"\n")?;
            made.sync_all()
        }
        // Made by an earlier start: the tokens of then are still good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
