//! Outstanding and blacklisted tokens, as Django's admin lists them: by id, never the token itself.

use super::answer::{Fault, page};
use super::layout::{Frame, Pages, Thousands};
use super::time::Moment;
use super::users::list::{Choice, choices};
use super::visit::{Signed, escaped};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::store::{OutstandingToken, TokenPage, TokenQuery};

/// Tokens on a page.
const PAGE: u32 = 50;

/// Rows that one page may look at for tokens of one user: each is looked up in another table.
const BUDGET: u32 = 5000;

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct Tokens {
    frame: Frame,
    is_on: bool,
    lists: Vec<Choice>,
    user: String,
    jti: String,
    rows: Vec<Line>,
    is_first: bool,
    next: Option<String>,
    is_cut_short: bool,
    looked_at: Thousands,
}

struct Line {
    token: OutstandingToken,
    user: Option<(String, String)>,
    created_at: Moment,
    expires_at: Moment,
    blacklisted_at: Moment,
    state: &'static str,
    class: &'static str,
}

const LISTS: [(&str, &str); 2] = [("outstanding", "Outstanding"), ("blacklisted", "Blacklisted")];

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::ViewTokens)?;
    let asked = &signed.visit.query;
    let (list, user, jti) = (asked.text("list"), asked.text("user").trim(), asked.text("jti").trim());
    let before = asked.text("before").parse().ok();
    let found = match user {
        "" => Some(None),
        id => admin.store.directory.find_user(id).await?.map(Some),
    };
    let tokens = match &found {
        // Nobody has no tokens.
        None => TokenPage::default(),
        Some(found) => {
            let query = TokenQuery {
                blacklisted: list == "blacklisted",
                user: found.as_ref().map(|user| &user.id),
                jti: Some(jti).filter(|jti| !jti.is_empty()),
                before,
                limit: PAGE,
                budget: BUDGET,
            };
            admin.store.tokens.list_tokens(query).await?
        }
    };
    let now = admin.desk.authority.now();
    let rows = tokens.tokens.into_iter().map(|token| {
        let (state, class) = match &token {
            token if token.blacklisted_at.is_some() => ("blacklisted", "bad"),
            token if token.expires_at.is_some_and(|end| end <= now) => ("expired", "quiet"),
            _ => ("live", "good"),
        };
        let user = token.user.as_ref().map(|id| {
            let id = id.to_string();
            (format!("{}users/{}/", admin.base(), escaped(&id)), id)
        });
        Line {
            user,
            created_at: token.created_at.into(),
            expires_at: token.expires_at.into(),
            blacklisted_at: token.blacklisted_at.into(),
            state,
            class,
            token,
        }
    });
    let here = format!("?list={list}&user={}&jti={}", escaped(user), escaped(jti));
    Ok(page(&Tokens {
        frame: Frame::new(&admin, &signed, "tokens/"),
        is_on: admin.config.blacklist.enabled,
        lists: choices(&LISTS, list),
        user: user.to_owned(),
        jti: jti.to_owned(),
        rows: rows.collect(),
        is_first: before.is_none(),
        is_cut_short: tokens.is_cut_short,
        looked_at: Thousands(BUDGET),
        next: tokens.next.map(|next| format!("{here}&before={next}")),
    }))
}
