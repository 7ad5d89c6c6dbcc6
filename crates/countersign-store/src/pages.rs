//! Pages of users: what is the same on every database.

use crate::identifier::{
    DATE_JOINED, EMAIL, FIRST_NAME, IS_ACTIVE, IS_STAFF, IS_SUPERUSER, LAST_LOGIN, LAST_NAME,
};
use countersign_core::store::{
    OutstandingToken, TokenPage, UserColumns, UserOrder, UserPage, UserQuery, UserSearch,
};
use countersign_core::user::User;

/// Which columns there are, by their places, and whether there are groups.
pub(crate) fn columns<T>(optional: &[Option<T>], groups: bool) -> UserColumns {
    let has = |at: usize| optional[at].is_some();
    UserColumns {
        is_active: has(IS_ACTIVE),
        is_staff: has(IS_STAFF),
        is_superuser: has(IS_SUPERUSER),
        email: has(EMAIL),
        first_name: has(FIRST_NAME),
        last_name: has(LAST_NAME),
        last_login: has(LAST_LOGIN),
        date_joined: has(DATE_JOINED),
        groups,
    }
}

/// A page of tokens, each with its number in the list, and perhaps one more than the page holds. `end`: how far was looked.
pub(crate) fn token_page(
    mut found: Vec<(i64, OutstandingToken)>,
    limit: usize,
    end: Option<i64>,
) -> TokenPage {
    let is_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|(number, _)| *number).filter(|_| is_more);
    let is_cut_short = last.is_none() && end.is_some();
    TokenPage {
        tokens: found.into_iter().map(|(_, token)| token).collect(),
        next: last.or(end),
        is_cut_short,
    }
}

/// A [`UserQuery`] that can be sent to another thread.
#[derive(Debug)]
pub(crate) struct Sought {
    /// The spellings of the beginning that is looked for, each of which is a walk of its own; none: one walk.
    pub(crate) beginnings: Vec<String>,
    /// What a username or an address is to contain.
    pub(crate) contains: Option<String>,
    /// Places of optional columns, and what they are to hold.
    pub(crate) truths: [(usize, Option<bool>); 3],
    pub(crate) by_name: bool,
    pub(crate) descending: bool,
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
    /// How many rows a walk may look at; one at least.
    pub(crate) budget: u32,
    /// Whether a walk may look at rows that it does not show.
    pub(crate) is_filtered: bool,
}

impl Sought {
    pub(crate) fn of(query: UserQuery<'_>) -> Self {
        Self {
            beginnings: match query.search {
                UserSearch::Begins(text) => UserSearch::spellings(text),
                _ => Vec::new(),
            },
            contains: match query.search {
                UserSearch::Contains(text) => Some(text.to_owned()),
                _ => None,
            },
            truths: [(IS_ACTIVE, query.active), (IS_STAFF, query.staff), (IS_SUPERUSER, query.superuser)],
            by_name: query.order == UserOrder::Username || matches!(query.search, UserSearch::Begins(_)),
            descending: query.descending,
            after: query.after.map(str::to_owned),
            limit: query.limit as usize,
            budget: query.budget.max(1),
            is_filtered: query.is_filtered(),
        }
    }

    /// What a page that ends with this user goes on behind.
    pub(crate) fn cursor(&self, user: &User) -> String {
        if self.by_name { user.username.clone() } else { user.id.to_string() }
    }

    /// Whether one name comes before another on the pages of a beginning.
    fn is_before(&self, one: &str, other: &str) -> bool {
        if self.descending { one > other } else { one < other }
    }

    /// The walks along each beginning, woven into one page. They went byte by byte.
    pub(crate) fn woven(&self, walks: Vec<UserPage>) -> UserPage {
        let mut woven = UserPage::default();
        for walked in walks {
            woven.users.extend(walked.users);
            // Behind the nearest end of a walk there may be others of that beginning, which come first.
            let nearer = |end: &String| woven.next.as_ref().is_none_or(|other| self.is_before(end, other));
            if let Some(end) = walked.next.filter(nearer) {
                woven.next = Some(end);
                woven.is_cut_short = walked.is_cut_short;
            }
        }
        woven.users.sort_by(|one, other| one.username.cmp(&other.username));
        if self.descending {
            woven.users.reverse();
        }
        woven.users.dedup_by(|one, other| one.id == other.id);
        if let Some(end) = &woven.next {
            woven.users.retain(|user| !self.is_before(end, &user.username));
        }
        if woven.users.len() > self.limit {
            woven.users.truncate(self.limit);
            woven.next = woven.users.last().map(|last| last.username.clone());
            woven.is_cut_short = false;
        }
        woven
    }
}
