//! Declared claims: what tokens say of their user beyond the user's id.

use super::{Given, Value};
use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use countersign_core::json;

/// Claims that tokens carry, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub Vec<(String, ClaimSource)>);

/// Where a claim's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimSource {
    /// `"user.email"`: of the user, read again whenever a token is made.
    User(UserField),
    /// Anything else stands as it is.
    Constant(json::Value),
}

/// Declares the fields of a user that a claim can carry.
macro_rules! user_fields {
    ($($(#[doc = $doc:literal])* $Field:ident = $name:literal,)*) => {
        /// What a claim can say of a user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum UserField { $($(#[doc = $doc])* $Field,)* }

        impl UserField {
            const NAMES: &[&str] = &[$($name),*];

            /// The name behind `user.`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Field => $name,)* }
            }

            fn of(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$Field),)* _ => None }
            }
        }
    };
}

user_fields! {
    /// The primary key.
    Id = "id",
    /// The login name.
    Username = "username",
    /// The mail address.
    Email = "email",
    /// The first name.
    FirstName = "first_name",
    /// The last name.
    LastName = "last_name",
    /// Whether the account is in use.
    IsActive = "is_active",
    /// Whether the user may enter Django's admin.
    IsStaff = "is_staff",
    /// Whether the user may do anything.
    IsSuperuser = "is_superuser",
    /// The last login.
    LastLogin = "last_login",
    /// When the account was made.
    DateJoined = "date_joined",
    /// The names of the user's groups.
    Groups = "groups",
    /// The user's permissions and those of the groups, as `app_label.codename`.
    Permissions = "permissions",
}

impl Value for Claims {
    const KIND: &'static str = "table of claims";

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write a table: [simple_jwt.claims] email = \"user.email\"";
        let table = given.value.as_table().ok_or_else(|| given.is_not("a table of claims", remedy))?;
        let claim = |(name, value): (&String, &toml::Value)| Ok((name.clone(), source(name, value)?));
        table.iter().map(claim).collect::<Result<_, _>>().map(Self)
    }
}

fn source(claim: &str, value: &toml::Value) -> Result<ClaimSource, Wrong> {
    let Some(name) = value.as_str().and_then(|text| text.strip_prefix("user.")) else {
        return constant(value).map(ClaimSource::Constant).ok_or_else(|| {
            Wrong::new(
                format!("gives {claim} a value that JSON cannot carry"),
                "use texts, numbers, booleans, lists and tables",
            )
        });
    };
    UserField::of(name).map(ClaimSource::User).ok_or_else(|| {
        Wrong::new(
            format!("gives {claim} the value of \"user.{name}\", which no user has"),
            match nearest(name, UserField::NAMES.iter().copied()) {
                Some(meant) => format!("did you mean \"user.{meant}\"?"),
                None => format!("a claim can be one of user.{}", UserField::NAMES.join(", user.")),
            },
        )
    })
}

/// A constant of the file as JSON. Dates and infinite numbers have no JSON form.
fn constant(value: &toml::Value) -> Option<json::Value> {
    Some(match value {
        toml::Value::String(text) => json::Value::from(text.as_str()),
        toml::Value::Integer(number) => json::Value::from(*number),
        toml::Value::Boolean(truth) => json::Value::from(*truth),
        toml::Value::Float(number) if number.is_finite() => json::Value::Number(json::Number::Float(*number)),
        toml::Value::Float(_) | toml::Value::Datetime(_) => return None,
        toml::Value::Array(items) => {
            json::Value::from(items.iter().map(constant).collect::<Option<Vec<_>>>()?)
        }
        toml::Value::Table(table) => json::Value::from(
            table
                .iter()
                .map(|(name, value)| Some((name.as_str(), constant(value)?)))
                .collect::<Option<json::Object>>()?,
        ),
    })
}
