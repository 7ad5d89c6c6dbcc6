//! Removing what has ended, beside serving: a little at a time, so that nobody waits for it.

use crate::config::Config;
use crate::database::Database;
use countersign_core::clock::{Clock as _, SignedDuration, SystemClock, Timestamp};
use countersign_core::random::Random;
use countersign_core::store::{Purged, StoreError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How many rows of a table are removed in one round: a few milliseconds of the writer.
const BATCH: u32 = 200;

/// How long others may write before the next round.
const PAUSE: Duration = Duration::from_millis(50);

/// The task that removes. It ends with this.
#[derive(Debug)]
pub struct Purging(Option<JoinHandle<()>>);

impl Purging {
    /// Begins, unless `[sessions] purge_interval` says never. `random` keeps replicas that were started together from
    /// purging together. Must be called within a runtime.
    #[must_use]
    pub fn start(config: &Config, database: &Database, random: &dyn Random) -> Self {
        let begin = |interval: SignedDuration| {
            let pause = around(interval.unsigned_abs(), random);
            tokio::spawn(purge(database.clone(), pause, kept_of_drf_jwt(config)))
        };
        Self(config.sessions.purge_interval.map(begin))
    }
}

impl Drop for Purging {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A time between three and five quarters of this.
fn around(interval: Duration, random: &dyn Random) -> Duration {
    let mut byte = [0];
    random.fill(&mut byte);
    interval.mul_f64(0.75 + f64::from(byte[0]) / 512.0)
}

async fn purge(database: Database, pause: Duration, kept: Option<SignedDuration>) {
    loop {
        tokio::time::sleep(pause).await;
        match sweep(Rounds::new(&database, kept, SystemClock.now(), BATCH)).await {
            Ok(removed) if removed == Purged::default() => {}
            Ok(Purged { outstanding, own, .. }) => tracing::info!(outstanding, own, "removed what has ended"),
            Err(error) => tracing::warn!(%error, "what has ended was not removed: trying again later"),
        }
    }
}

/// Goes through all rounds, with a pause after each. Says how much was removed.
async fn sweep(mut rounds: Rounds<'_>) -> Result<Purged, StoreError> {
    let mut total = Purged::default();
    while let Some(removed) = rounds.next().await? {
        total.outstanding += removed.outstanding;
        total.own += removed.own;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(total)
}

/// The removal of everything that ended before an instant, a bounded number of rows a round.
#[derive(Debug)]
pub struct Rounds<'a> {
    database: &'a Database,
    kept: Option<SignedDuration>,
    now: Timestamp,
    batch: u32,
    part: Part,
}

/// What is removed, one after the other.
#[derive(Debug)]
enum Part {
    /// From behind this row of Django's table on.
    Tokens(i64),
    DrfJwt,
    Door,
}

impl<'a> Rounds<'a> {
    /// Removes nothing yet. `kept`: see [`kept_of_drf_jwt`].
    #[must_use]
    pub const fn new(
        database: &'a Database,
        kept: Option<SignedDuration>,
        now: Timestamp,
        batch: u32,
    ) -> Self {
        Self { database, kept, now, batch, part: Part::Tokens(0) }
    }

    /// Removes once more, which may be nothing. `None`: nothing is left.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn next(&mut self) -> Result<Option<Purged>, StoreError> {
        let Self { database, kept, now, batch, part } = self;
        if let Part::Tokens(after) = part {
            let removed = database.store.purge(*now, *after, *batch).await?;
            *part = removed.next.map_or(Part::DrfJwt, Part::Tokens);
            return Ok(Some(removed));
        }
        if let (Part::DrfJwt, Some(kept)) = (&part, kept) {
            let before = now.saturating_sub(*kept).unwrap_or(Timestamp::MIN);
            if let outstanding @ 1.. = database.revocations.forget_revoked(before, *batch).await? {
                return Ok(Some(Purged { outstanding, ..Purged::default() }));
            }
        }
        *part = Part::Door;
        let own = database.admin.door.purge_door(*now, *batch).await?;
        Ok((own > 0).then_some(Purged { own, ..Purged::default() }))
    }
}

/// How long an ended entry of drf-jwt's blacklist is kept, for a younger token of its line may live; `None`: there is no
/// such blacklist.
#[must_use]
pub fn kept_of_drf_jwt(config: &Config) -> Option<SignedDuration> {
    config.uses_jwt_blacklist().then_some(config.jwt_auth.expiration_delta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;
    use crate::database;
    use countersign_core::random::SystemRandom;
    use countersign_core::store::Record;

    fn scene(folder: &tempfile::TempDir) -> (Config, Database) {
        let file = format!("sqlite://{}", folder.path().join("a.db").display());
        let config = Layers::default()
            .flag("", "database", file, "--test")
            .flag("sessions", "purge_interval", "20ms", "--test")
            .without_keys()
            .load()
            .unwrap();
        database::migrate(&config, Timestamp::UNIX_EPOCH).unwrap();
        let database = database::open(&config, Timestamp::UNIX_EPOCH).unwrap();
        (config, database)
    }

    fn token(number: i64) -> Record {
        let at = Timestamp::from_second(number).unwrap();
        let jti = number.to_string();
        Record { token: jti.clone(), claims: jti.clone(), jti, user: None, created_at: at, expires_at: at }
    }

    #[tokio::test]
    async fn what_has_ended_is_removed_in_small_acts_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (_, database) = scene(&folder);
        for number in 0..450 {
            database.store.record(&token(number), None).await.unwrap();
        }
        let removed =
            sweep(Rounds::new(&database, None, Timestamp::from_second(445).unwrap(), 100)).await.unwrap();
        assert_eq!(removed, Purged { outstanding: 445, ..Purged::default() });
        let removed =
            sweep(Rounds::new(&database, None, Timestamp::from_second(445).unwrap(), 100)).await.unwrap();
        assert_eq!(removed, Purged::default());
    }

    #[tokio::test]
    async fn it_goes_on_by_itself_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (config, database) = scene(&folder);
        database.store.record(&token(1), None).await.unwrap();
        let purging = Purging::start(&config, &database, &SystemRandom);
        // It is gone once the act that would remove it finds nothing.
        while database.store.blacklist_by_id("1", Timestamp::UNIX_EPOCH).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(purging);
    }

    #[test]
    fn replicas_do_not_purge_together() {
        let hour = Duration::from_hours(1);
        for _ in 0..100 {
            let pause = around(hour, &SystemRandom);
            assert!((hour.mul_f64(0.75)..hour.mul_f64(1.25)).contains(&pause), "{pause:?}");
        }
    }
}
