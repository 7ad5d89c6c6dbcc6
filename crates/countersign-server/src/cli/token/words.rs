//! Moments and spans as people say them.

use crate::cli::Failure;
use countersign_core::claims::NumericDate;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::json::{Object, Value};
use std::time::Duration;

/// Nothing can be said about tokens.
pub(super) fn no_keys() -> Failure {
    Failure::Refused("[simple_jwt] has no keys, so that no token can be verified".to_owned())
}

/// `45 seconds`, `3 minutes`, `2 hours`, `5 days`: one unit, rounded.
pub(super) fn span(length: SignedDuration) -> String {
    let seconds = length.unsigned_abs().saturating_add(Duration::from_millis(500)).as_secs();
    let rounded = |unit: u64| seconds.saturating_add(unit / 2) / unit;
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (rounded(60), "minute"),
        7_200..172_800 => (rounded(3_600), "hour"),
        _ => (rounded(86_400), "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `3 minutes ago`, `in 5 days`, `now`.
pub(super) fn relative(length: SignedDuration) -> String {
    match length.as_secs() {
        0 => "now".to_owned(),
        seconds if seconds < 0 => format!("{} ago", span(length)),
        _ => format!("in {}", span(length)),
    }
}

/// A date claim: the moment, and how far it is from now. Empty where there is none.
pub(super) fn date(claims: &Object, name: &str, now: Timestamp) -> String {
    match claims.get(name) {
        None => String::new(),
        Some(value) => NumericDate::read(value).map_or_else(
            || "not a date".to_owned(),
            |date| {
                let at = date.instant();
                format!("{}, {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"), relative(at.duration_since(now)))
            },
        ),
    }
}

/// JSON on several lines, fit for a terminal.
pub(super) fn json(object: &Object) -> String {
    let text = Value::Object(object.clone()).to_utf8_indented(2);
    // Line ends are of the layout; within strings they are escaped.
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_one_unit() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (-120, "2 minutes"),
            (299, "5 minutes"),
            (7_199, "120 minutes"),
            (7_200, "2 hours"),
            (86_399, "24 hours"),
            (172_800, "2 days"),
            (129_600 + 86_400, "3 days"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), words);
        }
        assert_eq!(span(SignedDuration::from_millis(59_700)), "60 seconds");
        // Far beyond any date: still words, and no panic.
        assert!(span(SignedDuration::MIN).ends_with(" days"));
    }

    #[test]
    fn the_past_is_ago() {
        assert_eq!(relative(SignedDuration::from_secs(-185)), "3 minutes ago");
        assert_eq!(relative(SignedDuration::from_secs(5)), "in 5 seconds");
        assert_eq!(relative(SignedDuration::from_millis(-400)), "now");
    }
}
