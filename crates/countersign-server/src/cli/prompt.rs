//! Asking somebody at a terminal.

use super::Failure;
use countersign_core::secret::Secret;
use std::io::{self, IsTerminal as _, Write as _};

/// Whether there is somebody to ask.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal()
}

/// Asks for a line. Outer white space is cut off.
pub(super) fn line(question: &str) -> Result<String, Failure> {
    say(question);
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer).map_err(Failure::io("cannot read the answer"))? {
        0 => Err(Failure::Refused("no answer".to_owned())),
        _ => Ok(answer.trim().to_owned()),
    }
}

/// Asks for something that is not shown while it is typed.
pub(super) fn secret(question: &str) -> Result<Secret, Failure> {
    rpassword::prompt_password(question).map(Secret::from).map_err(Failure::io("cannot ask for the password"))
}

/// Asks a question that anything but yes answers with no.
pub(super) fn confirm(question: &str) -> Result<bool, Failure> {
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Says something to whoever is being asked, also where `--quiet` is given.
pub(super) fn say(text: &str) {
    let mut err = io::stderr().lock();
    // Where standard error is closed there is nobody to tell.
    let _ = write!(err, "{text}").and_then(|()| err.flush());
}
