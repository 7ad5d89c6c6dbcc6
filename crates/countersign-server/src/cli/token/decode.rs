//! `countersign token decode`

use super::{text, words};
use crate::cli::page::page;
use crate::cli::{Failure, Output};
use clap::Args;
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::json::{Object, Reader, Value};
use countersign_core::jws;

/// Show what a token says; nothing is verified
#[derive(Debug, Args)]
#[command(after_help = "\
Needs neither a configuration nor a database, and checks neither signature nor dates: anybody can write a token that \
says anything. `token verify` says whether it is good.

Examples:
  countersign token decode eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ...
  pbpaste | countersign token decode -        out of the list of processes
  countersign token decode - --json < token.txt")]
pub(in crate::cli) struct Decode {
    /// The token, or - to read it from standard input
    token: String,
}

impl Decode {
    pub(in crate::cli) fn run(&self, output: &Output) -> Result<(), Failure> {
        let token = text::token(&self.token)?;
        let claims = claims(&token)?;
        let header = jws::peek_header(&token);
        if output.is_json() {
            let mut json = Object::new();
            json.insert("verified", false);
            json.insert("header", header.map_or(Value::Null, Value::Object));
            json.insert("claims", claims);
            return output.text(&words::json(&json));
        }
        let now = SystemClock.now();
        output.text(&page(&[
            ("verified", "no: anybody can write a token that says this".to_owned()),
            ("header", header.map_or_else(|error| error.to_string(), |header| words::json(&header))),
            ("claims", words::json(&claims)),
            ("issued", words::date(&claims, "iat", now)),
            ("not before", words::date(&claims, "nbf", now)),
            ("expires", words::date(&claims, "exp", now)),
        ]))
    }
}

fn claims(token: &str) -> Result<Object, Failure> {
    let payload = jws::peek_payload(token).map_err(|_| {
        Failure::Refused(
            "this is no token: a token is three parts of base64url with dots between them, and has at most 8192 \
             characters"
                .to_owned(),
        )
    })?;
    match Reader::CLAIMS.read(&payload) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err(Failure::Refused("this is no token: its middle part is no JSON object".to_owned())),
    }
}
