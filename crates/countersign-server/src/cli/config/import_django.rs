//! `countersign config import-django`

use super::super::{Common, DEFAULT_FILE, Failure, Output};
use crate::config::{Environment, Imported, Missing, Request, SecretFile, Secrets, import_django};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Arguments of `config import-django`.
#[derive(Debug, Args)]
pub(in super::super) struct ImportDjango {
    /// The project: its folder, its manage.py or its settings module
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The settings module, where manage.py does not name it
    #[arg(long, value_name = "MODULE")]
    settings: Option<String>,
    /// The Python to ask [default: that of the project's virtual environment, else python3]
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Run no Python: read the settings module as text
    #[arg(long, conflicts_with = "python")]
    no_run: bool,
    /// Print the file and write nothing
    #[arg(long)]
    stdout: bool,
    /// Replace a file that exists
    #[arg(long, conflicts_with = "stdout")]
    force: bool,
}

impl ImportDjango {
    pub(in super::super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let path = common.config.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        if path.exists() && !self.force && !self.stdout {
            return Err(Failure::Refused(format!(
                "{} exists already; --force replaces it, --stdout prints what it would be",
                path.display()
            )));
        }
        let environment = Environment::of_process();
        let imported = import_django(&Request {
            path: &self.path,
            module: self.settings.as_deref(),
            python: self.python.as_deref(),
            environment: environment.variable("VIRTUAL_ENV"),
            read_only: self.no_run,
        })
        .map_err(Failure::Refused)?;
        let written = self.write(&path, &imported)?;
        if output.is_json() {
            return output.json(&for_machines(&imported, &written));
        }
        if self.stdout {
            output.text(&written.text)?;
            output.note(&listing(&imported, &written));
            return Ok(());
        }
        output.text(&listing(&imported, &written))
    }

    fn write(&self, path: &Path, imported: &Imported) -> Result<Written, Failure> {
        let prefix = path.with_extension("");
        let prefix = format!("{}.", prefix.display());
        let secrets = if self.stdout { Secrets::Variables } else { Secrets::Files(&prefix) };
        let (text, files) = imported.draft.write(secrets, &head(imported));
        if self.stdout {
            return Ok(Written { text, files, path: None });
        }
        for SecretFile { name, content } in &files {
            write(Path::new(name), content, 0o600, self.force)?;
        }
        let mode = if imported.draft.holds_a_secret() { 0o600 } else { 0o644 };
        write(path, &text, mode, self.force)?;
        Ok(Written { text, files, path: Some(path.to_owned()) })
    }
}

/// What was written.
struct Written {
    text: String,
    files: Vec<SecretFile>,
    path: Option<PathBuf>,
}

/// Writes a file that is not there yet, or replaces one: never leaves it readable for longer than asked.
fn write(path: &Path, content: &str, mode: u32, replace: bool) -> Result<(), Failure> {
    if replace && path.exists() {
        std::fs::remove_file(path).map_err(Failure::io(format!("cannot replace {}", path.display())))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .map_err(Failure::io(format!("cannot write {}", path.display())))
}

/// The comment at the beginning of the file, with what is not in it.
fn head(imported: &Imported) -> String {
    let mut head = "\
# countersign: the configuration, from the settings of a Django project.
#
# Only what differs from the defaults is here; behind each line stands what it was there.
# Check this file with `countersign check`; see what holds, and why, with `countersign config show`.
"
    .to_owned();
    if !imported.missing.is_empty() {
        head += "#\n# Not imported:\n";
    }
    for Missing { name, what, remedy } in &imported.missing {
        let _ = writeln!(head, "#   {name} {what}:\n#       {remedy}");
    }
    head + "\n"
}

/// What was done, for people.
fn listing(imported: &Imported, written: &Written) -> String {
    let mut text = String::new();
    match (&imported.python, &imported.silence) {
        (Some(python), _) => {
            let _ = writeln!(text, "asked the project by {}", python.display());
        }
        (None, Some(word)) => {
            let _ = writeln!(text, "no Python could read the project ({word});");
            let _ = writeln!(
                text,
                "read the settings module as text: user table, hashers and URLs are not known"
            );
        }
        (None, None) => {
            let _ = writeln!(
                text,
                "read the settings module as text: user table, hashers and URLs are not known"
            );
        }
    }
    if let Some(path) = &written.path {
        let _ = writeln!(text, "written to {}", path.display());
    }
    for SecretFile { name, .. } in &written.files {
        let _ = writeln!(text, "written to {name}, for its owner alone");
    }
    match imported.missing.len() {
        0 => text += "everything was imported\n",
        1 => text += "1 thing could not be imported:\n",
        count => {
            let _ = writeln!(text, "{count} things could not be imported:");
        }
    }
    for Missing { name, what, remedy } in &imported.missing {
        let _ = writeln!(text, "  {name} {what}\n      {remedy}");
    }
    text + "now run `countersign check`"
}

fn for_machines(imported: &Imported, written: &Written) -> serde_json::Value {
    let missing =
        |Missing { name, what, remedy }: &Missing| json!({ "name": name, "what": what, "remedy": remedy });
    json!({
        "written": written.path,
        "secrets": written.files.iter().map(|file| &file.name).collect::<Vec<_>>(),
        "configuration": written.text,
        "python": imported.python,
        "silence": imported.silence,
        "missing": imported.missing.iter().map(missing).collect::<Vec<_>>(),
    })
}
