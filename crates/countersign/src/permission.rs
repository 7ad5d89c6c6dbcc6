//! Who may do what: Django REST framework's permissions, as types.

mod builtin;
mod combine;
mod layer;

pub use self::builtin::{
    AllowAny, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly, IsNotBlacklisted, Open,
};
pub use self::combine::{And, Not, Or};
pub use self::layer::{RequireLayer, RequireService};

use crate::authenticate::Caller;
use crate::authentication::Authentication;
use crate::rejection::Rejection;
use http::request::Parts;
use http::{HeaderMap, Method};
use std::borrow::Cow;
use std::fmt;

/// Who may go on: the framework's `BasePermission`.
///
/// ```
/// use countersign::permission::{Permission, Visit};
/// use countersign::{Authentication, IsAuthenticated, Rejection};
///
/// /// Lets in whoever is of the house, by a claim of the token.
/// #[derive(Clone)]
/// struct IsOfTenant(&'static str);
///
/// impl Permission for IsOfTenant {
///     async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
///         let tenant = visit.caller().and_then(|caller| caller.claim("tenant")?.as_str());
///         Ok(tenant == Some(self.0))
///     }
///
///     fn message(&self) -> Option<&str> {
///         Some("This is another tenant's.")
///     }
/// }
///
/// # fn main() -> Result<(), countersign::StatelessError> {
/// # let authentication = Authentication::stateless().secret("the secret key of the Django project next door").build()?;
/// let layer = authentication.require(IsAuthenticated.and(IsOfTenant("acme")));
/// # Ok(())
/// # }
/// ```
///
/// As in the framework, a token that is presented must be good before anything is asked, and whoever is refused gets 401
/// if they are nobody yet, else 403.
pub trait Permission: Clone + Send + Sync + 'static {
    /// Whether whoever makes this request may.
    ///
    /// # Errors
    /// A [`Rejection`] to be answered in place of the usual one: where a store that was asked did not do its part, or
    /// where other words are wanted.
    fn has_permission(&self, visit: &Visit<'_>) -> impl Future<Output = Result<bool, Rejection>> + Send;

    /// What is said to a known user who may not, in place of the framework's sentence.
    fn message(&self) -> Option<&str> {
        None
    }

    /// Whether nobody is asked at all, not even for a good token: see [`Open`].
    fn is_open(&self) -> bool {
        false
    }

    /// Its name in lists of routes: that of its type unless said otherwise.
    fn name(&self) -> Cow<'static, str> {
        let path = std::any::type_name::<Self>();
        let bare = path.split('<').next().unwrap_or(path);
        bare.rsplit("::").next().unwrap_or(bare).into()
    }

    /// Both this and another: the framework's `&`.
    fn and<P: Permission>(self, other: P) -> And<Self, P> {
        And(self, other)
    }

    /// This or another: the framework's `|`.
    fn or<P: Permission>(self, other: P) -> Or<Self, P> {
        Or(self, other)
    }

    /// Whoever this refuses: the framework's `~`.
    fn not(self) -> Not<Self> {
        Not(self)
    }
}

/// A request before its handler, and who makes it.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    authentication: &'a Authentication,
    request: &'a Parts,
    caller: Option<&'a Caller>,
}

impl<'a> Visit<'a> {
    /// Who makes the request. `None`: nobody is known.
    #[must_use]
    pub const fn caller(&self) -> Option<&'a Caller> {
        self.caller
    }

    /// The request without its body.
    #[must_use]
    pub const fn request(&self) -> &'a Parts {
        self.request
    }

    /// Its method.
    #[must_use]
    pub const fn method(&self) -> &'a Method {
        &self.request.method
    }

    /// Its headers.
    #[must_use]
    pub const fn headers(&self) -> &'a HeaderMap {
        &self.request.headers
    }

    /// Whether its method changes nothing: the framework's `SAFE_METHODS`, which are `GET`, `HEAD` and `OPTIONS`.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self.request.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Whether the presented token was ended before its time: it is on the blacklist, or its session is over.
    ///
    /// # Errors
    /// 503 where the database did not do its part.
    pub async fn is_blacklisted(&self) -> Result<bool, Rejection> {
        match self.caller {
            Some(caller) => self.authentication.is_blacklisted(caller).await,
            None => Ok(false),
        }
    }
}

impl fmt::Debug for Visit<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Visit")
            .field("method", &self.request.method)
            .field("path", &self.request.uri.path())
            .field("is_known", &self.caller.is_some())
            .finish_non_exhaustive()
    }
}
