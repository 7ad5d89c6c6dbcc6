//! The same request for a shell: curl and `HTTPie`.
//!
//! Secrets are left to variables of the shell, so that what is copied can be shown to others.

use crate::endpoint::{Credential, CredentialPlace, Endpoint, Field, FieldKind, Operation};
use std::fmt::Write as _;

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data`
    Multipart,
}

/// A request that is to be shown.
pub(crate) struct Snippet<'a> {
    /// `http://127.0.0.1:8000`
    pub(crate) base: &'a str,
    /// The address below it.
    pub(crate) path: &'a str,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) operation: &'a Operation,
    pub(crate) kind: Kind,
    /// The fields that are sent, with what was typed where that is no secret.
    pub(crate) fields: Vec<(&'a Field, Option<&'a str>)>,
}

impl<'a> Snippet<'a> {
    /// The plainest request: JSON with the required fields.
    pub(crate) fn plain(
        base: &'a str,
        path: &'a str,
        endpoint: &'a Endpoint,
        operation: &'a Operation,
    ) -> Self {
        let fields = operation.shown_fields().filter(|field| field.required).map(|field| (field, None));
        Self { base, path, endpoint, operation, kind: Kind::Json, fields: fields.collect() }
    }

    /// For curl.
    pub(crate) fn curl(&self) -> String {
        let mut line = String::from("curl");
        if self.operation.method != "GET" && (self.operation.method != "POST" || self.fields.is_empty()) {
            let _ = write!(line, " -X {}", self.operation.method);
        }
        let _ = write!(line, " {}", quoted(&format!("{}{}", self.base, self.path)));
        for credential in self.credentials() {
            match &credential.place {
                CredentialPlace::Header { name, word } => {
                    let _ = write!(line, " \\\n  -H \"{}: {word} $TOKEN\"", shown(name.as_str()));
                }
                CredentialPlace::Cookie { .. } => line.push_str(" \\\n  -b cookies.txt"),
                CredentialPlace::CsrfToken { header, .. } => {
                    let _ = write!(line, " \\\n  -H \"{}: $CSRFTOKEN\"", shown(header.as_str()));
                }
            }
        }
        if !self.operation.cookies.is_empty() {
            line.push_str(" \\\n  -c cookies.txt");
        }
        self.curl_body(&mut line);
        line
    }

    fn curl_body(&self, line: &mut String) {
        match self.kind {
            _ if self.fields.is_empty() => {}
            Kind::Json => {
                let members = self
                    .fields
                    .iter()
                    .map(|(field, value)| format!("{}: {}", json(&field.name), json_value(field, *value)));
                let body = members.collect::<Vec<_>>().join(", ");
                let _ = write!(line, " \\\n  --json '{{{body}}}'");
            }
            Kind::Form | Kind::Multipart => {
                let flag = if self.kind == Kind::Form { "--data-urlencode" } else { "-F" };
                for (field, value) in &self.fields {
                    let _ = write!(line, " \\\n  {flag} {}={}", field.name, word(field, *value));
                }
            }
        }
    }

    /// For `HTTPie`.
    pub(crate) fn httpie(&self) -> String {
        let mut line = String::from("http");
        let uses_cookies = self.credentials().any(|one| matches!(one.place, CredentialPlace::Cookie { .. }));
        if uses_cookies || !self.operation.cookies.is_empty() {
            line.push_str(" --session=me");
        }
        match self.kind {
            _ if self.fields.is_empty() => {}
            Kind::Json => {}
            Kind::Form => line.push_str(" --form"),
            Kind::Multipart => line.push_str(" --multipart"),
        }
        let _ = write!(line, " {} {}", self.operation.method, quoted(&format!("{}{}", self.base, self.path)));
        for credential in self.credentials() {
            match &credential.place {
                CredentialPlace::Header { name, word } => {
                    let _ = write!(line, " \\\n  \"{}:{word} $TOKEN\"", shown(name.as_str()));
                }
                CredentialPlace::CsrfToken { header, .. } => {
                    let _ = write!(line, " \\\n  \"{}:$CSRFTOKEN\"", shown(header.as_str()));
                }
                CredentialPlace::Cookie { .. } => {}
            }
        }
        for (field, value) in &self.fields {
            let _ = write!(line, " \\\n  {}={}", field.name, word(field, *value));
        }
        line
    }

    /// The first way to be known.
    fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.endpoint.credentials.first().into_iter().flatten()
    }
}

