//! A user as the database knows them: Django's `auth_user`, or a table of one's own.

use crate::clock::Timestamp;
use crate::json::Value;
use std::fmt;

/// The primary key of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UserId {
    /// Django's own: a whole number.
    Integer(i64),
    /// A UUID or another text, in a table of one's own.
    Text(String),
}

/// `str(pk)`, as the `user_id` claim carries it.
impl fmt::Display for UserId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// As JSON: a number where it is one.
impl From<&UserId> for Value {
    fn from(id: &UserId) -> Self {
        match id {
            UserId::Integer(number) => Self::from(*number),
            UserId::Text(text) => Self::from(text.as_str()),
        }
    }
}

/// One row of the user table.
///
/// A table without one of the optional columns gives its default: active, no staff, empty texts.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// `id`
    pub id: UserId,
    /// `username`, as stored.
    pub username: String,
    /// `password`: the encoded hash, in one of Django's formats. Never logged.
    pub password: String,
    /// `is_active`
    pub is_active: bool,
    /// `is_staff`
    pub is_staff: bool,
    /// `is_superuser`
    pub is_superuser: bool,
    /// `email`
    pub email: String,
    /// `first_name`
    pub first_name: String,
    /// `last_name`
    pub last_name: String,
    /// `last_login`
    pub last_login: Option<Timestamp>,
    /// `date_joined`
    pub date_joined: Option<Timestamp>,
}

impl User {
    /// An active user of this name with this hash, and nothing else: no rights, no address, id 0 until the table
    /// gives one.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            id: UserId::Integer(0),
            username: username.into(),
            password: password.into(),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            last_login: None,
            date_joined: None,
        }
    }

    /// The value of a column that a token may carry, as `str()` prints it. `id` and `username` by their
    /// Django names, whatever the columns are called; `None` for a name that is no such column.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        match name {
            "id" | "pk" => Some(self.id.to_string()),
            "username" => Some(self.username.clone()),
            "email" => Some(self.email.clone()),
            _ => None,
        }
    }
}

/// Shows everything but the hash.
impl fmt::Debug for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

/// What is needed to make a user.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user as it will be stored. Its `id` is ignored: the table gives one.
    pub user: User,
}

/// How a user is found from a token: `USER_ID_FIELD` and the claim's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserKey<'a> {
    /// `USER_ID_FIELD`: `id`, `username`, `email`.
    pub field: &'a str,
    /// The claim's value, as text.
    pub value: &'a str,
}
