//! An API on one port and pages on another, both real servers on this machine, and a clock that can be moved.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Html;
use axum::routing::get;
use countersign::Dialects;
use countersign::cookie::SameSite;
use countersign::cors::{Cors, CorsSettings};
use countersign::csrf::CsrfSettings;
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthSettings};
use countersign::rest::{Site, SiteSettings};
use countersign::spa;
use countersign_core::authority::Authority;
use countersign_core::clock::{Clock as _, SignedDuration, SystemClock};
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules};
use countersign_core::event::NoEvents;
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::Passwords;
use countersign_core::store::UserAdmin as _;
use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore};
use countersign_core::user::{NewUser, User, UserId};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tower::Layer as _;

pub(crate) struct Stage {
    /// Where the API is, as its pages know it.
    pub(crate) api: String,
    /// The page that may call it.
    pub(crate) page: String,
    /// A page of somebody else's.
    pub(crate) foreign: String,
    clock: Arc<ManualClock>,
    seen: Seen,
}

/// What the API answered.
#[derive(Clone, Default)]
struct Seen {
    rotations: Arc<AtomicUsize>,
    lines: Arc<Mutex<Vec<String>>>,
}

/// On which hosts API and pages are.
pub(crate) struct Hosts {
    pub(crate) api: &'static str,
    pub(crate) page: &'static str,
    pub(crate) same_site: SameSite,
}

/// Two ports of one host: two origins, one site.
pub(crate) const TWO_PORTS: Hosts = Hosts { api: "localhost", page: "localhost", same_site: SameSite::Lax };
/// Two sites, as far as a browser is concerned.
pub(crate) const TWO_SITES: Hosts =
    Hosts { api: "b.localhost", page: "a.localhost", same_site: SameSite::None };

impl Stage {
    pub(crate) async fn new(hosts: Hosts) -> Self {
        let api_socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let page_socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (api_port, page_port) =
            (api_socket.local_addr().unwrap().port(), page_socket.local_addr().unwrap().port());
        let api = format!("http://{}:{api_port}", hosts.api);
        let page_origin = format!("http://{}:{page_port}", hosts.page);
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let seen = Seen::default();
        let router = router(&page_origin, hosts.same_site, &clock).await;
        let watched = router.layer(from_fn({
            let seen = seen.clone();
            move |request, next| watch(seen.clone(), request, next)
        }));
        let pages = spa::routes("/demo/spa/", &[&api])
            .route("/form/{*to}", get(form))
            .route("/blank", get(async || Html("<!doctype html><title>blank</title>")));
        tokio::spawn(async move { axum::serve(api_socket, watched).await });
        tokio::spawn(async move { axum::serve(page_socket, pages).await });
        Self {
            page: format!("{page_origin}/demo/spa/?api={api}"),
            foreign: format!("http://evil.localhost:{page_port}"),
            api,
            clock,
            seen,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// How often a refresh succeeded.
    pub(crate) fn rotations(&self) -> usize {
        self.seen.rotations.load(Ordering::Relaxed)
    }

    /// Every request that was answered: method, path, status.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen.lines.lock().unwrap().clone()
    }
}

async fn watch(seen: Seen, request: Request, next: Next) -> axum::response::Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    let line = format!("{asked} {}", response.status().as_u16());
    if line == "POST /accounts/refresh_token 200" {
        seen.rotations.fetch_add(1, Ordering::Relaxed);
    }
    seen.lines.lock().unwrap().push(line);
    response
}

/// A page of somebody else's that posts a form to the API by itself.
async fn form(axum::extract::Path(to): axum::extract::Path<String>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>forged</title><form method=post action='http://{to}'>\
         <input name=username value=mallory><input name=password value=mallory-pass-1></form>\
         <script>document.forms[0].submit()</script>"
    ))
}

async fn router(page: &str, same_site: SameSite, clock: &Arc<ManualClock>) -> Router {
    let passwords = Passwords { pbkdf2_iterations: 1, ..Passwords::default() };
    let store = Arc::new(MemoryStore::new());
    let hashers = Hashers::new(&passwords);
    for name in ["alice", "mallory"] {
        let password = hashers.encode(&Secret::from(format!("{name}-pass-1")), &SystemRandom).unwrap();
        store.add(&NewUser { user: user(name, password) }).await.unwrap();
    }
    let authority = Authority {
        users: Arc::clone(&store) as _,
        ledger: Some(store),
        hashing: Arc::new(InlineHashing::new(hashers)),
        clock: Arc::clone(clock) as _,
        random: Arc::new(SystemRandom),
        events: Arc::new(NoEvents),
    };
    let cors = Cors::new(CorsSettings {
        allowed_origins: vec![page.to_owned()],
        allow_credentials: true,
        ..CorsSettings::default()
    })
    .unwrap();
    let rules = CookieAuthRules::new(&Lifetimes::default(), &"a secret".into(), None, passwords).unwrap();
    let settings = CookieAuthSettings {
        cookie_samesite: same_site,
        cookie_secure: same_site == SameSite::None,
        ..CookieAuthSettings::default()
    };
    let dialect = CookieAuth::new(rules, settings, CsrfSettings::default(), Some(&cors)).unwrap();
    let dialects = Dialects { cookie_auth: Some(dialect), ..Dialects::default() };
    let site = Site::new(dialects.endpoints(&authority), SiteSettings::default(), &SystemRandom);
    Router::new().fallback_service(cors.layer(site))
}

fn user(name: &str, password: String) -> User {
    User {
        id: UserId::Integer(0),
        username: name.to_owned(),
        password,
        is_active: true,
        is_staff: false,
        is_superuser: false,
        email: format!("{name}@example.com"),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}
