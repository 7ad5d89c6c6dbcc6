//! What can be done with the tokens of an answer: made of the descriptions of the other endpoints.

use crate::endpoint::{Endpoint, FieldKind, MemberKind};
use countersign_core::json::Value;
use http::Method;

/// A token of an answer.
pub(super) struct Token {
    /// The member of the answer.
    pub(super) name: String,
    pub(super) text: String,
    /// Whether it is of an answer before this one.
    pub(super) is_kept: bool,
    /// Where it can be shown in a header: path and name.
    pub(super) uses: Vec<(String, String)>,
    /// Where it can be sent: path, name, and the field.
    pub(super) fields: Vec<(String, String, String)>,
}

/// The tokens of an answer.
pub(super) fn tokens(endpoint: &Endpoint, all: &[&Endpoint], method: &Method, body: &Value) -> Vec<Token> {
    let Some(operation) = endpoint.operation_for(method) else { return Vec::new() };
    let members = operation.success.members.iter().filter(|member| member.kind == MemberKind::Token);
    let present = members.filter_map(|member| {
        let text = body.as_object()?.get(member.name)?.as_str()?;
        // One that is only refreshed lets nobody in.
        let lets_in = !member.name.starts_with("refresh");
        Some(Token {
            name: member.name.to_owned(),
            text: text.to_owned(),
            is_kept: false,
            uses: if lets_in { uses(endpoint, all) } else { Vec::new() },
            fields: fields(endpoint, all, member.name),
        })
    });
    present.collect()
}

/// A token of an answer before this one, where some endpoint reads such a token.
pub(super) fn kept(all: &[&Endpoint], name: &str, text: &str) -> Option<Token> {
    let taking = all.iter().filter(|other| other.tail.is_none()).filter_map(|other| {
        let post = other.operation_for(&Method::POST)?;
        let field = post
            .shown_fields()
            .find(|field| field.kind == FieldKind::Token && field.required && field.name == name)?;
        Some((other.path.clone(), other.name.clone().into_owned(), field.name.clone().into_owned()))
    });
    let fields: Vec<_> = taking.collect();
    (!fields.is_empty() && !text.is_empty()).then(|| Token {
        name: name.to_owned(),
        text: text.to_owned(),
        is_kept: true,
        uses: Vec::new(),
        fields,
    })
}

/// The endpoints that show something to whoever has a token, of its group's tokens.
fn uses(endpoint: &Endpoint, all: &[&Endpoint]) -> Vec<(String, String)> {
    // A credential is named after the group whose tokens it takes.
    let in_header = |other: &Endpoint| {
        other.token_header().is_some()
            && (other.group == endpoint.group
                || other.credentials.iter().flatten().any(|credential| credential.name == endpoint.group))
    };
    let shown = all.iter().filter(|other| {
        other.tail.is_none() && other.operation_for(&Method::GET).is_some() && in_header(other)
    });
    shown.map(|other| (other.path.clone(), other.name.clone().into_owned())).collect()
}

/// The endpoints of the group that read such a token from a field.
fn fields(endpoint: &Endpoint, all: &[&Endpoint], name: &str) -> Vec<(String, String, String)> {
    let same = all.iter().filter(|other| other.group == endpoint.group && other.tail.is_none());
    let taking = same.filter_map(|other| {
        let post = other.operation_for(&Method::POST)?;
        let field = post.shown_fields().find(|field| {
            // One that answers nothing only looks at tokens, and takes any.
            let takes_any = field.name == "token" && post.success.members.is_empty();
            field.kind == FieldKind::Token && field.required && (field.name == name || takes_any)
        })?;
        Some((other.path.clone(), other.name.clone().into_owned(), field.name.clone().into_owned()))
    });
    taking.collect()
}
