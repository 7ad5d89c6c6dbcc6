//! Compact JWS (RFC 7515), signed and verified with keys that know their algorithm.
//!
//! What a token may look like is decided here, before anything in it is believed: three segments of canonical
//! base64url without padding, a header that is a JSON object without duplicates, no critical or unencoded
//! payload extension, nothing that says it is something other than a JWT. The key decides the algorithm, the
//! header only has to agree. [`Key::read`] says which keys are taken, [`KeySchedule`] which of them when.

mod algorithm;
mod fault;
mod generate;
mod key;
mod memory;
mod pem;
pub(crate) mod private;
pub(crate) mod public;
mod ring;
mod roster;
mod rsa;
mod schedule;
mod seal;
mod secret;
mod text;

pub use self::algorithm::{Algorithm, Curve, Kind, UnknownAlgorithm};
pub use self::fault::{KeyError, KeyFault};
pub use self::generate::generate;
pub use self::key::{Key, VerifyingKey};
pub use self::ring::KeyRing;
pub use self::roster::{CONFIGURED, Roster, RosterError};
pub(crate) use self::rsa::judge_modulus;
pub use self::schedule::{KeySchedule, KeyState, ScheduleError, ScheduledKey, Tenure};
pub use self::seal::Sealer;
pub use self::secret::judge_secret;
pub use self::text::{KeyText, KeyTextError};

use crate::json::{Object, Reader, Value};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::sync::Arc;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// Signatures of at most so many characters and bytes, which are all but those of RSA and of ECDSA's longest curve,
/// are decoded without an allocation.
const SHORT_SIGNATURE: (usize, usize) = (128, 96);

/// Why a token's form or signature is refused. A client is told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Not three canonical base64url segments around an object, or longer than [`MAX_TOKEN_LENGTH`].
    #[error("not a compact JWS")]
    Malformed,
    /// The header speaks of a payload that is not encoded (`b64`, RFC 7797).
    #[error("the header speaks of a payload that is not encoded")]
    Unencoded,
    /// The header asks for what is not understood (`crit`, `zip`, `p2c`) or says that the token is no JWT (`typ`,
    /// `cty`).
    #[error("the header asks for something that is not supported")]
    Unsupported,
    /// `alg` is missing, or none of the keys has that algorithm.
    #[error("the algorithm is not that of a key")]
    Algorithm,
    /// `kid` is no string, or names no key where one must be named.
    #[error("no key of that name")]
    UnknownKey,
    /// No key made this signature.
    #[error("the signature does not match")]
    Signature,
}

/// A token whose signature was found good.
#[derive(Clone, Debug)]
pub struct Verified<'r> {
    /// The payload's bytes, not yet looked at.
    pub payload: Vec<u8>,
    /// The key that made the signature.
    pub key: &'r VerifyingKey,
}

/// The three segments of a token and the dot positions between them.
struct Segments<'t> {
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
    /// `header.payload`: what is signed.
    signed: &'t str,
}

impl<'t> Segments<'t> {
    fn of(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(JwsError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
        // A further dot is in the payload's segment, where base64url refuses it.
        Ok(Self { header, payload, signature, signed })
    }
}

impl KeyRing {
    /// Signs a payload with the signing key: `header.payload.signature`.
    ///
    /// # Panics
    /// Where the ring only verifies. Whoever offers to make tokens asks [`KeyRing::signing`] before.
    #[must_use]
    pub fn sign(&self, payload: &str) -> String {
        self.signing().expect("whoever makes tokens has made sure of a signing key").sign(payload)
    }

    /// The claims of a token whose form, header and signature are good. Its dates are not looked at.
    ///
    /// A token that was read lately is not verified again: with the same keys its signature is still good.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`JwsError::Malformed`] where the payload is not an unambiguous JSON object.
    pub fn read(&self, token: &str) -> Result<Arc<Object>, JwsError> {
        if let Some(claims) = self.memory().recall(token) {
            return Ok(claims);
        }
        let verified = self.verify(token)?;
        let Ok(Value::Object(claims)) = Reader::CLAIMS.read(&verified.payload) else {
            return Err(JwsError::Malformed);
        };
        let claims = Arc::new(claims);
        self.memory().keep(token, &claims);
        Ok(claims)
    }

