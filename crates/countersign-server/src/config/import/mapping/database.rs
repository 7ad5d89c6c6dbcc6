//! `DATABASES["default"]` as a URL.

use super::Mapper;
use crate::config::import::python::Python;
use std::fmt::Write as _;
use std::path::Path;

const NAME: &str = "DATABASES[\"default\"]";

impl Mapper<'_> {
    pub(super) fn database(&mut self) {
        let Some(default) = self.project.setting("DATABASES").and_then(|all| all.member("default")).cloned()
        else {
            return self.miss(
                "DATABASES",
                "was not found",
                "set database to the URL of the project's database",
            );
        };
        let engine = default.member("ENGINE").and_then(Python::as_str).unwrap_or_default().to_owned();
        let url = match engine.rsplit('.').next().unwrap_or_default() {
            "sqlite3" | "spatialite" => self.sqlite(&default),
            "postgresql" | "postgresql_psycopg2" | "postgis" => postgres(&default),
            _ => {
                return self.miss(
                    NAME,
                    format!("is of {engine:?}"),
                    "this program speaks SQLite and PostgreSQL",
                );
            }
        };
        match url {
            Some(url) => self.take("", "database", NAME, &Python::Text(url)),
            None => self.miss(
                NAME,
                "is not known in all its parts",
                "write the URL by hand: database = \"postgres://user@host/name\"",
            ),
        }
    }

    /// A relative name is relative to where the project is run: the folder of `manage.py`.
    fn sqlite(&self, default: &Python) -> Option<String> {
        let name = default.member("NAME")?.as_str()?;
        let path = if Path::new(name).is_absolute() { name.into() } else { self.project.folder.join(name) };
        Some(format!("sqlite://{}", path.display()))
    }
}

/// Django leaves out what the client library's own defaults say; so does the URL.
fn postgres(default: &Python) -> Option<String> {
    let part = |name: &str| match default.member(name) {
        None | Some(Python::None) => Some(String::new()),
        Some(Python::Integer(number)) => Some(number.to_string()),
        Some(value) => value.as_str().map(str::to_owned),
    };
    let (user, password) = (part("USER")?, part("PASSWORD")?);
    let (host, number, name) = (part("HOST")?, part("PORT")?, part("NAME")?);
    let mut url = "postgres://".to_owned();
    if !user.is_empty() {
        url += &encoded(&user);
        if !password.is_empty() {
            let _ = write!(url, ":{}", encoded(&password));
        }
        url.push('@');
    }
    // Without a host Django's driver takes the socket of this machine.
    url += &encoded(if host.is_empty() { "/var/run/postgresql" } else { &host });
    if !number.is_empty() {
        let _ = write!(url, ":{number}");
    }
    let _ = write!(url, "/{}", encoded(&name));
    let options = default.member("OPTIONS");
    let mode = options.and_then(|options| options.member("sslmode")).and_then(Python::as_str);
    if let Some(mode) = mode {
        let _ = write!(url, "?sslmode={}", encoded(mode));
    }
    Some(url)
}

/// Percent-encoded, but for what is plain everywhere in a URL.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postgresql_database_is_a_url_with_its_parts_encoded() {
        let text = |text: &str| Python::Text(text.to_owned());
        let member = |name: &str, value| (text(name), value);
        let parts = Python::Dict(vec![
            member("NAME", text("app")),
            member("USER", text("ann")),
            member("PASSWORD", Python::Env("PW".to_owned(), Some(Box::new(text("p@ss/1"))))),
            member("HOST", text("db.example")),
            member("PORT", Python::Integer(5433)),
            member("OPTIONS", Python::Dict(vec![member("sslmode", text("verify-full"))])),
        ]);
        let url = "postgres://ann:p%40ss%2F1@db.example:5433/app?sslmode=verify-full";
        assert_eq!(postgres(&parts).as_deref(), Some(url));
        let local = Python::Dict(vec![member("NAME", text("app"))]);
        assert_eq!(postgres(&local).as_deref(), Some("postgres://%2Fvar%2Frun%2Fpostgresql/app"));
    }
}
