//! What is answered with a token: `JWT_RESPONSE_PAYLOAD_HANDLER`, declared.

use super::Desk;
use crate::dialects::trouble;
use crate::endpoint::{Member, Success};
use crate::rest::{Answer, Body};
use countersign_core::clock::Timestamp;
use countersign_core::declared::DeclaredClaims;
use countersign_core::json::{Object, Value};
use countersign_core::jwt_auth::{Profile, Token};
use countersign_core::user::User;
use http::StatusCode;

/// The members of an answer, in order: `token`, `pk`, `expires_in`, `expires_at`, and `user.` with a column of the
/// user, which stand together in an object `user`.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseShape {
    members: Vec<ShapeMember>,
    /// What stands in `user`.
    user: DeclaredClaims,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShapeMember {
    /// The token.
    Token,
    /// drf-jwt's `pk`: when the token was made, in seconds since 1970, or `null`.
    IssuedAt,
    /// For how many seconds it is still good.
    ExpiresIn,
    /// Until when it is good, in seconds since 1970.
    ExpiresAt,
    /// Its user.
    User,
}

/// A name that no member of an answer has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer has {0:?}: there are token, pk, expires_in, expires_at and user.NAME")]
pub struct UnknownMember(pub String);

impl ResponseShape {
    /// An answer of these members.
    ///
    /// # Errors
    /// [`UnknownMember`], the first name that is none.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Result<Self, UnknownMember> {
        let (mut members, mut user) = (Vec::new(), DeclaredClaims::default());
        for name in names.iter().map(AsRef::as_ref) {
            let unknown = || UnknownMember(name.to_owned());
            let member = match name {
                "token" => ShapeMember::Token,
                "pk" => ShapeMember::IssuedAt,
                "expires_in" => ShapeMember::ExpiresIn,
                "expires_at" => ShapeMember::ExpiresAt,
                _ => {
                    let column = name.strip_prefix("user.").ok_or_else(unknown)?;
                    user.declare(column, name.into(), &[]).map_err(|_| unknown())?;
                    ShapeMember::User
                }
            };
            // The user's columns stand together where the first of them is.
            if !members.contains(&member) {
                members.push(member);
            }
        }
        Ok(Self { members, user })
    }

    fn fill(&self, given: &Given<'_>, user: &Object, now: Timestamp) -> Object {
        let ends = given.token.expires_at().map(countersign_core::claims::NumericDate::seconds);
        let mut body = Object::new();
        for member in &self.members {
            match member {
                ShapeMember::Token => body.insert("token", given.text),
                ShapeMember::IssuedAt => body.insert("pk", given.issued_at()),
                ShapeMember::ExpiresIn => {
                    body.insert("expires_in", ends.map_or(Value::Null, |end| (end - now.as_second()).into()));
                }
                ShapeMember::ExpiresAt => body.insert("expires_at", ends.map_or(Value::Null, Value::from)),
                ShapeMember::User => body.insert("user", user.clone()),
            }
        }
        body
    }
}

/// A token that is given out, or was found good.
pub(super) struct Given<'a> {
    pub(super) text: &'a str,
    pub(super) token: &'a Token,
    pub(super) user: &'a User,
}

impl Given<'_> {
    fn issued_at(&self) -> Value {
        self.token.issued_at().cloned().unwrap_or(Value::Null)
    }
}

impl Desk {
    /// What the endpoints that answer with a token answer when all goes well.
    pub(super) fn success(&self) -> Success {
        const SHAPED: &[Member] = &[
            Member::token("token").optional(),
            Member::integer("pk").optional().nullable(),
            Member::integer("expires_in").optional().nullable(),
            Member::integer("expires_at").optional().nullable(),
            Member::object("user").optional(),
        ];
        const ORIGINAL: &[Member] = &[Member::token("token")];
        const FORK: &[Member] = &[Member::integer("pk").nullable(), Member::token("token")];
        let members = match (&self.dialect.response, self.profile()) {
            (Some(_), _) => SHAPED,
            (None, Profile::Original) => ORIGINAL,
            (None, Profile::Fork) => FORK,
        };
        Success { status: self.status(), members, many: false }
    }

    /// The answer with a token, in the package's form or the declared one.
    pub(super) async fn answer(&self, given: Given<'_>) -> Answer {
        let body = match (&self.dialect.response, self.profile()) {
            (Some(shape), _) => match shape.user.read(&*self.authority.users, given.user).await {
                Ok(user) => shape.fill(&given, &user, self.authority.now()),
                Err(error) => return trouble(&error.into()),
            },
            (None, Profile::Original) => Object::from([("token", given.text)]),
            (None, Profile::Fork) => {
                Object::from([("pk", given.issued_at()), ("token", Value::from(given.text))])
            }
        };
        Answer::new(self.status(), Body::Json(body.into())).secret()
    }

    fn status(&self) -> StatusCode {
        match self.profile() {
            Profile::Original => StatusCode::OK,
            Profile::Fork => StatusCode::CREATED,
        }
    }
}
