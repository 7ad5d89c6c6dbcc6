//! How long until it listens, and what it holds while nobody asks.

use crate::median;
use crate::program::{Program, access_token, prepare, sibling};
use std::io::Error;
use std::process::Command;
use std::time::{Duration, Instant};

/// Prints the median of nine starts and the resident memory after a login.
pub(crate) fn run() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let (config, _) = prepare(folder.path(), "")?;
    let start =
        || Program::start(Command::new(sibling("countersign")?).arg("serve").arg("--config").arg(&config));
    let mut milliseconds = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        start()?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let program = start()?;
    access_token(&program.address)?;
    std::thread::sleep(Duration::from_secs(1));
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("unknown");
    println!(
        "From start to listening {:.0} ms; resident when idle after a login {}",
        median(milliseconds),
        resident.trim()
    );
    Ok(())
}
