//! Hashes that other software made, as that software stores them: read, never written.
//!
//! Whoever moves to countersign brings passwords that nobody knows. Their hashes are stored as they are, the right
//! password is known by them, and the login that brings it replaces the hash by one of Django's. So
//! `needs_upgrade` is always true of them, and what is weaker than Django's is so until then only.

mod aspnet;
mod crypt_base64;
mod ldap;
mod passlib;
mod phpass;
mod sha_crypt;
mod werkzeug;

use super::hasher::Stored;
use super::{argon2, bcrypt};
use std::fmt;

/// A family of foreign hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Foreign {
    /// The bare string of bcrypt, `$2a$`, `$2b$` or `$2y$`: PHP, Ruby, Node, Go, Spring.
    Bcrypt,
    /// The bare string of argon2, `$argon2id$`, `$argon2i$` or `$argon2d$`.
    Argon2,
    /// `pbkdf2:sha256:…` and `scrypt:…`: Werkzeug, and so Flask.
    Werkzeug,
    /// `$pbkdf2-sha256$` and its siblings: passlib, Flask-Security, and what is made of Keycloak's.
    Passlib,
    /// The base64 of ASP.NET Core Identity's version 3.
    Aspnet,
    /// `$P$` and `$H$`: the portable hashes of `WordPress` and `phpBB`.
    Phpass,
    /// `$5$` and `$6$`: `/etc/shadow`, and an LDAP server's `{CRYPT}`.
    ShaCrypt,
    /// `{SSHA}`, `{SSHA256}` and `{SSHA512}`: LDAP servers.
    Ldap,
}

impl Foreign {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Bcrypt,
        Self::Argon2,
        Self::Werkzeug,
        Self::Passlib,
        Self::Aspnet,
        Self::Phpass,
        Self::ShaCrypt,
        Self::Ldap,
    ];

    /// What the settings call it: `sha_crypt`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::Argon2 => "argon2",
            Self::Werkzeug => "werkzeug",
            Self::Passlib => "passlib",
            Self::Aspnet => "aspnet",
            Self::Phpass => "phpass",
            Self::ShaCrypt => "sha_crypt",
            Self::Ldap => "ldap",
        }
    }

    /// The family that a name of the settings means.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Whose hash this is, by how it begins. Says nothing of the rest, which may be malformed.
    #[must_use]
    pub fn identify(encoded: &str) -> Option<Self> {
        let encoded = without_crypt(encoded);
        Self::ALL.into_iter().find(|family| family.marks().iter().any(|mark| begins_with(encoded, mark)))
    }

    /// How its hashes begin. `WordPress` and LDAP servers are not strict about case.
    const fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Bcrypt => &["$2a$", "$2b$", "$2y$"],
            Self::Argon2 => &["$argon2id$", "$argon2i$", "$argon2d$"],
            Self::Werkzeug => &["pbkdf2:", "scrypt:"],
            Self::Passlib => &["$pbkdf2$", "$pbkdf2-sha256$", "$pbkdf2-sha512$"],
            Self::Aspnet => &["AQAAAA"],
            Self::Phpass => &["$P$", "$H$"],
            Self::ShaCrypt => &["$5$", "$6$"],
            Self::Ldap => &["{SSHA}", "{SSHA256}", "{SSHA512}"],
        }
    }

    /// The same hash in fewer characters, its key cut to the first 32 bytes: as hard to find as all of it, and known
    /// by [`Hashers`](super::Hashers) like the whole. Werkzeug's keys of 64 bytes, in hexadecimal, do not fit the
    /// 128 characters of Django's column. `None` where there is nothing to cut.
    #[must_use]
    pub fn cut(encoded: &str) -> Option<String> {
        match Self::identify(encoded)? {
            Self::Werkzeug => werkzeug::cut(encoded),
            Self::Passlib => passlib::cut(encoded),
            Self::Aspnet => aspnet::cut(encoded),
            _ => None,
        }
    }

    /// Reads a hash of [`identify`](Self::identify)'s family, without any of the slow work. `None` if it is
    /// malformed, or dearer than the family's ceiling.
    pub(super) fn read(self, encoded: &str) -> Option<Box<dyn Stored>> {
        let encoded = without_crypt(encoded);
        match self {
            Self::Bcrypt => bcrypt::read_bare(encoded),
            Self::Argon2 => argon2::read_bare(encoded),
            Self::Werkzeug => werkzeug::read(encoded),
            Self::Passlib => passlib::read(encoded),
            Self::Aspnet => aspnet::read(encoded),
            Self::Phpass => phpass::read(encoded),
            Self::ShaCrypt => sha_crypt::read(encoded),
            Self::Ldap => ldap::read(encoded),
        }
    }
}

/// By [`name`](Foreign::name).
impl fmt::Display for Foreign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// What is stored of a PBKDF2 key that comes in pieces, as Keycloak exports it: the text that passlib would write.
/// `scheme` is `pbkdf2` (which is SHA-1), `pbkdf2-sha256` or `pbkdf2-sha512`, as both call them.
///
/// Of a key of more than 32 bytes the first 32 are kept, which are a key of their own: they are as hard to find, and
/// the text fits the 128 characters of Django's column.
#[must_use]
pub fn pbkdf2_text(scheme: &str, iterations: u32, salt: &[u8], key: &[u8]) -> String {
    passlib::write(scheme, iterations, salt, key)
}

/// An LDAP server writes `{CRYPT}` before what crypt(3) makes.
fn without_crypt(encoded: &str) -> &str {
    if begins_with(encoded, "{CRYPT}") { &encoded["{CRYPT}".len()..] } else { encoded }
}

/// Whether a text begins with a mark, whose name in braces counts in any case (RFC 2307 §5.3).
fn begins_with(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|begins| {
        if mark.starts_with('{') { begins.eq_ignore_ascii_case(mark) } else { begins == mark }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_known_by_its_mark() {
        for (encoded, family) in [
            ("$2y$10$", Some(Foreign::Bcrypt)),
            ("{crypt}$2b$10$", Some(Foreign::Bcrypt)),
            ("$argon2i$", Some(Foreign::Argon2)),
            ("pbkdf2:sha256", Some(Foreign::Werkzeug)),
            ("$pbkdf2-sha512$1", Some(Foreign::Passlib)),
            ("AQAAAAEA", Some(Foreign::Aspnet)),
            ("$H$9", Some(Foreign::Phpass)),
            ("{CRYPT}$6$", Some(Foreign::ShaCrypt)),
            ("{ssha256}AAAA", Some(Foreign::Ldap)),
            ("$2x$10$", None),
            ("$p$9", None),
            ("{SHA}AAAA", None),
            ("{CRYPT}", None),
            ("{CRYPT}abJnggxhB/yWI", None),
            ("pbkdf2_sha256$1$a$b", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(Foreign::identify(encoded), family, "{encoded}");
        }
    }

    #[test]
    fn a_family_is_found_by_its_name() {
        assert!(Foreign::ALL.iter().all(|family| Foreign::named(family.name()) == Some(*family)));
        assert_eq!(Foreign::named("keycloak"), None);
    }
}
