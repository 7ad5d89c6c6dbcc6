//! The description of the API beside the running program: a validator reads it, a client walks through it, and
//! schemathesis asks whatever it allows and forbids. No answer may be undocumented, and none a server error.

use crate::command::Command;
use crate::install::ensure_venv;
use crate::place::Place;
use crate::report::{Problem, Report, say};
use crate::server::Server;
use std::path::Path;

/// What is served, beside what is on by default: each of these is asked on its own.
const SITES: [(&str, &str); 2] = [
    ("djangorestframework-jwt", "[jwt_auth]\nallow_refresh = true\n"),
    ("drf-jwt", "[server]\nlocales = true\n[jwt_auth]\nprofile = \"drf-jwt\"\nallow_refresh = true\n"),
];

/// For how long each is asked, in seconds.
const SECONDS: &str = "40";

/// What is checked of every answer. That what the document allows is accepted is not: nobody has these passwords.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth";

pub(crate) fn run(place: &Place) -> Result<Report, Problem> {
    super::build::run(place)?;
    let requirements = place.root.join("conformance/openapi/requirements.txt");
    let python = ensure_venv(&requirements, &place.target.join("openapi/venv"))?;
    let mut report = Report::passed(0, "");
    for (profile, settings) in SITES {
        say(&format!("  with the profile {profile}"));
        let server = Server::start(place, settings)?;
        let walk = place.root.join("conformance/openapi/walk.py");
        Command::new(&python, &[]).argument(walk).argument(server.base()).succeed()?;
        report = report.and(Report::passed(1, "")).and(asked(&python, &server)?);
    }
    Ok(report)
}

/// Asks the server for a while. A failure is printed by schemathesis with the curl line that shows it again.
fn asked(python: &Path, server: &Server) -> Result<Report, Problem> {
    let (token, url) = (server.token()?, format!("{}/openapi.json", server.base()));
    // The seed is fixed: a failure is one of the change at hand, and comes again.
    let ran = Command::new(python, &["-m", "schemathesis.cli", "run", &url, "--seed", "1"])
        .folder(server.folder())
        .argument("--checks")
        .argument(CHECKS)
        .argument("--max-time")
        .argument(SECONDS)
        .argument("--phases")
        .argument("examples,coverage,fuzzing")
        .argument("--no-color")
        .argument("--header")
        .argument(format!("Authorization: Bearer {token}"))
        .run()?;
    let failed = u64::from(!ran.status.success());
    Ok(Report { passed: 1 - failed, failed, note: String::new() })
}
