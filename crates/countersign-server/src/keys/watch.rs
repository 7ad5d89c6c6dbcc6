//! Notices that keys have changed: by the version of their table, or because a planned instant has come.

use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use countersign_core::store::Keys;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch as channel};

/// What a server has taken over.
#[derive(Clone)]
pub struct Seen {
    /// Who keeps the keys.
    pub keys: Arc<dyn Keys>,
    /// The version that was read.
    pub version: u64,
    /// When the rings made of it are no longer the right ones.
    pub until: Option<Timestamp>,
    /// How often to ask.
    pub interval: Duration,
}

/// The least time between two looks, so that a plan that cannot be followed is not tried without a pause.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends word whenever the keys are others than those that were seen, until nobody listens any more.
pub async fn watch(mut seen: channel::Receiver<Seen>, news: mpsc::Sender<()>) {
    loop {
        let Seen { keys, version, until, interval } = seen.borrow_and_update().clone();
        let left = until.map(|until| until.duration_since(SystemClock.now()));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        tokio::time::sleep(left.unwrap_or(interval).min(interval).max(PAUSE)).await;
        let has_come = until.is_some_and(|until| until <= SystemClock.now());
        let has_changed = match keys.key_version().await {
            Ok(present) => present != version,
            Err(error) => {
                tracing::warn!(%error, "cannot ask whether the keys have changed: trying again");
                false
            }
        };
        if !(has_come || has_changed) {
            continue;
        }
        if news.send(()).await.is_err() {
            return;
        }
        // Until it was taken over, or could not be: then it is tried again.
        if let Ok(Err(_)) = tokio::time::timeout(interval, seen.changed()).await {
            return;
        }
    }
}
