//! What is said of a user by declaration, where Django projects write a Python function: claims of a token,
//! members of an answer.

use crate::json::Value;
use crate::store::Memberships;
use crate::user::{User, UserId};
use jiff::tz::Offset;

/// What can be said of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserColumn {
    /// `id`: a number, or a text where the table's key is one.
    Id,
    /// `username`
    Username,
    /// `email`
    Email,
    /// `first_name`
    FirstName,
    /// `last_name`
    LastName,
    /// `is_active`
    IsActive,
    /// `is_staff`
    IsStaff,
    /// `is_superuser`
    IsSuperuser,
    /// `last_login`, as Python's `isoformat()` writes it in UTC, or `null`.
    LastLogin,
    /// `date_joined`, written likewise.
    DateJoined,
    /// The names of the user's groups.
    Groups,
    /// The user's permissions and those of the groups, as `app_label.codename`.
    Permissions,
}

impl UserColumn {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::Username,
        Self::Email,
        Self::FirstName,
        Self::LastName,
        Self::IsActive,
        Self::IsStaff,
        Self::IsSuperuser,
        Self::LastLogin,
        Self::DateJoined,
        Self::Groups,
        Self::Permissions,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::IsActive => "is_active",
            Self::IsStaff => "is_staff",
            Self::IsSuperuser => "is_superuser",
            Self::LastLogin => "last_login",
            Self::DateJoined => "date_joined",
            Self::Groups => "groups",
            Self::Permissions => "permissions",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// Whether it is more than a row of the user table.
    #[must_use]
    pub const fn needs_memberships(self) -> bool {
        matches!(self, Self::Groups | Self::Permissions)
    }

    /// What it says of a user.
    #[must_use]
    pub fn of(self, user: &User, memberships: &Memberships) -> Value {
        match self {
            Self::Id => primary_key(&user.id),
            Self::Username => user.username.as_str().into(),
            Self::Email => user.email.as_str().into(),
            Self::FirstName => user.first_name.as_str().into(),
            Self::LastName => user.last_name.as_str().into(),
            Self::IsActive => user.is_active.into(),
            Self::IsStaff => user.is_staff.into(),
            Self::IsSuperuser => user.is_superuser.into(),
            Self::LastLogin => instant(user.last_login),
            Self::DateJoined => instant(user.date_joined),
            Self::Groups => memberships.groups.clone().into(),
            Self::Permissions => memberships.permissions.clone().into(),
        }
    }
}

/// A primary key as JSON: a number where it is one.
pub(super) fn primary_key(id: &UserId) -> Value {
    match id {
        UserId::Integer(number) => Value::from(*number),
        UserId::Text(text) => Value::from(text.as_str()),
    }
}

/// `datetime.isoformat()` of an aware datetime in UTC: `2026-11-22T03:52:30.120000+00:00`, the fraction left out
/// where it is zero.
fn instant(at: Option<crate::clock::Timestamp>) -> Value {
    let Some(at) = at else { return Value::Null };
    let time = Offset::UTC.to_datetime(at);
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    match time.subsec_nanosecond() / 1000 {
        0 => format!("{whole}+00:00").into(),
        microseconds => format!("{whole}.{microseconds:06}+00:00").into(),
    }
}

/// Where the value of a declared claim comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimSource {
    /// Of the user, read again whenever a token is made.
    User(UserColumn),
    /// As it stands.
    Constant(Value),
}

/// Claims of every token beyond those of the package, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredClaims(Vec<(String, ClaimSource)>);

/// A claim that the dialect itself relies on: it says who and until when, and nobody may say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {0:?} is the dialect's own")]
pub struct ReservedClaim(pub String);

impl DeclaredClaims {
    const RESERVED: [&str; 12] = [
        "username",
        "exp",
        "iat",
        "nbf",
        "jti",
        "orig_iat",
        "orig_jti",
        "aud",
        "iss",
        "sub",
        "act",
        "token_type",
    ];

    /// These claims.
    ///
    /// # Errors
    /// [`ReservedClaim`], the first of a name that the dialect keeps for itself.
    pub fn new(claims: Vec<(String, ClaimSource)>) -> Result<Self, ReservedClaim> {
        match claims.iter().find(|(name, _)| Self::RESERVED.contains(&name.as_str())) {
            Some((name, _)) => Err(ReservedClaim(name.clone())),
            None => Ok(Self(claims)),
        }
    }

    /// Whether one of them is more than a row of the user table.
    #[must_use]
    pub fn needs_memberships(&self) -> bool {
        self.0
            .iter()
            .any(|(_, source)| matches!(source, ClaimSource::User(column) if column.needs_memberships()))
    }

    /// The claims for a user.
    pub(super) fn of<'a>(
        &'a self,
        user: &'a User,
        memberships: &'a Memberships,
    ) -> impl Iterator<Item = (&'a str, Value)> {
        self.0.iter().map(move |(name, source)| {
            let value = match source {
                ClaimSource::User(column) => column.of(user, memberships),
                ClaimSource::Constant(value) => value.clone(),
            };
            (name.as_str(), value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn an_instant_is_written_as_pythons_isoformat() {
        let whole: Timestamp = "2026-11-22T03:52:30Z".parse().unwrap();
        assert_eq!(instant(Some(whole)), Value::from("2026-11-22T03:52:30+00:00"));
        let fraction: Timestamp = "2026-11-22T03:52:30.1200009Z".parse().unwrap();
        assert_eq!(instant(Some(fraction)), Value::from("2026-11-22T03:52:30.120000+00:00"));
        assert_eq!(instant(None), Value::Null);
    }

    #[test]
    fn a_claim_that_decides_cannot_be_declared() {
        for name in DeclaredClaims::RESERVED {
            let claims = vec![(name.to_owned(), ClaimSource::Constant(Value::Null))];
            assert_eq!(DeclaredClaims::new(claims), Err(ReservedClaim(name.to_owned())));
        }
    }

    #[test]
    fn every_column_is_found_by_its_name() {
        for column in UserColumn::ALL {
            assert_eq!(UserColumn::named(column.name()), Some(column));
        }
        assert_eq!(UserColumn::named("password"), None);
    }
}
