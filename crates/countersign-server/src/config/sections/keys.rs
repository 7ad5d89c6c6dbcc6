use crate::config::setting::section;
use crate::config::value::EndpointPath;
use countersign_core::clock::SignedDuration;

section! {
    /// What is demanded of keys, and how those in the database are shared: see docs/keys.md.
    pub struct Keys = "keys";

    /// Accepts a weak secret on an address that others can reach: a short one, Django's `django-insecure-…`,
    /// one that repeats a single byte. On loopback a weak secret is only worth a warning.
    allow_weak_secret: bool = false, Ours;
    /// How often a server asks the database whether keys have changed: each change is effective within it.
    refresh_interval: SignedDuration = "5s", Ours;
    /// How long others may keep the public keys, and so how long a new key is published before it signs.
    max_age: SignedDuration = "5m", Ours;
    /// Where the public keys are served, as a JWK set. An empty path removes the endpoint.
    jwks_path: Option<EndpointPath> = "/.well-known/jwks.json", Ours;
}
