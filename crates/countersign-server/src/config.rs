//! The configuration: one TOML file, environment variables and flags, parsed once into typed values.
//!
//! A section stands for a settings group that Django projects already have; its keys are the same names in
//! lower case, its defaults the packages' own. An unknown key is an error. Everything that is wrong is said
//! at once, each fault with its key, its place and what to do.

mod browsers;
mod check;
mod environment;
mod fault;
mod import;
mod init;
mod jwt_auth;
mod keys;
mod nearest;
mod origin;
mod reader;
mod reference;
mod schema;
pub mod sections;
pub mod setting;
mod show;
mod source;
mod strength;
mod unknown;
pub mod value;

pub use self::browsers::CookieAuthFault;
pub use self::environment::Environment;
pub use self::fault::{Fault, Invalid, Wrong};
pub use self::import::{Draft, Imported, Missing, Request, SecretFile, Secrets, import_django};
pub use self::init::init;
pub use self::keys::Rings;
pub use self::origin::{Key, Origin};
pub use self::reader::Reader;
pub use self::reference::reference;
pub use self::schema::schema;
pub use self::show::{Shown, page};

use self::sections::{
    Admin, Blacklist, CookieAuth, Cors, Csrf, Demo, JwtAuth, Keys, Passwords, Server, Sessions, SimpleJwt,
    Top, Users,
};
use self::setting::Section as _;
use self::source::{Assignment, Assignments};
use countersign_core::secret::Secret;
use countersign_core::store::UserColumns;
use std::path::{Path, PathBuf};

/// Everything that can be set. Made by [`Layers::load`].
#[derive(Clone, Debug)]
pub struct Config {
    /// What stands before the first section.
    pub top: Top,
    /// `[server]`
    pub server: Server,
    /// `[simple_jwt]`
    pub simple_jwt: SimpleJwt,
    /// `[jwt_auth]`
    pub jwt_auth: JwtAuth,
    /// `[cookie_auth]`
    pub cookie_auth: CookieAuth,
    /// `[cors]`
    pub cors: Cors,
    /// `[csrf]`
    pub csrf: Csrf,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[blacklist]`
    pub blacklist: Blacklist,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[keys]`
    pub keys: Keys,
    /// `[users]`
    pub users: Users,
    /// `[admin]`
    pub admin: Admin,
    /// `[demo]`
    pub demo: Demo,
    /// What is allowed and still worth a word at start.
    pub warnings: Vec<Fault>,
    shown: Vec<Shown>,
}

impl Config {
    /// The key that signs the tokens of the `simple_jwt` dialect: `[simple_jwt] signing_key`, else `secret_key`.
    /// `None` only after [`Layers::without_keys`].
    #[must_use]
    pub fn signing_key(&self) -> Option<&Secret> {
        self.simple_jwt.signing_key.as_ref().or(self.top.secret_key.as_ref())
    }

    /// Every setting with its value and its origin, secrets hidden, in the order of the file.
    #[must_use]
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// Who set a setting.
    #[must_use]
    pub fn origin(&self, section: &str, name: &str) -> Option<&Origin> {
        self.shown
            .iter()
            .find(|shown| shown.setting.section == section && shown.setting.name == name)
            .map(|shown| &shown.origin)
    }

    /// Takes note of which columns the user table has, which is known once the database is there: one that nobody named
    /// and that is not there is as one that is `false`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with the settings that read a column which is not there.
    pub fn settle_columns(&mut self, columns: &UserColumns) -> Result<(), Invalid> {
        let faults = check::columns(self, columns);
        if !faults.is_empty() {
            return Err(Invalid { faults });
        }
        self.users.leave_out(columns);
        Ok(())
    }
}

/// Where values come from, the weakest first: the defaults, what a command presets, the file, the
/// environment, the flags. Can be loaded again and again: the file is read anew each time.
#[derive(Clone, Default)]
pub struct Layers {
    presets: Vec<(Key, Assignment)>,
    file: Option<PathBuf>,
    may_be_missing: bool,
    environment: Environment,
    flags: Vec<(Key, Assignment)>,
    without_keys: bool,
}

