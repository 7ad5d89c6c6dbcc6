//! Sets of keys (RFC 7517 §5): read from others, and published for others.

use super::Jwk;
use crate::json::{Object, Reader, Value};
use crate::jws::{Algorithm, Key, KeyError, KeyFault, VerifyingKey};

/// The longest set that is read, in bytes.
pub const MAX_SET_LENGTH: usize = 64 * 1024;

/// The keys of a set that can verify, and why the others cannot: one bad key does not spoil a set.
#[derive(Clone, Debug)]
pub struct JwkSet {
    /// Those that can.
    pub keys: Vec<VerifyingKey>,
    /// Those that cannot: for the log.
    pub refused: Vec<KeyError>,
}

/// Why a set is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwkSetError {
    /// Longer than [`MAX_SET_LENGTH`].
    #[error("the set has {0} bytes: at most {MAX_SET_LENGTH} are read, so publish the keys in use alone")]
    TooLong(usize),
    /// No JSON object with a list under `keys`, or one that can be read in two ways.
    #[error(
        "this is no JWK set: it must be one JSON object in UTF-8 with a list `keys`, without duplicate names"
    )]
    NotASet,
    /// Two keys have the same name: which one a token means would depend on the reader.
    #[error("two keys of the set are called {0:?}: give each a `kid` of its own")]
    DuplicateKid(String),
    /// Secrets stand beside public keys: whoever may read the set could sign.
    #[error("the set has secrets (`oct`) beside public keys: keep the secrets in a set of their own")]
    Mixed,
}

impl JwkSet {
    /// Whether a text that may be something else is meant as a set: a JSON object with `keys`.
    pub(crate) fn sniff(text: &[u8]) -> bool {
        text.trim_ascii_start().starts_with(b"{")
            && Reader::BODY.read(text).is_ok_and(|it| it.as_object().is_some_and(|it| it.contains("keys")))
    }

    /// The first key of a set that can sign. Whether the set can be believed is for [`JwkSet::read`] to say.
    pub(crate) fn signing_key(text: &[u8], wanted: Algorithm) -> Option<Key> {
        let set = Reader::CLAIMS.read(text).ok()?;
        let Some(Value::Array(items)) = set.as_object()?.get("keys") else { return None };
        items.iter().find_map(|item| Jwk::of(item.as_object()?).ok()?.signing_key(Some(wanted)).ok())
    }

    /// Reads a set. `wanted` is the algorithm of keys that do not say one; a key that says another is refused.
    ///
    /// # Errors
    /// Where the set as a whole cannot be believed.
    pub fn read(text: &[u8], wanted: Option<Algorithm>) -> Result<Self, JwkSetError> {
        if text.len() > MAX_SET_LENGTH {
            return Err(JwkSetError::TooLong(text.len()));
        }
        let set = Reader::CLAIMS.read(text).map_err(|_| JwkSetError::NotASet)?;
        let Some(Value::Array(items)) = set.as_object().and_then(|set| set.get("keys")) else {
            return Err(JwkSetError::NotASet);
        };
        judge(items)?;
        let mut read = Self { keys: Vec::new(), refused: Vec::new() };
        for (at, item) in items.iter().enumerate() {
            match key(item, wanted) {
                Ok(key) => read.keys.push(key),
                Err(fault) => read.refused.push(fault.of(&name(item, at))),
            }
        }
        Ok(read)
    }
}

fn key(item: &Value, wanted: Option<Algorithm>) -> Result<VerifyingKey, KeyFault> {
    let jwk = Jwk::of(item.as_object().ok_or(KeyFault::NotAJwk)?)?;
    jwk.verifying_key(wanted)
}

/// What must not be in any set, whatever becomes of its keys.
fn judge(items: &[Value]) -> Result<(), JwkSetError> {
    let member = |item: &Value, name| Some(item.as_object()?.get(name)?.as_str()?.to_owned());
    let mut kids: Vec<String> = items.iter().filter_map(|item| member(item, "kid")).collect();
    kids.sort_unstable();
    if let Some(pair) = kids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(JwkSetError::DuplicateKid(pair[0].clone()));
    }
    let secrets = items.iter().filter(|item| member(item, "kty").as_deref() == Some("oct")).count();
    if secrets != 0 && secrets != items.len() { Err(JwkSetError::Mixed) } else { Ok(()) }
}

/// The `kid`, or the place in the list.
fn name(item: &Value, at: usize) -> String {
    let kid = item.as_object().and_then(|object| object.get("kid")).and_then(Value::as_str);
    kid.map_or_else(|| format!("keys[{at}]"), str::to_owned)
}

/// The set that others may have: the public keys among these, each with `alg`, `kid` and `use`. Secrets are left
/// out, and so is a second key of the same name.
pub fn publish<'k>(keys: impl IntoIterator<Item = &'k VerifyingKey>) -> Object {
    let mut published: Vec<(&str, Object)> = Vec::new();
    for key in keys {
        let (Some(object), Some(kid)) = (members(key), key.kid()) else { continue };
        if published.iter().all(|(name, _)| *name != kid) {
            published.push((kid, object));
        }
    }
    let keys: Vec<Object> = published.into_iter().map(|(_, object)| object).collect();
    Object::from([("keys", keys)])
}

/// A key alone, as it stands in a published set; none for a secret.
#[must_use]
pub fn public_jwk(key: &VerifyingKey) -> Option<String> {
    members(key).map(|object| object.to_ascii())
}

fn members(key: &VerifyingKey) -> Option<Object> {
    let (public, kid) = (key.public()?, key.kid()?);
    let mut object = public.members();
    object.insert("alg", key.algorithm().name());
    object.insert("kid", kid);
    object.insert("use", "sig");
    Some(object)
}
