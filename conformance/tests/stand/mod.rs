//! The library on a store in memory, as the subject of a replay.

use countersign::dialects::simple_jwt::{SimpleJwt, SimpleJwtPaths};
use countersign::rest::{Site, SiteSettings};
use countersign::{Demo, Dialects};
use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::process::Settings;
use countersign_conformance::recording::PEOPLE;
use countersign_conformance::replay::Subject;
use countersign_conformance::router::InProcess;
use countersign_conformance::{SECRET_KEY, file};
use countersign_core::authority::Authority;
use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::{Events, LoginEvent, ReuseEvent};
use countersign_core::hashing::{Hashed, Hashing};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::password::{self, Check, Hashers, PasswordTooLong};
use countersign_core::random::SystemRandom;
use countersign_core::secret::Secret;
use countersign_core::settings::{Audience, Passwords, SimpleJwt as Rules};
use countersign_core::simple_jwt::{Mode, SimpleJwtRules};
use countersign_core::store::{UserAdmin as _, UserChange};
use countersign_core::testing::{ManualClock, MemoryStore, block_on};
use countersign_core::token::{TokenClass, Tokens};
use countersign_core::user::{NewUser, User, UserId};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

/// The router, its store, and a table that recorded SQL is run on before the store is made to follow.
pub(crate) struct Stand {
    router: InProcess,
    store: Arc<MemoryStore>,
    table: Connection,
}

impl Stand {
    /// As the peer is under these settings, with the people of the recordings.
    pub(crate) fn new(settings: &Settings) -> Self {
        let table = Connection::open_in_memory().unwrap();
        table.execute_batch(TABLES).unwrap();
        table.execute_batch(&std::fs::read_to_string(file(PEOPLE)).unwrap()).unwrap();
        let store = Arc::new(MemoryStore::new());
        for user in users(&table) {
            block_on(store.add(&NewUser { user })).unwrap();
        }
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let site = site(settings, &store, &clock);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let set = move |moment| clock.set(Timestamp::from_second(moment).unwrap());
        Self { router: InProcess::new(runtime, site.into_router(), set, Path::new("")), store, table }
    }
}

/// As much of Django's tables as the statements of the recordings touch.
const TABLES: &str = "
    CREATE TABLE auth_user (
        id INTEGER PRIMARY KEY, username, password, email, first_name, last_name, is_active, is_staff,
        is_superuser, date_joined
    );
    CREATE TABLE token_blacklist_outstandingtoken (user_id);
";

impl Subject for Stand {
    fn answer(&mut self, moment: i64, request: &Request) -> Response {
        self.router.answer(moment, request)
    }

    fn sql(&mut self, statements: &str) {
        self.table.execute_batch(statements).unwrap();
        let left = users(&self.table);
        for id in 1..=8 {
            let id = UserId::Integer(id);
            match left.iter().find(|user| user.id == id) {
                Some(user) => {
                    let change =
                        UserChange { password: Some(&user.password), is_active: Some(user.is_active) };
                    block_on(self.store.update(&id, change)).unwrap();
                }
                None => drop(block_on(self.store.delete(&id)).unwrap()),
            }
        }
    }
}

fn site(settings: &Settings, store: &Arc<MemoryStore>, clock: &Arc<ManualClock>) -> Site {
    let get = |name: &str| settings.get(name).map(String::as_str);
    let on = |name: &str, default: bool| get(name).map_or(default, |value| value == "1");
    let passwords = passwords(on("ALLOW_ALL_USERS_BACKEND", false));
    let authority = Authority {
        users: Arc::clone(store) as _,
        ledger: on("SIMPLEJWT_BLACKLIST_APP", true).then(|| Arc::clone(store) as _),
        hashing: Arc::new(Inline(Hashers::new(&passwords))),
        clock: Arc::clone(clock) as _,
        random: Arc::new(SystemRandom),
        events: Arc::new(Deaf),
    };
    let algorithm = if get("ALGORITHM") == Some("HS512") { Algorithm::Hs512 } else { Algorithm::Hs256 };
    let keys = KeyRing::new(Key::hmac(algorithm, SECRET_KEY.as_bytes(), None));
    let dialects = Dialects {
        simple_jwt: Some(SimpleJwt {
            rules: SimpleJwtRules { tokens: Tokens::new(rules(settings), keys), passwords },
            paths: SimpleJwtPaths::default(),
            username_field: "username".to_owned(),
        }),
        demo: Some(Demo { mode: Mode::Stateful }),
    };
    let habits = SiteSettings {
        append_slash: on("APPEND_SLASH", true),
        json_only: on("JSON_ONLY", false),
        allowed_hosts: vec![get("ALLOWED_HOSTS").unwrap_or("*").to_owned()],
        ..SiteSettings::default()
    };
    Site::new(dialects.endpoints(&authority), habits, &SystemRandom)
}

