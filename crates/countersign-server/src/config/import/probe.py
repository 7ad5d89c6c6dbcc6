"""Asks a Django project for its settings, and writes what is found to standard output as one line of JSON.

Run by the project's own Python with the settings module and the project's folder as its arguments. Nothing of the
project is changed and no database is opened.
"""
import importlib
import json
import os
import sys
from datetime import timedelta
from pathlib import PurePath

ENVIRONMENT = {value: name for name, value in sorted(os.environ.items(), reverse=True) if len(value) >= 8}
PACKAGES = ("djangorestframework_simplejwt", "djangorestframework-jwt", "drf-jwt", "Django")
WANTED = (
    "SECRET_KEY", "REFRESH_TOKEN_SECRET", "DATABASES", "ALLOWED_HOSTS", "APPEND_SLASH", "INSTALLED_APPS", "MIDDLEWARE", "USE_I18N",
    "AUTH_USER_MODEL", "AUTH_PASSWORD_VALIDATORS", "AUTHENTICATION_BACKENDS", "PASSWORD_HASHERS", "REST_FRAMEWORK", "SIMPLE_JWT",
    "JWT_AUTH", "SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "DEBUG",
)


def plain(value, depth=0):
    """A value as JSON: an object with one member says what JSON has no word for."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, str):
        value = str(value)
        return {"env": [ENVIRONMENT[value], value]} if value in ENVIRONMENT else value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
    if depth < 8 and isinstance(value, dict):
        return {"dict": [[plain(k, depth + 1), plain(v, depth + 1)] for k, v in value.items()]}
    if depth < 8 and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    pattern = getattr(value, "pattern", None)
    if isinstance(pattern, str):
        return pattern
    if type(value).__str__ is not object.__str__ and type(value).__name__ == "__proxy__":
        return str(value)
    return {"code": repr(type(value))}


def user_table():
    from django.contrib.auth import get_user_model

    model = get_user_model()
    fields = {field.name: field.column for field in model._meta.concrete_fields}
    wanted = {"id": model._meta.pk.name, "username": model.USERNAME_FIELD, "email": model.EMAIL_FIELD
              if hasattr(model, "EMAIL_FIELD") else "email"}
    for name in ("password", "is_active", "is_staff", "is_superuser", "first_name", "last_name", "last_login", "date_joined"):
        wanted[name] = name
    return {"table": model._meta.db_table, "columns": {name: fields.get(field) for name, field in wanted.items()}}


def hashers():
    from django.contrib.auth.hashers import get_hashers

    return [{"path": f"{type(h).__module__}.{type(h).__qualname__}", "algorithm": h.algorithm,
             "iterations": getattr(h, "iterations", None)} for h in get_hashers()]


def views(patterns, prefix=""):
    from django.urls import URLPattern

    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from views(pattern.url_patterns, route)
            continue
        view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
        for base in getattr(view, "__mro__", ()):
            if base.__module__ in ("rest_framework_simplejwt.views", "rest_framework_jwt.views", "rest_framework_jwt.blacklist.views"):
                own = None if base is view else f"{view.__module__}.{view.__qualname__}"
                yield {"route": route, "view": base.__name__, "package": base.__module__.split(".")[0], "own": own}
                break


def routes():
    from django.urls import get_resolver

    return list(views(get_resolver().url_patterns))


def versions():
    from importlib import metadata

    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return found


def main(module, folder):
    sys.path.insert(0, folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    out, sys.stdout = sys.stdout, sys.stderr  # what the project prints while it is read is not the answer
    importlib.import_module(module)
    from django.conf import settings

    names = [name for name in dir(settings) if name in WANTED or name.startswith(("CORS_", "CSRF_"))]
    found = {name: plain(getattr(settings, name)) for name in names if settings.is_overridden(name)}
    answer = {"settings": found, "failed": []}
    import django

    for name, ask in (("setup", django.setup), ("user", user_table), ("hashers", hashers), ("routes", routes), ("versions", versions)):
        try:
            answer[name] = ask()
        except Exception as error:  # one part that the project cannot tell must not cost the others
            answer["failed"].append(f"{name}: {type(error).__name__}: {error}")
    print(json.dumps(answer), file=out)


main(sys.argv[1], sys.argv[2])
