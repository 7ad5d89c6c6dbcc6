//! Claims that the configuration adds to tokens: what a Django project does in its own `get_token`.
//!
//! They stand after the claims that identify the user, in the order in which they were declared, and are read
//! of the user again at each refresh, so that a right that was taken away is gone with the next access token.
//! A claim that the presented token carries and nobody declares any more stays as it is.

use crate::clock::{Timestamp, isoformat};
use crate::json::{Object, Reader, Value};
use crate::store::{Memberships, StoreError, Users};
use crate::user::User;

/// Declared claims, in order. The default declares none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredClaims(Vec<(String, ClaimSource)>);

/// Where a claim's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimSource {
    /// `"user.email"`: a column of the user.
    UserField(UserField),
    /// `"user.groups"`: the names of the user's groups, a sorted list.
    Groups,
    /// `"user.permissions"`: what the user may do, directly, by a group or as a superuser, a sorted list of
    /// `app_label.codename` (Django's `get_all_permissions`).
    Permissions,
    /// Anything else stands as it was written.
    Constant(Value),
}

/// A column of the user. Never the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserField {
    /// `user.id`: a number where the key is one, else a text.
    Id,
    /// `user.username`
    Username,
    /// `user.email`
    Email,
    /// `user.first_name`
    FirstName,
    /// `user.last_name`
    LastName,
    /// `user.is_active`, a truth value.
    IsActive,
    /// `user.is_staff`, a truth value.
    IsStaff,
    /// `user.is_superuser`, a truth value.
    IsSuperuser,
    /// `user.last_login`: `"2026-11-22T03:49:21.834292Z"`, as Django REST framework writes an instant, or
    /// `null`. The token of a login names the login before it, as simplejwt's does.
    LastLogin,
    /// `user.date_joined`, as `last_login`.
    DateJoined,
}

/// Why a claim cannot be declared. The message names the claim; [`remedy`](Self::remedy) says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// The name belongs to the token itself, or to its checks.
    #[error("the claim {0} is not free: tokens have it already, or are checked by it")]
    Reserved(String),
    /// The source begins with `user.`, but no user has that.
    #[error("the claim {claim} wants \"user.{field}\", which no user has")]
    UnknownField {
        /// The claim.
        claim: String,
        /// What stands behind `user.`.
        field: String,
        /// The field that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The constant cannot be written into a token that would be accepted again: an infinite number, or
    /// lists nested too deep.
    #[error("the claim {0} has a value that no token can carry")]
    Unwritable(String),
}

impl DeclarationError {
    /// What to do instead.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Reserved(claim) => match claim.as_str() {
                "aud" => "set audience".to_owned(),
                "iss" => "set issuer".to_owned(),
                "sub" => "set user_id_claim = \"sub\" to name the user there".to_owned(),
                "nbf" => "leave it out; a token is good from the moment it is made".to_owned(),
                claim => format!("choose another name, such as \"user_{claim}\""),
            },
            Self::UnknownField { nearest: Some(meant), .. } => format!("did you mean \"user.{meant}\"?"),
            Self::UnknownField { nearest: None, .. } => {
                let names = SOURCES.map(|(name, _)| format!("user.{name}"));
                format!("a claim can be one of {}, or a constant", names.join(", "))
            }
            Self::Unwritable(_) => {
                "use texts, finite numbers, booleans, and lists and tables of them".to_owned()
            }
        }
    }
}

/// What may stand behind `user.`.
const SOURCES: [(&str, ClaimSource); 12] = [
    ("id", ClaimSource::UserField(UserField::Id)),
    ("username", ClaimSource::UserField(UserField::Username)),
    ("email", ClaimSource::UserField(UserField::Email)),
    ("first_name", ClaimSource::UserField(UserField::FirstName)),
    ("last_name", ClaimSource::UserField(UserField::LastName)),
    ("is_active", ClaimSource::UserField(UserField::IsActive)),
    ("is_staff", ClaimSource::UserField(UserField::IsStaff)),
    ("is_superuser", ClaimSource::UserField(UserField::IsSuperuser)),
    ("last_login", ClaimSource::UserField(UserField::LastLogin)),
    ("date_joined", ClaimSource::UserField(UserField::DateJoined)),
    ("groups", ClaimSource::Groups),
    ("permissions", ClaimSource::Permissions),
];

