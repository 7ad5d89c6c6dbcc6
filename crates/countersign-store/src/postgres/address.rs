//! From a URL to what is connected to, and how far it is trusted.

use super::fault::connection;
use crate::error::OpenFault;
use crate::url::PostgresUrl;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// Where the server is, and what its certificate is asked for.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) trust: Trust,
}

/// What the server's certificate must be, as libpq's `sslmode` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whatever it is: `disable`, `allow`, `prefer`, and `require` without `sslrootcert`.
    Anything,
    /// Signed by one of these authorities, whatever name is in it: `verify-ca`, and `require` with `sslrootcert`.
    Authority(Roots),
    /// And with the name that was connected to: `verify-full`.
    Name(Roots),
}

/// The authorities that are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// `sslrootcert=system`, or none: the machine's.
    System,
    /// `sslrootcert`: a file of PEM certificates.
    File(PathBuf),
}

impl Address {
    /// Reads a URL: libpq's form, with its parameters as far as they are known here.
    pub(super) fn of(url: &PostgresUrl) -> Result<Self, OpenFault> {
        let Parts { plain, mode, roots } = Parts::of(url.expose());
        let mut config: Config = plain.parse().map_err(|error| connection(&error))?;
        config.ssl_mode(match mode.as_deref() {
            // `allow` tries without first in libpq; with is what it comes to where the server asks for it.
            None | Some("prefer" | "allow") => SslMode::Prefer,
            Some("disable") => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => return Err(OpenFault::Parameter { what: format!("sslmode={other}") }),
        });
        let system = || roots.clone().unwrap_or(Roots::System);
        let trust = match (mode.as_deref(), &roots) {
            (Some("verify-full"), _) => Trust::Name(system()),
            (Some("verify-ca"), _) => Trust::Authority(system()),
            (Some("require"), Some(roots)) => Trust::Authority(roots.clone()),
            _ => Trust::Anything,
        };
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        Ok(Self { config, trust })
    }
}

/// A URL with the parameters apart that the driver does not know.
struct Parts {
    plain: String,
    mode: Option<String>,
    roots: Option<Roots>,
}

impl Parts {
    fn of(url: &str) -> Self {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = || percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "sslmode" => mode = Some(value()),
                "sslrootcert" if value() == "system" => roots = Some(Roots::System),
                "sslrootcert" => roots = Some(Roots::File(value().into())),
                _ => others.push(pair),
            }
        }
        let plain =
            if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
        Self { plain, mode, roots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::DatabaseUrl;

    fn address(text: &str) -> Result<Address, OpenFault> {
        match text.parse() {
            Ok(DatabaseUrl::Postgres(url)) => Address::of(&url),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_words_of_libpq_say_how_far_a_server_is_trusted() {
        let file = || Roots::File("/etc/ca.pem".into());
        for (parameters, mode, trust) in [
            ("", SslMode::Prefer, Trust::Anything),
            ("sslmode=disable", SslMode::Disable, Trust::Anything),
            ("sslmode=require", SslMode::Require, Trust::Anything),
            ("sslmode=require&sslrootcert=%2Fetc%2Fca.pem", SslMode::Require, Trust::Authority(file())),
            ("sslmode=verify-ca&sslrootcert=/etc/ca.pem", SslMode::Require, Trust::Authority(file())),
            ("sslmode=verify-full", SslMode::Require, Trust::Name(Roots::System)),
            ("sslrootcert=system&sslmode=verify-full", SslMode::Require, Trust::Name(Roots::System)),
            ("sslmode=verify-full&sslrootcert=/etc/ca.pem", SslMode::Require, Trust::Name(file())),
        ] {
            let found = address(&format!("postgres://u:p@h:5433/d?{parameters}&connect_timeout=1")).unwrap();
            assert_eq!((found.config.get_ssl_mode(), found.trust), (mode, trust), "{parameters}");
            assert_eq!(found.config.get_ports(), [5433]);
            assert_eq!(found.config.get_connect_timeout(), Some(&std::time::Duration::from_secs(1)));
        }
    }

    #[test]
    fn what_is_not_known_is_refused_without_the_password() {
        for parameters in ["sslmode=maybe", "quux=1", "connect_timeout=soon"] {
            let fault = address(&format!("postgres://u:s3cret@h/d?{parameters}")).unwrap_err().to_string();
            assert!(!fault.contains("s3cret"), "{fault}");
        }
    }
}
