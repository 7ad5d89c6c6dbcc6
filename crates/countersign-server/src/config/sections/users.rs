use crate::config::setting::section;
use countersign_core::clock::SignedDuration;
use countersign_core::store::UserColumns;
use countersign_store::Identifier;

section! {
    /// The table of users, where it is not Django's own. `false` for a column that the table does not have.
    pub struct Users = "users";

    /// The table.
    table: Identifier = "auth_user", As("AUTH_USER_MODEL");
    /// The column with the primary key.
    id: Identifier = "id", Ours;
    /// The column with the login name.
    username: Identifier = "username", As("USERNAME_FIELD");
    /// The column with the password's hash.
    password: Identifier = "password", Ours;
    /// The column that says whether the account is in use. Without it all are.
    is_active: Option<Identifier> = "is_active", Ours;
    /// The column that says whether the user may enter Django's admin. Without it none may.
    is_staff: Option<Identifier> = "is_staff", Ours;
    /// The column that says whether the user may do anything. Without it none may.
    is_superuser: Option<Identifier> = "is_superuser", Ours;
    /// The column with the mail address.
    email: Option<Identifier> = "email", As("EMAIL_FIELD");
    /// The column with the first name.
    first_name: Option<Identifier> = "first_name", Ours;
    /// The column with the last name.
    last_name: Option<Identifier> = "last_name", Ours;
    /// The column with the last login.
    last_login: Option<Identifier> = "last_login", Ours;
    /// The column that says when the account was made.
    date_joined: Option<Identifier> = "date_joined", Ours;
    /// How long a user who was read lets in access tokens without being read again, on each server of its own. One who is
    /// switched off, or has another password, is let in for so long. Whoever is turned away was read for it, and so was
    /// whoever gets a token. Unset: each request reads the user.
    cache: Option<SignedDuration> = unset, Ours;
}

impl Users {
    /// Leaves out the columns that are not there.
    pub(in crate::config) fn leave_out(&mut self, columns: &UserColumns) {
        for (column, is_there) in [
            (&mut self.is_active, columns.is_active),
            (&mut self.is_staff, columns.is_staff),
            (&mut self.is_superuser, columns.is_superuser),
            (&mut self.email, columns.email),
            (&mut self.first_name, columns.first_name),
            (&mut self.last_name, columns.last_name),
            (&mut self.last_login, columns.last_login),
            (&mut self.date_joined, columns.date_joined),
        ] {
            column.take_if(|_| !is_there);
        }
    }

    /// Which columns there are as far as these settings know.
    #[must_use]
    pub const fn columns(&self) -> UserColumns {
        UserColumns {
            is_active: self.is_active.is_some(),
            is_staff: self.is_staff.is_some(),
            is_superuser: self.is_superuser.is_some(),
            email: self.email.is_some(),
            first_name: self.first_name.is_some(),
            last_name: self.last_name.is_some(),
            last_login: self.last_login.is_some(),
            date_joined: self.date_joined.is_some(),
            groups: true,
        }
    }
}
