//! Looking through users in memory.

use super::{MemoryStore, Tables};
use crate::clock::Timestamp;
use crate::store::{
    Act, Directory, EditOutcome, UserColumns, UserEdit, UserOrder, UserPage, UserQuery, UserSearch,
};
use crate::user::{User, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Directory for MemoryStore {
    fn columns(&self) -> UserColumns {
        UserColumns::ALL
    }

    fn list_users<'a>(&'a self, query: UserQuery<'a>) -> Act<'a, UserPage> {
        self.act(move |tables| page(tables, &query))
    }

    fn find_user<'a>(&'a self, id: &'a str) -> Act<'a, Option<Arc<User>>> {
        self.act(move |tables| {
            tables.users.values().find(|user| user.id.to_string() == id).cloned().map(Arc::new)
        })
    }

    fn edit_user<'a>(&'a self, id: &'a UserId, edit: &'a UserEdit, at: Timestamp) -> Act<'a, EditOutcome> {
        self.act(move |tables| {
            let outcome = tables.edit(id, edit);
            if outcome == EditOutcome::Edited && !edit.is_active {
                tables.end_all(Some(id), None, at);
            }
            outcome
        })
    }

    fn list_groups(&self) -> Act<'_, Vec<String>> {
        self.act(|tables| {
            let groups = tables.memberships.values().flat_map(|given| given.groups.iter().cloned());
            groups.collect::<BTreeSet<_>>().into_iter().collect()
        })
    }

    fn has_superuser(&self) -> Act<'_, bool> {
        self.act(|tables| tables.users.values().any(|user| user.is_superuser && user.is_active))
    }
}

fn page(tables: &Tables, query: &UserQuery<'_>) -> UserPage {
    let by_name = query.order == UserOrder::Username || matches!(query.search, UserSearch::Begins(_));
    let mut all: Vec<&User> = tables.users.values().collect();
    if by_name {
        all.sort_by(|one, other| one.username.cmp(&other.username));
    }
    if query.descending {
        all.reverse();
    }
    let cursor = |user: &User| if by_name { user.username.clone() } else { user.id.to_string() };
    let start = match query.after {
        None => 0,
        Some(after) => all.iter().position(|user| cursor(user) == after).map_or(all.len(), |at| at + 1),
    };
    let budget = if query.is_filtered() { query.budget as usize } else { usize::MAX };
    let mut page = UserPage::default();
    for (looked_at, user) in all[start..].iter().enumerate() {
        if page.users.len() == query.limit as usize {
            page.next = page.users.last().map(|last| cursor(last));
            break;
        }
        if looked_at == budget {
            page.next = Some(cursor(all[start + looked_at - 1]));
            page.is_cut_short = true;
            break;
        }
        if is_wanted(user, query) {
            page.users.push(Arc::new(User::clone(user)));
        }
    }
    page
}

fn is_wanted(user: &User, query: &UserQuery<'_>) -> bool {
    let found = match query.search {
        UserSearch::Everybody => true,
        UserSearch::Begins(text) => {
            UserSearch::spellings(text).iter().any(|spelling| user.username.starts_with(spelling))
        }
        UserSearch::Contains(text) => {
            let contains = |value: &str| value.to_ascii_lowercase().contains(&text.to_ascii_lowercase());
            contains(&user.username) || contains(&user.email)
        }
    };
    let is = |wanted: Option<bool>, truth: bool| wanted.is_none_or(|wanted| wanted == truth);
    found
        && is(query.active, user.is_active)
        && is(query.staff, user.is_staff)
        && is(query.superuser, user.is_superuser)
}

impl Tables {
    fn edit(&mut self, id: &UserId, edit: &UserEdit) -> EditOutcome {
        if self.users.values().any(|other| other.id != *id && other.username == edit.username) {
            return EditOutcome::UsernameTaken;
        }
        let known: BTreeSet<String> =
            self.memberships.values().flat_map(|given| given.groups.iter().cloned()).collect();
        let Some(user) = self.users.get_mut(id) else { return EditOutcome::Unknown };
        user.username.clone_from(&edit.username);
        user.email.clone_from(&edit.email);
        user.first_name.clone_from(&edit.first_name);
        user.last_name.clone_from(&edit.last_name);
        user.is_active = edit.is_active;
        user.is_staff = edit.is_staff;
        user.is_superuser = edit.is_superuser;
        if let Some(groups) = &edit.groups {
            let given = self.memberships.entry(id.clone()).or_default();
            given.groups = groups.iter().filter(|group| known.contains(*group)).cloned().collect();
        }
        EditOutcome::Edited
    }
}
