//! `config import-django`: the settings of a Django project as this program's configuration.
//!
//! The project is asked by its own Python where that runs: then every value is the one that Django has. Where it
//! does not, the settings module is read as text. Either way each value goes through the same reader as a file of
//! ours; what it refuses, and what this program has no word for, is said with what to do instead.

mod draft;
mod mapping;
mod project;
mod python;
mod source;

pub use self::draft::{Draft, SecretFile, Secrets};

use self::project::Place;
use std::path::{Path, PathBuf};

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The project: its folder, its `manage.py` or its settings module.
    pub path: &'a Path,
    /// The settings module, where `manage.py` does not say.
    pub module: Option<&'a str>,
    /// The Python to ask. `None`: the project's own, as far as it can be found.
    pub python: Option<&'a Path>,
    /// The virtual environment that is active, if one is.
    pub environment: Option<&'a str>,
    /// Run no Python at all.
    pub read_only: bool,
}

/// What could not be imported: what it is called there, what is the matter, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// `SIMPLE_JWT["USER_AUTHENTICATION_RULE"]`
    pub name: String,
    /// The end of a sentence that begins with the name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Missing {
    fn new(name: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), what: what.into(), remedy: remedy.into() }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// The configuration.
    pub draft: Draft,
    /// What is not in it.
    pub missing: Vec<Missing>,
    /// The Python that answered. `None`: the settings were read as text.
    pub python: Option<PathBuf>,
    /// Why no Python answered, where one was tried: its last word.
    pub silence: Option<String>,
}

/// Imports a project's settings.
///
/// Unless `read_only` is set, this runs the project's own code, as its `manage.py` does.
///
/// # Errors
///
/// A sentence for the user: where there is no project, or it can neither be asked nor read.
pub fn import_django(request: &Request<'_>) -> Result<Imported, String> {
    let place = Place::find(request.path, request.module)?;
    let mut silence = None;
    let pythons = match request.python {
        _ if request.read_only => Vec::new(),
        Some(python) => vec![python.to_owned()],
        None => place.pythons(request.environment),
    };
    for python in pythons {
        match place.ask(&python) {
            Ok(project) => {
                let (draft, missing) = mapping::map(&project);
                return Ok(Imported { draft, missing, python: Some(python), silence: None });
            }
            // The first is the likeliest to be the project's own.
            Err(word) => silence = silence.or(Some(word)),
        }
    }
    if let (Some(python), Some(word)) = (request.python, &silence) {
        return Err(format!("{} could not read the project: {word}", python.display()));
    }
    let (draft, missing) = mapping::map(&place.read()?);
    Ok(Imported { draft, missing, python: None, silence })
}
