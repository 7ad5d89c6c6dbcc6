"""Switches that come from the environment, under the name of the setting that each stands for."""
import json
import os
from datetime import timedelta


def flag(name, default=False):
    v = os.environ.get(name)
    return default if v is None else v.strip().lower() in ("1", "true", "yes", "on")


def words(name, default=()):
    v = os.environ.get(name)
    return list(default) if v is None else [w for w in v.split(",") if w]


def put(dest, name, env, kind):
    """Puts a setting into a group of settings, if the environment has it."""
    raw = os.environ.get(env)
    if raw is None:
        return
    if kind == "bool":
        dest[name] = flag(env)
    elif kind == "seconds":
        dest[name] = timedelta(seconds=float(raw))
    elif kind == "number":
        dest[name] = float(raw) if "." in raw else int(raw)
    elif kind == "list":
        dest[name] = tuple(words(env))
    elif kind == "json":
        dest[name] = json.loads(raw)
    else:
        dest[name] = None if raw == "" else raw
