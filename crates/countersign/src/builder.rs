//! From a secret and a store to endpoints, extractors and layers.

mod countersign;
mod error;

pub use self::countersign::Countersign;
pub use self::error::BuildError;

use crate::cors::Cors;
use crate::csrf::CsrfSettings;
use crate::dialects::cookie_auth::{CookieAuth, CookieAuthSettings};
use crate::dialects::jwt_auth::JwtAuth;
use crate::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use crate::hooks::{ClaimsHook, Hooks, LoginHook, Overheard, ResponseHook, Rule, Ruled};
use crate::jwks::{Jwks, PublishedKeys};
use crate::pool::HashingPool;
use crate::rest::SiteSettings;
use crate::router::Dialects;
use crate::user_store::{Adapted, UserStore};
use countersign_core::authority::Authority;
use countersign_core::clock::{Clock, SystemClock};
use countersign_core::cookie_auth::{self, CookieAuthRules};
use countersign_core::event::{Events, NoEvents};
use countersign_core::hashing::Hashing;
use countersign_core::jws::{Algorithm, Key, KeyRing, judge_secret};
use countersign_core::jwt_auth::{self, JwtAuthRules};
use countersign_core::password::Hashers;
use countersign_core::random::{Random, SystemRandom};
use countersign_core::secret::Secret;
use countersign_core::settings::{self, Passwords};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::{Ledger, Revocations, Users};
use countersign_core::token::Tokens;
use countersign_core::user::User;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Gathers what an application decides. Made by [`Countersign::builder`].
///
/// A key and users are all that is needed; everything else has the packages' own defaults. Without a dialect chosen,
/// [`simple_jwt`](Self::simple_jwt) is mounted as it comes.
#[must_use = "nothing is made before `build`"]
pub struct Builder {
    secret: Option<Secret>,
    keys: Option<KeyRing>,
    allow_weak_secret: bool,
    users: Option<Arc<dyn Users>>,
    /// Whether they are kept by the application itself.
    users_are_elsewhere: bool,
    ledger: Option<Arc<dyn Ledger>>,
    revocations: Option<Arc<dyn Revocations>>,
    chosen: Chosen,
    passwords: Passwords,
    mode: Mode,
    site: SiteSettings,
    publish_keys: Option<Duration>,
    hooks: Hooks,
    rule: Option<Rule>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hashing: Option<Arc<dyn Hashing>>,
    events: Arc<dyn Events>,
}

/// The dialects that were asked for.
#[derive(Default)]
struct Chosen {
    simple_jwt: Option<settings::SimpleJwt>,
    simple_jwt_paths: SimpleJwtPaths,
    username_field: Option<String>,
    jwt_auth: Option<jwt_auth::JwtAuth>,
    adjust_jwt_auth: Option<Box<dyn FnOnce(JwtAuth) -> JwtAuth + Send>>,
    cookie_auth: Option<(cookie_auth::CookieAuth, CookieAuthSettings)>,
    refresh_token_secret: Option<Secret>,
    csrf: CsrfSettings,
    cors: Option<Cors>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            secret: None,
            keys: None,
            allow_weak_secret: false,
            users: None,
            users_are_elsewhere: false,
            ledger: None,
            revocations: None,
            chosen: Chosen::default(),
            passwords: Passwords::default(),
            mode: Mode::Stateful,
            site: SiteSettings::default(),
            publish_keys: None,
            hooks: Hooks::default(),
            rule: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            hashing: None,
            events: Arc::new(NoEvents),
        }
    }
}

