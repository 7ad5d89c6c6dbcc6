//! Hashers and back ends.

use super::Mapper;
use crate::config::import::python::Python;

impl Mapper<'_> {
    pub(super) fn passwords(&mut self) {
        self.hashers();
        let Some(backends) = self.project.setting("AUTHENTICATION_BACKENDS").cloned() else { return };
        for backend in backends.texts() {
            match backend {
                "django.contrib.auth.backends.ModelBackend" => {}
                "django.contrib.auth.backends.AllowAllUsersModelBackend" => {
                    self.take("passwords", "allow_inactive", "AUTHENTICATION_BACKENDS", &Python::Bool(true));
                }
                other => self.miss(
                    "AUTHENTICATION_BACKENDS",
                    format!("names {other}"),
                    "users log in here by the password in the user table alone",
                ),
            }
        }
    }

    fn hashers(&mut self) {
        const NAME: &str = "PASSWORD_HASHERS";
        let Some(named) = self.project.setting(NAME).cloned() else { return self.iterations() };
        let known = |path: &str| path.starts_with("django.contrib.auth.hashers.");
        let mut hashers = Vec::new();
        if self.project.hashers.is_empty() {
            let texts = named.texts();
            hashers
                .extend(texts.iter().filter(|path| known(path)).map(|path| Python::Text((*path).to_owned())));
            for path in texts.into_iter().filter(|path| !known(path)) {
                self.miss(
                    NAME,
                    format!("names {path}"),
                    "add the stored name of its hashes to [passwords] hashers, if it is one of Django's",
                );
            }
        }
        for hasher in &self.project.hashers {
            hashers.push(Python::Text(hasher.algorithm.clone()));
            if !known(&hasher.path) {
                let what = format!("names {}, which is taken for Django's {}", hasher.path, hasher.algorithm);
                self.missing.push(super::Missing::new(NAME, what, "see that a user of each kind can log in"));
            }
        }
        // One that this program does not know must not cost the others.
        let (good, bad): (Vec<_>, Vec<_>) = hashers.into_iter().partition(is_ours);
        for hasher in bad {
            let name = hasher.as_str().unwrap_or_default().to_owned();
            self.miss(
                NAME,
                format!("has {name:?}, which is not known here"),
                "users with such hashes log in at Django once more, which upgrades them",
            );
        }
        self.take("passwords", "hashers", NAME, &Python::List(good));
        self.iterations();
    }

    fn iterations(&mut self) {
        let pbkdf2 = self.project.hashers.iter().find(|hasher| hasher.algorithm == "pbkdf2_sha256");
        if let Some(iterations) = pbkdf2.and_then(|hasher| hasher.iterations) {
            let from = "PBKDF2PasswordHasher.iterations";
            self.take("passwords", "pbkdf2_iterations", from, &Python::Integer(iterations));
        }
    }
}

fn is_ours(hasher: &Python) -> bool {
    use crate::config::value::{Given, Value as _};
    use countersign_core::password::Algorithm;
    let (environment, warnings) = Default::default();
    let value = hasher.to_toml();
    value.is_some_and(|value| {
        Algorithm::read(Given { value: &value, text: None, environment: &environment, warnings: &warnings })
            .is_ok()
    })
}
