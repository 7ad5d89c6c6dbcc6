//! Durations: `"5m"`, `"1d"`, `"1h30m"`, or a number of seconds.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign_core::clock::SignedDuration;
use serde_json::json;

/// The units and their milliseconds, the longest first.
const UNITS: [(&str, i64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A hundred years. Longer would be a mistake, and could leave the calendar.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 365 * 100);

const REMEDY: &str = "write a text such as \"90s\", \"5m\", \"1h30m\" or \"1d\", or a number of seconds";

impl Value for SignedDuration {
    const KIND: &'static str = "duration";

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [
            { "type": "string", "pattern": "^([0-9]+(w|d|h|ms|m|s))+$" },
            { "type": "number", "minimum": 0 },
        ] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let duration = match given.value {
            toml::Value::String(text) => parse_duration(text)
                .ok_or_else(|| Wrong::new(format!("is {text:?}, which is no duration"), REMEDY))?,
            toml::Value::Integer(seconds) => Self::from_secs(*seconds),
            toml::Value::Float(seconds) => Self::try_from_secs_f64(*seconds)
                .map_err(|_| Wrong::new(format!("is {seconds}, which is no duration"), REMEDY))?,
            _ => return Err(given.is_not("a duration", REMEDY)),
        };
        match duration {
            duration if duration.is_negative() => Err(Wrong::new("is negative", REMEDY)),
            duration if duration > LONGEST => Err(Wrong::new("is longer than a hundred years", REMEDY)),
            duration => Ok(duration),
        }
    }
}

/// Reads `"1h30m"`: whole numbers with a unit each, the units in falling order.
#[must_use]
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total = 0_i64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, millis) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(*millis)?)?;
        rest = after;
    }
    Some(SignedDuration::from_millis(total))
}

/// Writes a duration as [`parse_duration`] reads it, to the millisecond.
#[must_use]
pub fn written_duration(duration: SignedDuration) -> String {
    let mut rest = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let parts = UNITS.iter().filter(|(unit, _)| *unit != "w").map(|(unit, millis)| {
        let count = rest / millis;
        rest %= millis;
        if count > 0 { format!("{count}{unit}") } else { String::new() }
    });
    Some(parts.collect::<String>()).filter(|text| !text.is_empty()).unwrap_or_else(|| "0s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_the_contract_writes_them() {
        for (text, seconds) in [("5m", 300), ("1d", 86_400), ("90s", 90), ("1h30m", 5_400), ("2w", 1_209_600)]
        {
            assert_eq!(parse_duration(text), Some(SignedDuration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse_duration("250ms"), Some(SignedDuration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "5", "m", "5 m", "-5m", "5m1h", "1h1h", "5min", "1.5h", "99999999999999999999s", "9e9d"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_duration_reads_back(millis in 0_i64..10_000_000_000_000) {
            let duration = SignedDuration::from_millis(millis);
            prop_assert_eq!(parse_duration(&written_duration(duration)), Some(duration));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,24}") {
            let _ = parse_duration(&text);
        }
    }
}
