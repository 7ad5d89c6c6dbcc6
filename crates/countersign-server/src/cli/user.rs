//! `countersign user`

mod add;
mod change;
mod find;
mod import;
mod list;
pub(crate) mod names;
pub(crate) mod new_password;
mod show;

pub(super) use self::add::CreateSuperuser;
pub(super) use self::change::Password;
pub(super) use self::find::find;

use super::{Common, Failure, Output};
use countersign_core::user::{User, UserId};
use serde_json::{Value, json};

/// Adds, shows and changes users.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Users {
    Add(add::Add),
    Import(import::Import),
    List(list::List),
    Show(show::Show),
    Password(Password),
    Disable(change::Disable),
    Enable(change::Enable),
    Delete(change::Delete),
}

impl Users {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Add(command) => command.run(common, output),
            Self::Import(command) => command.run(common, output),
            Self::List(command) => command.run(common, output),
            Self::Show(command) => command.run(common, output),
            Self::Password(command) => command.run(common, output),
            Self::Disable(command) => command.run(common, output),
            Self::Enable(command) => command.run(common, output),
            Self::Delete(command) => command.run(common, output),
        }
    }
}

/// A user for machines, by the names of Django's columns. Without the hash.
fn to_json(user: &User) -> Value {
    json!({
        "id": id_to_json(&user.id),
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "last_login": user.last_login.map(|at| at.to_string()),
        "date_joined": user.date_joined.map(|at| at.to_string()),
    })
}

pub(super) fn id_to_json(id: &UserId) -> Value {
    match id {
        UserId::Integer(number) => json!(number),
        UserId::Text(text) => json!(text),
    }
}
