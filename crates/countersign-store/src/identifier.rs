//! Names of tables and columns that come from a configuration file.

use crate::error::OpenFault;
use std::fmt;
use std::str::FromStr;

/// The name of a table or a column: printed in quotes, ready to stand in a statement.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// The name, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that stands in this program.
    pub(crate) fn of(name: &'static str) -> Self {
        name.parse().expect("names in the program are names")
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    /// Takes 1 to 63 characters, letters, digits and underscores, as Django's `db_table` and `db_column` have
    /// them, and not a digit first.
    fn from_str(name: &str) -> Result<Self, IdentifierError> {
        let fits = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
            && name.chars().next().is_some_and(|first| !first.is_numeric())
            && name.len() <= 63;
        if fits { Ok(Self(name.to_owned())) } else { Err(IdentifierError) }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// It is no name of a table or a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table or column name is 1 to 63 letters, digits and underscores, and begins with no digit")]
pub struct IdentifierError;

/// `[users]`: which table holds the users, and what its columns are called.
///
/// An optional column that is named must be there. One that is not named is taken by Django's own name where the
/// table has it; where it has not, every user has the default of [`User`](countersign_core::user::User).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTable {
    /// `auth_user`
    pub table: Identifier,
    /// `id`: a whole number, or a text. In a column declared `char(32)`, a UUID as Django stores it.
    pub id: Identifier,
    /// `username`
    pub username: Identifier,
    /// `password`
    pub password: Identifier,
    /// `is_active`
    pub is_active: Option<Identifier>,
    /// `is_staff`
    pub is_staff: Option<Identifier>,
    /// `is_superuser`
    pub is_superuser: Option<Identifier>,
    /// `email`
    pub email: Option<Identifier>,
    /// `first_name`
    pub first_name: Option<Identifier>,
    /// `last_name`
    pub last_name: Option<Identifier>,
    /// `last_login`
    pub last_login: Option<Identifier>,
    /// `date_joined`
    pub date_joined: Option<Identifier>,
}

/// Django's own.
impl Default for UserTable {
    fn default() -> Self {
        Self {
            table: Identifier::of("auth_user"),
            id: Identifier::of("id"),
            username: Identifier::of("username"),
            password: Identifier::of("password"),
            is_active: None,
            is_staff: None,
            is_superuser: None,
            email: None,
            first_name: None,
            last_name: None,
            last_login: None,
            date_joined: None,
        }
    }
}

/// The optional columns by Django's names, each with what stands in a statement of SQLite's where there is none.
pub(crate) const OPTIONAL: [(&str, &str); 8] = [
    ("is_active", "1"),
    ("is_staff", "0"),
    ("is_superuser", "0"),
    ("email", "''"),
    ("first_name", "''"),
    ("last_name", "''"),
    ("last_login", "NULL"),
    ("date_joined", "NULL"),
];
/// Its place in [`OPTIONAL`].
pub(crate) const IS_ACTIVE: usize = 0;
/// Its place in [`OPTIONAL`].
pub(crate) const IS_STAFF: usize = 1;
/// Its place in [`OPTIONAL`].
pub(crate) const IS_SUPERUSER: usize = 2;
/// Its place in [`OPTIONAL`].
pub(crate) const EMAIL: usize = 3;
/// Its place in [`OPTIONAL`].
pub(crate) const FIRST_NAME: usize = 4;
/// Its place in [`OPTIONAL`].
pub(crate) const LAST_NAME: usize = 5;
/// Its place in [`OPTIONAL`].
pub(crate) const LAST_LOGIN: usize = 6;
/// Its place in [`OPTIONAL`].
pub(crate) const DATE_JOINED: usize = 7;

impl UserTable {
    /// The optional columns that a table has, in the order of [`OPTIONAL`]. `is_there`: whether there is such a table;
    /// `has`: whether it has a column. Errs where the table, or a column that was named, is not there.
    pub(crate) fn resolve(
        &self,
        is_there: bool,
        has: impl Fn(&Identifier) -> bool,
    ) -> Result<[Option<Identifier>; 8], OpenFault> {
        let table = self.table.as_str().to_owned();
        if !is_there {
            return Err(OpenFault::NoTable { table });
        }
        let named = [
            &self.is_active,
            &self.is_staff,
            &self.is_superuser,
            &self.email,
            &self.first_name,
            &self.last_name,
            &self.last_login,
            &self.date_joined,
        ];
        let required = [&self.id, &self.username, &self.password];
        if let Some(lost) =
            required.into_iter().chain(named.into_iter().flatten()).find(|column| !has(column))
        {
            return Err(OpenFault::NoColumn { table, column: lost.as_str().to_owned() });
        }
        Ok(std::array::from_fn(|at| {
            let own = || Some(Identifier::of(OPTIONAL[at].0)).filter(&has);
            named[at].clone().or_else(own)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_django_are_names() {
        for name in ["auth_user", "id", "_x", "Benutzer", "größe", "t1"] {
            assert_eq!(name.parse::<Identifier>().unwrap().to_string(), format!("\"{name}\""));
        }
    }

    #[test]
    fn what_could_end_a_quote_or_a_statement_is_no_name() {
        for name in ["", "1x", "a b", "a\"b", "a;b", "a.b", "a'b", "a-b", "a\0b", &"x".repeat(64)] {
            assert_eq!(name.parse::<Identifier>(), Err(IdentifierError), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_name_holds_no_other_quote(name in ".{0,70}") {
            if let Ok(identifier) = name.parse::<Identifier>() {
                prop_assert_eq!(identifier.to_string().matches('"').count(), 2);
            }
        }
    }
}
