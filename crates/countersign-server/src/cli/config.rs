//! `countersign config`

mod import_django;

use super::{Common, DEFAULT_FILE, Failure, Output};
use crate::config::{self, Shown};
use clap::{Args, Subcommand};
use std::io::Write as _;
use std::path::Path;

/// Writes, shows and describes the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Write a commented file with the recommended settings
    #[command(after_help = "\
The file has every setting with its meaning. Those that we recommend to change are changed: refresh tokens
rotate, the old one is blacklisted, has ten seconds of grace, and ends the whole login when it comes back later.

Examples:
  countersign config init                          write countersign.toml here
  countersign config init --config /etc/cs.toml    write another file
  countersign config init --stdout                 print it")]
    Init(Init),
    /// Print every setting, its value and where it comes from; secrets are hidden
    Show(Show),
    /// Print the JSON Schema of the file, for editors that complete and check TOML
    Schema,
    /// Print the reference of all settings, in Markdown
    Reference,
    /// Turn a Django project's settings into a configuration file
    #[command(
        name = "import-django",
        after_help = "\
The project is asked by its own Python, as its manage.py would run it: the values are those that Django has, computed
ones included, and the user table, the hashers and the URLs are known too. Where no Python answers, the settings
module is read as text. What cannot be said in the file is listed, with what to do instead.

Secrets go into files of their own beside the configuration, which only their owner may read, or stay in the
environment variables where the project has them.

Examples:
  countersign config import-django                         of the project in this folder
  countersign config import-django /srv/app/manage.py --settings app.production
  countersign config import-django settings.py --stdout    print it; secrets as environment variables"
    )]
    ImportDjango(import_django::ImportDjango),
}

/// Arguments of `config init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Print the file and write nothing
    #[arg(long)]
    stdout: bool,
    /// Replace a file that exists
    #[arg(long, conflicts_with = "stdout")]
    force: bool,
}

/// Arguments of `config show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Only what differs from the defaults
    #[arg(long)]
    changed: bool,
}

/// Arguments of `diffsettings`.
#[derive(Debug, Args)]
pub(super) struct DiffSettings {
    /// All settings
    #[arg(long)]
    all: bool,
}

impl Config {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Init(init) => init.run(common, output),
            Self::Show(show) => print(show.changed, common, output),
            Self::Schema => output.json(&config::schema()),
            Self::Reference => output.text(&config::reference()),
            Self::ImportDjango(import) => import.run(common, output),
        }
    }
}

impl DiffSettings {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        print(!self.all, common, output)
    }
}

impl Init {
    fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        if self.stdout {
            return output.text(&config::init());
        }
        let path = common.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        if path.exists() && !self.force {
            return Err(Failure::Refused(format!(
                "{} exists already; --force replaces it, --stdout prints what it would be",
                path.display()
            )));
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).create_new(!self.force);
        options
            .open(path)
            .and_then(|mut file| file.write_all(config::init().as_bytes()))
            .map_err(Failure::io(format!("cannot write {}", path.display())))?;
        if output.is_json() {
            return output.json(&serde_json::json!({ "written": path }));
        }
        output.text(&format!("written to {}", path.display()))
    }
}

fn print(changed: bool, common: &Common, output: &Output) -> Result<(), Failure> {
    let config = common.layers().without_keys().load()?;
    output.warnings(&config.warnings);
    let shown = config.shown().iter().filter(|shown| !changed || shown.is_changed());
    if output.is_json() {
        return output.json(&shown.map(Shown::to_json).collect());
    }
    output.text(&config::page(shown))
}