/// Keys.
impl Builder {
    /// Signs and verifies with this secret by HS256: Django's `SECRET_KEY`, if tokens are to be good on both sides.
    pub fn secret_key(mut self, secret: impl Into<Secret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Lets the secret be weak: shorter than 32 bytes, well known, or marked by `django-insecure-`. For development.
    pub fn allow_weak_secret(mut self) -> Self {
        self.allow_weak_secret = true;
        self
    }

    /// Signs and verifies with this ring instead, of whatever algorithms. The secret, if one is given too, is that of
    /// `cookie_auth` alone, which needs one.
    ///
    /// ```
    /// use countersign::Countersign;
    /// use countersign::rules::jws::{Algorithm, Key, KeyRing, generate};
    /// use countersign::rules::random::SystemRandom;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = std::sync::Arc::new(countersign_core::testing::MemoryStore::new());
    /// // In an application: the text of the file in which the key is kept.
    /// let text = generate(Algorithm::EdDsa, &SystemRandom);
    /// let key = Key::read(Algorithm::EdDsa, text.expose(), None)?;
    /// let countersign = Countersign::builder()
    ///     .keys(KeyRing::new(key))
    ///     .publish_keys(Duration::from_secs(300)) // for services that only verify
    ///     .store(store)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Also publishes the public keys at [`/.well-known/jwks.json`](crate::jwks::PATH), to be kept by clients for so
    /// long.
    pub fn publish_keys(mut self, max_age: Duration) -> Self {
        self.publish_keys = Some(max_age);
        self
    }
}

/// Users and what is written down.
impl Builder {
    /// A database that is all of it: users and the ledger of refresh tokens. `countersign-store` has such.
    pub fn store<S: Users + Ledger + 'static>(mut self, store: Arc<S>) -> Self {
        self.users = Some(Arc::clone(&store) as _);
        self.users_are_elsewhere = false;
        self.ledger = Some(store);
        self
    }

    /// Users that are kept elsewhere, behind three methods. Where their refresh tokens are written down is for
    /// [`ledger`](Self::ledger) to say.
    pub fn users(mut self, users: impl UserStore) -> Self {
        self.users = Some(Arc::new(Adapted(users)));
        self.users_are_elsewhere = true;
        self
    }

    /// Users as the rules themselves want them. Beside a database as the [`ledger`](Self::ledger) they must be those of its
    /// own user table, such as with a cache in front: nobody else's tokens could be refreshed.
    pub fn users_of(mut self, users: Arc<dyn Users>) -> Self {
        self.users = Some(users);
        self.users_are_elsewhere = false;
        self
    }

    /// Where refresh tokens are written down, so that they can be revoked. Without it none can, as in a Django project
    /// without the `token_blacklist` app.
    ///
    /// The databases of `countersign-store` write down tokens of users in the same database alone, since their rows refer
    /// to each other: with such a one, name the table of the users by its `UserTable` and use [`store`](Self::store).
    /// Beside [`users`](Self::users) they are refused by [`build`](Self::build), since nobody's token could be refreshed.
    /// For users that are kept anywhere else, [`Ledger`] is a trait to be implemented.
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Where drf-jwt's blacklist is.
    pub fn revocations(mut self, revocations: Arc<dyn Revocations>) -> Self {
        self.revocations = Some(revocations);
        self
    }

    /// Which passwords are accepted and how new ones are hashed.
    pub fn passwords(mut self, passwords: Passwords) -> Self {
        self.passwords = passwords;
        self
    }

    /// Takes the token's word for who it is until it expires, without a look at the users
    /// (`JWTStatelessUserAuthentication`). Logging in and refreshing look all the same.
    pub fn stateless(mut self) -> Self {
        self.mode = Mode::Stateless;
        self
    }
}

/// Dialects.
impl Builder {
    /// Mounts simplejwt's endpoints with these settings.
    pub fn simple_jwt(mut self, settings: settings::SimpleJwt) -> Self {
        self.chosen.simple_jwt = Some(settings);
        self
    }

    /// Where simplejwt's endpoints are. An empty path leaves one out.
    pub fn simple_jwt_paths(mut self, paths: SimpleJwtPaths) -> Self {
        self.chosen.simple_jwt_paths = paths;
        self
    }

    /// Mounts the endpoints of djangorestframework-jwt or drf-jwt with these settings.
    pub fn jwt_auth(mut self, settings: jwt_auth::JwtAuth) -> Self {
        self.chosen.jwt_auth = Some(settings);
        self
    }

    /// Changes how `jwt_auth` shows itself: its paths, its words in the header, its cookies, its answers.
    pub fn jwt_auth_with(mut self, adjust: impl FnOnce(JwtAuth) -> JwtAuth + Send + 'static) -> Self {
        self.chosen.adjust_jwt_auth = Some(Box::new(adjust));
        self
    }

