//! Where the database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The value of `database`. Prints without a password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// `sqlite://relative.db` or `sqlite:///absolute/path.db`: the path, taken as it is written.
    Sqlite(PathBuf),
    /// `postgres://user:password@host/name`
    Postgres(PostgresUrl),
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        match scheme {
            "sqlite" if rest.is_empty() || rest.ends_with('/') => Err(UrlError::NoFile),
            "sqlite" if rest.contains(['?', '#', '\0']) => Err(UrlError::Parameters),
            "sqlite" => Ok(Self::Sqlite(PathBuf::from(rest))),
            "postgres" | "postgresql" => Ok(Self::Postgres(PostgresUrl(text.to_owned()))),
            _ => Err(UrlError::Scheme),
        }
    }
}

impl From<&Path> for DatabaseUrl {
    fn from(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "sqlite://{}", path.display()),
            Self::Postgres(url) => write!(out, "{url}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// A PostgreSQL URL. Prints without whatever could be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// The whole URL, with its password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Host, port and name of the database; neither user information nor parameters.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let address = rest.split(['?', '#']).next().unwrap_or_default();
        let (hidden, place) = address.rsplit_once('@').map_or(("", address), |(_, place)| ("***@", place));
        write!(out, "postgres://{hidden}{place}")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// What is wrong with a database URL. The URL itself is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with something else.
    #[error("a database URL begins with `sqlite://` or `postgres://`")]
    Scheme,
    /// `sqlite://` names no file.
    #[error("a SQLite URL names a file: `sqlite://relative.db` or `sqlite:///absolute/path.db`")]
    NoFile,
    /// Something follows the path.
    #[error("a SQLite URL is a path and nothing else: no `?`, no `#`")]
    Parameters,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_slashes_are_relative_and_three_absolute() {
        assert_eq!("sqlite://a/b.db".parse(), Ok(DatabaseUrl::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///a/b c.db".parse(), Ok(DatabaseUrl::Sqlite("/a/b c.db".into())));
    }

    #[test]
    fn what_is_no_database_url_is_refused_for_its_reason() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("countersign.db", UrlError::Scheme),
            ("sqlite:countersign.db", UrlError::Scheme),
            ("mysql://root@localhost/x", UrlError::Scheme),
            ("sqlite://", UrlError::NoFile),
            ("sqlite:///var/lib/", UrlError::NoFile),
            ("sqlite://a.db?mode=ro", UrlError::Parameters),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for text in [
            "postgres://ann:s3cret@db.example:5432/app",
            "postgresql://ann:p@s3cret@db.example:5432/app?password=s3cret",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), "postgres://***@db.example:5432/app");
            assert_eq!(format!("{url:?}"), "\"postgres://***@db.example:5432/app\"");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_and_none_shows_a_password(text in ".{0,40}", name in "[a-z]{4,8}") {
            let _ = text.parse::<DatabaseUrl>();
            let url = format!("postgres://u:{name}0@h/{}", text.replace(['@', '?', '#'], "")).parse::<DatabaseUrl>();
            let shown = url.unwrap().to_string();
            prop_assert!(shown.starts_with("postgres://***@h/"));
        }
    }
}
