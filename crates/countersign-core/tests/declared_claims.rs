//! Declared claims, from the configuration to the tokens of a login and of its refreshes.

#![expect(clippy::unwrap_used, reason = "a test that fails says enough")]

use countersign_core::authority::{Authority, Trouble};
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::{NoEvents, Origin};
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::json::{Object, Value};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::login::Credentials;
use countersign_core::password::{Check, PasswordTooLong};
use countersign_core::secret::Secret;
use countersign_core::settings::{Audience, Passwords, SimpleJwt};
use countersign_core::simple_jwt::{
    Issued, Refreshed, SimpleJwtRules, Slid, issue, obtain_sliding, preview, refresh, refresh_sliding,
};
use countersign_core::store::{AddOutcome, UserAdmin as _};
use countersign_core::testing::{ManualClock, MemoryStore, SeededRandom, block_on};
use countersign_core::token::Tokens;
use countersign_core::user::{NewUser, User, UserId};
use std::sync::Arc;

struct World {
    authority: Authority,
    rules: SimpleJwtRules,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    user: User,
}

/// Every password is right.
struct Trusting;

impl Hashing for Trusting {
    fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
        Box::pin(async { Ok(Check::Matched { upgrade: None }) })
    }

    fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        unreachable!("nobody gets a new password here")
    }
}

impl World {
    fn new(claims: &[(&str, Value)], mut settings: SimpleJwt) -> Self {
        let mut declared = settings.claims.clone();
        for (name, value) in claims {
            declared.declare(name, value.clone(), &settings.reserved_claims()).unwrap();
        }
        settings.claims = declared;
        let store = Arc::new(MemoryStore::new());
        let AddOutcome::Added(user) = block_on(store.add(&NewUser { user: alice() })).unwrap() else {
            panic!("the name is free")
        };
        let start = Timestamp::from_second(1_795_319_550).unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let authority = Authority {
            users: Arc::clone(&store) as _,
            ledger: Some(Arc::clone(&store) as _),
            hashing: Arc::new(Trusting),
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(7)),
            events: Arc::new(NoEvents),
        };
        let keys = KeyRing::new(Key::hmac(Algorithm::Hs256, b"a secret of more than 32 bytes, surely", None));
        let rules = SimpleJwtRules { tokens: Tokens::new(settings, keys), passwords: Passwords::default() };
        Self { authority, rules, store, clock, user }
    }

    fn rotating(claims: &[(&str, Value)]) -> Self {
        Self::new(
            claims,
            SimpleJwt {
                rotate_refresh_tokens: true,
                blacklist_after_rotation: true,
                rotation_grace: SignedDuration::from_secs(10),
                ..SimpleJwt::default()
            },
        )
    }

    fn issue(&self) -> Issued {
        block_on(issue(&self.authority, &self.rules, &self.user, Origin::default())).unwrap()
    }

    /// (access, refresh)
    fn refresh(&self, text: &str) -> (String, Option<String>) {
        match self.try_refresh(text).unwrap() {
            Refreshed::Renewed { access, refresh } => (access, refresh),
            _ => panic!("the token is good"),
        }
    }

    fn try_refresh(&self, text: &str) -> Result<Refreshed, Trouble> {
        self.clock.advance(SignedDuration::from_secs(1));
        block_on(refresh(&self.authority, &self.rules, text, Origin::default()))
    }

    fn claims(&self, text: &str) -> Object {
        self.rules.tokens.decode(text, self.authority.now()).unwrap().claims().clone()
    }

    fn claim(&self, text: &str, name: &str) -> Option<Value> {
        self.claims(text).get(name).cloned()
    }

    /// Changes what the user's row says.
    fn mark(&self) {
        let at = Timestamp::from_second(1_795_000_000).unwrap();
        block_on(self.authority.users.record_login(&self.user.id, at)).unwrap();
    }
}