    /// Mounts the cookie recipe's endpoints: the refresh token in an HttpOnly cookie, the CSRF token in another. They need
    /// a [`ledger`](Self::ledger).
    ///
    /// Choosing a dialect leaves out those that are not chosen: whoever wants simplejwt's endpoints beside these says so.
    ///
    /// ```
    /// use countersign::Countersign;
    /// use countersign::dialects::cookie_auth::CookieAuthSettings;
    /// use countersign::rules::cookie_auth::CookieAuth;
    /// use countersign::rules::settings::SimpleJwt;
    ///
    /// # fn main() -> Result<(), countersign::BuildError> {
    /// # let store = std::sync::Arc::new(countersign_core::testing::MemoryStore::new());
    /// let countersign = Countersign::builder()
    ///     .secret_key("the secret key of the Django project next door")
    ///     .store(store)
    ///     .simple_jwt(SimpleJwt::default())
    ///     // `cookie_secure: false` is for a server on this machine without HTTPS, and for nothing else.
    ///     .cookie_auth(CookieAuth::default(), CookieAuthSettings { cookie_secure: false, ..Default::default() })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cookie_auth(mut self, lifetimes: cookie_auth::CookieAuth, settings: CookieAuthSettings) -> Self {
        self.chosen.cookie_auth = Some((lifetimes, settings));
        self
    }

    /// The secret of the refresh tokens in cookies. Without it, it is derived from the secret key.
    pub fn refresh_token_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.chosen.refresh_token_secret = Some(secret.into());
        self
    }

    /// How `cookie_auth` proves that a request was meant.
    pub fn csrf(mut self, settings: CsrfSettings) -> Self {
        self.chosen.csrf = settings;
        self
    }

    /// Which pages of other origins may call the endpoints. What these rules let in with credentials, `cookie_auth`
    /// trusts. The application's own routes get the same rules by `.layer(cors)`.
    pub fn cors(mut self, cors: Cors) -> Self {
        self.chosen.cors = Some(cors);
        self
    }

    /// The name under which clients send the user's name: `username` unless said (`USERNAME_FIELD`).
    pub fn username_field(mut self, name: impl Into<String>) -> Self {
        self.chosen.username_field = Some(name.into());
        self
    }

    /// Hosts, slashes, languages, trusted proxies.
    pub fn site(mut self, settings: SiteSettings) -> Self {
        self.site = settings;
        self
    }
}

/// One's own code: see [`hooks`](crate::hooks).
impl Builder {
    /// What tokens carry beside what they have already.
    pub fn claims_hook(mut self, hook: impl ClaimsHook) -> Self {
        self.hooks.claims = Some(Arc::new(hook));
        self
    }

    /// Changes what the endpoints answer.
    pub fn response_hook(mut self, hook: impl ResponseHook) -> Self {
        self.hooks.response = Some(Arc::new(hook));
        self
    }

    /// Hears of every attempt to log in.
    pub fn login_hook(mut self, hook: impl LoginHook) -> Self {
        self.hooks.login = Some(Arc::new(hook));
        self
    }

    /// Who may hold tokens, beside being active (`USER_AUTHENTICATION_RULE`). Whom the rule refuses is treated as
    /// inactive everywhere: at login, refresh and each request.
    pub fn authentication_rule(mut self, rule: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.rule = Some(Rule(Arc::new(rule)));
        self
    }

    /// Hears of logins and of refresh tokens used again, without the request: a log, a counter.
    pub fn events(mut self, events: Arc<dyn Events>) -> Self {
        self.events = events;
        self
    }
}

/// What is otherwise the machine's.
impl Builder {
    /// Asks this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes ids and masks from this source.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Hashes passwords there. Without it, there is one low-priority thread for each core.
    pub fn hashing(mut self, hashing: Arc<dyn Hashing>) -> Self {
        self.hashing = Some(hashing);
        self
    }
}

impl Builder {
    /// The whole of it.
    ///
    /// # Errors
    /// [`BuildError`]: nothing to sign with or nobody to know, a weak secret, settings that contradict each other.
    pub fn build(mut self) -> Result<Countersign, BuildError> {
        let keys = self.ring()?;
        let users = self.users.take().ok_or(BuildError::NoUsers)?;
        if self.users_are_elsewhere && self.ledger.as_ref().is_some_and(|it| it.knows_its_own_users_alone()) {
            return Err(BuildError::LedgerOfOtherUsers);
        }
        let users = match self.rule.take() {
            Some(rule) => Arc::new(Ruled { users, rule }) as Arc<dyn Users>,
            None => users,
        };
        let hashing = if let Some(hashing) = self.hashing.take() {
            hashing
        } else {
            let hashers = Arc::new(Hashers::new(&self.passwords));
            Arc::new(HashingPool::per_core(hashers, Arc::clone(&self.random)).map_err(BuildError::Threads)?)
        };
        let published = |max_age| Jwks::new(Arc::new(PublishedKeys::of([&keys])), max_age);
        let jwks = self.publish_keys.map(published);
        let dialects = self.dialects(keys)?;
        let authority = Authority {
            users,
            ledger: self.ledger,
            hashing,
            clock: self.clock,
            random: self.random,
            events: self.events,
        };
        Ok(Countersign::assemble(authority, dialects, self.site, &self.hooks, self.mode, jwks))
    }