impl Layers {
    /// A value that a command begins with, for anything else to override.
    #[must_use]
    pub fn preset(
        mut self,
        section: &str,
        name: &str,
        value: impl Into<toml::Value>,
        command: &'static str,
    ) -> Self {
        let assignment = Assignment { value: value.into(), text: None, origin: Origin::Command(command) };
        self.presets.push((Key::new(section, name), assignment));
        self
    }

    /// The file to read.
    #[must_use]
    pub fn file(mut self, path: Option<&Path>) -> Self {
        self.file = path.map(Path::to_path_buf);
        self
    }

    /// The file to read if there is one, each time anew.
    #[must_use]
    pub fn file_if_present(mut self, path: &Path) -> Self {
        self.file = Some(path.to_path_buf());
        self.may_be_missing = true;
        self
    }

    /// The environment to read.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// What a flag says, over everything else.
    #[must_use]
    pub fn flag(mut self, section: &str, name: &str, text: impl AsRef<str>, flag: &'static str) -> Self {
        self.flags.push((Key::new(section, name), source::written(text.as_ref(), Origin::Flag(flag))));
        self
    }

    /// For commands that sign and verify nothing: a missing or weak secret is then no fault.
    #[must_use]
    pub fn without_keys(mut self) -> Self {
        self.without_keys = true;
        self
    }

    /// Reads every layer.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with everything that is wrong: syntax, unknown keys, values that cannot be used, settings
    /// that contradict each other, secrets that are missing or too weak for where the server listens.
    pub fn load(&self) -> Result<Config, Invalid> {
        let mut assignments = self.assignments()?;
        let mut faults = std::mem::take(&mut assignments.faults);
        let mut reader = Reader::new(&assignments, &self.environment);
        let mut config = Config::read(&mut reader);
        let (mut wrong, warnings) = reader.finish();
        faults.append(&mut wrong);
        config.warnings = warnings;
        config.shown = show::shown(&assignments);
        let (mut contradictions, warnings) = check::check(&config, self.without_keys);
        config.warnings.extend(warnings);
        // One fault a key: where a value does not read, its default stood in for it from there on.
        contradictions.retain(|contradiction| faults.iter().all(|fault| fault.key != contradiction.key));
        faults.append(&mut contradictions);
        if faults.is_empty() { Ok(config) } else { Err(Invalid { faults }) }
    }

    /// What the layers say. A file that cannot be read ends it: whatever else is wrong would only follow.
    fn assignments(&self) -> Result<Assignments, Invalid> {
        let mut assignments = Assignments::default();
        for (key, assignment) in &self.presets {
            assignments.set(key.clone(), assignment.clone());
        }
        if let Some(path) = self.file.as_deref().filter(|path| !self.may_be_missing || path.exists()) {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            assignments.read_file(path, &text)?;
        }
        assignments.read_environment(&self.environment);
        for (key, assignment) in &self.flags {
            assignments.set(key.clone(), assignment.clone());
        }
        Ok(assignments)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Invalid {
    let fault = Fault {
        key: None,
        origin: None,
        what: format!("the file {} cannot be read: {error}", path.display()),
        remedy: "name a file that this user may read, or make one with `countersign config init`".to_owned(),
    };
    Invalid { faults: vec![fault] }
}

impl Config {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            top: Top::read(reader),
            server: Server::read(reader),
            simple_jwt: SimpleJwt::read(reader),
            jwt_auth: JwtAuth::read(reader),
            cookie_auth: CookieAuth::read(reader),
            cors: Cors::read(reader),
            csrf: Csrf::read(reader),
            passwords: Passwords::read(reader),
            blacklist: Blacklist::read(reader),
            sessions: Sessions::read(reader),
            keys: Keys::read(reader),
            users: Users::read(reader),
            admin: Admin::read(reader),
            demo: Demo::read(reader),
            warnings: Vec::new(),
            shown: Vec::new(),
        }
    }
}
