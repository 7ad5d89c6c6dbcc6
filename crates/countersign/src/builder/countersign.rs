//! What an application mounts.

use super::{Builder, overheard};
use crate::authenticate::challenge;
use crate::authentication::{Authentication, Blacklist, Way};
use crate::dialects::simple_jwt::SimpleJwt;
use crate::endpoint::Endpoint;
use crate::hooks::{Hooks, hooked};
use crate::jwks::Jwks;
use crate::permission::{Permission, RequireLayer};
use crate::rest::{Site, SiteSettings};
use crate::router::Dialects;
use axum::Router;
use countersign_core::authority::{Authority, Trouble};
use countersign_core::event::Origin;
use countersign_core::hashing::Overloaded;
use countersign_core::password::PasswordTooLong;
use countersign_core::secret::Secret;
use countersign_core::simple_jwt::{Issued, Mode, SimpleJwtRules, issue};
use countersign_core::user::User;
use std::fmt;
use std::sync::Arc;

/// Token authentication for an axum application. Cloning it clones handles.
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign::{Authenticated, Countersign};
///
/// async fn hello(Authenticated(caller): Authenticated) -> String {
///     format!("Hello, {}!", caller.username())
/// }
///
/// # fn main() -> Result<(), countersign::BuildError> {
/// # let store = std::sync::Arc::new(countersign_core::testing::MemoryStore::new());
/// let countersign = Countersign::builder()
///     .secret_key("the secret key of the Django project next door")
///     .store(store)
///     .build()?;
///
/// let app: Router = Router::new()
///     .route("/hello/", get(hello))
///     .layer(countersign.authentication())
///     .merge(countersign.router());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Countersign {
    /// The parts as the endpoints use them, hooks included.
    authority: Authority,
    dialects: Arc<Dialects>,
    site: Site,
    authentication: Authentication,
    jwks: Option<Jwks>,
}

impl Countersign {
    /// Gathers what an application decides.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn assemble(
        authority: Authority,
        dialects: Dialects,
        settings: SiteSettings,
        hooks: &Hooks,
        mode: Mode,
        jwks: Option<Jwks>,
    ) -> Self {
        let authentication = authentication(&authority, &dialects, mode);
        let authority = if hooks.are_none() { authority } else { overheard(&authority, hooks) };
        let with_hooks = |endpoint: Endpoint| {
            if hooks.are_none() { endpoint } else { hooked(endpoint, hooks, &authority.clock) }
        };
        let endpoints = dialects.endpoints(&authority).into_iter().map(with_hooks);
        let site = Site::new(endpoints, settings, &*authority.random);
        Self { authority, dialects: Arc::new(dialects), site, authentication, jwks }
    }

    /// The endpoints, to be merged into a router of any state, or to be served as they are.
    ///
    /// The client's address, for hooks and events, is known where the application is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let router = self.site.routes();
        let router = match &self.jwks {
            Some(jwks) => router.route_service(crate::jwks::PATH, jwks.clone()),
            None => router,
        };
        router.with_state(())
    }

    /// Whether the public keys are published beside the endpoints.
    pub(crate) const fn publishes_keys(&self) -> bool {
        self.jwks.is_some()
    }

    /// The endpoints as one service, for those who mount it themselves.
    #[must_use]
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// How callers are authenticated: a layer, and the means for what is no HTTP. It accepts the tokens of every
    /// dialect that is mounted.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.authentication.clone()
    }

    /// A layer that lets through whom a permission admits.
    #[must_use]
    pub fn require<P: Permission>(&self, permission: P) -> RequireLayer<P> {
        self.authentication.require(permission)
    }

    /// A pair of tokens for a user whom the application itself has recognised, and the beginning of a family of refresh
    /// tokens: simplejwt's `RefreshToken.for_user`.
    ///
    /// # Errors
    /// [`Trouble`] where the database did not do its part, or the claims are too many.
    ///
    /// # Panics
    /// Where the `simple_jwt` dialect is not mounted, so that nobody would accept the tokens.
    pub async fn tokens_for(&self, user: &User) -> Result<Issued, Trouble> {
        let rules = self.simple_jwt().expect("tokens are made where `simple_jwt` is mounted");
        issue(&self.authority, rules, user, Origin::default()).await
    }

    /// The hash of a new password: Django's `make_password`, by the first of the hashers. It is made on the hashing
    /// threads, in its turn.
    ///
    /// # Errors
    /// [`Overloaded`] where too many are waiting. The inner error is `bcrypt`'s alone.
    pub async fn make_password(
        &self,
        password: impl Into<Secret>,
    ) -> Result<Result<String, PasswordTooLong>, Overloaded> {
        self.authority.hashing.encode(password.into()).await
    }

    /// The rules of the `simple_jwt` dialect, where it is mounted.
    #[must_use]
    pub fn simple_jwt(&self) -> Option<&SimpleJwtRules> {
        self.dialects.simple_jwt.as_ref().map(|dialect| &dialect.rules)
    }

    /// The dialects that are mounted.
    #[must_use]
    pub fn dialects(&self) -> &Dialects {
        &self.dialects
    }

    /// The parts that the rules are given: for one's own use of `countersign-core`.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }
}

/// The tokens of every dialect that is mounted, in the order of the dialects.
fn authentication(authority: &Authority, dialects: &Dialects, mode: Mode) -> Authentication {
    let mut ways = Vec::new();
    let mut challenges = Vec::new();
    let mut blacklist = None;
    if let Some(dialect @ SimpleJwt { rules, .. }) = &dialects.simple_jwt {
        let guard = dialect.authentication(authority, mode);
        challenges.push(guard.challenge());
        ways.push(Way::SimpleJwt(Box::new(guard)));
        blacklist = Some(&rules.tokens).filter(|tokens| tokens.settings().jti_claim.is_some());
    }
    if let Some(dialect) = &dialects.cookie_auth {
        let guard = dialect.access_authentication(authority, mode);
        challenges.push(guard.challenge());
        ways.push(Way::SimpleJwt(Box::new(guard)));
        blacklist = blacklist.or_else(|| Some(&dialect.rules().access_rules().tokens));
    }
    if let Some(dialect) = &dialects.jwt_auth {
        let guard = dialect.authentication(authority);
        challenges.push(guard.challenge());
        ways.push(Way::JwtAuth(Box::new(guard)));
    }
    let challenge = challenges.into_iter().next().unwrap_or_else(|| challenge(&[]));
    let blacklist =
        blacklist.map(|tokens| Blacklist { authority: authority.clone(), tokens: tokens.clone() });
    Authentication::new(ways, challenge, blacklist)
}

impl fmt::Debug for Countersign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Countersign").field("authentication", &self.authentication).finish_non_exhaustive()
    }
}