/// `last_login` once [`World::mark`] has changed it.
fn marked() -> Value {
    "2026-11-18T11:06:40Z".into()
}

fn alice() -> User {
    User {
        id: UserId::Integer(0),
        username: "alice".into(),
        password: "pbkdf2_sha256$1$salt$hash".into(),
        is_active: true,
        is_staff: false,
        is_superuser: false,
        email: "alice@example.com".into(),
        first_name: String::new(),
        last_name: String::new(),
        last_login: None,
        date_joined: None,
    }
}

fn names(claims: &Object) -> Vec<&str> {
    claims.iter().map(|(name, _)| name).collect()
}

fn seen_and_groups() -> [(&'static str, Value); 2] {
    [("seen", "user.last_login".into()), ("groups", "user.groups".into())]
}

#[test]
fn declared_claims_stand_after_the_user_in_both_tokens_and_before_the_audience() {
    let settings = SimpleJwt {
        check_revoke_token: true,
        audience: Some(Audience::One("api".into())),
        ..SimpleJwt::default()
    };
    let world = World::new(&[("tier", "gold".into()), ("email", "user.email".into())], settings);
    let pair = world.issue();
    let order = ["token_type", "exp", "iat", "jti", "user_id", "hash_password", "tier", "email", "aud"];
    assert_eq!(names(&world.claims(&pair.refresh)), order);
    assert_eq!(names(&world.claims(&pair.access)), order);
    assert_eq!(world.claim(&pair.access, "tier"), Some("gold".into()));
    assert_eq!(world.claim(&pair.access, "email"), Some("alice@example.com".into()));
}

#[test]
fn a_preview_says_what_the_tokens_say_and_leaves_no_trace() {
    let settings = SimpleJwt { issuer: Some("us".into()), ..SimpleJwt::default() };
    let world = World::new(&seen_and_groups(), settings);
    world.store.grant(&world.user.id, "editors", "blog.add_post");
    let shown = block_on(preview(&world.authority, &world.rules, &world.user)).unwrap();
    let pair = world.issue();
    for (shown, token) in [(&shown.refresh, &pair.refresh), (&shown.access, &pair.access)] {
        let (mut shown, mut real) = (shown.clone(), world.claims(token));
        assert_eq!(names(&shown), names(&real));
        assert_ne!(shown.remove("jti"), real.remove("jti"));
        assert_eq!(shown, real);
    }
    let unused = shown.refresh.get("jti").and_then(Value::as_str).unwrap();
    let end = Timestamp::from_second(1_900_000_000).unwrap();
    let purged = block_on(world.authority.ledger.as_ref().unwrap().purge(end, 0, 10)).unwrap();
    assert_eq!(purged.outstanding, 1, "{unused} must not be written down");
}

#[test]
fn a_refresh_without_rotation_reads_the_user_again() {
    let world = World::new(&seen_and_groups(), SimpleJwt::default());
    let pair = world.issue();
    world.mark();
    world.store.grant(&world.user.id, "editors", "blog.add_post");
    let (access, none) = world.refresh(&pair.refresh);
    assert_eq!(none, None);
    assert_eq!(world.claim(&access, "seen"), Some(marked()));
    assert_eq!(world.claim(&access, "groups"), Some(vec!["editors"].into()));
    assert_eq!(names(&world.claims(&access)), names(&world.claims(&pair.access)));
}

#[test]
fn a_rotation_reads_the_user_again_for_both_tokens() {
    let world = World::rotating(&seen_and_groups());
    let pair = world.issue();
    world.mark();
    let (access, successor) = world.refresh(&pair.refresh);
    for token in [access, successor.unwrap()] {
        assert_eq!(world.claim(&token, "seen"), Some(marked()));
    }
    let without_ledger =
        World::new(&seen_and_groups(), SimpleJwt { rotate_refresh_tokens: true, ..SimpleJwt::default() });
    let pair = without_ledger.issue();
    without_ledger.mark();
    let (_, successor) = without_ledger.refresh(&pair.refresh);
    assert_eq!(without_ledger.claim(&successor.unwrap(), "seen"), Some(marked()));
}

#[test]
fn a_successor_given_again_is_the_same_token_but_its_access_token_is_of_now() {
    let world = World::rotating(&seen_and_groups());
    let pair = world.issue();
    let (_, first) = world.refresh(&pair.refresh);
    world.mark();
    let (access, again) = world.refresh(&pair.refresh);
    assert_eq!(again, first);
    assert_eq!(world.claim(&first.unwrap(), "seen"), Some(Value::Null));
    assert_eq!(world.claim(&access, "seen"), Some(marked()));
}

#[test]
fn a_claim_declared_since_is_added_and_one_that_nobody_declares_any_more_is_kept() {
    let before = World::rotating(&[("plan", "free".into()), ("email", "user.email".into())]);
    let mut after = World::rotating(&[("email", "user.email".into()), ("name", "user.username".into())]);
    after.authority = before.authority.clone();
    let (access, successor) = after.refresh(&before.issue().refresh);
    for token in [access, successor.unwrap()] {
        let claims = after.claims(&token);
        assert_eq!(names(&claims)[4..], ["user_id", "plan", "email", "name"]);
        assert_eq!(claims.get("plan"), Some(&"free".into()));
    }
}

#[test]
fn a_token_that_names_nobody_is_refreshed_without_declared_claims() {
    let world = World::new(&seen_and_groups(), SimpleJwt::default());
    let text = world.rules.tokens.encode_again(r#"{"token_type":"refresh","exp":1895319550,"jti":"x"}"#);
    let (access, _) = world.refresh(&text);
    assert_eq!(names(&world.claims(&access)), ["token_type", "exp", "iat", "jti"]);
}

#[test]
fn a_sliding_token_carries_them_and_reads_them_again() {
    let world = World::new(&seen_and_groups(), SimpleJwt::default());
    let credentials = Credentials { username: "alice", password: Secret::from("any") };
    let token = |slid| match slid {
        Ok(Slid::Token(token)) => token,
        _ => panic!("it is a good user with a good token"),
    };
    let first =
        token(block_on(obtain_sliding(&world.authority, &world.rules, credentials, Origin::default())));
    assert_eq!(names(&world.claims(&first))[4..], ["refresh_exp", "user_id", "seen", "groups"]);
    world.mark();
    let second = token(block_on(refresh_sliding(&world.authority, &world.rules, &first, Origin::default())));
    assert_eq!(world.claim(&second, "seen"), Some(marked()));
}

#[test]
fn a_token_too_long_to_be_accepted_is_not_given_and_uses_nothing_up() {
    let world = World::rotating(&seen_and_groups());
    let pair = world.issue();
    for number in 0..900 {
        world.store.grant(&world.user.id, &format!("group {number}"), "blog.add_post");
    }
    let too_long = |result: Result<(), Trouble>| matches!(result, Err(Trouble::TokenTooLong(12_000..)));
    assert!(too_long(
        block_on(issue(&world.authority, &world.rules, &world.user, Origin::default())).map(drop)
    ));
    assert!(too_long(world.try_refresh(&pair.refresh).map(drop)));
    let jti = world.claim(&pair.refresh, "jti").unwrap();
    let ledger = world.authority.ledger.clone().unwrap();
    assert!(!block_on(ledger.is_blacklisted(jti.as_str().unwrap())).unwrap());
}

#[test]
fn groups_that_cannot_be_read_are_trouble_and_no_empty_list() {
    let world = World::new(&seen_and_groups(), SimpleJwt::default());
    world.store.break_down(true);
    let result = block_on(preview(&world.authority, &world.rules, &world.user));
    assert!(matches!(result, Err(Trouble::Store(_))), "{result:?}");
}
