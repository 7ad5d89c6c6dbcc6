//! What countersign costs, measured in one run and printed as ratios.
//!
//! `cargo xtask bench [NAME]... [SECONDS]`, with the names `tokens`, `passwords`, `library`, `start`, `hello`, `logins`, `beside`,
//! `flood` and `refresh`; all of them without one. The last four take so many seconds a measurement, ten unless told
//! otherwise. Absolute figures belong to the machine; the ratios are what to quote. `hello` needs `wrk`, `refresh` the peer and
//! PostgreSQL, which `cargo xtask bench` finds or installs.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

mod hello;
mod library;
mod logins;
mod passwords;
mod program;
mod refresh;
mod start;
mod tokens;

use std::time::Duration;

const NAMES: [&str; 9] =
    ["tokens", "passwords", "library", "start", "logins", "beside", "flood", "refresh", "hello"];

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (seconds, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.parse::<u64>().is_ok());
    let seconds = seconds.first().map_or(Ok(10), |word| word.parse())?;
    let time = Duration::from_secs(seconds);
    if let Some(unknown) = wanted.iter().find(|word| !NAMES.contains(&word.as_str())) {
        return Err(format!("there is no benchmark `{unknown}`; there are {}", NAMES.join(", ")).into());
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("tokens") {
        tokens::run();
    }
    if is_wanted("passwords") {
        passwords::run();
    }
    if is_wanted("library") {
        library::run()?;
    }
    if is_wanted("start") {
        start::run()?;
    }
    if is_wanted("logins") {
        logins::run(time)?;
    }
    if is_wanted("beside") {
        logins::beside(time)?;
    }
    if is_wanted("flood") {
        logins::flood(time)?;
    }
    if is_wanted("refresh") {
        refresh::run(time)?;
    }
    if is_wanted("hello") {
        hello::run()?;
    }
    Ok(())
}

/// The middle one of an odd number of figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
