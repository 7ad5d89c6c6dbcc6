//! Django's four password validators (`django/contrib/auth/password_validation.py`), with its defaults and its
//! English words.

mod common;
mod similarity;

use crate::user::User;
use std::fmt;

/// `MinimumLengthValidator`'s `min_length`, in characters (code points).
pub const MINIMUM_LENGTH: usize = 8;

/// What `UserAttributeSimilarityValidator` compares a password with.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserAttributes<'a> {
    /// `username`
    pub username: &'a str,
    /// `first_name`
    pub first_name: &'a str,
    /// `last_name`
    pub last_name: &'a str,
    /// `email`
    pub email: &'a str,
}

impl<'a> From<&'a User> for UserAttributes<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            username: &user.username,
            first_name: &user.first_name,
            last_name: &user.last_name,
            email: &user.email,
        }
    }
}

/// Why a new password is refused. Displays as Django says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Weakness {
    /// Much of it is what is known of its user.
    TooSimilar(Attribute),
    /// It has fewer than [`MINIMUM_LENGTH`] characters.
    TooShort,
    /// It is one of the 20,000 that everybody tries first.
    TooCommon,
    /// It is a number.
    EntirelyNumeric,
}

impl Weakness {
    /// The `code` of Django's `ValidationError`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooSimilar(_) => "password_too_similar",
            Self::TooShort => "password_too_short",
            Self::TooCommon => "password_too_common",
            Self::EntirelyNumeric => "password_entirely_numeric",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSimilar(attribute) => write!(out, "The password is too similar to the {attribute}."),
            Self::TooShort => write!(
                out,
                "This password is too short. It must contain at least {MINIMUM_LENGTH} characters."
            ),
            Self::TooCommon => out.write_str("This password is too common."),
            Self::EntirelyNumeric => out.write_str("This password is entirely numeric."),
        }
    }
}

/// An attribute of a user. Displays as the `verbose_name` of Django's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// `username`
    Username,
    /// `first_name`
    FirstName,
    /// `last_name`
    LastName,
    /// `email`
    Email,
}

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Username => "username",
            Self::FirstName => "first name",
            Self::LastName => "last name",
            Self::Email => "email address",
        })
    }
}

/// What speaks against a new password, in the order of the list that `startproject` writes. Empty: nothing.
#[must_use]
pub fn validate(password: &str, user: &UserAttributes<'_>) -> Vec<Weakness> {
    [
        similarity::similar(password, user).map(Weakness::TooSimilar),
        (password.chars().count() < MINIMUM_LENGTH).then_some(Weakness::TooShort),
        common::is_common(password).then_some(Weakness::TooCommon),
        is_numeric(password).then_some(Weakness::EntirelyNumeric),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `str.isdigit()`, and beyond it numbers that are no digits (`½`, `Ⅷ`).
fn is_numeric(password: &str) -> bool {
    !password.is_empty() && password.chars().all(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: UserAttributes<'_> = UserAttributes {
        username: "alice",
        first_name: "Alice",
        last_name: "Liddell",
        email: "alice.liddell@example.com",
    };

    #[test]
    fn a_strong_password_has_no_weakness() {
        assert_eq!(validate("correct horse battery staple", &ALICE), []);
    }

    #[test]
    fn weaknesses_come_in_djangos_order_and_words() {
        let said: Vec<_> = validate("12345", &UserAttributes { username: "x123456", ..ALICE })
            .iter()
            .map(|weakness| (weakness.code(), weakness.to_string()))
            .collect();
        assert_eq!(
            said,
            [
                ("password_too_similar", "The password is too similar to the username."),
                ("password_too_short", "This password is too short. It must contain at least 8 characters."),
                ("password_too_common", "This password is too common."),
                ("password_entirely_numeric", "This password is entirely numeric."),
            ]
            .map(|(code, words)| (code, words.to_owned()))
        );
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(validate("пїяжщюё", &ALICE), [Weakness::TooShort]);
        assert_eq!(validate("пїяжщюёэ", &ALICE), []);
    }

    #[test]
    fn digits_of_any_script_are_numeric() {
        assert_eq!(validate("٣٤٥٦٧٨٩٠", &ALICE), [Weakness::EntirelyNumeric]);
        assert_eq!(validate("83649 27461", &ALICE), []);
        assert_eq!(validate("", &UserAttributes::default()), [Weakness::TooShort]);
    }
}
