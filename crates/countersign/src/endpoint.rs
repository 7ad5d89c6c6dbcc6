//! The one description of an endpoint, from which everything that shows it is derived: its route, the
//! validation of what is sent to it, its `OPTIONS` answer, its page and its place in the API's description.

mod credential;
mod failure;

pub use self::credential::{Credential, CredentialPlace};
pub use self::failure::{Failure, FailureForm};

use crate::rest::{Action, Guard};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use std::borrow::Cow;
use std::sync::Arc;

/// What lives at one address.
#[derive(Clone)]
pub struct Endpoint {
    /// Where, in the one spelling that is printed: `/api/token/`.
    pub path: String,
    /// What the last segment of the address stands for, where it is no fixed word: an endpoint with the path
    /// `/blacklist/` and the tail `id` lives at `/blacklist/1/`, `/blacklist/2/` and so on, beside the endpoint
    /// that lives at `/blacklist/` itself. As with the framework's routers, the segment has no dot.
    pub tail: Option<&'static str>,
    /// Its title. Django REST framework makes it of the class name: `TokenObtainPairView` is
    /// `Token Obtain Pair`.
    pub name: Cow<'static, str>,
    /// What it is for: the docstring of the framework's view, dedented. May be empty.
    pub description: Cow<'static, str>,
    /// The dialect that it belongs to, `simple_jwt`; empty where it belongs to none. Descriptions show those of a
    /// group together, and the tokens that one of them answers are for the others.
    pub group: Cow<'static, str>,
    /// What each method does. `OPTIONS` is answered everywhere, and `HEAD` wherever there is a `GET`.
    pub operations: Vec<Operation>,
    /// Who may call it; nobody is asked where there is none.
    pub guard: Option<Arc<dyn Guard>>,
    /// The ways to prove who one is, each of them enough; what stands in one of them is needed together. Empty
    /// where nothing is needed.
    pub credentials: Vec<Vec<Credential>>,
    /// What the guard refuses with.
    pub failures: Vec<Failure>,
    /// `WWW-Authenticate` of every 401 that this endpoint gives.
    pub challenge: Option<HeaderValue>,
}

/// What one method of an endpoint does.
#[derive(Clone)]
pub struct Operation {
    /// The method, one of `GET`, `POST`, `PUT`, `PATCH` and `DELETE`.
    pub method: Method,
    /// What it reads from the body.
    pub input: Input,
    /// What it answers when all goes well.
    pub success: Success,
    /// The cookies that it may set.
    pub cookies: Vec<Cow<'static, str>>,
    /// What the action reads of a body that has no fields ([`Input::Data`]): shown to people and in the API's
    /// description, never validated and not in `OPTIONS`.
    pub reads: Vec<Field>,
    /// What its action refuses with. What the framework itself refuses with is known without being said.
    pub failures: Vec<Failure>,
    /// What does it.
    pub action: Arc<dyn Action>,
}

/// What an operation reads from the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Nothing: the body is left alone, whatever it is.
    #[default]
    Nothing,
    /// An object, handed on as it came: a view that has no serializer.
    Data,
    /// These fields, validated in this order: the serializer's. They are shown by `OPTIONS` and as a form.
    Fields(Vec<Field>),
}

/// A field of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name on the wire.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be sent.
    pub required: bool,
    /// Whether the action knows another place to look, so that it decides whether a required field is missing.
    pub elsewhere: bool,
    /// Only ever answered: what is sent under its name is ignored.
    pub read_only: bool,
    /// Only ever sent.
    pub write_only: bool,
    /// Whether white space around the value is taken off, as the framework does unless told otherwise.
    pub trim: bool,
}

/// What a field holds. Every kind is text on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A line of text that a form does not show while it is typed.
    Password,
    /// A token: text as any other to the wire, but people are offered the one at hand.
    Token,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The primary key of something: a number or a text, handed on as text (`PrimaryKeyRelatedField`).
    PrimaryKey,
}

/// What an operation answers when all goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// Its status.
    pub status: StatusCode,
    /// The members of its body, in order.
    pub members: &'static [Member],
    /// Whether the body is a list of such objects.
    pub many: bool,
}

/// A member of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it holds.
    pub kind: MemberKind,
    /// Whether it is there in every success.
    pub always: bool,
    /// Whether it may be `null`.
    pub nullable: bool,
}

