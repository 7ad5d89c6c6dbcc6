//! Where a new password comes from. Never from an argument: other users of the machine see those.

use crate::cli::{Failure, prompt};
use crate::config::Config;
use clap::Args;
use countersign_core::password::{Hashers, UserAttributes, Weakness, validate};
use countersign_core::random::{ALPHANUMERIC, Random, SystemRandom};
use countersign_core::secret::Secret;
use std::io::{self, Read as _};

/// How often somebody is asked before it is given up, as in Django's `changepassword`.
const TRIES: u32 = 3;
/// Of letters and digits: 119 bits.
const GENERATED_LENGTH: usize = 20;
/// No password is longer than this, in bytes.
const LONGEST: u64 = 4096;

/// The flags of every command that sets a password.
#[derive(Debug, Args)]
#[command(next_help_heading = "Password")]
pub(super) struct NewPassword {
    /// Read it from standard input, one line, instead of asking for it
    #[arg(long, group = "password_source")]
    password_stdin: bool,
    /// Make a strong one and print it, this once
    #[arg(long, group = "password_source")]
    generate: bool,
    /// Accept one that Django's validators call weak
    #[arg(long, conflicts_with = "generate")]
    allow_weak: bool,
}

/// A new password that may be used.
pub(super) struct Chosen {
    /// What is stored.
    pub(super) encoded: String,
    /// The password itself, if we made it: to be printed.
    pub(super) generated: Option<String>,
}

impl NewPassword {
    /// Gets a password for a user and hashes it.
    pub(super) fn choose(&self, config: &Config, user: &UserAttributes<'_>) -> Result<Chosen, Failure> {
        let random: &dyn Random = &SystemRandom;
        let generated = self.generate.then(|| random.text(GENERATED_LENGTH, ALPHANUMERIC));
        let password = match &generated {
            Some(password) => Secret::from(password.as_str()),
            None if self.password_stdin => self.read(config, user)?,
            None => self.ask(config, user)?,
        };
        let hashers = Hashers::new(&config.passwords.rules());
        let encoded =
            hashers.encode(&password, random).map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(Chosen { encoded, generated })
    }

    fn read(&self, config: &Config, user: &UserAttributes<'_>) -> Result<Secret, Failure> {
        let mut bytes = Vec::new();
        io::stdin()
            .take(LONGEST + 2)
            .read_to_end(&mut bytes)
            .map_err(Failure::io("cannot read the password from standard input"))?;
        if bytes.pop_if(|byte| *byte == b'\n').is_some() {
            bytes.pop_if(|byte| *byte == b'\r');
        }
        let password = Secret::new(bytes);
        match self.objections(&password, config, user)?.as_slice() {
            [] => Ok(password),
            objections => Err(Failure::Refused(format!(
                "{}\n    choose another password, or accept it with --allow-weak",
                objections.join("\n")
            ))),
        }
    }

    fn ask(&self, config: &Config, user: &UserAttributes<'_>) -> Result<Secret, Failure> {
        if !prompt::is_possible() {
            return Err(Failure::Refused(
                "there is no terminal to ask for the password\n    give it with --password-stdin, or have one made \
                 with --generate"
                    .to_owned(),
            ));
        }
        for _ in 0..TRIES {
            let password = prompt::secret("Password: ")?;
            let objections = if password == prompt::secret("Password (again): ")? {
                self.objections(&password, config, user).unwrap_or_else(|failure| vec![failure.to_string()])
            } else {
                vec!["Your passwords didn't match.".to_owned()]
            };
            if objections.is_empty() {
                return Ok(password);
            }
            prompt::say(&format!("{}\n", objections.join("\n")));
        }
        Err(Failure::Refused(format!("no password after {TRIES} attempts; nothing changed")))
    }

    /// What speaks against a password and `--allow-weak` would pass by. What nothing passes by is an error.
    fn objections(
        &self,
        password: &Secret,
        config: &Config,
        user: &UserAttributes<'_>,
    ) -> Result<Vec<String>, Failure> {
        let text = acceptable(password, config.passwords.strip_whitespace).map_err(Failure::Refused)?;
        let weaknesses = if self.allow_weak { Vec::new() } else { validate(text, user) };
        Ok(weaknesses.iter().map(Weakness::to_string).collect())
    }
}

/// The password as text, if it can be one at all. `strip_whitespace`: logins cut it off.
///
/// # Errors
///
/// Why it cannot be.
pub(crate) fn acceptable(password: &Secret, strip_whitespace: bool) -> Result<&str, String> {
    let refused = |why: &str| Err(why.to_owned());
    let Ok(text) = std::str::from_utf8(password.expose()) else {
        return refused("the password is not UTF-8");
    };
    match text {
        "" => refused("Blank passwords aren't allowed."),
        _ if text.len() as u64 > LONGEST => refused("the password is longer than 4096 bytes"),
        _ if text.contains(['\n', '\r', '\0']) => refused("the password has more than one line"),
        _ if strip_whitespace && text.trim() != text => refused(
            "the password begins or ends with white space, which is cut off at every login\n    leave it out, or \
             set [passwords] strip_whitespace = false",
        ),
        _ => Ok(text),
    }
}
