//! Passwords: Django's encodings, read and written, and Django's rules for new ones.
//!
//! [`Hashers`] is `PASSWORD_HASHERS` with its functions `check_password`, `make_password` and `must_update`.
//! Every scheme is one file that implements `Hasher`; formats and rules are those of
//! `django/contrib/auth/hashers.py` (Django 5.2), checked against hashes that Django made.
//! Hashes of other software, [`Foreign`], are read and replaced at the first login. [`validate`] is `AUTH_PASSWORD_VALIDATORS`.

mod argon2;
mod bcrypt;
mod checking;
mod encoding;
mod foreign;
mod hasher;
mod hashers;
mod md5;
mod pbkdf2;
mod scrypt;
mod validate;

pub use checking::Checking;
pub use encoding::Encoding;
pub use foreign::{Foreign, pbkdf2_text};
pub use hashers::{Hashers, Judgement};
pub use validate::{Attribute, MINIMUM_LENGTH, UserAttributes, Weakness, validate};

use std::fmt;
use std::str::FromStr;

/// A hashing algorithm, by the name that Django stores before the first `$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `pbkdf2_sha256`
    Pbkdf2Sha256,
    /// `pbkdf2_sha1`
    Pbkdf2Sha1,
    /// `argon2`
    Argon2,
    /// `bcrypt_sha256`
    BcryptSha256,
    /// `bcrypt`
    Bcrypt,
    /// `scrypt`
    Scrypt,
    /// `md5`
    Md5,
}

impl Algorithm {
    /// All there are, in the order of Django's documentation.
    pub const ALL: [Self; 7] = [
        Self::Pbkdf2Sha256,
        Self::Pbkdf2Sha1,
        Self::Argon2,
        Self::BcryptSha256,
        Self::Bcrypt,
        Self::Scrypt,
        Self::Md5,
    ];

    /// The name in an encoded hash: `pbkdf2_sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pbkdf2Sha256 => "pbkdf2_sha256",
            Self::Pbkdf2Sha1 => "pbkdf2_sha1",
            Self::Argon2 => "argon2",
            Self::BcryptSha256 => "bcrypt_sha256",
            Self::Bcrypt => "bcrypt",
            Self::Scrypt => "scrypt",
            Self::Md5 => "md5",
        }
    }

    /// Reads an entry of `PASSWORD_HASHERS`: the algorithm's name, Django's class
    /// (`django.contrib.auth.hashers.PBKDF2PasswordHasher`) or that class's last word.
    ///
    /// # Errors
    /// [`UnknownAlgorithm`] for anything else. A class of the same name in another module is somebody's own
    /// hasher and may do anything, so it is not taken for Django's.
    pub fn from_setting(entry: &str) -> Result<Self, UnknownAlgorithm> {
        let word = entry.strip_prefix("django.contrib.auth.hashers.").unwrap_or(entry);
        match Self::ALL.into_iter().find(|algorithm| algorithm.class() == word) {
            Some(algorithm) => Ok(algorithm),
            None => entry.parse(),
        }
    }

    /// The class of `django.contrib.auth.hashers`.
    const fn class(self) -> &'static str {
        match self {
            Self::Pbkdf2Sha256 => "PBKDF2PasswordHasher",
            Self::Pbkdf2Sha1 => "PBKDF2SHA1PasswordHasher",
            Self::Argon2 => "Argon2PasswordHasher",
            Self::BcryptSha256 => "BCryptSHA256PasswordHasher",
            Self::Bcrypt => "BCryptPasswordHasher",
            Self::Scrypt => "ScryptPasswordHasher",
            Self::Md5 => "MD5PasswordHasher",
        }
    }

    /// Whose hash this is, by Django's `identify_hasher`: what stands before the first `$`.
    ///
    /// Says nothing of the rest, which may be malformed. `None` for the unusable, the unsalted schemes of
    /// ancient Django (`md5$$…`), and whatever is no hash.
    #[must_use]
    pub fn identify(encoded: &str) -> Option<Self> {
        let (name, rest) = encoded.split_once('$')?;
        let unsalted = name == "md5" && rest.starts_with('$');
        name.parse().ok().filter(|_| !unsalted)
    }
}

/// By [`name`](Algorithm::name).
impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A name that is no hasher of Django's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of Django's password hashers")]
pub struct UnknownAlgorithm(pub String);

/// The verdict on a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Check {
    /// It is the one.
    Matched {
        /// The same password hashed as new ones are, where the stored hash is not up to that.
        upgrade: Option<String>,
    },
    /// It is not, or the stored text is no hash, or there is no user.
    Refused,
}

/// Says whether there is an upgrade, not what it is.
impl fmt::Debug for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matched { upgrade } => {
                let upgrade = upgrade.as_ref().map(|_| format_args!("***"));
                out.debug_struct("Matched").field("upgrade", &upgrade).finish()
            }
            Self::Refused => out.write_str("Refused"),
        }
    }
}

/// bcrypt reads 72 bytes of a password; a longer one would be as good as any that begins like it, so it gets
/// no hash. Python's bcrypt 5 raises for the same reason. `bcrypt_sha256` has no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bcrypt takes passwords of at most 72 bytes")]
pub struct PasswordTooLong;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_name_and_by_its_django_class() {
        for algorithm in Algorithm::ALL {
            let (name, class) = (algorithm.name(), algorithm.class());
            assert_eq!(name.parse(), Ok(algorithm));
            for entry in [name, class, &*format!("django.contrib.auth.hashers.{class}")] {
                assert_eq!(Algorithm::from_setting(entry), Ok(algorithm), "{entry}");
            }
        }
    }

    #[test]
    fn djangos_default_list_is_ours() {
        let django = ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "Scrypt"];
        let listed = django
            .map(|name| format!("django.contrib.auth.hashers.{name}PasswordHasher"))
            .map(|entry| Algorithm::from_setting(&entry).unwrap());
        assert_eq!(listed.to_vec(), crate::settings::Passwords::default().hashers);
    }

    #[test]
    fn a_hasher_of_another_module_is_not_taken_for_djangos() {
        for entry in ["shop.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.md5", "sha1", ""] {
            assert_eq!(Algorithm::from_setting(entry), Err(UnknownAlgorithm(entry.to_owned())));
        }
    }

    #[test]
    fn a_hash_is_identified_by_what_stands_before_the_first_dollar() {
        assert_eq!(Algorithm::identify("pbkdf2_sha256$anything"), Some(Algorithm::Pbkdf2Sha256));
        assert_eq!(Algorithm::identify("bcrypt$$2b$12$"), Some(Algorithm::Bcrypt));
        let unsalted = format!("md5$${:032}", 0);
        for none in ["", "!", "plain", "argon2", "sha1$salt$00", "PBKDF2_SHA256$1$a$b", &unsalted] {
            assert_eq!(Algorithm::identify(none), None, "{none}");
        }
    }

    #[test]
    fn a_verdict_prints_no_hash() {
        let check = Check::Matched { upgrade: Some("md5$salt$hash".to_owned()) };
        assert_eq!(format!("{check:?}"), "Matched { upgrade: Some(***) }");
        assert_eq!(format!("{:?}", Check::Matched { upgrade: None }), "Matched { upgrade: None }");
    }
}
