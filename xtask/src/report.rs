//! What a step says: how many checks passed and failed, and what a reader should know.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

/// Why a step could not be carried out, or what it found; for a person.
pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// What a step did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Tests, or checks where a step has no tests, that passed.
    pub(crate) passed: u64,
    /// And that failed.
    pub(crate) failed: u64,
    /// What the summary shall show beside the step.
    pub(crate) note: String,
}

impl Report {
    /// Checks that all passed.
    pub(crate) fn passed(checks: u64, note: impl Into<String>) -> Self {
        Self { passed: checks, failed: 0, note: note.into() }
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        let notes = [self.note, other.note];
        let note = notes.iter().filter(|note| !note.is_empty()).cloned().collect::<Vec<_>>().join("; ");
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed, note }
    }
}

/// A step that was run.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it did.
    pub(crate) report: Report,
    /// How long it took.
    pub(crate) took: Duration,
}

/// The table of all rows, and the closing line.
pub(crate) fn summary(rows: &[Row]) -> String {
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let passed: u64 = rows.iter().map(|row| row.report.passed).sum();
    let failed: u64 = rows.iter().map(|row| row.report.failed).sum();
    let mut text = format!("\n{:<12}  {:>7} {:>7} {:>9}\n", "step", "passed", "failed", "time");
    for Row { name, report, took } in rows {
        let line = format!(
            "{name:<12}  {:>7} {:>7} {:>9}  {}",
            report.passed,
            report.failed,
            clock(*took),
            report.note
        );
        text.push_str(line.trim_end().replace("; ", "\n                                          ").as_str());
        text.push('\n');
    }
    text + &format!("in {}\n\n{passed} passed, {failed} failed", clock(total))
}

fn clock(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) }
}

/// Writes a line to standard output.
pub(crate) fn say(line: &str) {
    // Whoever reads us may have gone (`| head`); that is no reason to stop.
    let _gone = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_everything() {
        let row = |name, passed, failed| Row {
            name,
            report: Report { passed, failed, note: String::new() },
            took: Duration::from_millis(1500),
        };
        let text = summary(&[row("format", 1, 0), row("unit", 41, 2)]);
        assert!(text.ends_with("\n42 passed, 2 failed"), "{text}");
        assert!(text.contains("unit               41       2     1.5 s\n"), "{text}");
    }
}
