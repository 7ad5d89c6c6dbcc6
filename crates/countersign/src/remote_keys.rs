//! Keys that somebody else publishes and changes.

use crate::authenticate::{Caller, JwtAuthentication};
use crate::authentication::{Verifier, read_set};
use crate::rejection::{Reason, Rejection};
use crate::rest::{Answer, BoxFuture};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::json::Value;
use countersign_core::jws::peek_header;
use http::HeaderMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// For how long a set that was fetched is used without asking again.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(10);

/// The least time between two requests to the issuer, whatever strangers put into their tokens.
const COOLDOWN: SignedDuration = SignedDuration::from_secs(10);

/// Reads a JWK set from where an issuer publishes it, with the HTTP client of the application. Any
/// `async || -> Result<String, …>` does it:
///
/// ```
/// use countersign::{Authentication, BoxError};
/// use std::time::Duration;
/// use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
///
/// /// Reads an address of the inner network. Most applications have a client, which speaks TLS, too.
/// async fn get(host: &str, path: &str) -> Result<String, BoxError> {
///     let mut stream = tokio::net::TcpStream::connect(host).await?;
///     stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
///     let mut answer = String::new();
///     stream.read_to_string(&mut answer).await?;
///     let (head, set) = answer.split_once("\r\n\r\n").ok_or("the issuer did not answer to the end")?;
///     if head.contains(" 200 ") { Ok(set.to_owned()) } else { Err("the issuer has no keys there".into()) }
/// }
///
/// # fn main() -> Result<(), countersign::StatelessError> {
/// let authentication = Authentication::stateless()
///     .remote_jwks(|| async {
///         let set = get("sso.internal:80", "/.well-known/jwks.json");
///         tokio::time::timeout(Duration::from_secs(5), set).await?
///     })
///     .audience("orders")
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// It is called by the first request, then once in ten minutes at most, and when a token names a key that the set does
/// not have; never twice in ten seconds. Where it fails, the keys that were fetched before stay good; before there are
/// any, requests with a token get 503. It has to give up by itself after a while: the request that asked waits for it.
pub trait FetchKeys: Send + Sync + 'static {
    /// The text of the set.
    ///
    /// # Errors
    /// Whatever went wrong: for the log.
    fn fetch(&self) -> impl Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send;
}

impl<F, G> FetchKeys for F
where
    F: Fn() -> G + Send + Sync + 'static,
    G: Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send,
{
    fn fetch(&self) -> impl Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send {
        self()
    }
}

/// The same as a trait object.
trait DynFetchKeys: Send + Sync {
    fn fetch_keys(&self) -> BoxFuture<'_, Result<String, Box<dyn Error + Send + Sync>>>;
}

impl<F: FetchKeys> DynFetchKeys for F {
    fn fetch_keys(&self) -> BoxFuture<'_, Result<String, Box<dyn Error + Send + Sync>>> {
        Box::pin(self.fetch())
    }
}

/// Verifies tokens by keys that are fetched, and fetched again.
pub(crate) struct RemoteKeys {
    fetch: Box<dyn DynFetchKeys>,
    verifier: Verifier,
    /// Knows where tokens are, and no key.
    reader: JwtAuthentication,
    present: RwLock<Option<Present>>,
    /// When the issuer was last asked. Whoever holds it is asking.
    asked: Mutex<Option<Timestamp>>,
}

#[derive(Clone)]
struct Present {
    guard: Arc<JwtAuthentication>,
    names: Arc<[Option<String>]>,
    fetched: Timestamp,
}

impl RemoteKeys {
    pub(crate) fn new(fetch: impl FetchKeys, verifier: Verifier) -> Self {
        let reader = verifier.with(Vec::new());
        Self { fetch: Box::new(fetch), verifier, reader, present: RwLock::default(), asked: Mutex::default() }
    }

    /// Whom the header of a request names.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Rejection> {
        // The issuer is not asked for keys before there is a token.
        let token = self.reader.token(headers)?;
        self.holder(&token).await
    }

    /// Whom a token names.
    pub(crate) async fn holder(&self, token: &str) -> Result<Caller, Rejection> {
        let present = self.keys(|_| false).await?;
        match present.guard.holder(token).await {
            Err(refusal) if present.lacks(token) => match self.keys(|newer| newer.lacks(token)).await {
                Ok(newer) if newer.fetched != present.fetched => newer.guard.holder(token).await,
                _ => Err(refusal),
            },
            verdict => verdict,
        }
    }

    /// The present keys, fetched again if they are old, or if `are_wanting` and the issuer was not asked just now.
    async fn keys(&self, are_wanting: impl Fn(&Present) -> bool) -> Result<Present, Rejection> {
        let now = self.verifier.clock.now();
        let is_good =
            |present: &Present| !are_wanting(present) && now.duration_since(present.fetched) < MAX_AGE;
        let present = self.present();
        if let Some(good) = present.as_ref().filter(|present| is_good(present)) {
            return Ok(good.clone());
        }
        let mut asked = match (&present, self.asked.try_lock()) {
            (_, Ok(asked)) => asked,
            // Somebody is asking: the old keys are good until there are new ones.
            (Some(old), Err(_)) if !are_wanting(old) => return Ok(old.clone()),
            _ => self.asked.lock().await,
        };
        let present = self.present();
        if let Some(good) = present.as_ref().filter(|present| is_good(present)) {
            return Ok(good.clone());
        }
        if asked.is_none_or(|asked| now.duration_since(asked) >= COOLDOWN) {
            *asked = Some(now);
            self.ask(now).await;
        }
        self.present().ok_or_else(unavailable)
    }

    async fn ask(&self, now: Timestamp) {
        let read = match self.fetch.fetch_keys().await {
            Ok(text) => read_set(text.as_bytes()).map_err(Into::into),
            Err(error) => Err(error),
        };
        match read {
            Ok(keys) => {
                let names = keys.iter().map(|key| key.kid().map(str::to_owned)).collect();
                let guard = Arc::new(self.verifier.with(keys));
                let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
                *present = Some(Present { guard, names, fetched: now });
            }
            Err(error) => tracing::warn!(%error, "the issuer's keys could not be fetched"),
        }
    }

    fn present(&self) -> Option<Present> {
        self.present.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Present {
    /// Whether a token names a key that is not among these.
    fn lacks(&self, token: &str) -> bool {
        let Ok(header) = peek_header(token) else { return false };
        let kid = header.get("kid").and_then(Value::as_str);
        kid.is_some_and(|kid| !self.names.iter().any(|name| name.as_deref() == Some(kid)))
    }
}

fn unavailable() -> Rejection {
    let answer = Answer::unavailable(Duration::from_secs(10), "the issuer's keys are not known yet");
    Rejection::new(Reason::Unavailable, answer)
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RemoteKeys").finish_non_exhaustive()
    }
}
