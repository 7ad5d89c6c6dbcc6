//! The public API of the library is the one that was committed.

use crate::api;
use crate::place::Place;
use crate::report::{Problem, Report};

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    api::check(place)
}
