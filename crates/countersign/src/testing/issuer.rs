//! The issuer.

use crate::authentication::Authentication;
use crate::builder::{Builder, Countersign};
use countersign_core::clock::{Clock as _, SignedDuration, Timestamp};
use countersign_core::json::{Object, Value};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::Hashers;
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Passwords, SimpleJwt};
use countersign_core::store::{AddOutcome, UserAdmin as _, UserChange};
use countersign_core::testing::{InlineHashing, ManualClock, MemoryStore, SeededRandom, block_on};
use countersign_core::token::{Token, Tokens};
use countersign_core::user::{NewUser, User};
use std::fmt;
use std::sync::Arc;

/// Everything that issues tokens, in one test: its own clock, store, keys and users.
///
/// It begins at 2026-01-01 00:00:00 UTC, and tokens that are made in the same order in another run are the same, letter
/// for letter. Refresh tokens rotate, and used ones are blacklisted.
pub struct TestIssuer {
    countersign: Countersign,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    tokens: Tokens,
}

const START: i64 = 1_767_225_600;
const SECRET: &[u8] = b"a secret of test issuers, long enough for HS256";

impl TestIssuer {
    /// An issuer of the `simple_jwt` dialect.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// The same with more or other decisions: hooks, dialects, settings. Clock, store, randomness and key are the
    /// issuer's own unless they are decided too. With users of the application's own, [`user`](Self::user) and whatever
    /// takes a name find those who are there, and make nobody.
    ///
    /// ```
    /// use countersign::testing::TestIssuer;
    /// use countersign::{Builder, Object};
    ///
    /// /// What `main` and the tests decide alike.
    /// fn decide(builder: Builder) -> Builder {
    ///     builder.claims_hook(|_: &countersign::hooks::ClaimsContext<'_>| Object::from([("tenant", "acme")]))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let issuer = TestIssuer::with(decide);
    /// let caller = issuer.authentication().check(&issuer.token_for("alice")).await.unwrap();
    /// assert!(caller.claim("tenant").is_some());
    /// # }
    /// ```
    ///
    /// # Panics
    /// Where nothing can be built of the decisions, saying why.
    #[must_use]
    pub fn with(decide: impl FnOnce(Builder) -> Builder) -> Self {
        let store = Arc::new(MemoryStore::new());
        let start = Timestamp::from_second(START).expect("it is within the years that exist");
        let clock = Arc::new(ManualClock::new(start));
        let builder = Countersign::builder()
            .keys(KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET, None)))
            .secret_key(Secret::new(SECRET))
            .store(Arc::clone(&store))
            .revocations(Arc::clone(&store) as _)
            .passwords(passwords())
            .hashing(Arc::new(InlineHashing::default()))
            .clock(Arc::clone(&clock) as _)
            .random(Arc::new(SeededRandom::new(1)))
            .simple_jwt(SimpleJwt {
                rotate_refresh_tokens: true,
                blacklist_after_rotation: true,
                ..SimpleJwt::default()
            });
        let countersign = match decide(builder).build() {
            Ok(countersign) => countersign,
            Err(error) => panic!("the test's decisions cannot work: {error}"),
        };
        let tokens = countersign.simple_jwt().expect("`simple_jwt` was mounted above").tokens.clone();
        Self { countersign, store, clock, tokens }
    }

    /// What the application mounts.
    #[must_use]
    pub const fn countersign(&self) -> &Countersign {
        &self.countersign
    }

    /// What the application asks who is calling.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        self.countersign.authentication()
    }

    /// The clock, to be moved.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// The store, to be looked into or [broken](MemoryStore::break_down).
    #[must_use]
    pub fn store(&self) -> &Arc<MemoryStore> {
        &self.store
    }
}

/// Users.
impl TestIssuer {
    /// The user of this name; if there is none yet, an active one is made, with the password `NAME-password`.
    ///
    /// # Panics
    /// Where the application keeps its users itself and has none of that name.
    #[must_use]
    pub fn user(&self, name: &str) -> User {
        self.find(name).unwrap_or_else(|| {
            self.add_user(User::new(name, ""));
            let found = self.find(name);
            found.unwrap_or_else(|| {
                panic!("the application's own users have nobody called `{name}`: add them there")
            })
        })
    }

