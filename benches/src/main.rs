//! What countersign costs, measured in one run and printed as ratios.
//!
//! `cargo run --release -p countersign-benches -- [tokens] [passwords] [start] [hello]`; all of them without an argument.
//! Absolute figures belong to the machine; the ratios are what to quote. `hello` needs `wrk`.
#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

mod hello;
mod passwords;
mod program;
mod start;
mod tokens;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("tokens") {
        tokens::run();
    }
    if is_wanted("passwords") {
        passwords::run();
    }
    if is_wanted("start") {
        start::run()?;
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