impl DeclaredClaims {
    /// Declares one more claim, or another source for one that is declared.
    ///
    /// A text that begins with `user.` names what the value is read of; everything else is a constant.
    /// `reserved` are the names that are not free, such as
    /// [`SimpleJwt::reserved_claims`](crate::settings::SimpleJwt::reserved_claims).
    ///
    /// # Errors
    /// See [`DeclarationError`]. Nothing was declared then.
    pub fn declare(&mut self, claim: &str, value: Value, reserved: &[&str]) -> Result<(), DeclarationError> {
        if reserved.contains(&claim) {
            return Err(DeclarationError::Reserved(claim.to_owned()));
        }
        let source = ClaimSource::parse(claim, value)?;
        match self.0.iter_mut().find(|(name, _)| name == claim) {
            Some((_, declared)) => *declared = source,
            None => self.0.push((claim.to_owned(), source)),
        }
        Ok(())
    }

    /// Names and sources, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ClaimSource)> {
        self.0.iter().map(|(name, source)| (name.as_str(), source))
    }

    /// Whether none is declared.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The claims of a user as they are now. Groups and permissions are read only if a claim wants them.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn read(&self, users: &dyn Users, user: &User) -> Result<Object, StoreError> {
        let wants_memberships =
            |(_, source): &(_, _)| matches!(source, ClaimSource::Groups | ClaimSource::Permissions);
        let memberships = if self.0.iter().any(wants_memberships) {
            users.memberships(&user.id).await?
        } else {
            Memberships::default()
        };
        Ok(self.iter().map(|(name, source)| (name, source.value(user, &memberships))).collect())
    }

    /// The same, and after them the claims that [code computes](Users::computed_claims).
    ///
    /// # Errors
    /// Where they cannot be read, or where code computes one of the `reserved` names, or a value that no token carries.
    pub(crate) async fn read_all(
        &self,
        users: &dyn Users,
        user: &User,
        reserved: &[&str],
    ) -> Result<Object, StoreError> {
        let mut claims = self.read(users, user).await?;
        for (name, value) in users.computed_claims(user).await?.iter() {
            if reserved.contains(&name) {
                return Err(StoreError::new(DeclarationError::Reserved(name.to_owned())));
            }
            if !is_writable(name, value) {
                return Err(StoreError::new(DeclarationError::Unwritable(name.to_owned())));
            }
            claims.insert(name, value.clone());
        }
        Ok(claims)
    }
}

impl ClaimSource {
    fn parse(claim: &str, value: Value) -> Result<Self, DeclarationError> {
        let Some(field) = value.as_str().and_then(|text| text.strip_prefix("user.")) else {
            return if is_writable(claim, &value) {
                Ok(Self::Constant(value))
            } else {
                Err(DeclarationError::Unwritable(claim.to_owned()))
            };
        };
        let field = if field == "pk" { "id" } else { field };
        SOURCES.into_iter().find(|(name, _)| *name == field).map(|(_, source)| source).ok_or_else(|| {
            DeclarationError::UnknownField {
                claim: claim.to_owned(),
                field: field.to_owned(),
                nearest: nearest(field),
            }
        })
    }

    fn value(&self, user: &User, memberships: &Memberships) -> Value {
        match self {
            Self::UserField(field) => field.value(user),
            Self::Groups => memberships.groups.clone().into(),
            Self::Permissions => memberships.permissions.clone().into(),
            Self::Constant(value) => value.clone(),
        }
    }
}

impl UserField {
    fn value(self, user: &User) -> Value {
        match self {
            Self::Id => (&user.id).into(),
            Self::Username => user.username.as_str().into(),
            Self::Email => user.email.as_str().into(),
            Self::FirstName => user.first_name.as_str().into(),
            Self::LastName => user.last_name.as_str().into(),
            Self::IsActive => user.is_active.into(),
            Self::IsStaff => user.is_staff.into(),
            Self::IsSuperuser => user.is_superuser.into(),
            Self::LastLogin => instant(user.last_login),
            Self::DateJoined => instant(user.date_joined),
        }
    }
}

fn instant(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| isoformat(at).into())
}

