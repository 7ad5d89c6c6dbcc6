//! Instants as Django writes them into SQLite: naive UTC text.

use countersign_core::clock::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `2026-11-22 03:49:21.834292`; without a fraction where the microseconds are zero.
pub(crate) fn to_text(at: Timestamp) -> String {
    let civil = TimeZone::UTC.to_datetime(at);
    let (date, time) = (civil.date(), civil.time());
    let second = format!("{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    match time.subsec_nanosecond() / 1000 {
        0 => second,
        micros => format!("{second}.{micros:06}"),
    }
}

/// Reads what Django reads: with or without a fraction, a `T`, an offset. `None` where it is no instant.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn microseconds_of_zero_are_left_out() {
        let whole = Timestamp::from_second(1_795_391_361).unwrap();
        assert_eq!(to_text(whole), "2026-11-22 23:49:21");
        let fraction = Timestamp::from_microsecond(1_795_391_361_000_042).unwrap();
        assert_eq!(to_text(fraction), "2026-11-22 23:49:21.000042");
    }

    #[test]
    fn every_spelling_that_django_reads_is_read() {
        let at = Timestamp::from_microsecond(1_795_391_361_500_000).unwrap();
        for text in [
            "2026-11-22 23:49:21.500000",
            "2026-11-22 23:49:21.5",
            "2026-11-22T23:49:21.5",
            "2026-11-22 23:49:21.5+00:00",
            "2026-11-23 01:49:21.5+02:00",
        ] {
            assert_eq!(from_text(text), Some(at), "{text}");
        }
        for text in ["", "now", "2026-13-01 00:00:00", "1795391361"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(micros in 0_i64..253_402_300_799_000_000) {
            let at = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(from_text(&to_text(at)), Some(at));
        }

        #[test]
        fn texts_sort_as_instants_do(one in 0_i64..253_402_300_799_000_000, other in 0_i64..253_402_300_799_000_000) {
            let text = |micros| to_text(Timestamp::from_microsecond(micros).unwrap());
            prop_assert_eq!(text(one).cmp(&text(other)), one.cmp(&other));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = from_text(&text);
        }
    }
}