    /// A user with everything as it is given but for the id, which the store gives, and an empty hash, which becomes
    /// that of the password `NAME-password`.
    ///
    /// # Panics
    /// Where the name is taken.
    pub fn add_user(&self, mut user: User) -> User {
        if user.password.is_empty() {
            let password = Secret::from(format!("{}-password", user.username));
            user.password = Hashers::new(&passwords())
                .encode(&password, &SystemRandom)
                .expect("no limit of length stands in the way");
        }
        match block_on(self.store.add(&NewUser { user })) {
            Ok(AddOutcome::Added(user)) => user,
            Ok(AddOutcome::UsernameTaken) => panic!("the test has a user of that name already"),
            Err(error) => panic!("{error}"),
        }
    }

    /// Switches a user off: `is_active` becomes false.
    pub fn switch_off(&self, name: &str) {
        let id = self.user(name).id;
        let change = UserChange { is_active: Some(false), ..UserChange::default() };
        self.store.change_alone(&id, change);
    }

    fn find(&self, name: &str) -> Option<User> {
        let found = block_on(self.countersign.authority().users.find_by_username(name));
        found.expect("a store works unless it is broken down").map(|user| User::clone(&user))
    }
}

/// Tokens.
impl TestIssuer {
    /// A good access token of a user, who is made if there is none of that name.
    #[must_use]
    pub fn token_for(&self, name: &str) -> String {
        self.pair_for(name).1
    }

    /// `Bearer` and a good access token.
    #[must_use]
    pub fn bearer_for(&self, name: &str) -> String {
        format!("Bearer {}", self.token_for(name))
    }

    /// A refresh token of a user and the access token made with it.
    #[must_use]
    pub fn pair_for(&self, name: &str) -> (String, String) {
        let user = self.user(name);
        let issued = block_on(self.countersign.tokens_for(&user));
        let issued = issued.expect("a store in memory works unless it is broken down");
        (issued.refresh, issued.access)
    }

    /// An access token that ended a second ago.
    #[must_use]
    pub fn expired_token_for(&self, name: &str) -> String {
        let now = self.clock.now().as_second();
        self.token_with(name, [("iat", now - 301), ("exp", now - 1)])
    }

    /// An access token with these claims in place of its own or beside them.
    #[must_use]
    pub fn token_with<N: AsRef<str>, V: Into<Value>>(
        &self,
        name: &str,
        claims: impl IntoIterator<Item = (N, V)>,
    ) -> String {
        let token = self.decoded(name);
        let mut all = token.claims().clone();
        for (name, value) in claims {
            all.insert(name.as_ref(), value);
        }
        self.sign(&all)
    }

    /// An access token that lacks a claim.
    #[must_use]
    pub fn token_without(&self, name: &str, claim: &str) -> String {
        let mut claims = self.decoded(name).claims().clone();
        claims.remove(claim);
        self.sign(&claims)
    }

    /// A token with exactly these claims, well signed.
    #[must_use]
    pub fn sign(&self, claims: &Object) -> String {
        self.tokens.encode_again(&claims.to_ascii())
    }

    /// A good access token in everything but its signature, which is of another key.
    #[must_use]
    pub fn forged_token_for(&self, name: &str) -> String {
        let forger = Key::hmac(Algorithm::Hs256, b"another secret than that of the test issuer", None);
        KeyRing::new(forger).sign(&self.decoded(name).claims().to_ascii())
    }

    fn decoded(&self, name: &str) -> Token {
        let token = self.tokens.decode(&self.token_for(name), self.clock.now());
        token.expect("a token of now is good")
    }
}

/// The cheapest hashes that there are.
fn passwords() -> Passwords {
    Passwords { pbkdf2_iterations: 1, ..Passwords::default() }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TestIssuer").field("clock", &self.clock).finish_non_exhaustive()
    }
}
