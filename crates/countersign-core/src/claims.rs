//! Claims (RFC 7519 §4), read strictly and checked in PyJWT's order.

use crate::clock::{SignedDuration, Timestamp};
use crate::json::{Number, Object, Reader, Value};
use crate::settings::Audience;

/// What a token has to say to be accepted at a given instant.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// How far the clocks of issuer and verifier may differ.
    pub leeway: SignedDuration,
    /// The audience, one of which the token must name. `None`: `aud` does not matter.
    pub audience: Option<&'a Audience>,
    /// The issuer that the token must name. `None`: `iss` does not matter.
    pub issuer: Option<&'a str>,
}

/// Why claims are refused, in the order in which they are looked at.
///
/// Whether `exp` is there at all is for the kind of token to demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// The payload is not a JSON object, or one that could be read in two ways.
    #[error("the claims are not an unambiguous JSON object")]
    Malformed,
    /// `iat` is no date, or in the future.
    #[error("iat is not a date in the past")]
    IssuedAt,
    /// `nbf` is no date, or in the future.
    #[error("nbf is not a date in the past")]
    NotBefore,
    /// `exp` is no date.
    #[error("exp is not a date")]
    Expiry,
    /// `exp` has come.
    #[error("the token is expired")]
    Expired,
    /// `iss` is no string, is missing, or not the one expected.
    #[error("iss is not the issuer expected")]
    Issuer,
    /// `aud` is neither a string nor a list of strings, is missing, or names none of those expected.
    #[error("aud does not name the audience expected")]
    Audience,
    /// `sub` is no string.
    #[error("sub is not a string")]
    Subject,
    /// `jti` is no string.
    #[error("jti is not a string")]
    Id,
}

/// Reads a payload and checks every registered claim that it has.
///
/// # Errors
/// The first reason to refuse it.
pub fn read(payload: &[u8], expected: &Expectations<'_>) -> Result<Object, ClaimsError> {
    let Ok(Value::Object(claims)) = Reader::CLAIMS.read(payload) else {
        return Err(ClaimsError::Malformed);
    };
    expected.check(&claims)?;
    Ok(claims)
}

impl Expectations<'_> {
    /// Checks every registered claim that is there.
    pub(crate) fn check(&self, claims: &Object) -> Result<(), ClaimsError> {
        let claims = Registered::of(claims);
        self.in_the_past(claims.iat).ok_or(ClaimsError::IssuedAt)?;
        self.in_the_past(claims.nbf).ok_or(ClaimsError::NotBefore)?;
        if let Some(exp) = claims.exp {
            let exp = NumericDate::read(exp).ok_or(ClaimsError::Expiry)?;
            if self.is_over(exp) {
                return Err(ClaimsError::Expired);
            }
        }
        self.issuer(claims.iss).ok_or(ClaimsError::Issuer)?;
        self.audience(claims.aud).ok_or(ClaimsError::Audience)?;
        string_or_absent(claims.sub).ok_or(ClaimsError::Subject)?;
        string_or_absent(claims.jti).ok_or(ClaimsError::Id)
    }

    /// Whether this end has come: an end at this very instant has.
    #[must_use]
    pub fn is_over(&self, end: NumericDate) -> bool {
        end.nanoseconds() <= self.now.as_nanosecond() - self.leeway.as_nanos()
    }

    fn in_the_past(&self, claim: Option<&Value>) -> Option<()> {
        let Some(claim) = claim else { return Some(()) };
        let date = NumericDate::read(claim)?;
        (date.nanoseconds() <= self.now.as_nanosecond() + self.leeway.as_nanos()).then_some(())
    }

    fn issuer(&self, claim: Option<&Value>) -> Option<()> {
        match (claim, self.issuer) {
            (None, None) => Some(()),
            (Some(Value::String(issuer)), expected) => {
                expected.is_none_or(|expected| issuer == expected).then_some(())
            }
            _ => None,
        }
    }

    fn audience(&self, claim: Option<&Value>) -> Option<()> {
        let names: Vec<&str> = match claim {
            None => vec![],
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().map(Value::as_str).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        let fits = |expected: &Audience| names.iter().any(|name| expected.contains(name));
        self.audience.is_none_or(fits).then_some(())
    }
}

