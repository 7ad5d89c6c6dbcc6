//! Cookies: written letter for letter as Django writes them, read as Django reads them, but never guessed at.

mod read;

pub use self::read::{CookieClash, Cookies};

use countersign_core::clock::{SignedDuration, Timestamp};
use http::HeaderValue;
use std::fmt;
use std::fmt::Write as _;

/// The most that browsers keep of one cookie, name and value together (RFC 6265 §6.1).
pub const LONGEST: usize = 4096;

/// When a browser sends a cookie with requests that another site caused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// When the user follows a link to us.
    #[default]
    Lax,
    /// Never.
    Strict,
    /// Always, if it is `Secure` too.
    None,
}

impl fmt::Display for SameSite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        })
    }
}

/// A cookie without its value: its name and everything that a browser files it under. Setting and clearing it by
/// the same jar entry is what makes clearing work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    attributes: CookieAttributes,
}

/// What is said of a cookie beside its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieAttributes {
    /// `Domain`: which hosts get it. `None`: the one that set it, and no other.
    pub domain: Option<String>,
    /// `Path`: below which path it is sent.
    pub path: String,
    /// `Secure`: only over HTTPS (and, for most browsers, plain HTTP to this machine).
    pub secure: bool,
    /// `HttpOnly`: no script may read it.
    pub http_only: bool,
    /// `SameSite`
    pub same_site: SameSite,
    /// `Partitioned`: kept apart for each site that embeds us.
    pub partitioned: bool,
}

/// Why a cookie of these attributes would be dropped, or do what nobody meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The name is none (RFC 6265 §4.1.1).
    #[error("{0:?} is no name for a cookie")]
    Name(String),
    /// The domain or the path cannot stand in a header.
    #[error("the cookie {0} cannot have the {1} {2:?}")]
    Attribute(String, &'static str, String),
    /// `SameSite=None` without `Secure`.
    #[error("browsers drop the cookie {0}: SameSite=None needs Secure")]
    NoneWithoutSecure(String),
    /// `Partitioned` without `Secure`.
    #[error("browsers drop the cookie {0}: Partitioned needs Secure")]
    PartitionedWithoutSecure(String),
    /// `__Host-` with a domain, with another path than `/`, or without `Secure`.
    #[error("browsers drop the cookie {0}: __Host- needs Secure, the path / and no domain")]
    HostPrefix(String),
    /// `__Secure-` without `Secure`.
    #[error("browsers drop the cookie {0}: __Secure- needs Secure")]
    SecurePrefix(String),
    /// Name and value are longer than [`LONGEST`].
    #[error("the cookie {name} would be {length} bytes long, and browsers keep {LONGEST}")]
    TooLong {
        /// The cookie's name.
        name: String,
        /// The bytes of name and value.
        length: usize,
    },
}

impl Cookie {
    /// A cookie that browsers will keep.
    ///
    /// # Errors
    /// [`CookieError`], naming the rule by which they would not.
    pub fn new(name: impl Into<String>, attributes: CookieAttributes) -> Result<Self, CookieError> {
        let name = name.into();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(CookieError::Name(name));
        }
        if let Some(domain) = attributes.domain.as_deref().filter(|domain| !is_domain(domain)) {
            return Err(CookieError::Attribute(name, "domain", domain.to_owned()));
        }
        if !is_path(&attributes.path) {
            return Err(CookieError::Attribute(name, "path", attributes.path));
        }
        // The prefixes are compared without case by browsers.
        let has_prefix =
            |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let host_bound = attributes.secure && attributes.domain.is_none() && attributes.path == "/";
        if has_prefix("__Host-") && !host_bound {
            return Err(CookieError::HostPrefix(name));
        }
        if has_prefix("__Secure-") && !attributes.secure {
            return Err(CookieError::SecurePrefix(name));
        }
        if attributes.same_site == SameSite::None && !attributes.secure {
            return Err(CookieError::NoneWithoutSecure(name));
        }
        if attributes.partitioned && !attributes.secure {
            return Err(CookieError::PartitionedWithoutSecure(name));
        }
        Ok(Self { name, attributes })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is said of it beside its value.
    #[must_use]
    pub const fn attributes(&self) -> &CookieAttributes {
        &self.attributes
    }

    /// `Set-Cookie` with a value, to be kept this long, in whole seconds.
    ///
    /// # Errors
    /// [`CookieError::TooLong`] where browsers would drop it, [`CookieError::Attribute`] where the value cannot stand
    /// in a header.
    pub fn set(
        &self,
        value: &str,
        at: Timestamp,
        max_age: SignedDuration,
    ) -> Result<HeaderValue, CookieError> {
        let length = self.name.len() + value.len();
        if length > LONGEST {
            return Err(CookieError::TooLong { name: self.name.clone(), length });
        }
        if !value.bytes().all(is_value) {
            return Err(CookieError::Attribute(self.name.clone(), "value", "(not shown)".to_owned()));
        }
        let seconds = max_age.as_secs();
        let until = at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Ok(self.line(value, &date(until), seconds))
    }

    /// `Set-Cookie` that makes a browser forget it.
    #[must_use]
    pub fn clear(&self) -> HeaderValue {
        self.line("\"\"", "Thu, 01 Jan 1970 00:00:00 GMT", 0)
    }

