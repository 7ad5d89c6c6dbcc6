//! `config import-django` where no Python is run: settings as the guides write them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::program::Folder;
use std::os::unix::fs::PermissionsExt as _;

const MANAGE: &str = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n";

/// The settings of a guide, with what a project has besides.
const SETTINGS: &str = r"
from datetime import timedelta
from pathlib import Path
import os

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = 'django-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDE'
DEBUG = True
ALLOWED_HOSTS = ['api.example.com']
INSTALLED_APPS = [
    'django.contrib.auth',
    'rest_framework',
    'rest_framework_simplejwt.token_blacklist',
]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
REST_FRAMEWORK = {
    'DEFAULT_AUTHENTICATION_CLASSES': ('rest_framework_simplejwt.authentication.JWTAuthentication',),
    'DEFAULT_THROTTLE_RATES': {'anon': '5/min'},
}
SIMPLE_JWT = {
    'ACCESS_TOKEN_LIFETIME': timedelta(minutes=5),
    'REFRESH_TOKEN_LIFETIME': timedelta(days=14),
    'ROTATE_REFRESH_TOKENS': True,
    'SIGNING_KEY': SECRET_KEY,
    'TOKEN_OBTAIN_SERIALIZER': 'mysite.serializers.MyTokenObtainPairSerializer',
    'ISSUER': make_issuer(),
}
JWT_AUTH = {
    'JWT_ALLOW_REFRESH': True,
    'JWT_AUTH_TOKEN_CLASSES': ('rest_framework_jwt.tokens.AccessToken',),
    'JWT_SECRET_KEY': {'old': 'old-key-0123456789-abcdefghijklmnopqrstuvwxyz', 'new': os.environ['NEW_KEY']},
}
CORS_ORIGIN_WHITELIST = ['http://localhost:3000']
";

fn project(settings: &str) -> Folder {
    let folder = Folder::empty();
    std::fs::create_dir(folder.path("mysite")).unwrap();
    std::fs::write(folder.path("manage.py"), MANAGE).unwrap();
    std::fs::write(folder.path("mysite/settings.py"), settings).unwrap();
    folder
}

fn file(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path(name)).unwrap()
}

#[test]
fn settings_become_a_file_that_loads_and_what_cannot_is_listed() {
    let folder = project(SETTINGS);
    let listing = folder.run("config import-django --no-run").done().out;
    let written = file(&folder, "countersign.toml");
    for line in [
        "allowed_hosts = [\"api.example.com\"]",
        "refresh_token_lifetime = \"14d\"",
        "rotate_refresh_tokens = true",
        "allow_refresh = true",
        "allowed_origins = [\"http://localhost:3000\"]",
        "db.sqlite3\"",
        "[cookie_auth]\nenabled = false",
    ] {
        assert!(written.contains(line), "{line} is not in:\n{written}");
    }
    for absent in
        ["signing_key", "access_token_lifetime", "issuer =", "secret_key = \"", "token_obtain_serializer ="]
    {
        assert!(!written.contains(absent), "{absent} is in:\n{written}");
    }
    for missing in [
        "SIMPLE_JWT[\"ISSUER\"] is Python that was not run: make_issuer()",
        "SIMPLE_JWT[\"TOKEN_OBTAIN_SERIALIZER\"] names",
        "JWT_AUTH[\"JWT_AUTH_TOKEN_CLASSES\"] is a setting that neither",
        "REST_FRAMEWORK[\"DEFAULT_THROTTLE_RATES\"] limits",
    ] {
        assert!(listing.contains(missing) && written.contains(missing), "{missing} is not in:\n{listing}");
    }
    folder.run("config show --changed").done();
}

#[test]
fn secrets_are_in_files_for_their_owner_alone() {
    let folder = project(SETTINGS);
    let listing = folder.run("config import-django --no-run").done().out;
    let key = "django-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDE";
    assert_eq!(file(&folder, "countersign.secret_key"), key);
    let mode = std::fs::metadata(folder.path("countersign.secret_key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!file(&folder, "countersign.toml").contains(key) && !listing.contains(key));
    // A key of several whose other is not known here is not half imported.
    assert!(listing.contains("JWT_AUTH[\"JWT_SECRET_KEY\"] holds something"), "{listing}");
}

#[test]
fn a_secret_from_the_environment_stays_there() {
    let folder = project("SECRET_KEY = os.environ['APP_KEY']\nJWT_AUTH = {'JWT_ALGORITHM': 'HS256'}\n");
    folder.run("config import-django --no-run").done();
    let written = file(&folder, "countersign.toml");
    assert!(written.contains("secret_key = { env = \"APP_KEY\" }"), "{written}");
    assert!(!folder.path("countersign.secret_key").exists());
}

#[test]
fn printing_writes_nothing_and_shows_no_secret() {
    let folder = project(SETTINGS);
    let printed = folder.run("config import-django --no-run --stdout").done();
    assert!(
        printed.out.contains("secret_key = { env = \"SECRET_KEY\" }")
            || !printed.out.contains("secret_key =")
    );
    assert!(!printed.out.contains("django-key") && !printed.err.contains("django-key"));
    assert!(!folder.path("countersign.toml").exists());
}

#[test]
fn a_file_that_is_there_is_kept_unless_forced() {
    let folder = project(SETTINGS);
    std::fs::write(folder.path("countersign.toml"), "# mine\n").unwrap();
    folder.run("config import-django --no-run").refused("exists already");
    assert_eq!(file(&folder, "countersign.toml"), "# mine\n");
    folder.run("config import-django --no-run --force").done();
    folder.run("config import-django --no-run --force").done();
}

#[test]
fn what_is_no_project_is_refused_with_what_to_name() {
    let folder = Folder::empty();
    folder.run("config import-django").refused("name the project's folder, its manage.py or its settings.py");
    std::fs::write(folder.path("manage.py"), "print()\n").unwrap();
    folder.run("config import-django").refused("name one with --settings");
    folder.run("config import-django --settings nowhere.settings --no-run").refused("is not a file below");
}

#[test]
fn a_python_that_was_named_and_fails_is_an_error() {
    let folder = project("raise RuntimeError('no database')\n");
    folder.run("config import-django --python /nonexistent/python").refused("cannot be run");
}

#[test]
fn machines_get_the_listing_as_an_object() {
    let folder = project(SETTINGS);
    let told: serde_json::Value =
        serde_json::from_str(&folder.run("config import-django --no-run --json").done().out).unwrap();
    assert_eq!(told["written"], "countersign.toml");
    assert_eq!(told["secrets"][0], "countersign.secret_key");
    assert!(told["missing"].as_array().is_some_and(|missing| missing.len() >= 4));
}
