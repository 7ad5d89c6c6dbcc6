//! The keys that a URL had when it was last asked with success.

use super::Fetcher;
use countersign_core::jwk::JwkSet;
use countersign_core::jws::{Algorithm, VerifyingKey};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a set is kept before it is asked for again, as `PyJWKClient` keeps it.
const LIFESPAN: Duration = Duration::from_mins(5);

/// How long an unknown key id is no reason to ask again: tokens with invented ids cost the other side nothing more.
const PATIENCE: Duration = Duration::from_mins(1);

/// Keys of others, for one algorithm.
pub struct ForeignKeys {
    source: Box<dyn Fetcher>,
    algorithm: Algorithm,
    state: Mutex<State>,
    /// One asks at a time.
    asking: tokio::sync::Mutex<()>,
    /// Tells that the keys are others.
    changed: Notify,
}

#[derive(Default)]
struct State {
    keys: Arc<Vec<VerifyingKey>>,
    generation: u64,
    body: Vec<u8>,
    /// When an unknown key id was last a reason to ask.
    searched: Option<Instant>,
}

impl ForeignKeys {
    /// No keys yet, for tokens of this algorithm.
    pub fn new(source: impl Fetcher + 'static, algorithm: Algorithm) -> Self {
        Self {
            source: Box::new(source),
            algorithm,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
        }
    }

    /// The present keys, and a number that is another one after each change.
    #[must_use]
    pub fn keys(&self) -> (Arc<Vec<VerifyingKey>>, u64) {
        let state = self.state();
        (Arc::clone(&state.keys), state.generation)
    }

    /// Whether a key of that name is among them.
    #[must_use]
    pub fn has(&self, kid: &str) -> bool {
        self.state().keys.iter().any(|key| key.kid() == Some(kid))
    }

    /// Asks again because a token names a key that is not there, but at most once a minute.
    pub async fn look_for(&self, kid: &str) {
        let _one = self.asking.lock().await;
        let is_due = self.state().searched.is_none_or(|searched| searched.elapsed() >= PATIENCE);
        if is_due && !self.has(kid) {
            self.state().searched = Some(Instant::now());
            self.ask().await;
        }
    }

    /// Asks for the first time, or again. Where that fails, the keys stay as they are.
    pub async fn refresh(&self) {
        let _one = self.asking.lock().await;
        self.ask().await;
    }

    /// Asks every few minutes, for ever, and tells so each time: whoever could not take new keys when they came does then.
    pub async fn keep_fresh(&self) {
        loop {
            tokio::time::sleep(LIFESPAN).await;
            self.refresh().await;
            self.changed.notify_one();
        }
    }

    /// Waits until the keys are others, or should be looked at again.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    async fn ask(&self) {
        let body = match self.source.fetch().await {
            Ok(body) => body,
            Err(error) => return tracing::error!(%error, "cannot get the keys of jwk_url: the old ones stay"),
        };
        if self.state().body == body {
            return;
        }
        match JwkSet::read(&body, Some(self.algorithm)) {
            Ok(set) => self.take(body, set),
            Err(error) => tracing::error!(%error, "cannot use the keys of jwk_url: the old ones stay"),
        }
    }

    fn take(&self, body: Vec<u8>, set: JwkSet) {
        for error in &set.refused {
            tracing::warn!(%error, "a key of jwk_url is left out");
        }
        let mut state = self.state();
        // A secret that anybody can fetch is none.
        let keys = set.keys.into_iter().filter(|key| key.thumbprint().is_some());
        state.keys = Arc::new(keys.collect());
        state.generation += 1;
        state.body = body;
        tracing::info!(keys = state.keys.len(), "took the keys of jwk_url");
        drop(state);
        self.changed.notify_one();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
