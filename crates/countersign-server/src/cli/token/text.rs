//! The token that a command is given.

use crate::cli::Failure;
use std::io::{self, Read as _};

/// Longer than any token that is accepted.
const LONGEST_INPUT: u64 = 64 * 1024;

/// The token of an argument; of standard input where that is `-`, which keeps it out of the list of processes.
///
/// White space around it is cut off, and so is a word before it, as in a header: `Bearer eyJ…`.
pub(super) fn token(argument: &str) -> Result<String, Failure> {
    let text = if argument == "-" { standard_input()? } else { argument.to_owned() };
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [token] | [_, token] => Ok((*token).to_owned()),
        [] => Err(Failure::Refused("no token was given".to_owned())),
        _ => Err(Failure::Refused("more than one token was given".to_owned())),
    }
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .map_err(Failure::io("cannot read the token from standard input"))?;
    Ok(text)
}