/// What a member of an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberKind {
    /// A string.
    Text,
    /// A token: whoever has it may use it, so no cache keeps the answer.
    Token,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A primary key: a whole number or a string, as the table has it.
    PrimaryKey,
    /// An object of any members.
    Object,
    /// An object of these members.
    Members(&'static [Member]),
}

impl Endpoint {
    /// An endpoint without methods, open to everybody.
    pub fn new(
        path: impl Into<String>,
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            path: path.into(),
            tail: None,
            name: name.into(),
            description: description.into(),
            group: Cow::Borrowed(""),
            operations: Vec::new(),
            guard: None,
            credentials: Vec::new(),
            failures: Vec::new(),
            challenge: None,
        }
    }

    /// The same, one segment further down: a view of one thing beside the view of all of them.
    #[must_use]
    pub fn with_tail(mut self, tail: &'static str) -> Self {
        self.tail = Some(tail);
        self
    }

    /// Answers `GET`, and with it `HEAD`.
    #[must_use]
    pub fn get(self, success: Success, action: impl Action + 'static) -> Self {
        self.operation(Method::GET, Input::Nothing, success, action)
    }

    /// Answers `POST` with these fields in the body.
    #[must_use]
    pub fn post(self, fields: Vec<Field>, success: Success, action: impl Action + 'static) -> Self {
        self.operation(Method::POST, Input::Fields(fields), success, action)
    }

    /// Answers a method.
    #[must_use]
    pub fn operation(
        mut self,
        method: Method,
        input: Input,
        success: Success,
        action: impl Action + 'static,
    ) -> Self {
        self.operations.push(Operation {
            method,
            input,
            success,
            cookies: Vec::new(),
            reads: Vec::new(),
            failures: Vec::new(),
            action: Arc::new(action),
        });
        self
    }

    /// Says what the operation that was added last refuses with.
    #[must_use]
    pub fn failing(self, failures: impl IntoIterator<Item = Failure>) -> Self {
        self.last(|operation| operation.failures.extend(failures))
    }

    /// Says what the operation that was added last reads of a body without fields.
    #[must_use]
    pub fn reading(self, fields: Vec<Field>) -> Self {
        self.last(|operation| operation.reads = fields)
    }

    /// Says which cookies the operation that was added last may set.
    #[must_use]
    pub fn setting_cookies<N: Into<Cow<'static, str>>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.last(|operation| operation.cookies.extend(names.into_iter().map(Into::into)))
    }

    fn last(mut self, change: impl FnOnce(&mut Operation)) -> Self {
        if let Some(operation) = self.operations.last_mut() {
            change(operation);
        }
        self
    }

    /// The same, of a group.
    #[must_use]
    pub fn grouped(mut self, group: impl Into<Cow<'static, str>>) -> Self {
        self.group = group.into();
        self
    }

    /// Says by what a caller is known, where no guard says so: the ways, each of them enough.
    #[must_use]
    pub fn admitting(mut self, credentials: Vec<Vec<Credential>>) -> Self {
        self.credentials = credentials;
        self
    }

    /// Asks who is calling before anything else.
    #[must_use]
    pub fn guarded(mut self, guard: impl Guard + 'static) -> Self {
        self.credentials = guard.credentials();
        self.failures = guard.failures();
        self.guard = Some(Arc::new(guard));
        self
    }

    /// Gives every 401 this `WWW-Authenticate`.
    #[must_use]
    pub fn challenging(mut self, challenge: HeaderValue) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The header that a token goes into, and the word before it; none where no token is asked for. Of a guard that
    /// does not say, the common ones are taken.
    #[must_use]
    pub fn token_header(&self) -> Option<(HeaderName, &str)> {
        let said = self.credentials.iter().flatten().find_map(|credential| match &credential.place {
            CredentialPlace::Header { name, word } => Some((name.clone(), word.as_str())),
            _ => None,
        });
        let is_silent = self.guard.is_some() && self.credentials.is_empty();
        said.or_else(|| is_silent.then_some((header::AUTHORIZATION, "Bearer")))
    }

    /// The operation that answers a method. `HEAD` is answered as `GET` is.
    #[must_use]
    pub fn operation_for(&self, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.iter().find(|operation| operation.method == method)
    }

    /// The methods it answers, in the framework's order, as they stand in `Allow`.
    #[must_use]
    pub fn allowed_methods(&self) -> Vec<&'static str> {
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
            .into_iter()
            .filter(|&name| {
                let method = if name == "HEAD" { "GET" } else { name };
                name == "OPTIONS" || self.operations.iter().any(|operation| operation.method == method)
            })
            .collect()
    }
}

