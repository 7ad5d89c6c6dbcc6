//! A row of a file of users.

use crate::cli::user::names::{check_name, check_username, email, normalized};
use countersign_core::clock::Timestamp;
use countersign_core::user::User;

/// One user of a file.
pub(super) struct Row {
    /// Where it stands: the line, or the number of the user where lines say nothing.
    pub(super) line: u64,
    /// The user, with the hash as the file has it.
    pub(super) user: User,
}

/// Why a row cannot be used.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: u64,
    pub(super) username: Option<String>,
    pub(super) reason: String,
}

impl Problem {
    pub(super) fn new(line: u64, username: Option<String>, reason: impl Into<String>) -> Self {
        Self { line, username, reason: reason.into() }
    }
}

/// The columns that are read, by Django's names.
pub(super) const COLUMNS: [&str; 10] = [
    "username",
    "email",
    "first_name",
    "last_name",
    "is_active",
    "is_staff",
    "is_superuser",
    "password",
    "date_joined",
    "last_login",
];

/// A user out of texts. A column that is not there or empty is what Django would make it.
///
/// # Errors
///
/// [`Problem`] where Django would not take a value.
pub(super) fn row<'a>(line: u64, value: impl Fn(&str) -> Option<&'a str>) -> Result<Row, Problem> {
    let text = |column: &str| value(column).unwrap_or_default();
    let username = normalized(text("username"));
    let named = (!username.is_empty()).then(|| username.clone());
    let problem = |reason: String| Problem::new(line, named.clone(), reason);
    check_username(&username).map_err(problem)?;
    for column in ["first_name", "last_name"] {
        check_name(text(column)).map_err(|words| problem(format!("{column}: {words}")))?;
    }
    let is =
        |column, default| flag(text(column), default).map_err(|words| problem(format!("{column}: {words}")));
    let at = |column| instant(text(column)).map_err(|words| problem(format!("{column}: {words}")));
    let user = User {
        email: email(text("email")).map_err(|words| problem(format!("email: {words}")))?,
        first_name: text("first_name").to_owned(),
        last_name: text("last_name").to_owned(),
        is_active: is("is_active", true)?,
        is_staff: is("is_staff", false)?,
        is_superuser: is("is_superuser", false)?,
        date_joined: at("date_joined")?,
        last_login: at("last_login")?,
        ..User::new(username, text("password").trim())
    };
    Ok(Row { line, user })
}

fn flag(text: &str, default: bool) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(default),
        "true" | "t" | "yes" | "y" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "0" => Ok(false),
        // Not quoted: where columns have slipped it may be anything.
        _ => Err("it is neither true nor false".to_owned()),
    }
}

fn instant(text: &str) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // SQLite's dumps have no offset; Django means UTC by that.
    let utc = || format!("{text}Z").parse();
    let read = text.parse().or_else(|_| utc());
    read.map(Some).map_err(|_| "it is no instant such as 2026-11-22T03:49:21Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(columns: &[(&str, &'static str)]) -> Result<User, String> {
        let value = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|(_, value)| *value);
        row(7, value).map(|row| row.user).map_err(|problem| problem.reason)
    }

    #[test]
    fn a_username_is_enough() {
        let user = read(&[("username", "alice")]).unwrap();
        assert_eq!(user, User::new("alice", ""));
    }

    #[test]
    fn all_columns_are_read() {
        let user = read(&[
            ("username", "ａlice"),
            ("email", "Alice@EXAMPLE.com"),
            ("is_active", "F"),
            ("is_staff", "1"),
            ("password", " !x "),
            ("date_joined", "2026-11-22 03:49:21.834292"),
            ("last_login", "2026-11-22T03:49:21+01:00"),
        ])
        .unwrap();
        assert_eq!((user.username.as_str(), user.email.as_str()), ("alice", "Alice@example.com"));
        assert!(!user.is_active && user.is_staff && !user.is_superuser);
        assert_eq!(user.password, "!x");
        assert_eq!(user.date_joined.unwrap().to_string(), "2026-11-22T03:49:21.834292Z");
        assert_eq!(user.last_login.unwrap().to_string(), "2026-11-22T02:49:21Z");
    }

    #[test]
    fn what_django_would_not_take_is_said_with_its_column() {
        for (column, value, words) in [
            ("email", "nowhere", "email: Enter a valid email address."),
            ("is_staff", "maybe", "is_staff: it is neither true nor false"),
            ("last_login", "yesterday", "last_login: it is no instant"),
        ] {
            let said = read(&[("username", "alice"), (column, value)]).unwrap_err();
            assert!(said.starts_with(words), "{said}");
        }
        assert_eq!(read(&[]).unwrap_err(), "Username cannot be blank.");
    }
}
