//! The command line: noun, then verb, with Django's command names as aliases.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 bad usage.

mod audit;
mod check;
mod completions;
mod config;
mod conformance;
mod db;
mod dev;
mod failure;
mod key;
mod man;
mod output;
mod page;
mod prompt;
mod serve;
mod session;
mod token;
pub(crate) mod user;

pub(crate) use self::audit::to_json as audit_json;
pub use self::failure::Failure;
pub use self::output::Output;

use crate::config::{Environment, Layers};
use clap::{ArgAction, Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is read where no configuration file is named.
const DEFAULT_FILE: &str = "countersign.toml";

/// Token authentication for REST APIs, on Django's own tables, hashes and keys.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  countersign dev                       try it out: a server, a user, requests to paste
  countersign config init               write a commented file with what we recommend
  countersign config show --changed     what differs from the defaults, and who set it
  countersign check --deploy            say what is wrong before others can connect")]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// The flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The configuration file [default: countersign.toml, if there is one here]
    #[arg(long, value_name = "FILE", global = true, env = "COUNTERSIGN_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Print for machines: JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more; twice, say everything
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

impl Common {
    /// The layers of the configuration: the file that was named, else the usual one if it exists, and the
    /// environment. A command may add its own flags.
    #[must_use]
    pub fn layers(&self) -> Layers {
        let layers = Layers::default().environment(Environment::of_process());
        match &self.config {
            Some(path) => layers.file(Some(path)),
            None => layers.file_if_present(Path::new(DEFAULT_FILE)),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it out: loopback, a SQLite file, a demo user, requests to paste
    #[command(after_help = "\
The first start makes countersign.db with the user demo (password demo), and countersign.key beside it. Both stay:
remove them to begin anew. Settings come from countersign.toml, if there is one here.")]
    Dev(dev::Dev),
    /// Serve what the configuration says
    #[command(
        alias = "runserver",
        after_help = "\
Says `listening on http://ADDR:PORT` on standard error once it accepts connections. SIGTERM and SIGINT finish the
requests in hand; SIGHUP reads the configuration again.

Examples:
  countersign serve --config /etc/countersign.toml
  countersign serve --listen 127.0.0.1:9000"
    )]
    Serve(serve::Serve),
    /// Say what is wrong with the configuration and the database
    Check(check::Check),
    /// Write, show and describe the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Make, show and clean the database
    #[command(subcommand)]
    Db(db::Db),
    /// Add, show and change users
    #[command(subcommand)]
    User(user::Users),
    /// Issue, decode, verify and revoke tokens
    #[command(subcommand)]
    Token(token::Tokens),
    /// List, generate, rotate and retire keys
    #[command(subcommand)]
    Key(key::Keys),
    /// Show what administrators did
    Audit(audit::Audit),
    /// List and end sessions: logins and the refresh tokens that follow from them
    #[command(subcommand)]
    Session(session::Sessions),
    /// Show the settings that differ from their defaults, as Django's command does
    #[command(name = "diffsettings")]
    DiffSettings(config::DiffSettings),
    /// `db migrate`, by Django's name
    Migrate(db::Migrate),
    /// `db purge`, by simplejwt's name
    #[command(name = "flushexpiredtokens", alias = "delete_stale_tokens")]
    FlushExpiredTokens(db::Purge),
    /// `user add --staff --superuser`, by Django's name
    #[command(name = "createsuperuser")]
    CreateSuperuser(user::CreateSuperuser),
    /// `user password`, by Django's name
    #[command(name = "changepassword")]
    ChangePassword(user::Password),
    /// `token issue`, by drf-jwt's name
    #[command(name = "obtain_token")]
    ObtainToken(token::Issue),
    /// Play the same requests to a live Django and to this server, and print the differences
    Conformance(conformance::Conformance),
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print the manual page
    Man,
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.common);
    match cli.run(&output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        match &self.command {
            Command::Dev(command) => command.run(&self.common, output),
            Command::Serve(command) => command.run(&self.common, output),
            Command::Check(command) => command.run(&self.common, output),
            Command::Config(command) => command.run(&self.common, output),
            Command::DiffSettings(command) => command.run(&self.common, output),
            Command::Db(command) => command.run(&self.common, output),
            Command::User(command) => command.run(&self.common, output),
            Command::Token(command) => command.run(&self.common, output),
            Command::Key(command) => command.run(&self.common, output),
            Command::Audit(command) => command.run(&self.common, output),
            Command::Session(command) => command.run(&self.common, output),
            Command::ObtainToken(command) => command.run(&self.common, output),
            Command::CreateSuperuser(command) => command.run(&self.common, output),
            Command::ChangePassword(command) => command.run(&self.common, output),
            Command::Migrate(command) => command.run(&self.common, output),
            Command::FlushExpiredTokens(command) => command.run(&self.common, output),
            Command::Conformance(command) => command.run(&self.common, output),
            Command::Completions(command) => command.run(output),
            Command::Man => man::run(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
