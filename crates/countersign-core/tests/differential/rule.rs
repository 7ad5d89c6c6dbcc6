//! The rules by which countersign and its peers differ, each with what a token must be to fall under it.

use super::Refusal;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use countersign_core::claims::ClaimsError;
use countersign_core::json::{JsonFault, Number, Object, Reader, Value};
use countersign_core::jws::JwsError;

/// Why one reader accepts what another refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// Base64url has no `=` in a token (RFC 7515 §2); PyJWT takes it off.
    Padding,
    /// A name twice in one object (RFC 8725 §2.4).
    DuplicateName,
    /// UTF-8 without a mark (RFC 8259 §8.1); Python reads UTF-16, UTF-32 and a mark.
    NotUtf8,
    /// `NaN` and `Infinity`, which are no JSON.
    NotFinite,
    /// Half a surrogate pair (RFC 8259 §8.2).
    HalfCharacter,
    /// A number beyond a double.
    NumberOutOfRange,
    /// Deeper than 16.
    TooDeep,
    /// Longer than 8 KiB.
    TooLong,
    /// A date is a number from 0 to 2⁵³ (RFC 7519 §2): no text, no truth value, no null.
    DateOfAnotherKind,
    /// `nbf` and `iat` in the future; jsonwebtoken does not look at `iat`.
    IssuedInTheFuture,
    /// `crit`, `b64`, `zip`, `p2c`: whoever does not understand them refuses (RFC 7515 §4.1.11, RFC 8725 §3.15).
    Extension,
    /// `typ` is `JWT` if it is there, and there is no `cty` (RFC 8725 §3.11).
    AnotherType,
    /// `kid` is a string (RFC 7515 §4.1.4) and names a key if all keys have names (RFC 8725 §3.8).
    NameOfAnotherKey,
    /// `sub`, `jti`, `iss` are strings, `aud` one or a list of them (RFC 7519 §4.1).
    ClaimOfAnotherKind,
    /// jsonwebtoken reads members of the header that nobody uses, and refuses what it cannot read there.
    UnusedHeader,
}

/// The rule for a token about which the readers do not agree.
pub(crate) fn of(here: Result<(), Refusal>, peer: &str, token: &str) -> Option<Rule> {
    let is = |rule, holds: bool| holds.then_some(rule);
    if token.len() > 8 * 1024 {
        return is(Rule::TooLong, here == Err(Refusal::Form(JwsError::Malformed)));
    }
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, _] = segments[..] else { return None };
    match here {
        Err(Refusal::Form(JwsError::Malformed)) if token.contains('=') => Some(Rule::Padding),
        Err(Refusal::Form(JwsError::Malformed)) => json_rule(header),
        Err(Refusal::Form(JwsError::Unencoded)) => is(Rule::Extension, has(header, &["b64"])),
        Err(Refusal::Form(JwsError::Unsupported)) => {
            is(Rule::Extension, has(header, &["crit", "zip", "p2c"]))
                .or_else(|| is(Rule::AnotherType, has(header, &["typ", "cty"])))
        }
        Err(Refusal::Form(JwsError::UnknownKey)) => is(Rule::NameOfAnotherKey, has(header, &["kid"])),
        Err(Refusal::Form(_)) => None,
        Err(Refusal::Claims(ClaimsError::Malformed)) => json_rule(payload),
        Err(Refusal::Claims(error)) => claims_rule(error, &object(payload)?),
        Ok(()) => laxer_rule(peer, &object(header)?),
    }
}

/// Why the text of a segment is not read here.
fn json_rule(segment: &str) -> Option<Rule> {
    match Reader::CLAIMS.read(&decode(segment)?).err()?.fault {
        JsonFault::Duplicate => Some(Rule::DuplicateName),
        JsonFault::ByteOrderMark | JsonFault::NotUtf8 => Some(Rule::NotUtf8),
        JsonFault::NotFinite => Some(Rule::NotFinite),
        JsonFault::Unpaired => Some(Rule::HalfCharacter),
        JsonFault::OutOfRange => Some(Rule::NumberOutOfRange),
        JsonFault::TooDeep => Some(Rule::TooDeep),
        // UTF-16 of ASCII is UTF-8 with zeros between the characters.
        _ => decode(segment)?.contains(&0).then_some(Rule::NotUtf8),
    }
}

fn claims_rule(error: ClaimsError, claims: &Object) -> Option<Rule> {
    let is_number = |name| matches!(claims.get(name), Some(Value::Number(_)));
    match error {
        ClaimsError::IssuedAt if is_number("iat") && !is_unreadable(claims.get("iat")) => {
            Some(Rule::IssuedInTheFuture)
        }
        ClaimsError::IssuedAt => Some(Rule::DateOfAnotherKind),
        ClaimsError::NotBefore if is_unreadable(claims.get("nbf")) => Some(Rule::DateOfAnotherKind),
        ClaimsError::Expiry if is_unreadable(claims.get("exp")) => Some(Rule::DateOfAnotherKind),
        ClaimsError::Issuer | ClaimsError::Audience | ClaimsError::Subject | ClaimsError::Id => {
            Some(Rule::ClaimOfAnotherKind)
        }
        _ => None,
    }
}

/// Whether a claim is there and no number from 0 to 2⁵³.
fn is_unreadable(claim: Option<&Value>) -> bool {
    match claim {
        Some(Value::Number(number @ (Number::Integer(_) | Number::Float(_)))) => {
            !(0.0..=9_007_199_254_740_992.0).contains(&number.as_f64())
                || matches!(number, Number::Integer(i64::MIN..0 | 9_007_199_254_740_993..))
        }
        Some(_) => true,
        None => false,
    }
}

/// Accepted here: what a peer stumbles over.
fn laxer_rule(peer: &str, header: &Object) -> Option<Rule> {
    const READ: [&str; 7] = ["jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc"];
    let is_unused = peer == "jsonwebtoken" && READ.iter().any(|name| header.contains(name));
    is_unused.then_some(Rule::UnusedHeader)
}

fn has(segment: &str, names: &[&str]) -> bool {
    object(segment).is_some_and(|object| names.iter().any(|name| object.contains(name)))
}

fn object(segment: &str) -> Option<Object> {
    match Reader::BODY.read(&decode(segment)?) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Without any of the rules of this crate.
fn decode(segment: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&URL_SAFE, config).decode(segment).ok()
}