impl Operation {
    /// The fields that a client may send: the validated ones, or those that the action reads itself.
    pub fn shown_fields(&self) -> impl Iterator<Item = &Field> {
        let fields = if self.reads.is_empty() { self.input.fields() } else { &self.reads };
        fields.iter().filter(|field| !field.read_only)
    }

    /// Whether it reads a body at all.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.input != Input::Nothing
    }
}

impl Input {
    /// The fields, where there are any.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Fields(fields) => fields,
            Self::Nothing | Self::Data => &[],
        }
    }
}

impl Field {
    /// A required line of text: the framework's `CharField`.
    pub fn text(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            kind: FieldKind::Text,
            required: true,
            elsewhere: false,
            read_only: false,
            write_only: false,
            trim: true,
        }
    }

    /// A required password: simplejwt's `PasswordField`.
    pub fn password(name: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FieldKind::Password, write_only: true, ..Self::text(name) }
    }

    /// A required token.
    pub fn token(name: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FieldKind::Token, ..Self::text(name) }
    }

    /// One of these words, required.
    pub fn choice(name: impl Into<Cow<'static, str>>, choices: &'static [&'static str]) -> Self {
        Self { kind: FieldKind::Choice(choices), ..Self::text(name) }
    }

    /// A required primary key.
    pub fn primary_key(name: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FieldKind::PrimaryKey, ..Self::text(name) }
    }

    /// The same, but where it is not in the body the action looks elsewhere, and says what is missing.
    #[must_use]
    pub fn or_elsewhere(self) -> Self {
        Self { elsewhere: true, ..self }
    }

    /// The same, but only ever answered.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { read_only: true, required: false, ..self }
    }

    /// The same, but only ever sent.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { write_only: true, ..self }
    }

    /// The same, but it may be left out.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same, with white space around the value taken off or kept.
    #[must_use]
    pub fn trimmed(self, trim: bool) -> Self {
        Self { trim, ..self }
    }

    /// Its name for people, as the framework makes it: `refresh_token` is `Refresh token`.
    #[must_use]
    pub fn label(&self) -> String {
        let words = self.name.replace('_', " ").to_lowercase();
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

impl Success {
    /// 201 with these members.
    #[must_use]
    pub const fn created(members: &'static [Member]) -> Self {
        Self { status: StatusCode::CREATED, members, many: false }
    }

    /// 204, with nothing.
    #[must_use]
    pub const fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, members: &[], many: false }
    }

    /// 200 with these members.
    #[must_use]
    pub const fn ok(members: &'static [Member]) -> Self {
        Self { status: StatusCode::OK, members, many: false }
    }

    /// The same, a list of them.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { many: true, ..self }
    }

    /// Whether it carries a token.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.members.iter().any(|member| member.kind == MemberKind::Token)
    }
}

impl Member {
    /// A member that is always there.
    #[must_use]
    pub const fn new(name: &'static str, kind: MemberKind) -> Self {
        Self { name, kind, always: true, nullable: false }
    }

    /// A string that is always there.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, MemberKind::Text)
    }

    /// A token that is always there.
    #[must_use]
    pub const fn token(name: &'static str) -> Self {
        Self::new(name, MemberKind::Token)
    }

    /// A whole number that is always there.
    #[must_use]
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, MemberKind::Integer)
    }

    /// An object that is always there.
    #[must_use]
    pub const fn object(name: &'static str) -> Self {
        Self::new(name, MemberKind::Object)
    }

    /// The same, or `null`.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, but not in every success.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { always: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_name_with_spaces_and_one_capital() {
        assert_eq!(Field::text("username").label(), "Username");
        assert_eq!(Field::text("refresh_token").label(), "Refresh token");
        assert_eq!(Field::text("").label(), "");
    }
}