    /// Checks form, header and signature of a token.
    ///
    /// # Errors
    /// The first reason to refuse it, in this order: form, header, algorithm, key, signature.
    pub fn verify(&self, token: &str) -> Result<Verified<'_>, JwsError> {
        let segments = Segments::of(token)?;
        let mut short = [0; SHORT_SIGNATURE.1];
        let long;
        let signature = if segments.signature.len() <= SHORT_SIGNATURE.0 {
            let length = BASE64_URL_SAFE_NO_PAD.decode_slice(segments.signature, &mut short);
            &short[..length.map_err(|_| JwsError::Malformed)?]
        } else {
            long = decode(segments.signature)?;
            &long
        };
        for key in self.candidates(segments.header)? {
            if key.verifies(segments.signed.as_bytes(), signature) {
                return Ok(Verified { payload: decode(segments.payload)?, key });
            }
        }
        // Which of the two it was matters to drf-jwt's clients, not to the verdict.
        decode(segments.payload)?;
        Err(JwsError::Signature)
    }

    /// The keys that could have made a token with this header.
    fn candidates(&self, header: &str) -> Result<Candidates<'_>, JwsError> {
        if let Some(key) = self.named_by(header) {
            return Ok(Candidates::One(Some(key)));
        }
        let header = read_header(header)?;
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return Err(JwsError::UnknownKey),
        };
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(JwsError::Algorithm)?;
        let algorithm = algorithm.parse().map_err(|_| JwsError::Algorithm)?;
        self.find(algorithm, kid)
    }
}

pub(crate) enum Candidates<'r> {
    One(Option<&'r VerifyingKey>),
    Every(Vec<&'r VerifyingKey>),
}

impl<'r> Iterator for Candidates<'r> {
    type Item = &'r VerifyingKey;

    fn next(&mut self) -> Option<&'r VerifyingKey> {
        match self {
            Self::One(key) => key.take(),
            Self::Every(keys) => keys.pop(),
        }
    }
}

/// Reads a header without verifying anything: for explanations, never for a decision.
///
/// # Errors
/// [`JwsError::Malformed`], [`JwsError::Unencoded`] or [`JwsError::Unsupported`].
pub fn peek_header(token: &str) -> Result<Object, JwsError> {
    read_header(Segments::of(token)?.header)
}

/// Reads a payload without verifying anything: for explanations, never for a decision.
///
/// # Errors
/// [`JwsError::Malformed`].
pub fn peek_payload(token: &str) -> Result<Vec<u8>, JwsError> {
    decode(Segments::of(token)?.payload)
}

fn read_header(segment: &str) -> Result<Object, JwsError> {
    let bytes = decode(segment)?;
    let Ok(Value::Object(header)) = Reader::CLAIMS.read(&bytes) else {
        return Err(JwsError::Malformed);
    };
    if header.contains("b64") {
        return Err(JwsError::Unencoded);
    }
    // RFC 7515 §4.1.11: whoever does not understand an extension must refuse the token. `zip` and `p2c` belong
    // to encryption, `cty` to a token inside the token.
    if ["crit", "zip", "p2c", "cty"].iter().any(|name| header.contains(name)) {
        return Err(JwsError::Unsupported);
    }
    match header.get("typ") {
        None => Ok(header),
        Some(Value::String(kind)) if is_jwt(kind) => Ok(header),
        Some(_) => Err(JwsError::Unsupported),
    }
}

/// RFC 7519 §5.1 and RFC 7515 §4.1.9: a media type, its `application/` left out as a rule, case without meaning.
fn is_jwt(kind: &str) -> bool {
    const PREFIX: &str = "application/";
    let name = match kind.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &kind[PREFIX.len()..],
        _ => kind,
    };
    name.eq_ignore_ascii_case("jwt")
}

