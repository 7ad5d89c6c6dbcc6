"""The older peer: djangorestframework-jwt 1.11, which knows no Django after 3.2.

Switches and people are those of the newer one; STATE_DIR holds the SQLite file.
"""
import os
from pathlib import Path

from peerproj.switches import flag, put, words

STATE_DIR = Path(os.environ["STATE_DIR"])
STATE_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = os.environ["SECRET_KEY"]
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
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "original.urls"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
WSGI_APPLICATION = "original.wsgi.application"

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": STATE_DIR / "db.sqlite3",
                         "OPTIONS": {"timeout": 20}}}
PASSWORD_HASHERS = ["peerproj.hashers.TunablePBKDF2"]

TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

CORS_ALLOW_CREDENTIALS = flag("CORS_ALLOW_CREDENTIALS", True)
CORS_ALLOWED_ORIGINS = words("CORS_ALLOWED_ORIGINS", ["http://localhost:3000"])

JWT_AUTH = {}
for _name, _kind in {
    "JWT_SECRET_KEY": "str", "JWT_ALGORITHM": "str", "JWT_AUDIENCE": "json", "JWT_ISSUER": "str",
    "JWT_VERIFY_EXPIRATION": "bool", "JWT_LEEWAY": "number", "JWT_EXPIRATION_DELTA": "seconds",
    "JWT_ALLOW_REFRESH": "bool", "JWT_REFRESH_EXPIRATION_DELTA": "seconds", "JWT_AUTH_HEADER_PREFIX": "str",
    "JWT_AUTH_COOKIE": "str",
}.items():
    put(JWT_AUTH, _name, _name, _kind)

LOGGING = {"version": 1, "disable_existing_loggers": False,
           "handlers": {"err": {"class": "logging.StreamHandler"}},
           "loggers": {"django.request": {"handlers": ["err"], "level": "ERROR", "propagate": False}}}
