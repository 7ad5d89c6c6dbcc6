//! A router in which every route says who may use it.

use crate::authentication::Authentication;
use crate::builder::Countersign;
use crate::permission::{Open, Permission};
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use http::Method;
use std::fmt;

/// An axum router in which no route is without a guard: a forgotten one is a compile error, and [`Open`](crate::Open) stands
/// where nobody is asked.
///
/// ```
/// use countersign::{Authentication, GuardedRouter, IsAdminUser, IsAuthenticated, Open};
///
/// # async fn hello() {}
/// # async fn health() {}
/// # async fn drop_everything() {}
/// # fn main() -> Result<(), countersign::StatelessError> {
/// # let authentication = Authentication::stateless().secret("the secret key of the Django project next door").build()?;
/// let app = GuardedRouter::new(authentication)
///     .get("/hello/", IsAuthenticated, hello)
///     .get("/health", Open, health)
///     .delete("/everything/", IsAdminUser, drop_everything);
///
/// assert_eq!(
///     app.to_string(),
///     "DELETE /everything/ IsAdminUser\n\
///      GET    /health      Open\n\
///      GET    /hello/      IsAuthenticated\n"
/// );
/// let router: axum::Router = app.into_router();
/// # Ok(())
/// # }
/// ```
///
/// The text is a test that is worth having: whoever adds a route or loosens a guard changes it. `countersign::testing`
/// has `walk`, which asks every route without credentials and adds what it answers.
pub struct GuardedRouter<S = ()> {
    authentication: Authentication,
    router: Router<S>,
    routes: Vec<GuardedRoute>,
}

/// A route and who may use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct GuardedRoute {
    /// Its path, as axum has it.
    pub path: String,
    /// Its method; none stands for all of them.
    pub method: Option<String>,
    /// The [name](Permission::name) of the permission.
    pub guard: String,
    /// Whether nobody is asked.
    pub is_open: bool,
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// A router without routes, whose guards authenticate in this way.
    #[must_use]
    pub fn new(authentication: Authentication) -> Self {
        Self { authentication, router: Router::new(), routes: Vec::new() }
    }

    /// Answers `GET`, and with it `HEAD`, to whom the guard admits.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &str, guard: impl Permission, handler: H) -> Self {
        self.method(&Method::GET, path, guard, get(handler))
    }

    /// Answers `POST` to whom the guard admits.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &str, guard: impl Permission, handler: H) -> Self {
        self.method(&Method::POST, path, guard, post(handler))
    }

    /// Answers `PUT` to whom the guard admits.
    #[must_use]
    pub fn put<H: Handler<T, S>, T: 'static>(self, path: &str, guard: impl Permission, handler: H) -> Self {
        self.method(&Method::PUT, path, guard, put(handler))
    }

    /// Answers `PATCH` to whom the guard admits.
    #[must_use]
    pub fn patch<H: Handler<T, S>, T: 'static>(self, path: &str, guard: impl Permission, handler: H) -> Self {
        self.method(&Method::PATCH, path, guard, patch(handler))
    }

    /// Answers `DELETE` to whom the guard admits.
    #[must_use]
    pub fn delete<H: Handler<T, S>, T: 'static>(
        self,
        path: &str,
        guard: impl Permission,
        handler: H,
    ) -> Self {
        self.method(&Method::DELETE, path, guard, delete(handler))
    }

    /// Hands everything below and at this path to a method router, whatever its methods, behind one guard.
    ///
    /// # Panics
    /// As [`Router::route`].
    #[must_use]
    pub fn any(mut self, path: &str, guard: impl Permission, methods: MethodRouter<S>) -> Self {
        self.note(None, path, &guard);
        let methods = methods.layer(self.authentication.require(guard));
        self.router = self.router.route(path, methods);
        self
    }

    /// The endpoints of countersign, which have their own guards. Those that take credentials are open.
    #[must_use]
    pub fn countersign(mut self, countersign: &Countersign) -> Self {
        for endpoint in countersign.site().endpoints() {
            let path = match endpoint.tail {
                Some(tail) => format!("{}/{{{tail}}}/", endpoint.path.trim_end_matches('/')),
                None => endpoint.path.clone(),
            };
            let is_open = endpoint.guard.is_none();
            let guard = if is_open { "Open" } else { "countersign" };
            self.routes.extend(endpoint.operations.iter().map(|operation| GuardedRoute {
                path: path.clone(),
                method: Some(operation.method.to_string()),
                guard: guard.to_owned(),
                is_open,
            }));
        }
        if countersign.publishes_keys() {
            self.note(Some(Method::GET.to_string()), crate::jwks::PATH, &Open);
        }
        self.router = self.router.merge(countersign.router());
        self
    }

    /// The routes of another, with their guards.
    ///
    /// # Panics
    /// As [`Router::merge`].
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self.router = self.router.merge(other.router);
        self
    }

    /// The routes of another below this path, with their guards.
    ///
    /// # Panics
    /// As [`Router::nest`].
    #[must_use]
    pub fn nest(mut self, path: &str, other: Self) -> Self {
        let base = path.trim_end_matches('/');
        let below = |route: GuardedRoute| {
            let path = if route.path == "/" { base.to_owned() } else { format!("{base}{}", route.path) };
            GuardedRoute { path, ..route }
        };
        self.routes.extend(other.routes.into_iter().map(below));
        self.router = self.router.nest(path, other.router);
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state<T>(self, state: S) -> GuardedRouter<T> {
        GuardedRouter {
            authentication: self.authentication,
            router: self.router.with_state(state),
            routes: self.routes,
        }
    }

    /// Every route, by path and method.
    #[must_use]
    pub fn routes(&self) -> Vec<GuardedRoute> {
        let mut routes = self.routes.clone();
        routes.sort();
        routes
    }

    /// The router, to be served or to be given layers that are nobody's guard. Routes that are added from here on are
    /// seen by nobody.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn method(
        mut self,
        method: &Method,
        path: &str,
        guard: impl Permission,
        methods: MethodRouter<S>,
    ) -> Self {
        self.note(Some(method.to_string()), path, &guard);
        // Around the one method alone, so that another may stand beside it under a guard of its own.
        let methods = methods.route_layer(self.authentication.require(guard));
        self.router = self.router.route(path, methods);
        self
    }

    fn note(&mut self, method: Option<String>, path: &str, guard: &impl Permission) {
        let (path, is_open) = (path.to_owned(), guard.is_open());
        self.routes.push(GuardedRoute { path, method, guard: guard.name().into_owned(), is_open });
    }
}

/// A line a route: method, path, guard.
impl<S: Clone + Send + Sync + 'static> fmt::Display for GuardedRouter<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.routes();
        let width = routes.iter().map(|route| route.path.len()).max().unwrap_or(0);
        for GuardedRoute { path, method, guard, .. } in &routes {
            writeln!(out, "{:6} {path:width$} {guard}", method.as_deref().unwrap_or("*"))?;
        }
        Ok(())
    }
}

impl<S: Clone + Send + Sync + 'static> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GuardedRouter").field("routes", &self.routes()).finish_non_exhaustive()
    }
}
