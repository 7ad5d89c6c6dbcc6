"""The reference peer: every switch comes from the environment, under the name of the setting it stands for.

Lifetimes and deltas are in seconds, lists are separated by commas, JWT_SECRET_KEYS_JSON and the two AUDIENCE
settings are JSON. STATE_DIR holds the SQLite file and the key pairs.
"""
import os
from pathlib import Path

from .switches import flag, put, words

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(os.environ["STATE_DIR"])
STATE_DIR.mkdir(parents=True, exist_ok=True)


SECRET_KEY = os.environ.get("SECRET_KEY", "peer-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ")
REFRESH_TOKEN_SECRET = os.environ.get("REFRESH_TOKEN_SECRET", "peer-refresh-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDE")
DEBUG = flag("DEBUG")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", ["*"])
APPEND_SLASH = flag("APPEND_SLASH", True)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "handmade",
]
if flag("SIMPLEJWT_BLACKLIST_APP", True):
    INSTALLED_APPS.append("rest_framework_simplejwt.token_blacklist")
if flag("DRFJWT_BLACKLIST_APP", True):
    INSTALLED_APPS.append("rest_framework_jwt.blacklist")

MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
] + (["django.middleware.locale.LocaleMiddleware"] if flag("LOCALE_MIDDLEWARE") else []) + [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "peerproj.urls"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
WSGI_APPLICATION = "peerproj.wsgi.application"

if os.environ.get("DATABASE_URL"):
    import dj_database_url
    DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"],
                                                  conn_max_age=int(os.environ.get("CONN_MAX_AGE", 0)))}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": STATE_DIR / "db.sqlite3",
                             "OPTIONS": {"timeout": 20}}}

PASSWORD_HASHERS = words("PASSWORD_HASHERS") or [
    "peerproj.hashers.TunablePBKDF2",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.BCryptPasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.MD5PasswordHasher",
]
if flag("ALLOW_ALL_USERS_BACKEND"):
    AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]

LANGUAGE_CODE = os.environ.get("LANGUAGE_CODE", "en-us")
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CORS_ALLOW_CREDENTIALS = flag("CORS_ALLOW_CREDENTIALS", True)
CORS_ALLOWED_ORIGINS = words("CORS_ALLOWED_ORIGINS", ["http://localhost:3000"])
CORS_ALLOW_ALL_ORIGINS = flag("CORS_ALLOW_ALL_ORIGINS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

REST_FRAMEWORK = {}
if flag("JSON_ONLY"):
    REST_FRAMEWORK["DEFAULT_RENDERER_CLASSES"] = ["rest_framework.renderers.JSONRenderer"]


# ---------------------------------------------------------------- tokens
def keypair(alg):
    """Makes (once) and reads a key pair for an asymmetric algorithm."""
    priv, pub = STATE_DIR / f"{alg}.key.pem", STATE_DIR / f"{alg}.pub.pem"
    if not priv.exists():
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        if alg.startswith(("RS", "PS")):
            k = rsa.generate_private_key(65537, 2048)
        elif alg == "EdDSA":
            k = ed25519.Ed25519PrivateKey.generate()
        else:
            k = ec.generate_private_key({"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}[alg])
        priv.write_bytes(k.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
        pub.write_bytes(k.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
    return priv.read_text(), pub.read_text()


SIMPLE_JWT = {}
for _name, _kind in {
    "ACCESS_TOKEN_LIFETIME": "seconds", "REFRESH_TOKEN_LIFETIME": "seconds",
    "SLIDING_TOKEN_LIFETIME": "seconds", "SLIDING_TOKEN_REFRESH_LIFETIME": "seconds",
    "ROTATE_REFRESH_TOKENS": "bool", "BLACKLIST_AFTER_ROTATION": "bool", "UPDATE_LAST_LOGIN": "bool",
    "ALGORITHM": "str", "SIGNING_KEY": "str", "AUDIENCE": "json", "ISSUER": "str", "JWK_URL": "str", "LEEWAY": "number",
    "AUTH_HEADER_TYPES": "list", "AUTH_HEADER_NAME": "str", "USER_ID_FIELD": "str", "USER_ID_CLAIM": "str",
    "AUTH_TOKEN_CLASSES": "list", "TOKEN_TYPE_CLAIM": "str", "JTI_CLAIM": "str",
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "str", "CHECK_REVOKE_TOKEN": "bool", "REVOKE_TOKEN_CLAIM": "str",
    "CHECK_USER_IS_ACTIVE": "bool",
}.items():
    put(SIMPLE_JWT, _name, _name, _kind)
if not SIMPLE_JWT.get("ALGORITHM", "HS256").startswith("HS"):
    SIMPLE_JWT["SIGNING_KEY"], SIMPLE_JWT["VERIFYING_KEY"] = keypair(SIMPLE_JWT["ALGORITHM"])

JWT_AUTH = {}
for _name, _kind in {
    "JWT_SECRET_KEY": "str", "JWT_ALGORITHM": "str", "JWT_INSIST_ON_KID": "bool", "JWT_TOKEN_ID": "str",
    "JWT_AUDIENCE": "json", "JWT_ISSUER": "str", "JWT_PAYLOAD_INCLUDE_USER_ID": "bool", "JWT_VERIFY": "bool",
    "JWT_VERIFY_EXPIRATION": "bool", "JWT_LEEWAY": "number", "JWT_EXPIRATION_DELTA": "seconds",
    "JWT_ALLOW_REFRESH": "bool", "JWT_REFRESH_EXPIRATION_DELTA": "seconds", "JWT_AUTH_HEADER_PREFIX": "str",
    "JWT_AUTH_COOKIE": "str", "JWT_AUTH_COOKIE_DOMAIN": "str", "JWT_AUTH_COOKIE_PATH": "str",
    "JWT_AUTH_COOKIE_SECURE": "bool", "JWT_AUTH_COOKIE_SAMESITE": "str", "JWT_IMPERSONATION_COOKIE": "str",
    "JWT_DELETE_STALE_BLACKLISTED_TOKENS": "bool",
}.items():
    put(JWT_AUTH, _name, _name, _kind)
put(JWT_AUTH, "JWT_SECRET_KEY", "JWT_SECRET_KEYS_JSON", "json")
if flag("JWT_USER_SECRETS"):
    JWT_AUTH["JWT_GET_USER_SECRET_KEY"] = "handmade.user_keys.per_user_key"
if not JWT_AUTH.get("JWT_ALGORITHM", "HS256").startswith("HS"):
    JWT_AUTH["JWT_PRIVATE_KEY"], JWT_AUTH["JWT_PUBLIC_KEY"] = keypair(JWT_AUTH["JWT_ALGORITHM"])

HANDMADE_ACCESS_SECONDS = int(os.environ.get("HANDMADE_ACCESS_SECONDS", 300))
HANDMADE_REFRESH_SECONDS = int(os.environ.get("HANDMADE_REFRESH_SECONDS", 7 * 86400))

LOGGING = {"version": 1, "disable_existing_loggers": False,
           "handlers": {"err": {"class": "logging.StreamHandler"}},
           "loggers": {"django.request": {"handlers": ["err"], "level": "ERROR", "propagate": False}}}
