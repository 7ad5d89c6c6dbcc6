//! Time is data: whoever needs it is handed a clock.

pub use jiff::{SignedDuration, Timestamp};

/// An instant as Django REST framework writes it: Python's `isoformat()` with `Z` for UTC, six digits of a second or none.
///
/// ```
/// use countersign_core::clock::{Timestamp, isoformat};
///
/// let at = Timestamp::new(1_795_319_361, 360_550_000)?;
/// assert_eq!(isoformat(at), "2026-11-22T03:49:21.360550Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[must_use]
pub fn isoformat(at: Timestamp) -> String {
    let precision = if at.subsec_microsecond() == 0 { 0 } else { 6 };
    format!("{at:.precision$}")
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
