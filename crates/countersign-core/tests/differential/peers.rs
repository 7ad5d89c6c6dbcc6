//! The other readers of tokens.

use super::KEYS;
use countersign_core::jwk::publish;
use countersign_core::jws::{Algorithm, VerifyingKey};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::{Map, Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The `jsonwebtoken` crate.
pub(crate) struct JsonWebToken {
    keys: Vec<(DecodingKey, Validation)>,
}

impl JsonWebToken {
    pub(crate) fn new() -> Self {
        let key = |(algorithm, _, public): &(Algorithm, &[u8], &[u8])| {
            let (key, name) = match algorithm {
                Algorithm::Hs256 => (DecodingKey::from_secret(public), jsonwebtoken::Algorithm::HS256),
                Algorithm::Rs256 => (published(*algorithm, public), jsonwebtoken::Algorithm::RS256),
                Algorithm::Es256 => (published(*algorithm, public), jsonwebtoken::Algorithm::ES256),
                _ => (published(*algorithm, public), jsonwebtoken::Algorithm::EdDSA),
            };
            let mut validation = Validation::new(name);
            validation.leeway = 0;
            validation.validate_nbf = true;
            validation.validate_aud = false;
            validation.required_spec_claims.clear();
            (key, validation)
        };
        Self { keys: KEYS.iter().map(key).collect() }
    }

    pub(crate) fn accepts(&self, place: usize, token: &str) -> bool {
        let (key, validation) = &self.keys[place];
        decode::<Map<String, Value>>(token, key, validation).is_ok()
    }
}

/// The key as jsonwebtoken takes it from what we publish.
fn published(algorithm: Algorithm, public: &[u8]) -> DecodingKey {
    let key = VerifyingKey::read(algorithm, public, None).unwrap();
    let set: JwkSet = serde_json::from_str(&publish([&key]).to_ascii()).unwrap();
    DecodingKey::from_jwk(&set.keys[0]).unwrap()
}

/// A Python process that reads tokens with PyJWT, a line each.
pub(crate) struct PyJwt {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

const PROGRAM: &str = r#"
import json, sys, jwt
keys = json.loads(sys.stdin.readline())
for line in sys.stdin:
    place, token = json.loads(line)
    algorithm, key = keys[place]
    try:
        jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})
        verdict = "accepted"
    except jwt.PyJWTError:
        verdict = "refused"
    except Exception as error:
        verdict = "crashed " + type(error).__name__
    print(verdict, flush=True)
"#;

impl PyJwt {
    /// None where no Python is named.
    pub(crate) fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "where Python lies is the tester's business")]
        let python = std::env::var_os("COUNTERSIGN_PEER_PYTHON")?;
        let mut command = Command::new(python);
        command.args(["-W", "ignore", "-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut peer = Self {
            questions: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        let keys: Vec<Value> = KEYS
            .iter()
            .map(|(algorithm, _, public)| json!([algorithm.name(), String::from_utf8_lossy(public)]))
            .collect();
        writeln!(peer.questions, "{}", Value::from(keys)).unwrap();
        Some(peer)
    }

    /// A crash is a refusal: an exception that a caller does not expect, and no claims.
    pub(crate) fn accepts(&mut self, place: usize, token: &str) -> bool {
        writeln!(self.questions, "{}", json!([place, token])).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "Python has ended");
        answer.trim() == "accepted"
    }
}

impl Drop for PyJwt {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
