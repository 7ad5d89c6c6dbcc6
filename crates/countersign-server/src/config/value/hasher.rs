//! `PASSWORD_HASHERS`: by Django's stored names, or by its class names. And foreign hashes, by names of ours.

use super::{Given, Value};
use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use countersign_core::password::{Algorithm, Foreign};
use serde_json::json;

/// Every hasher: its stored name, Django's class, the algorithm.
const HASHERS: [(&str, &str, Algorithm); 7] = [
    ("pbkdf2_sha256", "PBKDF2PasswordHasher", Algorithm::Pbkdf2Sha256),
    ("pbkdf2_sha1", "PBKDF2SHA1PasswordHasher", Algorithm::Pbkdf2Sha1),
    ("argon2", "Argon2PasswordHasher", Algorithm::Argon2),
    ("bcrypt_sha256", "BCryptSHA256PasswordHasher", Algorithm::BcryptSha256),
    ("bcrypt", "BCryptPasswordHasher", Algorithm::Bcrypt),
    ("scrypt", "ScryptPasswordHasher", Algorithm::Scrypt),
    ("md5", "MD5PasswordHasher", Algorithm::Md5),
];

impl Value for Algorithm {
    const KIND: &'static str = "hasher";

    fn schema() -> serde_json::Value {
        let names: Vec<_> = HASHERS.iter().map(|(name, ..)| *name).collect();
        json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": "\\.[A-Za-z0-9]+PasswordHasher$" }] })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let names = HASHERS.map(|(name, ..)| name);
        let remedy = format!("it takes {}", names.join(", "));
        let path = given.as_str().ok_or_else(|| given.is_not("the name of a hasher", remedy.clone()))?;
        let word = path.rsplit('.').next().unwrap_or(path);
        let found = HASHERS.iter().find(|(name, class, _)| *name == word || *class == word);
        found.map(|(.., algorithm)| *algorithm).ok_or_else(|| {
            let meant = nearest(word, names).map(|name| format!("did you mean \"{name}\"? "));
            Wrong::new(
                format!("names {path:?}, which is no known hasher"),
                meant.unwrap_or_default() + &remedy,
            )
        })
    }
}

impl Value for Foreign {
    const KIND: &'static str = "foreign hasher";

    fn schema() -> serde_json::Value {
        json!({ "enum": Self::ALL.map(Self::name) })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let names = Self::ALL.map(Self::name);
        let remedy = format!("it takes {}", names.join(", "));
        let name =
            given.as_str().ok_or_else(|| given.is_not("the name of a foreign hasher", remedy.clone()))?;
        Self::named(name).ok_or_else(|| {
            let meant = nearest(name, names).map(|name| format!("did you mean \"{name}\"? "));
            Wrong::new(
                format!("names {name:?}, whose hashes are not known"),
                meant.unwrap_or_default() + &remedy,
            )
        })
    }
}
