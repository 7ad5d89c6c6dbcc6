//! A live Django project, taken over and handed back: nobody is logged out, on the way there or on the way back.
//!
//! Runs where `COUNTERSIGN_PEER_PYTHON` names a Python that has Django and simplejwt.

use crate::replica::{SECRET, Site};
use countersign_postgres_fixture::Server;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A Django project that runs `sys.argv[2]`, with what `sys.argv[1]` says of it.
const PROJECT: &str = r"
import json, sys, types
from datetime import timedelta
import django
from django.conf import settings
said = json.loads(sys.argv[1])
urls = sys.modules['urls'] = types.ModuleType('urls')
HASHERS = ['PBKDF2', 'PBKDF2SHA1', 'Argon2', 'BCryptSHA256', 'Scrypt', 'MD5']
settings.configure(
    SECRET_KEY=said['secret'], USE_TZ=True, ROOT_URLCONF='urls', ALLOWED_HOSTS=['*'],
    INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', 'rest_framework',
                    'rest_framework_simplejwt.token_blacklist'],
    PASSWORD_HASHERS=[f'django.contrib.auth.hashers.{name}PasswordHasher' for name in HASHERS],
    SIMPLE_JWT={'ROTATE_REFRESH_TOKENS': True, 'BLACKLIST_AFTER_ROTATION': True,
                'REFRESH_TOKEN_LIFETIME': timedelta(days=14)},
    DATABASES={'default': said['database']},
)
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.urls import path
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView
urls.urlpatterns = [path('api/token/', TokenObtainPairView.as_view()),
                    path('api/token/refresh/', TokenRefreshView.as_view())]
exec(sys.argv[2])
";

/// A user of each kind of hash, and tokens: those that live, and after an empty line some that were blacklisted.
const MAKE: &str = r"
from django.contrib.auth.hashers import get_hashers
call_command('migrate', verbosity=0)
with transaction.atomic():
    users = []
    for hasher in get_hashers():
        cheap = {'iterations': 1000} if 'pbkdf2' in hasher.algorithm else {}
        password = hasher.encode('pass', hasher.salt(), **cheap)
        users.append(User.objects.create(username=hasher.algorithm, password=password))
    for number in range(said['tokens']):
        print(RefreshToken.for_user(users[number % len(users)]))
    print()
    for user in users:
        dead = RefreshToken.for_user(user)
        dead.blacklist()
        print(dead)
";

/// Uses every token of the first paragraph and every one of the second; says how each answered. And what `migrate`
/// would do.
const TAKE_BACK: &str = r"
from collections import Counter
client = APIClient()
def post(url, data):
    return client.post(url, data, format='json').status_code
living, used = (part.split() for part in sys.stdin.read().split('\n\n'))
call_command('migrate', plan=True)
answers = {
    'living': Counter(post('/api/token/refresh/', {'refresh': token}) for token in living),
    'used': Counter(post('/api/token/refresh/', {'refresh': token}) for token in used),
    'logins': Counter(post('/api/token/', {'username': user.username, 'password': 'pass'}) for user in User.objects.all()),
}
print(json.dumps(answers))
";

struct Django {
    python: PathBuf,
    said: Value,
}

impl Django {
    /// `None`, with a word about it, where there is none.
    #[expect(clippy::disallowed_methods, reason = "where the peer is, is said by the environment alone")]
    fn find(database: &Value, tokens: usize) -> Option<Self> {
        let Some(python) = std::env::var_os("COUNTERSIGN_PEER_PYTHON") else {
            eprintln!("left out: COUNTERSIGN_PEER_PYTHON names no Python with Django");
            return None;
        };
        let said = json!({ "secret": SECRET, "database": database, "tokens": tokens });
        Some(Self { python: python.into(), said })
    }

    /// Runs a piece of Python in the project; what it printed.
    fn run(&self, code: &str, input: &str) -> String {
        let mut command = Command::new(&self.python);
        command.args(["-c", PROJECT, &self.said.to_string(), code]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _closed = writing.join().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The project's own settings in our words.
fn configured(database: &str) -> Site {
    let site = Site::new("sqlite://other.db", "");
    let text = format!(
        "database = \"{database}\"\nsecret_key = \"{SECRET}\"\n[passwords]\npbkdf2_iterations = 1\n\
         hashers = [\"pbkdf2_sha256\", \"pbkdf2_sha1\", \"argon2\", \"bcrypt_sha256\", \"scrypt\", \"md5\"]\n\
         [simple_jwt]\nrotate_refresh_tokens = true\nblacklist_after_rotation = true\n\
         refresh_token_lifetime = \"14d\"\n"
    );
    std::fs::write(site.path().join("countersign.toml"), text).unwrap();
    site
}

/// Django makes users and tokens; two replicas take over, and every token is used at one of them; Django takes back.
fn there_and_back(django: &Django, database: &str) {
    let made = django.run(MAKE, "");
    let (living, dead) = made.split_once("\n\n").unwrap();
    let (living, dead): (Vec<&str>, Vec<&str>) = (living.lines().collect(), dead.lines().collect());
    let site = configured(database);
    let successors = {
        let replicas = [site.serve(), site.serve()];
        for token in &dead {
            assert_eq!(replicas[0].refresh(token).status, 401, "it was blacklisted before");
        }
        for username in ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt", "md5"] {
            let credentials = json!({ "username": username, "password": "pass" });
            replicas[1].post("/api/token/", &credentials).text("refresh");
        }
        let share = living.len().div_ceil(4);
        std::thread::scope(|scope| {
            let clients: Vec<_> = living
                .chunks(share)
                .enumerate()
                .map(|(client, tokens)| {
                    let replica = &replicas[client % 2];
                    scope.spawn(move || {
                        tokens.iter().map(|token| replica.refresh(token).text("refresh")).collect::<Vec<_>>()
                    })
                })
                .collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
        })
    };
    assert_eq!(successors.len(), living.len());
    let back = django.run(TAKE_BACK, &format!("{}\n\n{}", successors.join("\n"), living.join("\n")));
    assert!(back.contains("No planned migration operations."), "{back}");
    let answers: Value = serde_json::from_str(back.lines().last().unwrap()).unwrap();
    let all = living.len();
    assert_eq!(answers, json!({ "living": { "200": all }, "used": { "401": all }, "logins": { "200": 6 } }));
}

fn on_postgresql(tokens: usize) {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let said = json!({
        "ENGINE": "django.db.backends.postgresql", "HOST": server.host(), "NAME": database.name(), "USER": "postgres",
    });
    if let Some(django) = Django::find(&said, tokens) {
        there_and_back(&django, &database.url());
    }
}

fn on_sqlite(tokens: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("django.db");
    let said = json!({ "ENGINE": "django.db.backends.sqlite3", "NAME": file });
    if let Some(django) = Django::find(&said, tokens) {
        there_and_back(&django, &format!("sqlite://{}", file.display()));
    }
}

#[test]
fn a_django_on_postgresql_is_taken_over_and_handed_back() {
    on_postgresql(300);
}

#[test]
fn a_django_on_sqlite_is_taken_over_and_handed_back() {
    on_sqlite(60);
}

#[test]
#[ignore = "takes minutes"]
fn a_django_with_5_000_logins_on_postgresql_is_taken_over_and_handed_back() {
    on_postgresql(5_000);
}

#[test]
#[ignore = "takes minutes"]
fn a_django_with_5_000_logins_on_sqlite_is_taken_over_and_handed_back() {
    on_sqlite(5_000);
}
