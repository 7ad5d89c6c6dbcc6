use crate::config::setting::section;
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
}
