//! Files stay short enough to be read in one go.

use crate::command::Command;
use crate::place::Place;
use crate::report::{Problem, Report};
use std::fs;

/// A longer file says in one line why: `long because …`.
const LINES: usize = 600;
const KINDS: [&str; 7] = [".rs", ".py", ".sh", ".js", ".css", ".html", ".sql"];

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    let files = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = Command::new("git", &files).folder(&place.root).read()?;
    let mut checked = 0;
    let mut long = Vec::new();
    for file in files.split('\0').filter(|file| KINDS.iter().any(|kind| file.ends_with(kind))) {
        // A file that git still lists may be deleted already.
        let Ok(text) = fs::read_to_string(place.root.join(file)) else { continue };
        checked += 1;
        if is_too_long(&text) {
            long.push(format!("{file}: {} lines", text.lines().count()));
        }
    }
    if checked == 0 {
        return Err("git lists no sources here".into());
    }
    if !long.is_empty() {
        let rule = format!("over {LINES} lines without a line that says `long because …`");
        return Err(format!("{rule}:\n    {}", long.join("\n    ")).into());
    }
    Ok(Report::passed(1, format!("{checked} files")))
}

fn is_too_long(text: &str) -> bool {
    text.lines().count() > LINES && !text.contains("long because")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_needs_a_reason() {
        assert!(!is_too_long(&"x\n".repeat(600)));
        assert!(is_too_long(&"x\n".repeat(601)));
        assert!(!is_too_long(&("// long because it is a table\n".to_owned() + &"x\n".repeat(700))));
    }
}
