//! The token debugger: what a token says, which key made it, and why it would be refused. Nothing leaves the machine,
//! and nothing is written down.

use super::Admin;
use super::answer::{Fault, page};
use super::layout::{Frame, Pages};
use super::visit::{Posted, Signed, escaped};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::clock::SignedDuration;
use countersign_core::explain::{Explanation, Standing, explain as explained, standing};
use countersign_core::json::{Object, Value};
use countersign_core::token::{Token, TokenClass, Tokens};

#[derive(Template)]
#[template(path = "admin/debugger.html")]
struct Debugger {
    frame: Frame,
    has_key: bool,
    result: Option<Outcome>,
}

/// What came out.
struct Outcome {
    good: bool,
    verdict: String,
    header: String,
    claims: String,
    is_signed: bool,
    facts: Vec<(&'static str, String)>,
    user: Option<(String, String)>,
}

pub(super) async fn ask(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::Operate)?;
    let frame = Frame::new(&admin, &signed, "debugger/");
    Ok(page(&Debugger { frame, has_key: admin.tokens.is_some(), result: None }))
}

pub(super) async fn explain(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    signed.must(Right::Operate)?;
    let text: String = form.text("token").split_whitespace().collect();
    // Whoever copies a header copies the word before the token too.
    let text = text.strip_prefix("Authorization:").unwrap_or(&text);
    let text = ["Bearer", "JWT"].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let result = match &admin.tokens {
        Some(tokens) if !text.is_empty() => Some(result(&admin, tokens, text).await?),
        _ => None,
    };
    let frame = Frame::new(&admin, signed, "debugger/");
    Ok(page(&Debugger { frame, has_key: admin.tokens.is_some(), result }))
}

async fn result(admin: &Admin, tokens: &Tokens, text: &str) -> Result<Outcome, Fault> {
    let authority = &admin.desk.authority;
    let explanation = explained(tokens, text, authority.now());
    // Whom and what a text names that nobody signed is of no interest.
    let known = match (&explanation.key, &explanation.claims) {
        (Some(_), Some(claims)) => {
            let (users, ledger) = (&*authority.users, authority.ledger.as_deref());
            Some(standing(users, ledger, tokens, &Token::from(claims.clone()), authority.now()).await?)
        }
        _ => None,
    };
    let reason = explanation.fault.as_ref().map(ToString::to_string);
    let has_kind = explanation.class.is_some() || tokens.settings().token_type_claim.is_none();
    let reason = reason.or_else(|| (!has_kind).then(|| "it is of no kind that is used here".to_owned()));
    let reason = reason.or_else(|| known.as_ref().and_then(|known| refusal(admin, &explanation, known)));
    let user = known.as_ref().and_then(|known| known.user.as_ref()).map(|user| {
        let active = if user.is_active { "" } else { ", disabled" };
        let href = format!("{}users/{}/", admin.base(), escaped(&user.id.to_string()));
        (href, format!("{} (id {}{active})", user.username, user.id))
    });
    let indented = |object: &Option<Object>| {
        object.as_ref().map_or_else(String::new, |object| Value::from(object.clone()).to_utf8_indented(2))
    };
    Ok(Outcome {
        good: reason.is_none(),
        verdict: match &reason {
            Some(reason) => format!("Refused: {reason}"),
            None => "Good: every check passes".to_owned(),
        },
        header: indented(&explanation.header),
        claims: indented(&explanation.claims),
        is_signed: explanation.key.is_some(),
        facts: facts(admin, &explanation, known.as_ref()),
        user,
    })
}

/// Why a token that is in order would be refused all the same.
fn refusal(admin: &Admin, explanation: &Explanation<'_>, known: &Standing) -> Option<String> {
    let words = match &known.user {
        _ if known.blacklisted => "it is blacklisted: used, or revoked",
        None if known.names_somebody => "its user does not exist",
        None if explanation.class != Some(TokenClass::Refresh) => "it names no user",
        Some(user) if !user.is_active && admin.config.simple_jwt.check_user_is_active => {
            "its user is not active"
        }
        _ if known.session_over => "its session is over",
        _ if known.password_changed => "its user has another password since",
        _ => return None,
    };
    Some(words.to_owned())
}

fn facts(
    admin: &Admin,
    explanation: &Explanation<'_>,
    known: Option<&Standing>,
) -> Vec<(&'static str, String)> {
    let key = match explanation.key {
        None => "none of ours made this signature: believe nothing below".to_owned(),
        Some(key) => {
            let name = key.kid().map_or_else(String::new, |kid| format!(", named {kid}"));
            format!("{}{name}", key.algorithm())
        }
    };
    let blacklist = match known {
        None => "not looked up".to_owned(),
        Some(_) if !admin.config.blacklist.enabled => "switched off".to_owned(),
        Some(known) if known.blacklisted => "on it".to_owned(),
        Some(_) => "not on it".to_owned(),
    };
    vec![
        ("Key", key),
        ("Kind", explanation.class.map_or("none that an endpoint takes", TokenClass::token_type).to_owned()),
        ("Time left", explanation.remaining.map_or_else(|| "no readable end".to_owned(), left)),
        ("Blacklist", blacklist),
    ]
}

fn left(left: SignedDuration) -> String {
    let seconds = left.as_secs();
    let span = match seconds.unsigned_abs() {
        seconds if seconds < 120 => format!("{seconds} seconds"),
        seconds if seconds < 7200 => format!("{} minutes", seconds / 60),
        seconds if seconds < 172_800 => format!("{} hours", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    };
    if seconds < 0 { format!("over for {span}") } else { span }
}
