//! Builds the application out of its configuration: who decides, what is mounted.

use crate::config::value::{Auto, EndpointPath};
use crate::config::{Config, Rings};
use crate::database::Database;
use crate::events::LoggedEvents;
use countersign::cors::Cors;
use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::docs;
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects, HashingPool};
use countersign_core::authority::Authority;
use countersign_core::clock::SystemClock;
use countersign_core::hashing::Hashing;
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::settings;
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::Revocations;
use countersign_core::token::Tokens;
use countersign_store::RecentUsers;
use std::io;
use std::num::NonZero;
use std::sync::Arc;

/// The parts that the rules are given: this database, the machine's clock, and hashing threads: those that `hashing`
/// gives, else new ones.
///
/// # Errors
/// If the system gives no thread.
pub fn authority(
    config: &Config,
    database: &Database,
    hashing: impl FnOnce() -> Option<Arc<dyn Hashing>>,
) -> io::Result<Authority> {
    Ok(Authority {
        users: database.store.clone(),
        ledger: config.blacklist.enabled.then(|| database.store.clone() as _),
        hashing: match hashing() {
            Some(hashing) => hashing,
            None => Arc::new(pool(config)?),
        },
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        events: Arc::new(LoggedEvents),
    })
}

fn pool(config: &Config) -> io::Result<HashingPool> {
    let hashers = Arc::new(Hashers::new(&config.passwords.rules()));
    let random = Arc::new(SystemRandom);
    match config.server.hashing_threads {
        Auto::Auto => HashingPool::per_core(hashers, random),
        Auto::Number(threads) => {
            let threads = usize::try_from(threads).ok().and_then(NonZero::new);
            HashingPool::new(hashers, random, threads.unwrap_or(NonZero::<usize>::MIN))
        }
    }
}

/// Every endpoint that is configured, on this database.
#[must_use]
pub fn site(config: &Config, authority: &Authority, database: &Database) -> Site {
    site_with_keys(config, authority, database, &config.rings())
}

/// The same with the keys of a moment.
#[must_use]
pub fn site_with_keys(config: &Config, authority: &Authority, database: &Database, rings: &Rings) -> Site {
    let dialects = dialects(config, Arc::clone(&database.revocations), rings);
    let authority = &remembering(config, authority);
    let docs = (!config.server.json_only).then_some(docs::PATH);
    Site::new(dialects.endpoints(authority), site_settings(config), &*authority.random)
        .explaining(dialects.inspector(authority), docs)
}

/// With users who may be taken for what they were a while ago, where the configuration says how long.
fn remembering(config: &Config, authority: &Authority) -> Authority {
    let mut authority = authority.clone();
    if let Some(bound) = config.users.cache {
        let (users, clock) = (authority.users, Arc::clone(&authority.clock));
        authority.users = Arc::new(RecentUsers::new(users, clock, bound));
    }
    authority
}

/// The paths that give new tokens for a refresh token, or for a token that is good still.
#[must_use]
pub fn refresh_paths(config: &Config) -> Vec<String> {
    let (simple, jwt, cookie) = (&config.simple_jwt, &config.jwt_auth, &config.cookie_auth);
    let paths = [&simple.refresh_path, &simple.sliding_refresh_path, &jwt.refresh_path, &cookie.refresh_path];
    paths.into_iter().flatten().map(|path| path.as_str().to_owned()).collect()
}

const LOADED: &str = "a configuration is loaded only if this can be built of it";

/// The rules for pages of other origins.
#[must_use]
pub fn cors(config: &Config) -> Cors {
    config.cors().expect(LOADED)
}

/// How tokens of the `simple_jwt` dialect are made and read. `None` without a key.
#[must_use]
pub fn tokens(config: &Config, rings: &Rings) -> Option<Tokens> {
    let rules = settings::SimpleJwt { sessions: config.sessions.rules(), ..config.simple_jwt.rules() };
    Some(Tokens::new(rules, rings.simple_jwt.clone()?))
}

fn dialects(config: &Config, revocations: Arc<dyn Revocations>, rings: &Rings) -> Dialects {
    let simple_jwt = tokens(config, rings).filter(|_| config.simple_jwt.enabled).map(|tokens| SimpleJwt {
        rules: SimpleJwtRules { tokens, passwords: config.passwords.rules() },
        paths: simple_jwt_paths(config),
        username_field: config.users.username.as_str().to_owned(),
    });
    let mode = if config.demo.stateless { Mode::Stateless } else { Mode::Stateful };
    let cookie_auth = config.cookie_auth(rings.cookie_auth.clone(), &cors(config)).expect(LOADED);
    let simple_rules = simple_jwt.as_ref().map(|dialect| &dialect.rules);
    let jwt_auth = config.jwt_auth(rings.jwt_auth.clone(), simple_rules, Some(revocations)).expect(LOADED);
    Dialects {
        simple_jwt,
        cookie_auth,
        jwt_auth,
        sessions_path: path(config.sessions.path.as_ref()),
        accept_jwt_auth: config.simple_jwt.accept_jwt_auth,
        demo: config.demo.enabled.then_some(Demo { mode }),
    }
}

/// Empty: nowhere.
fn path(path: Option<&EndpointPath>) -> String {
    path.map_or("", EndpointPath::as_str).to_owned()
}

fn simple_jwt_paths(config: &Config) -> SimpleJwtPaths {
    let settings = &config.simple_jwt;
    SimpleJwtPaths {
        obtain: path(settings.obtain_path.as_ref()),
        refresh: path(settings.refresh_path.as_ref()),
        verify: path(settings.verify_path.as_ref()),
        blacklist: path(settings.blacklist_path.as_ref()),
        sliding_obtain: path(settings.sliding_obtain_path.as_ref()),
        sliding_refresh: path(settings.sliding_refresh_path.as_ref()),
    }
}

fn site_settings(config: &Config) -> SiteSettings {
    SiteSettings {
        append_slash: config.server.append_slash,
        allowed_hosts: config.server.allowed_hosts.iter().map(|host| host.as_str().to_owned()).collect(),
        json_only: config.server.json_only,
        trusted_proxies: config.server.trusted_proxies.clone(),
        locales: config.server.locales,
    }
}
