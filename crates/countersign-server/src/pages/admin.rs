//! The admin pages: plain HTML from this server alone, forms and links, no script.
//!
//! A page is an axum handler over `Signed`: whoever is not signed in is sent to the door instead. A
//! form is one over `Posted`, which also shows that the page that sent it is ours: where the browser
//! says that it comes from, and the token of the session. What may be done is asked of
//! [`Rights`](countersign_core::admin::Rights) in each handler; what is done goes through
//! [`Clerk`], which writes it down first.

mod answer;
mod audit;
mod configuration;
mod debugger;
mod door;
mod form;
mod keys;
mod layout;
mod link;
mod overview;
mod sessions;
mod time;
mod tokens;
mod users;
mod visit;

use crate::activity::Activity;
use crate::config::{Config, Rings};
use crate::database::{AdminStore, Database};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use countersign::cookie::{Cookie, CookieAttributes, SameSite};
use countersign::rest::AllowedHosts;
use countersign_core::admin::{AdminRules, Clerk, Desk, Performer, issue_link};
use countersign_core::authority::{Authority, Trouble};
use countersign_core::clock::SignedDuration;
use countersign_core::store::{Actor, LinkPurpose, StoreError};
use countersign_core::token::Tokens;
use std::sync::Arc;

pub use self::link::FIRST_LINK_AGE;

/// Everything that the pages need.
pub struct Admin {
    desk: Desk,
    database: Database,
    store: AdminStore,
    config: Config,
    tokens: Option<Tokens>,
    activity: Arc<Activity>,
    cookie: Cookie,
    hosts: AllowedHosts,
}

impl Admin {
    /// The pages of a configuration.
    #[must_use]
    pub fn new(
        config: &Config,
        authority: &Authority,
        database: &Database,
        rings: &Rings,
        activity: Arc<Activity>,
    ) -> Arc<Self> {
        let store = database.admin.clone();
        let settings = &config.admin;
        let desk = Desk {
            authority: authority.clone(),
            door: Arc::clone(&store.door),
            trail: Arc::clone(&store.trail),
            rules: AdminRules {
                session_age: settings.session_age,
                session_idle: settings.session_idle,
                confirm_age: settings.confirm_age,
                passwords: config.passwords.rules(),
            },
        };
        let hosts: Vec<_> = config.server.allowed_hosts.iter().map(|host| host.as_str().to_owned()).collect();
        Arc::new(Self {
            desk,
            database: database.clone(),
            store,
            config: config.clone(),
            tokens: crate::app::tokens(config, rings),
            activity,
            cookie: cookie(config.is_secure(settings.cookie_secure)),
            hosts: AllowedHosts::new(&hosts),
        })
    }

    /// Where the pages are: `/admin/`.
    fn base(&self) -> &str {
        self.config.admin.path.as_str()
    }

    /// Whether there is anybody who may do everything here.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn has_superuser(&self) -> Result<bool, StoreError> {
        self.store.directory.has_superuser().await
    }

    /// Makes the link that makes the first superuser: its path and query. It works for as long as there is none.
    ///
    /// # Errors
    /// [`Trouble::Store`] where the database did not do its part.
    pub async fn first_link(&self, age: SignedDuration) -> Result<String, Trouble> {
        let secret = issue_link(&self.desk, LinkPurpose::Superuser, None, age).await?;
        Ok(format!("{}link/?once={secret}", self.base()))
    }

    /// Who does acts on users for somebody.
    fn clerk<'a>(&'a self, actor: Actor, visit: &'a visit::Visit) -> Clerk<'a> {
        Clerk {
            users: &*self.database.users,
            directory: &*self.store.directory,
            trail: &*self.store.trail,
            performer: Performer { actor, origin: visit.origin(), at: self.desk.authority.now() },
        }
    }
}

/// A cookie for the whole host, bound to it by its name wherever that is possible: `__Host-` needs `Secure`.
fn cookie(secure: bool) -> Cookie {
    let name = if secure { "__Host-countersign_admin" } else { "countersign_admin" };
    let attributes = CookieAttributes {
        domain: None,
        path: "/".to_owned(),
        secure,
        http_only: true,
        same_site: SameSite::Strict,
        partitioned: false,
    };
    Cookie::new(name, attributes).expect("the name is one, and the prefix goes with Secure")
}

/// All the pages.
pub fn routes(admin: &Arc<Admin>) -> Router {
    let at = |path: &str| format!("{}{path}", admin.base());
    let (first, above) = (admin.base().to_owned(), admin.base().trim_end_matches('/'));
    Router::new()
        .route(&at(""), get(overview::show))
        .route(&at("style.css"), get(layout::style))
        .route(&at("sign-in/"), get(door::ask).post(door::enter))
        .route(&at("sign-out/"), post(door::leave))
        .route(&at("confirm/"), get(door::ask_again).post(door::confirm))
        .route(&at("link/"), get(link::show).post(link::redeem))
        .route(&at("users/"), get(users::list::show))
        .route(&at("users/add/"), get(users::add::show).post(users::add::save))
        .route(&at("users/{id}/"), get(users::one::show).post(users::one::save))
        .route(&at("users/{id}/active/"), post(users::one::switch))
        .route(&at("users/{id}/password/"), get(users::password::show).post(users::password::save))
        .route(&at("users/{id}/link/"), post(users::password::link))
        .route(&at("users/{id}/delete/"), get(users::delete::show).post(users::delete::delete))
        .route(&at("sessions/"), get(sessions::show))
        .route(&at("sessions/end/"), get(sessions::ask).post(sessions::end_all))
        .route(&at("sessions/{id}/end/"), post(sessions::end_one))
        .route(&at("tokens/"), get(tokens::show))
        .route(&at("keys/"), get(keys::show))
        .route(&at("keys/rotate/"), get(keys::rotate::ask).post(keys::rotate::rotate))
        .route(&at("keys/retire/"), get(keys::retire::ask).post(keys::retire::retire))
        .route(&at("debugger/"), get(debugger::ask).post(debugger::explain))
        .route(&at("audit/"), get(audit::show))
        .route(&at("audit.jsonl"), get(audit::export))
        .route(&at("configuration/"), get(configuration::show))
        .route(&at("{*rest}"), any(async || answer::Fault::NOT_FOUND))
        .route(above, get(async move || answer::see_other(&first)))
        .layer(from_fn_with_state(Arc::clone(admin), answer::around))
        .with_state(Arc::clone(admin))
}
