//! The generated settings reference: `docs/settings.md` is what `countersign config reference` prints.

use crate::command::Command;
use crate::place::Place;
use crate::report::{Problem, Report, say};
use std::fs;

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let written = fs::read_to_string(place.root.join("docs/settings.md")).ok();
    let printed =
        Command::new(place.program(), &["config", "reference"]).read().ok().filter(|text| !text.is_empty());
    match (written, printed) {
        (Some(written), Some(printed)) if written == printed => Ok(Report::passed(1, "")),
        (_, Some(_)) => {
            let remedy = "countersign config reference > docs/settings.md";
            Err(format!("docs/settings.md is not what the program prints: `{remedy}`").into())
        }
        (Some(_), None) => Err("`countersign config reference` prints nothing".into()),
        (None, None) => {
            say("  neither docs/settings.md nor `countersign config reference` exists yet");
            Ok(Report::passed(0, "left out: there is no settings reference yet"))
        }
    }
}
