//! Users, keys, a clock and a store: what every test stands on.

use crate::authority::Authority;
use crate::clock::{SignedDuration, Timestamp};
use crate::event::{NoEvents, Origin};
use crate::hashing::{Hashed, Hashing};
use crate::json::{Object, Value};
use crate::jws::{Algorithm, Key, KeyRing};
use crate::jwt_auth::{
    Authentication, Holder, JwtAuth, JwtAuthRules, Obtained, Profile, Refreshed, Refusal, Token, Tokens,
    Verification, authenticate, obtain, refresh, verify,
};
use crate::login::Credentials;
use crate::password::{Check, PasswordTooLong};
use crate::secret::Secret;
use crate::settings::Passwords;
use crate::store::{AddOutcome, UserAdmin as _, UserChange};
use crate::testing::{ManualClock, MemoryStore, SeededRandom, block_on};
use crate::user::{NewUser, User, UserId};
use std::sync::Arc;

pub(super) const NOW: i64 = 1_795_319_550;

/// Passwords are their own hashes here: what is tested is not hashing.
struct Plain;

impl Hashing for Plain {
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check> {
        let is_right = encoded.is_some_and(|encoded| encoded.as_bytes() == password.expose());
        let check = if is_right { Check::Matched { upgrade: None } } else { Check::Refused };
        Box::pin(std::future::ready(Ok(check)))
    }

    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(std::future::ready(Ok(Ok(String::from_utf8_lossy(password.expose()).into_owned()))))
    }
}

pub(super) struct World {
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) authority: Authority,
    pub(super) rules: JwtAuthRules,
}

impl World {
    /// Alice, Ida who is not active, and Root, a superuser; each with the password `pass`.
    pub(super) fn new(settings: JwtAuth) -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new(Timestamp::new(NOW, 500_000_000).unwrap()));
        for (name, is_active, is_superuser) in
            [("alice", true, false), ("ida", false, false), ("root", true, true), ("bob", true, false)]
        {
            let added =
                block_on(store.add(&NewUser { user: person(name, is_active, is_superuser) })).unwrap();
            assert!(matches!(added, AddOutcome::Added(_)));
        }
        let authority = Authority {
            users: store.clone(),
            ledger: Some(store.clone()),
            hashing: Arc::new(Plain),
            clock: clock.clone(),
            random: Arc::new(SeededRandom::new(7)),
            events: Arc::new(NoEvents),
        };
        let rules = JwtAuthRules {
            tokens: Tokens::new(settings, keys()),
            passwords: Passwords::default(),
            revocations: Some(store.clone()),
        };
        Self { store, clock, authority, rules }
    }

    pub(super) fn fork() -> Self {
        Self::new(JwtAuth::of(Profile::Fork))
    }

    pub(super) fn original() -> Self {
        Self::new(JwtAuth { allow_refresh: true, ..JwtAuth::of(Profile::Original) })
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(super) fn change(&self, name: &str, change: UserChange<'_>) {
        let user = self.user(name);
        assert!(self.store.change_alone(&user.id, change));
    }

    pub(super) fn user(&self, name: &str) -> Arc<User> {
        block_on(self.authority.users.find_by_username(name)).unwrap().expect("one of the users above")
    }

    pub(super) fn try_login(&self, name: &str, password: &str) -> Obtained {
        let credentials = Credentials { username: name, password: Secret::from(password) };
        block_on(obtain(&self.authority, &self.rules, credentials, Origin::default())).unwrap()
    }

    pub(super) fn login(&self, name: &str) -> String {
        match self.try_login(name, "pass") {
            Obtained::Token { text, .. } => text,
            _ => panic!("{name} cannot log in"),
        }
    }

    pub(super) fn refresh(&self, text: &str) -> Refreshed {
        block_on(refresh(&self.authority, &self.rules, text)).unwrap()
    }

    pub(super) fn next(&self, text: &str) -> String {
        match self.refresh(text) {
            Refreshed::Token { text, .. } => text,
            other => panic!("it is not refreshed: {}", describe(&other)),
        }
    }

    pub(super) fn verify(&self, text: &str) -> Result<(), Refusal> {
        match block_on(verify(&self.authority, &self.rules, text)).unwrap() {
            Verification::Valid(_) => Ok(()),
            Verification::Refused(refusal) => Err(refusal),
        }
    }

    pub(super) fn authenticate(&self, text: &str) -> Result<Holder, Refusal> {
        match block_on(authenticate(&self.authority, &self.rules, text)).unwrap() {
            Authentication::Admitted(holder) => Ok(holder),
            Authentication::Refused(refusal) => Err(refusal),
        }
    }

    pub(super) fn read(&self, text: &str) -> Token {
        self.rules.tokens.decode(text, self.authority.now()).expect("a good token")
    }
}

pub(super) fn describe(refreshed: &Refreshed) -> String {
    match refreshed {
        Refreshed::Token { .. } => "refreshed".to_owned(),
        Refreshed::Refused(refusal) => format!("{refusal:?}"),
        Refreshed::NoOrigIat => "no orig_iat".to_owned(),
        Refreshed::Ended => "ended".to_owned(),
    }
}

pub(super) fn keys() -> KeyRing {
    KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None))
}

/// A token of these claims, well signed. What is not given is as drf-jwt writes it for Alice; `None` leaves a
/// claim out.
pub(super) fn signed<const N: usize>(changes: [(&str, Option<Value>); N]) -> String {
    let mut claims = Object::new();
    claims.insert("username", "alice");
    claims.insert("iat", NOW);
    claims.insert("exp", NOW + 300);
    claims.insert("jti", "3ad605b3-a171-4a57-ac16-8b5e1364f820");
    claims.insert("user_id", 1);
    claims.insert("orig_iat", NOW);
    for (name, value) in changes {
        match value {
            Some(value) => claims.insert(name, value),
            None => drop(claims.remove(name)),
        }
    }
    keys().sign(&claims.to_ascii())
}

fn person(name: &str, is_active: bool, is_superuser: bool) -> User {
    User {
        id: UserId::Integer(0),
        username: name.to_owned(),
        password: "pass".to_owned(),
        is_active,
        is_staff: false,
        is_superuser,
        email: format!("{name}@example.com"),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}