/// Whether a token that says so could be read again by the strict reader.
fn is_writable(claim: &str, value: &Value) -> bool {
    let claims = Object::from([(claim, value.clone())]);
    Reader::CLAIMS.read(claims.to_ascii().as_bytes()).is_ok()
}

fn nearest(field: &str) -> Option<&'static str> {
    let field = field.to_lowercase();
    SOURCES
        .iter()
        .map(|&(name, _)| (strsim::jaro_winkler(&field, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Number;
    use crate::settings::SimpleJwt;
    use crate::store::{AddOutcome, UserAdmin as _};
    use crate::testing::{MemoryStore, block_on};
    use crate::user::NewUser;
    use crate::user::UserId;
    use proptest::prelude::*;

    fn alice() -> User {
        User {
            id: UserId::Integer(1),
            username: "alice".into(),
            password: "pbkdf2_sha256$1$salt$hash".into(),
            is_active: true,
            is_staff: false,
            is_superuser: true,
            email: "alice@example.com".into(),
            first_name: "Alice".into(),
            last_name: "Liddell".into(),
            last_login: None,
            date_joined: Some(Timestamp::from_microsecond(1_795_319_361_830_000).unwrap()),
        }
    }

    fn declared(claims: &[(&str, Value)]) -> DeclaredClaims {
        let mut declared = DeclaredClaims::default();
        for (name, value) in claims {
            declared.declare(name, value.clone(), &[]).unwrap();
        }
        declared
    }

    fn refusal(claim: &str, value: impl Into<Value>) -> DeclarationError {
        let settings = SimpleJwt::default();
        let mut declared = DeclaredClaims::default();
        let error = declared.declare(claim, value.into(), &settings.reserved_claims()).unwrap_err();
        assert!(declared.is_empty());
        error
    }

    #[test]
    fn every_column_has_the_json_that_fits_it() {
        let names = SOURCES.map(|(name, _)| (name, Value::from(format!("user.{name}"))));
        let claims = block_on(declared(&names[..10]).read(&MemoryStore::new(), &alice())).unwrap();
        assert_eq!(
            claims.to_ascii(),
            r#"{"id":1,"username":"alice","email":"alice@example.com","first_name":"Alice","last_name":"Liddell","is_active":true,"is_staff":false,"is_superuser":true,"last_login":null,"date_joined":"2026-11-22T03:49:21.830000Z"}"#
        );
    }

    #[test]
    fn an_instant_has_six_digits_of_a_second_or_none() {
        let text = |microseconds| instant(Timestamp::from_microsecond(microseconds).ok());
        assert_eq!(text(1_795_319_361_000_000), "2026-11-22T03:49:21Z".into());
        assert_eq!(text(1_795_319_361_000_001), "2026-11-22T03:49:21.000001Z".into());
        assert_eq!(instant(Some(Timestamp::new(1_795_319_361, 999).unwrap())), text(1_795_319_361_000_000));
    }

    #[test]
    fn a_key_that_is_a_text_stays_one() {
        let user = User { id: UserId::Text("7".into()), ..alice() };
        let claims = block_on(declared(&[("uid", "user.pk".into())]).read(&MemoryStore::new(), &user));
        assert_eq!(claims.unwrap().get("uid"), Some(&"7".into()));
    }

    #[test]
    fn groups_and_permissions_are_those_of_now() {
        let store = MemoryStore::new();
        let AddOutcome::Added(user) = block_on(store.add(&NewUser { user: alice() })).unwrap() else {
            panic!("the name is free")
        };
        let declared = declared(&[("groups", "user.groups".into()), ("can", "user.permissions".into())]);
        let read = || block_on(declared.read(&store, &user)).unwrap().to_ascii();
        assert_eq!(read(), r#"{"groups":[],"can":[]}"#);
        store.grant(&user.id, "editors", "blog.add_post");
        assert_eq!(read(), r#"{"groups":["editors"],"can":["blog.add_post"]}"#);
    }

    #[test]
    fn memberships_are_left_alone_where_no_claim_wants_them() {
        let store = MemoryStore::new();
        store.break_down(true);
        let columns = declared(&[("email", "user.email".into()), ("tier", 3.into())]);
        assert!(block_on(columns.read(&store, &alice())).is_ok());
        assert!(block_on(declared(&[("groups", "user.groups".into())]).read(&store, &alice())).is_err());
    }

    #[test]
    fn whatever_does_not_begin_with_user_is_a_constant() {
        let constants = [
            ("region", "eu".into()),
            ("users", "user".into()),
            ("levels", vec![1_i64, 2].into()),
            ("nested", Object::from([("user", "user.email")]).into()),
            ("none", Value::Null),
        ];
        let claims = block_on(declared(&constants).read(&MemoryStore::new(), &alice())).unwrap();
        assert_eq!(claims, constants.into_iter().collect());
    }

    #[test]
    fn a_claim_declared_twice_takes_the_later_source_in_the_first_place() {
        let twice = declared(&[("a", 1.into()), ("b", 2.into()), ("a", 3.into())]);
        let claims = block_on(twice.read(&MemoryStore::new(), &alice())).unwrap();
        assert_eq!(claims.to_ascii(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn what_tokens_are_checked_by_is_not_free() {
        for claim in [
            "exp",
            "iat",
            "nbf",
            "iss",
            "aud",
            "sub",
            "jti",
            "token_type",
            "user_id",
            "refresh_exp",
            "hash_password",
        ] {
            assert_eq!(refusal(claim, "user.email"), DeclarationError::Reserved(claim.to_owned()));
        }
        let renamed =
            SimpleJwt { user_id_claim: "uid".into(), token_type_claim: None, ..SimpleJwt::default() };
        let mut claims = DeclaredClaims::default();
        assert!(claims.declare("uid", "user.id".into(), &renamed.reserved_claims()).is_err());
        assert!(claims.declare("user_id", "user.id".into(), &renamed.reserved_claims()).is_ok());
        assert!(claims.declare("token_type", "x".into(), &renamed.reserved_claims()).is_ok());
    }

    #[test]
    fn a_refusal_names_the_claim_and_the_remedy() {
        for (claim, value, message, remedy) in [
            (
                "mail",
                "user.emial",
                "the claim mail wants \"user.emial\", which no user has",
                "did you mean \"user.email\"?",
            ),
            (
                "mail",
                "user.Email",
                "the claim mail wants \"user.Email\", which no user has",
                "did you mean \"user.email\"?",
            ),
            (
                "may",
                "user.permission",
                "the claim may wants \"user.permission\", which no user has",
                "did you mean \"user.permissions\"?",
            ),
            (
                "aud",
                "x",
                "the claim aud is not free: tokens have it already, or are checked by it",
                "set audience",
            ),
            (
                "exp",
                "x",
                "the claim exp is not free: tokens have it already, or are checked by it",
                "choose another name, such as \"user_exp\"",
            ),
        ] {
            let error = refusal(claim, value);
            assert_eq!((error.to_string().as_str(), error.remedy().as_str()), (message, remedy));
        }
    }

    #[test]
    fn the_password_is_no_field_and_looks_like_none() {
        let error = refusal("secret", "user.password");
        assert!(matches!(&error, DeclarationError::UnknownField { nearest: None, .. }), "{error:?}");
        assert!(error.remedy().starts_with("a claim can be one of user.id, user.username, "));
    }

    #[test]
    fn a_constant_that_no_token_could_be_read_with_is_refused() {
        let nested = |levels| (0..levels).fold(Value::Null, |inner, _| vec![inner].into());
        let float = |number| Value::Number(Number::Float(number));
        for bad in [nested(16), float(f64::INFINITY), float(f64::NAN), vec![float(f64::NEG_INFINITY)].into()]
        {
            assert_eq!(refusal("x", bad), DeclarationError::Unwritable("x".to_owned()));
        }
        let mut claims = DeclaredClaims::default();
        assert_eq!(claims.declare("x", nested(15), &[]), Ok(()));
    }

    proptest! {
        #[test]
        fn a_source_is_read_or_refused_and_never_taken_for_a_constant(field in "[a-z_.A-Z ]{0,14}") {
            let mut claims = DeclaredClaims::default();
            let known = field == "pk" || SOURCES.iter().any(|(name, _)| *name == field);
            prop_assert_eq!(claims.declare("x", format!("user.{field}").into(), &[]).is_ok(), known);
            prop_assert!(claims.iter().all(|(_, source)| !matches!(source, ClaimSource::Constant(_))));
        }
    }
}
