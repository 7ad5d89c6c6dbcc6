//! `config init`: a commented file with the settings that we recommend.

use super::sections::TABLES;
use super::setting::{Setting, Table};

const HEAD: &str = "\
# countersign: the configuration.
#
# A section stands for one of the settings groups that Django projects have, and its keys are the same names
# in lower case: SIMPLE_JWT[\"ACCESS_TOKEN_LIFETIME\"] is access_token_lifetime in [simple_jwt].
# A line that is commented out shows the default. The others differ from it, and are what we recommend.
# Check this file with `countersign check`; see what holds, and why, with `countersign config show`.
";

/// A file to begin with: every setting with what it means; rotation, blacklisting, a grace of ten seconds
/// and reuse detection switched on.
#[must_use]
pub fn init() -> String {
    let sections = TABLES.iter().map(section);
    std::iter::once(HEAD.to_owned()).chain(sections).collect()
}

fn section(table: &Table) -> String {
    let heading = match table.name {
        "" => String::new(),
        name => format!("\n{}[{name}]\n", comment(table.doc)),
    };
    let settings = table.settings.iter().filter(|setting| !is_python(setting));
    let lines = settings.map(|setting| format!("\n{}{}\n", comment(setting.doc), line(setting)));
    std::iter::once(heading).chain(lines).collect()
}

/// What only ever repeats a package's own name is no help to anybody who starts.
fn is_python(setting: &Setting) -> bool {
    setting.kind == "the packages' own, by name"
}

fn comment(doc: &[&str]) -> String {
    doc.iter().flat_map(|line| ["#", line, "\n"]).collect()
}

fn line(setting: &Setting) -> String {
    match (setting.recommended, setting.default) {
        (Some(value), _) => format!("{} = {value}", setting.name),
        (None, Some(value)) if setting.secret => format!("{} = {value}", setting.name),
        // A long list is written over several lines where it is declared.
        (None, Some(value)) => {
            let words = value.split_whitespace().collect::<Vec<_>>();
            format!("# {} = {}", setting.name, words.join(" "))
        }
        (None, None) => format!("# {} =", setting.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Layers};
    use countersign_core::clock::SignedDuration;

    #[test]
    fn the_file_loads_and_recommends_safe_rotation() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.toml");
        std::fs::write(&path, init()).unwrap();
        let environment = Environment::from_iter([("SECRET_KEY", "k3".repeat(25))]);
        let config = Layers::default().file(Some(&path)).environment(environment).load().unwrap();
        assert!(config.simple_jwt.rotate_refresh_tokens && config.simple_jwt.blacklist_after_rotation);
        assert!(config.simple_jwt.reuse_detection);
        assert_eq!(config.simple_jwt.rotation_grace, SignedDuration::from_secs(10));
        assert_eq!(config.warnings, []);
    }

    #[test]
    fn every_line_that_is_commented_out_is_a_setting_that_loads() {
        let uncommented: String = init()
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_assignment(rest)).unwrap_or(line))
            .fold(String::new(), |file, line| file + line + "\n");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.toml");
        std::fs::write(&path, uncommented).unwrap();
        let environment = Environment::from_iter([("SECRET_KEY", "k3".repeat(25))]);
        Layers::default().file(Some(&path)).environment(environment).load().unwrap();
    }

    fn is_assignment(line: &str) -> bool {
        line.split_once(" = ").is_some_and(|(name, _)| {
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
        })
    }
}
