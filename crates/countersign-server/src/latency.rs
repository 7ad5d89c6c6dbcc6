//! How long requests take, sorted into classes: the same for the figures of Prometheus and the charts of the admin pages.

use std::time::Duration;

/// Upper ends of the classes, in microseconds, each included. What takes longer is in a last class of its own.
pub const ENDS: [u64; 13] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// How many classes there are.
pub const CLASSES: usize = ENDS.len() + 1;

/// The class of a request that took so long.
#[must_use]
pub fn class(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    ENDS.iter().position(|end| micros <= *end).unwrap_or(ENDS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_in_its_class_and_what_is_slower_than_all_in_the_last() {
        let classes = [0, 100, 101, 5_000_000, 5_000_001].map(|micros| class(Duration::from_micros(micros)));
        assert_eq!(classes, [0, 0, 1, CLASSES - 2, CLASSES - 1]);
    }
}