/// Canonical base64url without padding.
pub(crate) fn decode(segment: &str) -> Result<Vec<u8>, JwsError> {
    BASE64_URL_SAFE_NO_PAD.decode(segment).map_err(|_| JwsError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &[u8] = b"peer-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ";

    fn ring() -> KeyRing {
        KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None))
    }

    /// A token with any header, well signed.
    fn token(header: &str, payload: &str) -> String {
        let signed =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
        let signature = ring().signing().unwrap().signature(signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn verdict(token: &str) -> Result<Vec<u8>, JwsError> {
        ring().verify(token).map(|verified| verified.payload)
    }

    #[test]
    fn a_token_of_pyjwt_verifies_and_is_signed_to_the_same_bytes() {
        // Recorded from PyJWT with the same key.
        let recorded = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5NTQwNTk1\
MCwiaWF0IjoxNzk1MzE5NTUwLCJqdGkiOiI0YjdlNzlhMTQ2ODg0YTVjYWJkMDliODA4MjAxYTU2ZiIsInVzZXJfaWQiOiIxIn0.yhWZnFkbPfVb4f\
iPtPD3EewN1LdO5VFA-oJE_xdhvAg";
        let payload = String::from_utf8(verdict(recorded).unwrap()).unwrap();
        assert_eq!(ring().sign(&payload), recorded);
    }

    #[test]
    fn the_key_decides_the_algorithm() {
        for alg in ["none", "None", "NONE", "nOnE", "hs256", "HS256 ", "", "HS512", "RS256"] {
            let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
            assert_eq!(verdict(&token(&header, "{}")), Err(JwsError::Algorithm), "{alg:?}");
        }
        for header in [r#"{"typ":"JWT"}"#, r#"{"alg":null}"#, r#"{"alg":1}"#, r#"{"alg":["HS256"]}"#] {
            assert_eq!(verdict(&token(header, "{}")), Err(JwsError::Algorithm), "{header}");
        }
    }

    #[test]
    fn an_extension_that_is_not_understood_is_refused() {
        for extra in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":"x""#,
            r#""zip":"DEF""#,
            r#""p2c":1000000000"#,
            r#""cty":"JWT""#,
            r#""typ":"at+jwt""#,
            r#""typ":7"#,
        ] {
            let header = format!(r#"{{"alg":"HS256",{extra}}}"#);
            assert_eq!(verdict(&token(&header, "{}")), Err(JwsError::Unsupported), "{extra}");
        }
        for extra in [r#""b64":false"#, r#""b64":true"#, r#""b64":false,"crit":["b64"]"#] {
            let header = format!(r#"{{"alg":"HS256",{extra}}}"#);
            assert_eq!(verdict(&token(&header, "{}")), Err(JwsError::Unencoded), "{extra}");
        }
    }

    #[test]
    fn a_header_that_names_a_key_to_fetch_or_import_changes_nothing() {
        for extra in [r#""jku":"http://127.0.0.1:1/""#, r#""jwk":{"kty":"oct","k":"AA"}"#, r#""x5u":"x""#] {
            let header = format!(r#"{{"alg":"HS256",{extra}}}"#);
            assert!(verdict(&token(&header, "{}")).is_ok(), "{extra}");
        }
    }

    #[test]
    fn typ_is_compared_as_a_media_type() {
        for typ in ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"] {
            assert!(verdict(&token(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#), "{}")).is_ok(), "{typ}");
        }
        assert!(verdict(&token(r#"{"alg":"HS256"}"#, "{}")).is_ok());
    }

    #[test]
    fn a_duplicate_in_the_header_is_refused() {
        assert_eq!(verdict(&token(r#"{"alg":"HS256","\u0061lg":"HS256"}"#, "{}")), Err(JwsError::Malformed));
    }

    #[test]
    fn only_canonical_base64url_is_read() {
        let good = token(r#"{"alg":"HS256","typ":"JWT"}"#, "{}");
        let parts: Vec<&str> = good.split('.').collect();
        let signature = parts[2];
        // The last of 43 characters carries two bits that must be zero.
        let last = signature.chars().last().unwrap();
        let position = |c| {
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                .iter()
                .position(|&b| char::from(b) == c)
                .unwrap()
        };
        let sloppy = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[position(last) | 1];
        let sloppy = format!("{}{}", &signature[..signature.len() - 1], char::from(sloppy));
        for bad in [
            format!("{}.{}.{}=", parts[0], parts[1], signature),
            format!("{}.{}.{sloppy}", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{good}.{}", parts[2]),
            format!("{good}.{}.{}", parts[1], parts[2]),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{}.{}.{}", parts[0], parts[1].replace("e30", "e3\u{e9}"), signature),
            "....".to_owned(),
            String::new(),
            ".".repeat(1_000_000),
        ] {
            assert_eq!(verdict(&bad), Err(JwsError::Malformed), "{bad:.80}");
        }
        assert!(verdict(&good).is_ok());
    }

    #[test]
    fn a_cut_or_empty_signature_does_not_match() {
        let good = token(r#"{"alg":"HS256","typ":"JWT"}"#, "{}");
        let (signed, signature) = good.rsplit_once('.').unwrap();
        assert_eq!(verdict(&format!("{signed}.")), Err(JwsError::Signature));
        assert_eq!(verdict(&format!("{signed}.{}", &signature[..40])), Err(JwsError::Signature));
    }

    proptest! {
        #[test]
        fn no_text_makes_verify_panic(text in "\\PC{0,200}") {
            let _ = verdict(&text);
        }

        #[test]
        fn no_changed_token_verifies(at in 0usize..100, byte in any::<u8>()) {
            let good = token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"exp":1,"user_id":"1"}"#);
            let mut bytes = good.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert_eq!(verdict(&changed).is_ok(), changed == good);
            }
        }
    }
}
