use crate::config::setting::section;

section! {
    /// What is demanded of keys.
    pub struct Keys = "keys";

    /// Accepts a weak secret on an address that others can reach: a short one, Django's `django-insecure-…`,
    /// one that repeats a single byte. On loopback a weak secret is only worth a warning.
    allow_weak_secret: bool = false, Ours;
}
