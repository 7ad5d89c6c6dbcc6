//! `GET /hello/` with a token, against a bare route that answers the same bytes and one written by hand.

use crate::median;
use crate::program::{Program, access_token, prepare, sibling};
use std::io::Error;
use std::process::Command;

/// Rounds in which every server has its turn.
const ROUNDS: usize = 5;
/// Seconds of each turn.
const SECONDS: u32 = 3;

struct Contender {
    name: &'static str,
    program: Program,
    figures: Vec<f64>,
}

/// Prints requests a second and the ratio to the bare route.
pub(crate) fn run() -> Result<(), Error> {
    let (ours, stateless) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (config, secret) = prepare(ours.path(), "")?;
    let (stateless_config, _) = prepare(stateless.path(), "stateless = true\n")?;
    let serve = |config| {
        Program::start(Command::new(sibling("countersign")?).arg("serve").arg("--config").arg(config))
    };
    let database = ours.path().join("bench.db");
    let mut contenders = [
        ("bare axum route, the limit", Program::start(&mut Command::new(sibling("bare")?))?),
        ("countersign, stateless", serve(&stateless_config)?),
        ("countersign, the user checked", serve(&config)?),
        (
            "by hand: jsonwebtoken, cached SELECT",
            Program::start(Command::new(sibling("handwritten")?).arg(database).arg(secret))?,
        ),
    ]
    .map(|(name, program)| Contender { name, program, figures: Vec::new() });
    let token = access_token(&contenders[2].program.address)?;
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            contender.figures.push(load(&contender.program.address, &token, SECONDS)?);
        }
    }
    println!(
        "GET /hello/ with a token: wrk, one thread, 32 connections, median of {ROUNDS} interleaved rounds"
    );
    let limit = median(contenders[0].figures.clone());
    for contender in contenders {
        let rate = median(contender.figures);
        println!("  {:40} {rate:8.0}/s   {:.2} of the limit", contender.name, rate / limit);
    }
    Ok(())
}

/// Requests a second, over so many seconds; an error if anything but 200 came back.
pub(crate) fn load(address: &str, token: &str, seconds: u32) -> Result<f64, Error> {
    let output = Command::new("wrk")
        .args(["-t1", "-c32", &format!("-d{seconds}s"), "-H", &format!("Authorization: Bearer {token}")])
        .arg(format!("http://{address}/hello/"))
        .output()
        .map_err(|error| Error::other(format!("wrk (Debian's package `wrk`): {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(Error::other(format!("not every answer was good:\n{text}")));
    }
    text.lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok())
        .ok_or_else(|| Error::other(format!("wrk said:\n{text}")))
}
