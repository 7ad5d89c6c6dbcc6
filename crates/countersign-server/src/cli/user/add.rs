//! `countersign user add`, and Django's `createsuperuser`

use super::names::{check_name, check_username, email, normalized};
use super::new_password::NewPassword;
use super::to_json;
use crate::cli::{Common, Failure, Output, audit, prompt};
use crate::config::Config;
use crate::database;
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::password::UserAttributes;
use countersign_core::store::AddOutcome;
use countersign_core::user::{NewUser, User, UserId};

/// Add a user
#[derive(Debug, Args)]
#[command(after_help = "\
The password is asked for twice and not shown; --password-stdin and --generate are for scripts. It has to pass \
Django's four validators: not like the user's name or address, at least 8 characters, none of the 20,000 that \
everybody tries, not a number. The username is stored as Django stores it, in Unicode's NFKC.

Examples:
  countersign user add alice --email alice@example.com
  countersign user add deploy --generate > password.txt
  pass show alice | countersign user add alice --password-stdin")]
pub(in crate::cli) struct Add {
    /// The login name: letters, digits and @ . + - _
    username: String,
    /// The mail address
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    email: String,
    /// The first name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    first_name: String,
    /// The last name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    last_name: String,
    /// May enter Django's admin
    #[arg(long)]
    staff: bool,
    /// May do anything; as in Django, that needs --staff, which comes with it
    #[arg(long)]
    superuser: bool,
    #[command(flatten)]
    password: NewPassword,
}

/// `user add --staff --superuser`, by Django's name
#[derive(Debug, Args)]
#[command(after_help = "\
What is not given is asked for. With --noinput nothing is: name the user, and say where the password comes from.

Examples:
  countersign createsuperuser
  countersign createsuperuser --noinput --username admin --email admin@example.com --generate")]
pub(in crate::cli) struct CreateSuperuser {
    /// The login name
    #[arg(long, value_name = "NAME", required_if_eq("noinput", "true"))]
    username: Option<String>,
    /// The mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Ask for nothing; needs --password-stdin or --generate
    #[arg(long, alias = "no-input", requires = "password_source")]
    noinput: bool,
    #[command(flatten)]
    password: NewPassword,
}

impl Add {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        add(self.user()?, &self.password, &config, "added", output)
    }

    fn user(&self) -> Result<User, Failure> {
        check_name(&self.first_name).map_err(|words| wrong("--first-name", &words))?;
        check_name(&self.last_name).map_err(|words| wrong("--last-name", &words))?;
        let user = nobody(&self.username, &self.email)?;
        Ok(User {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            is_staff: self.staff || self.superuser,
            is_superuser: self.superuser,
            ..user
        })
    }
}

impl CreateSuperuser {
    pub(in crate::cli) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().without_keys().load()?;
        let username = match &self.username {
            Some(username) => username.clone(),
            None if prompt::is_possible() => prompt::line("Username: ")?,
            None => {
                return Err(Failure::Refused("there is no terminal to ask on: give --username".to_owned()));
            }
        };
        let email = match &self.email {
            Some(email) => email.clone(),
            None if prompt::is_possible() && !self.noinput => prompt::line("Email address: ")?,
            None => String::new(),
        };
        let user = User { is_staff: true, is_superuser: true, ..nobody(&username, &email)? };
        add(user, &self.password, &config, "added as superuser", output)
    }
}

/// An active user of this name and address, who has nothing else yet.
fn nobody(username: &str, address: &str) -> Result<User, Failure> {
    let username = normalized(username);
    check_username(&username).map_err(|words| wrong("the username", &words))?;
    Ok(User {
        id: UserId::Integer(0),
        username,
        email: email(address).map_err(|words| wrong("the mail address", &words))?,
        password: String::new(),
        is_active: true,
        is_staff: false,
        is_superuser: false,
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    })
}

fn wrong(what: &str, words: &str) -> Failure {
    Failure::Refused(format!("{what}: {words}"))
}

/// Adds a user. Whether the name is free is found out before anybody types a password.
fn add(
    user: User,
    password: &NewPassword,
    config: &Config,
    done: &str,
    output: &Output,
) -> Result<(), Failure> {
    let now = SystemClock.now();
    let database = database::open(config, now)?;
    let users = &database.users;
    if database::wait(users.find_by_username(&user.username))?.is_some() {
        return Err(taken(&user.username));
    }
    let chosen = password.choose(config, &UserAttributes::from(&user))?;
    let new = NewUser { user: User { password: chosen.encoded, date_joined: Some(now), ..user } };
    let added = match database::wait(audit::clerk(&database).add(&new))? {
        AddOutcome::Added(added) => added,
        AddOutcome::UsernameTaken => return Err(taken(&new.user.username)),
    };
    for column in lost(&new.user, &added) {
        output.note(&format!("warning: the user table has no column for {column}"));
    }
    if output.is_json() {
        let mut json = to_json(&added);
        if let Some(generated) = chosen.generated {
            json["password"] = generated.into();
        }
        return output.json(&json);
    }
    let sentence = format!("user {} {done}, with id {}", added.username, added.id);
    match chosen.generated {
        // The password alone is the result, so that a script can take it.
        Some(generated) => {
            output.note(&format!("{sentence}; the password is shown this once"));
            output.text(&generated)
        }
        None => output.text(&sentence),
    }
}

fn taken(username: &str) -> Failure {
    Failure::Refused(format!(
        "the username {username} is taken\n    choose another, or set their password with `countersign user \
         password {username}`"
    ))
}

/// What was asked for and has no column in the table.
pub(super) fn lost(asked: &User, added: &User) -> Vec<&'static str> {
    let mut lost = Vec::new();
    for (is_lost, column) in [
        (asked.email != added.email, "the mail address"),
        (asked.first_name != added.first_name, "the first name"),
        (asked.last_name != added.last_name, "the last name"),
        (asked.is_staff != added.is_staff, "staff"),
        (asked.is_superuser != added.is_superuser, "superusers"),
    ] {
        lost.extend(is_lost.then_some(column));
    }
    lost
}
