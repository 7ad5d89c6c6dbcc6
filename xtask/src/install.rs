//! Finding or installing what a step needs. Each says what it does; none gives up in silence.

use crate::command::Command;
use crate::report::{Problem, say};
use std::fs;
use std::path::{Path, PathBuf};

/// Makes sure that `probe` works, by installing a Debian package if it does not.
///
/// Services that the package brings are not started: a test that needs one starts its own.
///
/// # Errors
///
/// If the probe still fails, or apt-get does; the text says what to install by hand.
pub(crate) fn ensure_debian(package: &str, probe: &dyn Fn() -> bool) -> Result<(), Problem> {
    if probe() {
        return Ok(());
    }
    say(&format!("  {package} is missing: installing Debian's package by apt-get"));
    let by_hand = |why: &str| format!("{package} is missing and {why}: install it, then run this again");
    // The index of a fresh machine may be empty or old; without one the install below says what is wrong.
    let _stale = apt_get(&["update", "-q"]).run();
    apt_get(&["install", "-q", "-y", "--no-install-recommends", package])
        .succeed()
        .map_err(|problem| by_hand(&format!("could not be installed ({problem})")))?;
    if probe() { Ok(()) } else { Err(by_hand("does not work although apt-get installed it").into()) }
}

fn apt_get(arguments: &[&str]) -> Command {
    Command::new("apt-get", arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // The run level of a machine that starts no services.
        .env("RUNLEVEL", "1")
}

/// Makes sure that `folder` holds a Python environment with exactly these requirements, and returns its
/// python. A change of the requirements builds it again.
///
/// # Errors
///
/// If there is no Python with `venv`, or pip fails.
pub(crate) fn ensure_venv(requirements: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    ensure_debian("python3-venv", &|| Command::new("python3", &["-c", "import ensurepip, venv"]).works())?;
    let version = Command::new("python3", &["--version"]).read()?;
    let wanted = format!("{version}{}", fs::read_to_string(requirements)?);
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
        && Command::new(&python, &["-V"]).works()
    {
        return Ok(python);
    }
    say(&format!("  installing {} by pip into {}", requirements.display(), folder.display()));
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Command::new("python3", &["-m", "venv"]).argument(folder).succeed()?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "-r"];
    Command::new(&python, &pip).argument(requirements).succeed()?;
    // With --no-deps the file is the whole truth; this finds what it forgot.
    Command::new(&python, &["-m", "pip", "check", "--disable-pip-version-check"]).succeed()?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_is_not_installed() {
        ensure_debian("no-such-package-anywhere", &|| true).unwrap();
    }
}
