//! `countersign conformance`

mod client;
mod compare;
mod script;
mod server;

use self::client::Base;
use self::script::{Step, Tokens};
use self::server::Own;
use super::{Common, Failure, Output, prompt};
use clap::Args;
use countersign_core::secret::Secret;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Read as _;

/// No password is longer than this, in bytes.
const LONGEST_PASSWORD: u64 = 4096;

/// Plays the same requests to a live Django and to this server, and prints the differences
#[derive(Debug, Args)]
#[command(after_help = "\
Both should stand on the same database and have the same keys. The user logs in at both, a few times and once with a
wrong password; the tokens that come of it are blacklisted at the end where both blacklist. Nothing else is changed.

This server is started for the occasion, on a free port of this machine, unless --countersign names one that runs.
Exit code 0: no difference. 1: there are some, or a server could not be asked.

Examples:
  countersign conformance --django http://127.0.0.1:8001 --user alice
  countersign conformance --django http://127.0.0.1:8001 --user alice --password-stdin --json < password.txt")]
pub(super) struct Conformance {
    /// Where Django listens, by plain http: the application server itself, not the proxy with the certificate
    #[arg(long, value_name = "URL")]
    django: Base,
    /// Who logs in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Read the password from standard input, one line, instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// A countersign that runs already
    #[arg(long, value_name = "URL")]
    countersign: Option<Base>,
}

/// What came of one step.
struct Verdict {
    name: String,
    status: u16,
    differences: Vec<String>,
}

impl Conformance {
    pub(super) fn run(&self, common: &Common, output: &Output) -> Result<(), Failure> {
        let config = common.layers().load()?;
        let password = self.password()?;
        let password = String::from_utf8_lossy(password.expose()).into_owned();
        let steps = script::steps(&config, &self.user, &password);
        if steps.is_empty() {
            return Err(Failure::Refused(
                "neither [simple_jwt] nor [jwt_auth] serves anything to compare".to_owned(),
            ));
        }
        let own = match &self.countersign {
            Some(_) => None,
            None => Some(Own::start(common.config.as_deref())?),
        };
        let here = self.countersign.as_ref().or(own.as_ref().map(Own::base)).ok_or(Failure::No)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::io("cannot start a runtime"))?;
        let verdicts = runtime.block_on(play(&steps, &self.django, here))?;
        say(&verdicts, output)?;
        if verdicts.iter().all(|verdict| verdict.differences.is_empty()) { Ok(()) } else { Err(Failure::No) }
    }

    fn password(&self) -> Result<Secret, Failure> {
        if !self.password_stdin {
            if !prompt::is_possible() {
                return Err(Failure::Refused(
                    "there is no terminal to ask for the password: give it with --password-stdin".to_owned(),
                ));
            }
            return prompt::secret(&format!("Password of {}: ", self.user));
        }
        let mut text = String::new();
        std::io::stdin()
            .take(LONGEST_PASSWORD)
            .read_to_string(&mut text)
            .map_err(Failure::io("cannot read the password"))?;
        Ok(Secret::from(text.trim_end_matches(['\n', '\r'])))
    }
}

async fn play(steps: &[Step], django: &Base, here: &Base) -> Result<Vec<Verdict>, Failure> {
    let (mut theirs, mut ours) = (Tokens::default(), Tokens::default());
    let mut verdicts = Vec::new();
    for step in steps {
        let there = step.request(&theirs, &ours);
        let at_home = step.request(&ours, &theirs);
        let (Some(there), Some(at_home)) = (there, at_home) else {
            let differences = vec!["could not be asked: a login before it gave no token".to_owned()];
            verdicts.push(Verdict { name: step.name(), status: 0, differences });
            continue;
        };
        let (expected, found) = (django.ask(&there).await?, here.ask(&at_home).await?);
        theirs.take(step, &expected);
        ours.take(step, &found);
        let differences = compare::differences(&expected, &found);
        verdicts.push(Verdict { name: step.name(), status: expected.status, differences });
    }
    Ok(verdicts)
}

fn say(verdicts: &[Verdict], output: &Output) -> Result<(), Failure> {
    let differing = verdicts.iter().filter(|verdict| !verdict.differences.is_empty()).count();
    if output.is_json() {
        let one = |verdict: &Verdict| json!({ "request": verdict.name, "status": verdict.status, "differences": verdict.differences });
        let all: Vec<_> = verdicts.iter().map(one).collect();
        return output.json(&json!({ "compared": all.len(), "differ": differing, "requests": all }));
    }
    let mut text = String::new();
    for Verdict { name, status, differences } in verdicts {
        let word = if differences.is_empty() { "same   " } else { "DIFFERS" };
        let _ = writeln!(text, "{word}  {status:>3}  {name}");
        for difference in differences {
            let _ = writeln!(text, "              {difference}");
        }
    }
    output.text(&format!("{text}{} requests compared, {differing} differ", verdicts.len()))
}