/// A header's name as people write it: `Authorization`.
fn shown(name: &str) -> String {
    let words = name.split('-').map(|word| match word {
        "csrftoken" => "CSRFToken".to_owned(),
        word => {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        }
    });
    words.collect::<Vec<_>>().join("-")
}

/// The variable that holds a secret: `$PASSWORD`.
fn variable(field: &Field) -> Option<String> {
    matches!(field.kind, FieldKind::Password | FieldKind::Token).then(|| {
        format!(
            "${}",
            field.name.to_ascii_uppercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
        )
    })
}

/// What stands for a value that nobody typed.
fn typed<'v>(field: &Field, value: Option<&'v str>) -> &'v str {
    value.unwrap_or(match field.kind {
        FieldKind::PrimaryKey => "1",
        FieldKind::Choice(choices) => choices.first().copied().unwrap_or_default(),
        _ if field.name == "username" => "alice",
        _ => "text",
    })
}

/// A value as a word of the shell.
fn word(field: &Field, value: Option<&str>) -> String {
    match variable(field) {
        Some(variable) => format!("\"{variable}\""),
        None => quoted(typed(field, value)),
    }
}

/// A value in JSON within single quotes: a variable ends them for a moment.
fn json_value(field: &Field, value: Option<&str>) -> String {
    match variable(field) {
        Some(variable) => format!("\"'\"{variable}\"'\""),
        None => json(typed(field, value)).replace('\'', "'\\''"),
    }
}

fn json(text: &str) -> String {
    countersign_core::json::Value::from(text).to_utf8()
}

/// Quoted for a shell where that is needed.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Success;
    use crate::rest::{Action, Answer, BoxFuture, Call};

    struct Nothing;

    impl Action for Nothing {
        fn act<'a>(&'a self, _: Call<'a>) -> BoxFuture<'a, Answer> {
            unreachable!("nobody asks")
        }
    }

    fn obtain() -> Endpoint {
        let fields = vec![Field::text("username"), Field::password("password")];
        Endpoint::new("/api/token/", "Obtain", "").post(fields, Success::ok(&[]), Nothing)
    }

    fn lines(endpoint: &Endpoint, kind: Kind, username: Option<&str>) -> (String, String) {
        let plain =
            Snippet::plain("http://localhost:8000", &endpoint.path, endpoint, &endpoint.operations[0]);
        let fields = plain.fields.iter().map(|(field, _)| (*field, username)).collect();
        let snippet = Snippet { kind, fields, ..plain };
        (snippet.curl(), snippet.httpie())
    }

    #[test]
    fn a_secret_is_left_to_the_shell_and_nothing_typed_breaks_out() {
        let (curl, httpie) = lines(&obtain(), Kind::Json, Some("o'hara; rm"));
        assert_eq!(
            curl,
            "curl http://localhost:8000/api/token/ \\\n  \
             --json '{\"username\": \"o'\\''hara; rm\", \"password\": \"'\"$PASSWORD\"'\"}'"
        );
        assert_eq!(
            httpie,
            "http POST http://localhost:8000/api/token/ \\\n  username='o'\\''hara; rm' \\\n  \
             password=\"$PASSWORD\""
        );
    }

    #[test]
    fn each_kind_of_body_has_its_flags() {
        let (curl, httpie) = lines(&obtain(), Kind::Form, Some("alice"));
        assert!(curl.contains("--data-urlencode username=alice") && httpie.starts_with("http --form POST"));
        let (curl, httpie) = lines(&obtain(), Kind::Multipart, Some("alice"));
        assert!(curl.contains("-F password=\"$PASSWORD\"") && httpie.starts_with("http --multipart POST"));
    }

    #[test]
    fn a_token_stands_behind_its_word() {
        let credential = Credential::in_header("jwt", http::header::AUTHORIZATION, "JWT");
        let endpoint = Endpoint::new("/hello/", "Hello", "")
            .get(Success::ok(&[]), Nothing)
            .admitting(vec![vec![credential]]);
        let (curl, httpie) = lines(&endpoint, Kind::Json, None);
        assert_eq!(curl, "curl http://localhost:8000/hello/ \\\n  -H \"Authorization: JWT $TOKEN\"");
        assert_eq!(httpie, "http GET http://localhost:8000/hello/ \\\n  \"Authorization:JWT $TOKEN\"");
    }
}