    /// The keys that sign and verify.
    fn ring(&self) -> Result<KeyRing, BuildError> {
        if let Some(secret) = &self.secret {
            let fault = judge_secret(Algorithm::Hs256, secret.expose()).err();
            if let Some(fault) = fault.filter(|fault| !(self.allow_weak_secret && fault.is_weakness())) {
                return Err(BuildError::Key(fault));
            }
        }
        match (&self.keys, &self.secret) {
            (Some(keys), _) if keys.signing().is_none() => Err(BuildError::NoKey),
            (Some(keys), _) => Ok(keys.clone()),
            (None, Some(secret)) => Ok(KeyRing::new(Key::hmac(Algorithm::Hs256, secret.expose(), None))),
            (None, None) => Err(BuildError::NoKey),
        }
    }

    fn dialects(&mut self, keys: KeyRing) -> Result<Dialects, BuildError> {
        let mut chosen = std::mem::take(&mut self.chosen);
        if chosen.simple_jwt.is_none() && chosen.jwt_auth.is_none() && chosen.cookie_auth.is_none() {
            chosen.simple_jwt = Some(settings::SimpleJwt::default());
        }
        let username_field = chosen.username_field.unwrap_or_else(|| "username".to_owned());
        if let Some(settings) = &chosen.simple_jwt
            && settings.blacklist_after_rotation
            && self.ledger.is_none()
        {
            return Err(BuildError::NoLedger("blacklist_after_rotation"));
        }
        let simple_jwt = chosen.simple_jwt.map(|settings| SimpleJwt {
            rules: SimpleJwtRules {
                tokens: Tokens::new(settings, keys.clone()),
                passwords: self.passwords.clone(),
            },
            paths: chosen.simple_jwt_paths,
            username_field: username_field.clone(),
        });
        let jwt_auth = chosen.jwt_auth.map(|settings| {
            let rules = JwtAuthRules {
                tokens: jwt_auth::Tokens::new(settings, keys),
                passwords: self.passwords.clone(),
                revocations: self.revocations.clone(),
            };
            let dialect = JwtAuth { username_field, ..JwtAuth::new(rules) };
            chosen.adjust_jwt_auth.map_or_else(|| dialect.clone(), |adjust| adjust(dialect.clone()))
        });
        let cookie_auth = match chosen.cookie_auth {
            None => None,
            Some(_) if self.ledger.is_none() => return Err(BuildError::NoLedger("cookie_auth")),
            Some((lifetimes, settings)) => {
                let secret = self.secret.as_ref().ok_or(BuildError::NoSecretForCookies)?;
                let refresh = chosen.refresh_token_secret.as_ref();
                let rules = CookieAuthRules::new(&lifetimes, secret, refresh, self.passwords.clone())?;
                Some(CookieAuth::new(rules, settings, chosen.csrf, chosen.cors.as_ref())?)
            }
        };
        Ok(Dialects {
            simple_jwt,
            jwt_auth,
            cookie_auth,
            accept_jwt_auth: false,
            sessions_path: String::new(),
            demo: None,
        })
    }
}

/// The parts of the endpoints' authority with an ear for the hooks.
fn overheard(authority: &Authority, hooks: &Hooks) -> Authority {
    let overheard = Arc::new(Overheard {
        users: Arc::clone(&authority.users),
        events: Arc::clone(&authority.events),
        claims: hooks.claims.clone(),
    });
    Authority { users: Arc::clone(&overheard) as _, events: overheard, ..authority.clone() }
}

/// Shows which dialects are chosen, nothing more.
impl fmt::Debug for Builder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Builder")
            .field("simple_jwt", &self.chosen.simple_jwt.is_some())
            .field("jwt_auth", &self.chosen.jwt_auth.is_some())
            .field("cookie_auth", &self.chosen.cookie_auth.is_some())
            .finish_non_exhaustive()
    }
}
