//! `countersign check`

mod origin;

use super::{Common, Failure, Output};
use crate::config::{Config, Fault, Invalid, Key};
use crate::database;
use clap::Args;

/// Says what is wrong with the configuration, every fault with its key, its place and what to do about it, and then
/// what is wrong with the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0: nothing is wrong; warnings may have been printed. 1: something is.

Examples:
  countersign check                      the file in this directory
  countersign check --deploy --json      everything that must not reach production, for a pipeline
  countersign check --origin https://app.example.com --api https://api.example.com
                                         what a browser would refuse a page there")]
pub(super) struct Check {
    /// Be as strict as a server deserves that others can reach: every warning is a fault, and so are demo
    /// endpoints and a server that answers to any host name
    #[arg(long)]
    deploy: bool,

    /// Play a page at this origin that signs in and refreshes, and say what a browser would refuse, and why
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// Where browsers find this server; a guess from the configuration if it is left out
    #[arg(long, value_name = "ORIGIN", requires = "origin")]
    api: Option<String>,
}

impl Check {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let mut config = common.layers().load()?;
        if self.deploy {
            deployable(&config)?;
        }
        output.warnings(&config.warnings);
        if let Some(page) = &self.origin {
            return origin::check(&config, self.api.as_deref(), page, output);
        }
        let columns = database::check(&config)?;
        config.settle_columns(&columns)?;
        if output.is_json() {
            let warnings: Vec<_> = config.warnings.iter().map(Fault::to_json).collect();
            return output.json(&serde_json::json!({ "faults": [], "warnings": warnings }));
        }
        output.text("the configuration is good, and so is the database")
    }
}

fn deployable(config: &Config) -> Result<(), Invalid> {
    let fault = |section: &str, name: &str, what: &str, remedy: &str| {
        Fault::new(Key::new(section, name), config.origin(section, name).cloned(), what, remedy)
    };
    let mut faults = config.warnings.clone();
    if config.demo.enabled {
        faults.push(fault("demo", "enabled", "serves endpoints that are for trying out only", "remove it"));
    }
    if config.server.allowed_hosts.iter().any(|pattern| pattern.as_str() == "*") {
        faults.push(fault(
            "server",
            "allowed_hosts",
            "admits any host name",
            "name yours: allowed_hosts = [\"api.example.com\"]",
        ));
    }
    if config.keys.allow_weak_secret {
        faults.push(fault("keys", "allow_weak_secret", "is on", "have a strong secret, and remove it"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Invalid { faults }) }
}