/// The registered claims (RFC 7519 §4.1), found in one walk over all.
#[derive(Default)]
struct Registered<'c> {
    iat: Option<&'c Value>,
    nbf: Option<&'c Value>,
    exp: Option<&'c Value>,
    iss: Option<&'c Value>,
    aud: Option<&'c Value>,
    sub: Option<&'c Value>,
    jti: Option<&'c Value>,
}

impl<'c> Registered<'c> {
    fn of(claims: &'c Object) -> Self {
        let mut found = Self::default();
        for (name, value) in claims.iter().filter(|(name, _)| name.len() == 3) {
            let place = match name {
                "iat" => &mut found.iat,
                "nbf" => &mut found.nbf,
                "exp" => &mut found.exp,
                "iss" => &mut found.iss,
                "aud" => &mut found.aud,
                "sub" => &mut found.sub,
                "jti" => &mut found.jti,
                _ => continue,
            };
            *place = Some(value);
        }
        found
    }
}

fn string_or_absent(claim: Option<&Value>) -> Option<()> {
    matches!(claim, None | Some(Value::String(_))).then_some(())
}

/// A `NumericDate` (RFC 7519 §2): whole seconds since 1970, a fraction cut off as Python's `int()` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumericDate(i64);

impl NumericDate {
    /// The last one that every reader of JSON sees exactly: 2⁵³.
    const MAX: i64 = 1 << 53;

    /// Reads a claim. `None` where it is no number, negative or beyond 2⁵³: a date that cannot be read is
    /// never treated as absent.
    #[must_use]
    pub fn read(claim: &Value) -> Option<Self> {
        let seconds = match claim {
            Value::Number(Number::Integer(seconds)) => *seconds,
            Value::Number(Number::Float(seconds)) => {
                #[expect(clippy::cast_possible_truncation, reason = "that is what is wanted; it saturates")]
                let whole = seconds.trunc() as i64;
                if seconds.is_nan() || *seconds < 0.0 {
                    return None;
                }
                whole
            }
            _ => return None,
        };
        (0..=Self::MAX).contains(&seconds).then_some(Self(seconds))
    }

    /// The date of an instant, its fraction cut off.
    #[must_use]
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.as_second())
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The instant, or the last one that a calendar has: databases store years of four digits.
    #[must_use]
    pub fn instant(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX)
    }

    fn nanoseconds(self) -> i128 {
        i128::from(self.0) * 1_000_000_000
    }
}