/// The peer's hashers, and as cheap.
fn passwords(allow_inactive: bool) -> Passwords {
    let names = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5"];
    let hashers = names.map(|name| password::Algorithm::from_setting(name).unwrap()).to_vec();
    Passwords { hashers, pbkdf2_iterations: 1000, allow_inactive, ..Passwords::default() }
}

fn users(table: &Connection) -> Vec<User> {
    let mut query =
        table.prepare("SELECT id, username, password, email, is_active FROM auth_user ORDER BY id").unwrap();
    let rows = query.query_map([], |row| {
        Ok(User {
            id: UserId::Integer(row.get(0)?),
            username: row.get(1)?,
            password: row.get(2)?,
            email: row.get(3)?,
            is_active: row.get(4)?,
            is_staff: false,
            is_superuser: false,
            first_name: String::new(),
            last_name: String::new(),
            last_login: None,
            date_joined: None,
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn rules(settings: &Settings) -> Rules {
    let mut rules = Rules::default();
    for (name, value) in settings {
        let on = value == "1";
        let seconds = || SignedDuration::from_secs(value.parse().unwrap());
        let name_or_none = || (!value.is_empty()).then(|| value.clone());
        match name.as_str() {
            "ROTATE_REFRESH_TOKENS" => rules.rotate_refresh_tokens = on,
            "BLACKLIST_AFTER_ROTATION" => rules.blacklist_after_rotation = on,
            "UPDATE_LAST_LOGIN" => rules.update_last_login = on,
            "CHECK_REVOKE_TOKEN" => rules.check_revoke_token = on,
            "CHECK_USER_IS_ACTIVE" => rules.check_user_is_active = on,
            "ACCESS_TOKEN_LIFETIME" => rules.access_token_lifetime = seconds(),
            "REFRESH_TOKEN_LIFETIME" => rules.refresh_token_lifetime = seconds(),
            "SLIDING_TOKEN_LIFETIME" => rules.sliding_token_lifetime = seconds(),
            "LEEWAY" => rules.leeway = seconds(),
            "ISSUER" => rules.issuer = name_or_none(),
            "AUDIENCE" => {
                rules.audience = Some(match serde_json::from_str(value).unwrap() {
                    serde_json::Value::String(one) => Audience::One(one),
                    many => Audience::Many(serde_json::from_value(many).unwrap()),
                });
            }
            "AUTH_HEADER_TYPES" => rules.auth_header_types = value.split(',').map(str::to_owned).collect(),
            "AUTH_HEADER_NAME" => {
                rules.auth_header_name = value.trim_start_matches("HTTP_").replace('_', "-").to_lowercase();
            }
            "AUTH_TOKEN_CLASSES" => rules.auth_token_classes = vec![TokenClass::Access, TokenClass::Sliding],
            "USER_ID_FIELD" => rules.user_id_field.clone_from(value),
            "USER_ID_CLAIM" => rules.user_id_claim.clone_from(value),
            "TOKEN_TYPE_CLAIM" => rules.token_type_claim = name_or_none(),
            "JTI_CLAIM" => rules.jti_claim = name_or_none(),
            "SLIDING_TOKEN_REFRESH_EXP_CLAIM" => rules.sliding_token_refresh_exp_claim.clone_from(value),
            _ => {}
        }
    }
    rules
}

/// Hashes on the spot.
struct Inline(Hashers);

impl Hashing for Inline {
    fn check(&self, password: Secret, encoded: Option<String>) -> Hashed<'_, Check> {
        Box::pin(async move { Ok(self.0.check(&password, encoded.as_deref(), &SystemRandom)) })
    }

    fn encode(&self, password: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
        Box::pin(async move { Ok(self.0.encode(&password, &SystemRandom)) })
    }
}

/// Nobody listens.
struct Deaf;

impl Events for Deaf {
    fn login(&self, _: &LoginEvent<'_>) {}
    fn reuse(&self, _: &ReuseEvent<'_>) {}
}
