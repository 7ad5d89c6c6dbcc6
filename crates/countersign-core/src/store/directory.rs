//! Users and tokens as the admin pages look through them: in pages whose cost does not grow with the table.
//!
//! Django's tables have the indexes that Django gave them, and get no others from us. So whatever is asked follows one
//! of those indexes from where the page before ended, and looks at a bounded number of rows. Where that many were
//! looked at and the page is not full, the page says so and where to go on.

use super::Act;
use crate::clock::Timestamp;
use crate::user::{User, UserId};
use std::sync::Arc;

/// In which order users are listed. The two orders that every user table has an index for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    /// By primary key.
    #[default]
    Id,
    /// By username, as the database sorts texts.
    Username,
}

/// Which users are looked for by text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserSearch<'a> {
    /// All.
    #[default]
    Everybody,
    /// Whose username begins with this text as it is written, in small letters, in capitals, or with one capital
    /// first. Always by [`UserOrder::Username`].
    Begins(&'a str),
    /// Whose username or mail address contains it, whatever the case of its ASCII letters.
    Contains(&'a str),
}

impl UserSearch<'_> {
    /// The spellings of a beginning that [`Begins`](UserSearch::Begins) looks for, each once.
    #[must_use]
    pub fn spellings(text: &str) -> Vec<String> {
        let mut letters = text.chars();
        let capital: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters.flat_map(char::to_lowercase))
            .collect();
        let mut spellings = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase(), capital];
        spellings.sort();
        spellings.dedup();
        spellings
    }
}

/// Which users are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserQuery<'a> {
    /// By text.
    pub search: UserSearch<'a>,
    /// Only those who are active, or are not.
    pub active: Option<bool>,
    /// Only staff, or all but them.
    pub staff: Option<bool>,
    /// Only superusers, or all but them.
    pub superuser: Option<bool>,
    /// In which order.
    pub order: UserOrder,
    /// The other way round.
    pub descending: bool,
    /// Only those behind this one: an id as `str()` prints it or a username, by the order.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
    /// How many rows may be looked at.
    pub budget: u32,
}

impl UserQuery<'_> {
    /// Whether rows may be looked at that are not shown.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        matches!(self.search, UserSearch::Contains(_))
            || self.active.is_some()
            || self.staff.is_some()
            || self.superuser.is_some()
    }
}

/// A page of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPage {
    /// The users.
    pub users: Vec<Arc<User>>,
    /// What to put into [`UserQuery::after`] for the next page; `None` at the end.
    pub next: Option<String>,
    /// The page is not full because the budget was spent.
    pub is_cut_short: bool,
}

/// Which of the optional columns a user table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserColumns {
    /// `is_active`
    pub is_active: bool,
    /// `is_staff`
    pub is_staff: bool,
    /// `is_superuser`
    pub is_superuser: bool,
    /// `email`
    pub email: bool,
    /// `first_name`
    pub first_name: bool,
    /// `last_name`
    pub last_name: bool,
    /// `last_login`
    pub last_login: bool,
    /// `date_joined`
    pub date_joined: bool,
    /// Whether users can be in groups.
    pub groups: bool,
}

impl UserColumns {
    /// All of them: Django's own table.
    pub const ALL: Self = Self {
        is_active: true,
        is_staff: true,
        is_superuser: true,
        email: true,
        first_name: true,
        last_name: true,
        last_login: true,
        date_joined: true,
        groups: true,
    };
}

/// What a user is to be. Columns that the table does not have are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserEdit {
    /// `username`
    pub username: String,
    /// `email`
    pub email: String,
    /// `first_name`
    pub first_name: String,
    /// `last_name`
    pub last_name: String,
    /// `is_active`
    pub is_active: bool,
    /// `is_staff`
    pub is_staff: bool,
    /// `is_superuser`
    pub is_superuser: bool,
    /// Names of groups, all of them. Those that do not exist are left out. `None`: as they are.
    pub groups: Option<Vec<String>>,
}

/// What became of the wish to edit a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditOutcome {
    /// It is as it was to be.
    Edited,
    /// There is no such user.
    Unknown,
    /// Somebody else has this username. Nothing changed.
    UsernameTaken,
}

/// A refresh or sliding token that is written down, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutstandingToken {
    /// Its primary key.
    pub id: i64,
    /// The token's id.
    pub jti: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// When it was made; what was blacklisted without being written down before has no such time.
    pub created_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was blacklisted, if it was.
    pub blacklisted_at: Option<Timestamp>,
}

/// Which tokens are listed: the latest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenQuery<'a> {
    /// Only those that are blacklisted, the latest blacklisted first.
    pub blacklisted: bool,
    /// Only this user's.
    pub user: Option<&'a UserId>,
    /// Only the one of this id.
    pub jti: Option<&'a str>,
    /// Only those of a smaller number: the last of the page before.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
    /// How many rows may be looked at; one at least. Of whom there are no more tokens than this, all of theirs are read
    /// and sorted; of others, so many of everybody's are looked at for them.
    pub budget: u32,
}

/// A page of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPage {
    /// The tokens.
    pub tokens: Vec<OutstandingToken>,
    /// What to put into [`TokenQuery::before`] for the next page; `None` at the end.
    pub next: Option<i64>,
    /// The page is not full because the budget was spent.
    pub is_cut_short: bool,
}

/// Looking through users, and editing them.
pub trait Directory: Send + Sync {
    /// Which columns the user table has.
    fn columns(&self) -> UserColumns;

    /// Lists users.
    fn list_users<'a>(&'a self, query: UserQuery<'a>) -> Act<'a, UserPage>;

    /// The user of this id, as `str()` prints it. A text that is no id finds nobody.
    fn find_user<'a>(&'a self, id: &'a str) -> Act<'a, Option<Arc<User>>>;

    /// Makes a user what they are to be, at an instant. One who is not to be active has no session afterwards.
    fn edit_user<'a>(&'a self, id: &'a UserId, edit: &'a UserEdit, at: Timestamp) -> Act<'a, EditOutcome>;

    /// The names of all groups, sorted. Empty where there are no such tables.
    fn list_groups(&self) -> Act<'_, Vec<String>>;

    /// Whether an active superuser exists.
    fn has_superuser(&self) -> Act<'_, bool>;
}

/// Looking through Django's two tables of tokens.
pub trait TokenDirectory: Send + Sync {
    /// Lists refresh and sliding tokens that are written down. Empty where the blacklist is off.
    fn list_tokens<'a>(&'a self, query: TokenQuery<'a>) -> Act<'a, TokenPage>;
}
