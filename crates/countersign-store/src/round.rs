//! Going through Django's table of outstanding tokens for what none of its indexes helps with: along its primary key, a
//! bounded number of rows a round.

/// How many rows are looked at for each that may be found.
const LOOKED_AT: u32 = 20;

/// What one round found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// Ids of rows.
    pub(crate) found: Vec<i64>,
    /// Behind which row the next round begins. `None`: this was the last.
    pub(crate) next: Option<i64>,
}

impl Round {
    /// How many rows are looked at by a round that finds at most so many.
    pub(crate) fn rows(limit: u32) -> i64 {
        i64::from(limit) * i64::from(LOOKED_AT)
    }

    /// Of the rows by ascending id, at most [`rows`](Self::rows) of them, each with whether it is one that is sought.
    pub(crate) fn of(rows: impl IntoIterator<Item = (i64, bool)>, limit: u32) -> Self {
        let mut round = Self::default();
        for (number, (id, is_sought)) in (1..).zip(rows) {
            if is_sought {
                round.found.push(id);
            }
            if number == Self::rows(limit) || round.found.len() == limit as usize {
                round.next = Some(id);
                break;
            }
        }
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(count: i64, is_sought: impl Fn(i64) -> bool) -> Round {
        Round::of((1..=count).map(|id| (id, is_sought(id))), 3)
    }

    #[test]
    fn a_round_ends_where_it_has_found_enough_or_seen_enough() {
        assert_eq!(round(50, |id| id % 5 == 0), Round { found: vec![5, 10, 15], next: Some(15) });
        assert_eq!(round(60, |id| id == 9), Round { found: vec![9], next: Some(60) });
    }

    #[test]
    fn the_last_round_has_none_after_it() {
        assert_eq!(round(59, |id| id == 9), Round { found: vec![9], next: None });
        assert_eq!(round(0, |_| true), Round::default());
    }
}
