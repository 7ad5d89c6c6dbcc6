//! The keys of another issuer that the configuration asks for.

use crate::config::Config;
use crate::jwk_url::{FetchError, ForeignKeys, Https, Limits};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The keys of `jwk_url`, and the task that keeps them fresh. It ends with the last clone.
#[derive(Clone)]
pub struct Foreign(Arc<Kept>);

struct Kept {
    keys: Arc<ForeignKeys>,
    keeping: JoinHandle<()>,
}

impl Foreign {
    /// Asks for the keys, and goes on asking every few minutes. Each time that they are others it says a `word`.
    /// `None`: there is no URL, or the algorithm has no public keys.
    ///
    /// # Errors
    /// [`FetchError::Url`]; never for a configuration that was loaded, since loading it asks.
    pub async fn start(config: &Config, word: &mpsc::Sender<()>) -> Result<Option<Self>, FetchError> {
        let settings = &config.simple_jwt;
        let Some(url) = wanted_url(config) else { return Ok(None) };
        let limits = Limits { private: settings.jwk_url_allow_private, ..Limits::default() };
        let keys = Arc::new(ForeignKeys::new(Https::new(url, limits)?, settings.algorithm));
        keys.refresh().await;
        let keeping = tokio::spawn(keep(Arc::clone(&keys), word.clone()));
        Ok(Some(Self(Arc::new(Kept { keys, keeping }))))
    }

    /// Who has the keys.
    #[must_use]
    pub fn keys(&self) -> Arc<ForeignKeys> {
        Arc::clone(&self.0.keys)
    }
}

async fn keep(keys: Arc<ForeignKeys>, word: mpsc::Sender<()>) {
    let telling = async {
        loop {
            keys.changed().await;
            if word.send(()).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(keys.keep_fresh(), telling);
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// Whether both configurations ask the same for the same.
#[must_use]
pub fn is_same_foreign(one: &Config, other: &Config) -> bool {
    let asks = |config: &Config| {
        let settings = &config.simple_jwt;
        (wanted_url(config).map(str::to_owned), settings.jwk_url_allow_private, settings.algorithm)
    };
    asks(one) == asks(other)
}

fn wanted_url(config: &Config) -> Option<&str> {
    let settings = &config.simple_jwt;
    settings.jwk_url.as_deref().filter(|_| settings.enabled && !settings.algorithm.is_symmetric())
}
