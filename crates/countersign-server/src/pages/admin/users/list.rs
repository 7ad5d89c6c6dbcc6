//! Looking through users.

use super::super::answer::{Fault, page};
use super::super::layout::{Frame, Pages, Thousands};
use super::super::time::Moment;
use super::super::visit::{Signed, escaped};
use super::{address, name};
use crate::pages::admin::Admin;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::Right;
use countersign_core::store::{UserColumns, UserOrder, UserQuery, UserSearch};
use countersign_core::user::User;

/// Users on a page.
const PAGE: u32 = 50;

/// Rows that one page may look at when it looks for something that no index helps with: by id, as they lie in the table.
const BUDGET: u32 = 20_000;

/// The same by name, where each row lies somewhere else.
const BUDGET_BY_NAME: u32 = 5000;

#[derive(Template)]
#[template(path = "admin/users.html")]
struct List {
    frame: Frame,
    columns: UserColumns,
    may_add: bool,
    search: String,
    contains: bool,
    show: Vec<Choice>,
    order: Vec<Choice>,
    rows: Vec<Line>,
    is_first: bool,
    is_asked: bool,
    next: Option<String>,
    is_cut_short: bool,
    looked_at: Thousands,
    everywhere: String,
}

/// One of several.
pub(in super::super) struct Choice {
    pub(in super::super) value: &'static str,
    pub(in super::super) label: &'static str,
    pub(in super::super) is_chosen: bool,
}

struct Line {
    href: String,
    user: User,
    name: String,
    last_login: Moment,
    joined: Moment,
}

const SHOW: [(&str, &str); 5] = [
    ("", "Everybody"),
    ("active", "Active"),
    ("disabled", "Disabled"),
    ("staff", "Staff"),
    ("superusers", "Superusers"),
];

const ORDER: [(&str, &str); 4] =
    [("new", "Newest first"), ("old", "Oldest first"), ("name", "By name"), ("eman", "By name, backwards")];

/// The choices, with the one that is made, or the first.
pub(in super::super) fn choices(all: &[(&'static str, &'static str)], chosen: &str) -> Vec<Choice> {
    let chosen = all.iter().find(|(value, _)| *value == chosen).map_or(all[0].0, |(value, _)| *value);
    all.iter().map(|&(value, label)| Choice { value, label, is_chosen: value == chosen }).collect()
}

pub(in super::super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::ViewUsers)?;
    let asked = &signed.visit.query;
    let (search, show, order) = (asked.text("q").trim(), asked.text("show"), asked.text("order"));
    let contains = asked.text("in") == "contains";
    let by_name = matches!(order, "name" | "eman") || !(search.is_empty() || contains);
    let budget = if by_name { BUDGET_BY_NAME } else { BUDGET };
    let query = UserQuery {
        search: match (search, contains) {
            ("", _) => UserSearch::Everybody,
            (text, true) => UserSearch::Contains(text),
            (text, false) => UserSearch::Begins(text),
        },
        active: [("active", true), ("disabled", false)]
            .into_iter()
            .find(|(word, _)| *word == show)
            .map(|it| it.1),
        staff: (show == "staff").then_some(true),
        superuser: (show == "superusers").then_some(true),
        order: if matches!(order, "name" | "eman") { UserOrder::Username } else { UserOrder::Id },
        descending: match order {
            "old" | "name" => false,
            "eman" => true,
            // By the beginning of the name, from A on.
            _ => search.is_empty() || contains,
        },
        after: asked.some("after"),
        limit: PAGE,
        budget,
    };
    let found = admin.store.directory.list_users(query).await?;
    let here = format!(
        "?q={}&in={}&show={show}&order={order}",
        escaped(search),
        if contains { "contains" } else { "" }
    );
    let mut rows: Vec<Line> = found.users.iter().map(|user| line(&admin, user)).collect();
    if query.after.is_none() && !search.is_empty() && !contains {
        rows.splice(0..0, exactly(&admin, search, &found.users).await?);
    }
    Ok(page(&List {
        frame: Frame::new(&admin, &signed, "users/"),
        columns: admin.store.directory.columns(),
        may_add: signed.admin.may(Right::AddUsers),
        search: search.to_owned(),
        contains,
        show: choices(&SHOW, show),
        order: choices(&ORDER, order),
        rows,
        is_first: query.after.is_none(),
        is_asked: !search.is_empty() || !show.is_empty(),
        next: found.next.map(|next| format!("{here}&after={}", escaped(&next))),
        is_cut_short: found.is_cut_short,
        looked_at: Thousands(budget),
        everywhere: format!("?q={}&in=contains&show={show}", escaped(search)),
    }))
}

/// The user of this id, unless they are on the page already.
async fn exactly(admin: &Admin, id: &str, found: &[std::sync::Arc<User>]) -> Result<Option<Line>, Fault> {
    let user = admin.store.directory.find_user(id).await?;
    Ok(user.filter(|user| found.iter().all(|other| other.id != user.id)).map(|user| line(admin, &user)))
}

fn line(admin: &Admin, user: &User) -> Line {
    Line {
        href: address(admin, user),
        name: name(user),
        last_login: user.last_login.into(),
        joined: user.date_joined.into(),
        user: user.clone(),
    }
}