    /// The attributes in the order of Python's `http.cookies`, which sorts them.
    fn line(&self, value: &str, expires: &str, max_age: i64) -> HeaderValue {
        let CookieAttributes { domain, path, secure, http_only, same_site, partitioned } = &self.attributes;
        let mut line = format!("{}={value}", self.name);
        if let Some(domain) = domain {
            let _ = write!(line, "; Domain={domain}");
        }
        let _ = write!(line, "; expires={expires}");
        if *http_only {
            line.push_str("; HttpOnly");
        }
        let _ = write!(line, "; Max-Age={max_age}");
        if *partitioned {
            line.push_str("; Partitioned");
        }
        let _ = write!(line, "; Path={path}; SameSite={same_site}");
        if *secure {
            line.push_str("; Secure");
        }
        HeaderValue::try_from(line).expect("name, value, domain and path were found to be visible ASCII")
    }
}

/// `Sun, 21 Nov 2027 03:52:30 GMT`
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A character of a token (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A character of a value (RFC 6265 §4.1.1).
fn is_value(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

fn is_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain() -> CookieAttributes {
        CookieAttributes {
            domain: None,
            path: "/".to_owned(),
            secure: false,
            http_only: false,
            same_site: SameSite::Lax,
            partitioned: false,
        }
    }

    fn full() -> CookieAttributes {
        CookieAttributes {
            domain: Some("example.com".to_owned()),
            path: "/accounts".to_owned(),
            secure: true,
            http_only: true,
            same_site: SameSite::None,
            partitioned: true,
        }
    }

    #[test]
    fn a_cookie_is_written_as_django_writes_it() {
        // Recorded from Django.
        let at = Timestamp::from_second(1_795_319_550).unwrap();
        let cookie = Cookie::new("csrftoken", plain()).unwrap();
        assert_eq!(
            cookie
                .set("x0gdEsPyJtzuPnP0ikZQqjqKTi2J1711", at, SignedDuration::from_secs(31_449_600))
                .unwrap(),
            "csrftoken=x0gdEsPyJtzuPnP0ikZQqjqKTi2J1711; expires=Sun, 21 Nov 2027 03:52:30 GMT; \
             Max-Age=31449600; Path=/; SameSite=Lax"
        );
        assert_eq!(
            cookie.clear(),
            "csrftoken=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"
        );
    }

    #[test]
    fn clearing_repeats_every_attribute() {
        let cookie = Cookie::new("r", full()).unwrap();
        assert_eq!(
            cookie.set("v", Timestamp::UNIX_EPOCH, SignedDuration::from_secs(60)).unwrap(),
            "r=v; Domain=example.com; expires=Thu, 01 Jan 1970 00:01:00 GMT; HttpOnly; Max-Age=60; Partitioned; \
             Path=/accounts; SameSite=None; Secure"
        );
        assert_eq!(
            cookie.clear(),
            "r=\"\"; Domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=0; Partitioned; \
             Path=/accounts; SameSite=None; Secure"
        );
    }

    #[test]
    fn a_cookie_that_browsers_would_drop_is_refused() {
        let refusal = |name: &str, attributes| Cookie::new(name, attributes).unwrap_err().to_string();
        assert!(
            refusal("r", CookieAttributes { secure: false, ..full() }).contains("SameSite=None needs Secure")
        );
        let partitioned = CookieAttributes { partitioned: true, ..plain() };
        assert!(refusal("r", partitioned).contains("Partitioned needs Secure"));
        let secure = CookieAttributes { secure: true, ..plain() };
        assert!(Cookie::new("__Host-r", secure.clone()).is_ok());
        assert!(refusal("__Host-r", plain()).contains("__Host-"));
        assert!(
            refusal("__host-r", CookieAttributes { path: "/a".to_owned(), ..secure.clone() })
                .contains("__Host-")
        );
        assert!(
            refusal("__Host-r", CookieAttributes { domain: Some("a.b".to_owned()), ..secure })
                .contains("__Host-")
        );
        assert!(refusal("__Secure-r", plain()).contains("__Secure-"));
        for name in ["", "a b", "a=b", "a;b", "\u{e9}", "a\r\n"] {
            assert_eq!(Cookie::new(name, plain()), Err(CookieError::Name(name.to_owned())));
        }
        for path in ["", "a", "/a;b", "/a b", "/\n"] {
            assert!(
                Cookie::new("r", CookieAttributes { path: path.to_owned(), ..plain() }).is_err(),
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_cookie_longer_than_browsers_keep_is_refused_by_name() {
        let cookie = Cookie::new("refreshtoken", plain()).unwrap();
        let set =
            |length| cookie.set(&"x".repeat(length), Timestamp::UNIX_EPOCH, SignedDuration::from_secs(1));
        assert!(set(LONGEST - 12).is_ok());
        assert_eq!(
            set(LONGEST - 11).unwrap_err(),
            CookieError::TooLong { name: "refreshtoken".to_owned(), length: LONGEST + 1 }
        );
    }

    proptest! {
        #[test]
        fn no_value_breaks_out_of_its_place(value in "\\PC{0,20}") {
            let cookie = Cookie::new("r", plain()).unwrap();
            if let Ok(line) = cookie.set(&value, Timestamp::UNIX_EPOCH, SignedDuration::from_secs(1)) {
                let line = line.to_str().unwrap().to_owned();
                prop_assert_eq!(line.matches(';').count(), 4);
                let start = format!("r={value}; expires=");
                prop_assert!(line.starts_with(&start));
            }
        }
    }
}
