//! Passwords: Django's encodings, read and written.

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