impl From<NumericDate> for Value {
    fn from(date: NumericDate) -> Self {
        Self::from(date.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_319_550;

    fn expecting<'a>() -> Expectations<'a> {
        Expectations {
            now: Timestamp::new(NOW, 500_000_000).unwrap(),
            leeway: SignedDuration::ZERO,
            audience: None,
            issuer: None,
        }
    }

    fn verdict(claims: &str) -> Result<(), ClaimsError> {
        read(claims.as_bytes(), &expecting()).map(drop)
    }

    #[test]
    fn an_end_at_this_very_second_has_come() {
        assert_eq!(verdict(&format!(r#"{{"exp":{NOW}}}"#)), Err(ClaimsError::Expired));
        assert_eq!(verdict(&format!(r#"{{"exp":{}}}"#, NOW + 1)), Ok(()));
        let at_the_second = Expectations { now: Timestamp::from_second(NOW).unwrap(), ..expecting() };
        assert!(at_the_second.is_over(NumericDate(NOW)));
        assert!(!at_the_second.is_over(NumericDate(NOW + 1)));
    }

    #[test]
    fn leeway_moves_every_date() {
        let lenient = Expectations { leeway: SignedDuration::from_secs(10), ..expecting() };
        let verdict = |claims: String| read(claims.as_bytes(), &lenient).map(drop);
        assert_eq!(verdict(format!(r#"{{"exp":{}}}"#, NOW - 9)), Ok(()));
        assert_eq!(verdict(format!(r#"{{"exp":{}}}"#, NOW - 10)), Err(ClaimsError::Expired));
        assert_eq!(verdict(format!(r#"{{"iat":{}}}"#, NOW + 10)), Ok(()));
        assert_eq!(verdict(format!(r#"{{"nbf":{}}}"#, NOW + 11)), Err(ClaimsError::NotBefore));
    }

    #[test]
    fn a_date_is_a_number_within_reason_or_the_token_is_refused() {
        for bad in [r#""1795319999""#, "true", "null", "[]", "{}", "-1", "9007199254740993", "1e19", "1e300"]
        {
            assert_eq!(verdict(&format!(r#"{{"exp":{bad}}}"#)), Err(ClaimsError::Expiry), "{bad}");
            assert_eq!(verdict(&format!(r#"{{"iat":{bad}}}"#)), Err(ClaimsError::IssuedAt), "{bad}");
            assert_eq!(verdict(&format!(r#"{{"nbf":{bad}}}"#)), Err(ClaimsError::NotBefore), "{bad}");
        }
        for good in ["9999999999.5", "9.999999999e9", "9007199254740992"] {
            assert_eq!(verdict(&format!(r#"{{"exp":{good}}}"#)), Ok(()), "{good}");
        }
    }

    #[test]
    fn claims_are_looked_at_in_pyjwts_order() {
        let late = NOW + 100;
        for (claims, error) in [
            (format!(r#"{{"iat":{late},"exp":1}}"#), ClaimsError::IssuedAt),
            (format!(r#"{{"nbf":{late},"exp":1}}"#), ClaimsError::NotBefore),
            (r#"{"exp":1,"iss":7,"sub":7}"#.to_owned(), ClaimsError::Expired),
            (r#"{"sub":7,"jti":7}"#.to_owned(), ClaimsError::Subject),
            (r#"{"jti":null}"#.to_owned(), ClaimsError::Id),
        ] {
            assert_eq!(verdict(&claims), Err(error), "{claims}");
        }
    }

    #[test]
    fn an_audience_is_a_string_or_a_list_of_strings_even_where_none_is_expected() {
        for bad in ["7", "{}", "null", r#"["a",7]"#] {
            assert_eq!(verdict(&format!(r#"{{"aud":{bad}}}"#)), Err(ClaimsError::Audience), "{bad}");
        }
        assert_eq!(verdict(r#"{"aud":["a"]}"#), Ok(()));
    }

    #[test]
    fn an_expected_audience_or_issuer_must_be_named() {
        let audience = Audience::Many(vec!["a".into(), "b".into()]);
        let strict = Expectations { audience: Some(&audience), issuer: Some("us"), ..expecting() };
        let verdict = |claims: &str| read(claims.as_bytes(), &strict).map(drop);
        assert_eq!(verdict(r#"{"iss":"us","aud":"a"}"#), Ok(()));
        assert_eq!(verdict(r#"{"iss":"us","aud":["x","b"]}"#), Ok(()));
        for bad in [r#"{"iss":"us"}"#, r#"{"iss":"us","aud":[]}"#, r#"{"iss":"us","aud":"ab"}"#] {
            assert_eq!(verdict(bad), Err(ClaimsError::Audience), "{bad}");
        }
        for bad in [r#"{"aud":"a"}"#, r#"{"aud":"a","iss":"u"}"#, r#"{"aud":"a","iss":["us"]}"#] {
            assert_eq!(verdict(bad), Err(ClaimsError::Issuer), "{bad}");
        }
    }
}
