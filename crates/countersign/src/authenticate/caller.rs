//! Who makes a request.

use countersign_core::json::{Number, Value};
use countersign_core::token::Token;
use countersign_core::user::User;
use std::borrow::Cow;
use std::sync::Arc;

/// Who was admitted.
///
/// Where the user was looked up, what is said of them is the table's word of this very request. Where nobody looked
/// ([`Mode::Stateless`](countersign_core::simple_jwt::Mode::Stateless)) it is the token's word, as with simplejwt's
/// `TokenUser`: a claim that is not there is an empty text or `false`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Caller {
    /// The user, as the table had them during this request. `None` where nobody looked.
    pub user: Option<Arc<User>>,
    /// The token that was presented.
    pub token: Token,
    user_id_claim: Arc<str>,
}

impl Caller {
    pub(crate) fn new(user: Option<Arc<User>>, token: Token, user_id_claim: &Arc<str>) -> Self {
        Self { user, token, user_id_claim: Arc::clone(user_id_claim) }
    }

    /// The user's primary key as text, or what the token names them by (`USER_ID_CLAIM`).
    #[must_use]
    pub fn user_id(&self) -> Cow<'_, str> {
        match (&self.user, self.claim(&self.user_id_claim)) {
            (Some(user), _) => user.id.to_string().into(),
            (None, Some(Value::String(id))) => id.into(),
            (None, Some(Value::Number(Number::Integer(id)))) => id.to_string().into(),
            (None, _) => "".into(),
        }
    }

    /// The user's name, or the claim `username`.
    #[must_use]
    pub fn username(&self) -> &str {
        self.word("username", |user| &user.username)
    }

    /// The user's address, or the claim `email`.
    #[must_use]
    pub fn email(&self) -> &str {
        self.word("email", |user| &user.email)
    }

    /// Whether the user is staff, or the claim `is_staff`.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.truth("is_staff", |user| user.is_staff)
    }

    /// Whether the user is a superuser, or the claim `is_superuser`.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.truth("is_superuser", |user| user.is_superuser)
    }

    /// A claim of the token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.token.claims().get(name)
    }

    fn word<'c>(&'c self, claim: &str, of: impl Fn(&'c User) -> &'c String) -> &'c str {
        match &self.user {
            Some(user) => of(user),
            None => self.claim(claim).and_then(Value::as_str).unwrap_or_default(),
        }
    }

    /// Only `true` is true: a claim is no place for Python's idea of truth.
    fn truth(&self, claim: &str, of: impl Fn(&User) -> bool) -> bool {
        match &self.user {
            Some(user) => of(user),
            None => self.claim(claim) == Some(&Value::Bool(true)),
        }
    }
}
