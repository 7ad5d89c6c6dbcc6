//! Reads the recordings. Their format is described in `recordings/README.md`.

use crate::exchange::{Request, Response};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// The recordings of the simplejwt endpoints, relative to this crate.
pub const SIMPLE_JWT: &str = "recordings/simple_jwt.jsonl.gz";

/// The recordings of drf-jwt's endpoints, relative to this crate.
pub const JWT_AUTH: &str = "recordings/jwt_auth.jsonl.gz";

/// The recordings of the cookie recipe's endpoints, relative to this crate.
pub const COOKIE_AUTH: &str = "recordings/cookie_auth.jsonl.gz";

/// The people of the recorded database, as SQL, relative to this crate.
pub const PEOPLE: &str = "recordings/people.sql";

/// Everything that was recorded under one configuration, beginning with the people of [`PEOPLE`].
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Its name, which every exchange's id begins with.
    pub name: String,
    /// The peer's settings, by the names of its environment variables.
    pub settings: BTreeMap<String, String>,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Step {
    /// The database was changed behind the server's back.
    Sql(String),
    /// The server was asked.
    Exchange(Exchange),
}

/// A request and what the peer answered.
#[derive(Clone, Debug, Deserialize)]
pub struct Exchange {
    /// `configuration/topic/case`, unique.
    #[serde(rename = "exchange")]
    pub id: String,
    /// When, in seconds since 1970.
    pub moment: i64,
    /// The question.
    pub request: Request,
    /// The answer.
    pub response: Response,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Configuration { configuration: String, settings: BTreeMap<String, String> },
    Sql { sql: String },
    Exchange(Exchange),
}

/// Reads a recording.
///
/// # Errors
///
/// If the file cannot be read or is not in the format.
pub fn read(path: &Path) -> io::Result<Vec<Configuration>> {
    let mut configurations: Vec<Configuration> = Vec::new();
    for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
        let step = match serde_json::from_str(&line?)? {
            Line::Configuration { configuration: name, settings } => {
                configurations.push(Configuration { name, settings, steps: Vec::new() });
                continue;
            }
            Line::Sql { sql } => Step::Sql(sql),
            Line::Exchange(exchange) => Step::Exchange(exchange),
        };
        let current = configurations.last_mut().ok_or(io::ErrorKind::InvalidData)?;
        current.steps.push(step);
    }
    Ok(configurations)
}

impl Configuration {
    /// The exchanges alone.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.steps.iter().filter_map(|step| match step {
            Step::Exchange(exchange) => Some(exchange),
            Step::Sql(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_recordings_are_whole_and_every_id_is_unique_and_under_its_configuration() {
        let mut ids = BTreeSet::new();
        let expected = [(SIMPLE_JWT, (27, 1234)), (JWT_AUTH, (21, 975)), (COOKIE_AUTH, (5, 412))];
        for (file, expected) in expected {
            ids.clear();
            let (before, configurations) = (ids.len(), read(&crate::file(file)).unwrap());
            for configuration in &configurations {
                for exchange in configuration.exchanges() {
                    assert!(exchange.id.starts_with(&format!("{}/", configuration.name)), "{}", exchange.id);
                    assert!(ids.insert(exchange.id.clone()), "{} twice", exchange.id);
                }
            }
            assert_eq!((configurations.len(), ids.len() - before), expected);
        }
    }
}
