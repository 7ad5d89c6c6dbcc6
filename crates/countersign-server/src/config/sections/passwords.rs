use crate::config::setting::section;
use countersign_core::password::{Algorithm, Foreign};
use countersign_core::settings;

section! {
    /// Which passwords are accepted, and how new ones are kept.
    pub struct Passwords = "passwords";

    /// The hashers, by their stored names or by Django's classes. The first makes new hashes; one that is
    /// not listed verifies nothing.
    hashers: Vec<Algorithm> = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt"], As("PASSWORD_HASHERS");
    /// Hashes of other software that are read, and replaced at the first login: bcrypt and argon2 without Django's
    /// name before them, Werkzeug's, passlib's (and Keycloak's, as `user import` stores them), ASP.NET Identity's,
    /// phpass', crypt(3)'s and LDAP's.
    foreign_hashers: Vec<Foreign> = ["bcrypt", "argon2", "werkzeug", "passlib", "aspnet", "phpass", "sha_crypt", "ldap"], Ours;
    /// Iterations of new PBKDF2 hashes. Under 600,000 is worth a warning.
    pbkdf2_iterations: u32 = 1000000, As("PBKDF2PasswordHasher.iterations");
    /// White space around a password is cut off, as both packages do.
    strip_whitespace: bool = true, Ours;
    /// Inactive users may log in, as with Django's `AllowAllUsersModelBackend`.
    allow_inactive: bool = false, As("AUTHENTICATION_BACKENDS");
}

impl Passwords {
    /// These settings as the rules take them.
    #[must_use]
    pub fn rules(&self) -> settings::Passwords {
        settings::Passwords {
            hashers: self.hashers.clone(),
            foreign_hashers: self.foreign_hashers.clone(),
            pbkdf2_iterations: self.pbkdf2_iterations,
            strip_whitespace: self.strip_whitespace,
            allow_inactive: self.allow_inactive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn the_defaults_are_those_of_the_rules() {
        let config = Layers::default().flag("", "secret_key", "k".repeat(50), "--test").load().unwrap();
        assert_eq!(config.passwords.rules(), settings::Passwords::default());
    }
}
