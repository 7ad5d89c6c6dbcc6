//! Why a token is what it is: for people who look at one, never for a decision.

mod standing;

pub use self::standing::{Standing, standing};

use crate::claims::{self, ClaimsError, NumericDate};
use crate::clock::{SignedDuration, Timestamp};
use crate::json::{Object, Reader, Value};
use crate::jws::{self, JwsError, VerifyingKey};
use crate::token::{Token, TokenClass, TokenError, Tokens};

/// Everything that can be said of a text that may be a token.
#[derive(Clone, Debug)]
pub struct Explanation<'k> {
    /// The header, if it can be read. Nothing in it is to be believed unless [`key`](Self::key) is known.
    pub header: Option<Object>,
    /// The claims, if they can be read. Nothing in them is to be believed unless [`key`](Self::key) is known.
    pub claims: Option<Object>,
    /// The key that made the signature.
    pub key: Option<&'k VerifyingKey>,
    /// The kind that it says it is of.
    pub class: Option<TokenClass>,
    /// How long until it ends; negative if it ended. `None` without a readable end.
    pub remaining: Option<SignedDuration>,
    /// Why it would be refused, the first reason only, as a server sees it. The blacklist and the user are not
    /// looked at.
    pub fault: Option<Fault>,
}

/// Why a token would be refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// For its form, its header or its signature.
    #[error(transparent)]
    Form(#[from] JwsError),
    /// For a registered claim.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// For what it lacks to be a token of its kind.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Looks at a token from all sides.
#[must_use]
pub fn explain<'k>(tokens: &'k Tokens, text: &str, now: Timestamp) -> Explanation<'k> {
    let claims = jws::peek_payload(text).ok().and_then(|payload| match Reader::CLAIMS.read(&payload) {
        Ok(Value::Object(claims)) => Some(claims),
        _ => None,
    });
    let class = claims.as_ref().and_then(|claims| class(tokens, claims));
    let remaining = claims
        .as_ref()
        .and_then(|claims| NumericDate::read(claims.get("exp")?))
        .map(|end| end.instant().duration_since(now));
    let (key, fault) = match tokens.keys().verify(text) {
        Err(error) => (None, Some(error.into())),
        Ok(verified) => (Some(verified.key), fault(tokens, &verified.payload, class, now)),
    };
    Explanation { header: jws::peek_header(text).ok(), claims, key, class, remaining, fault }
}

fn fault(tokens: &Tokens, payload: &[u8], class: Option<TokenClass>, now: Timestamp) -> Option<Fault> {
    let claims = match claims::read(payload, &tokens.expectations(now)) {
        Ok(claims) => claims,
        Err(error) => return Some(error.into()),
    };
    let class = class.unwrap_or(TokenClass::Untyped);
    tokens.check(&Token::from(claims), class).err().map(Fault::from)
}

fn class(tokens: &Tokens, claims: &Object) -> Option<TokenClass> {
    let kind = claims.get(tokens.settings().token_type_claim.as_deref()?)?.as_str()?;
    [TokenClass::Access, TokenClass::Refresh, TokenClass::Sliding]
        .into_iter()
        .find(|class| class.token_type() == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Algorithm, Key, KeyRing};
    use crate::settings::SimpleJwt;

    fn tokens() -> Tokens {
        Tokens::new(SimpleJwt::default(), KeyRing::new(Key::hmac(Algorithm::Hs256, b"secret", Some("k1"))))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_good_token_has_a_key_a_kind_and_time_left() {
        let tokens = tokens();
        let text = tokens.keys().sign(r#"{"token_type":"access","exp":1000,"jti":"x"}"#);
        let explanation = explain(&tokens, &text, at(400));
        assert_eq!(explanation.key.unwrap().kid(), Some("k1"));
        assert_eq!(explanation.class, Some(TokenClass::Access));
        assert_eq!(explanation.remaining, Some(SignedDuration::from_secs(600)));
        assert_eq!(explanation.fault, None);
    }

    #[test]
    fn an_expired_token_says_since_when() {
        let tokens = tokens();
        let text = tokens.keys().sign(r#"{"token_type":"access","exp":1000,"jti":"x"}"#);
        let explanation = explain(&tokens, &text, at(1030));
        assert_eq!(explanation.remaining, Some(SignedDuration::from_secs(-30)));
        assert_eq!(explanation.fault, Some(Fault::Claims(ClaimsError::Expired)));
    }

    #[test]
    fn a_foreign_token_is_read_but_has_no_key() {
        let text = KeyRing::new(Key::hmac(Algorithm::Hs256, b"other", None)).sign(r#"{"user_id":"1"}"#);
        let tokens = tokens();
        let explanation = explain(&tokens, &text, at(0));
        assert!(explanation.key.is_none());
        assert_eq!(explanation.claims.unwrap().get("user_id"), Some(&"1".into()));
        assert_eq!(explanation.fault, Some(Fault::Form(JwsError::Signature)));
    }

    #[test]
    fn garbage_is_garbage() {
        let tokens = tokens();
        let explanation = explain(&tokens, "garbage", at(0));
        assert!(explanation.header.is_none() && explanation.claims.is_none());
        assert_eq!(explanation.fault, Some(Fault::Form(JwsError::Malformed)));
    }
}
