"""Writes hashes.json: hashes of other software, made by that software, at costs that a test can afford.

    python3.11 -m venv venv
    venv/bin/pip install werkzeug==3.1.9 passlib==1.7.4 argon2-cffi==25.1.0 bcrypt==4.0.1
    venv/bin/python make.py > hashes.json

Python 3.11 or 3.12, since `crypt`, which asks the system's crypt(3), left Python with 3.13. Salts are random, so every run
writes other hashes.

ASP.NET Core and Keycloak are not run. Theirs are Python's own PBKDF2 in the layout that they store, with the sizes that
they use; what passlib writes is the form that `user import` gives to Keycloak's.
"""

import base64
import crypt
import hashlib
import json
import os
import struct
import warnings

import argon2
import bcrypt
import werkzeug.security
from argon2.low_level import Type, hash_secret
from passlib import hash as passlib

PASSWORD = "lètmein"
LONG = "a" * 60 + "é" * 20
made = []


def record(kind, by, encoded, password=PASSWORD):
    made.append({"kind": kind, "by": by, "password": password, "hash": encoded})


def bcrypts():
    secret = PASSWORD.encode()
    for prefix in (b"2a", b"2b"):
        record("bcrypt", "bcrypt", bcrypt.hashpw(secret, bcrypt.gensalt(4, prefix)).decode())
    for ident in ("2a", "2b", "2y"):
        record("bcrypt", "passlib", passlib.bcrypt.using(rounds=4, ident=ident).hash(PASSWORD))
    # Until its version 5 bcrypt cut a password after 72 bytes, as PHP and Node do.
    record("bcrypt", "bcrypt", bcrypt.hashpw(LONG.encode(), bcrypt.gensalt(4)).decode(), LONG)


def argon2s():
    for variety in (Type.I, Type.D, Type.ID):
        for version in (16, 19):
            encoded = hash_secret(PASSWORD.encode(), os.urandom(16), 2, 64, 2, 32, variety, version)
            record("argon2", "argon2-cffi", encoded.decode())
    record("argon2", "argon2-cffi", argon2.PasswordHasher().hash(PASSWORD))
    record("argon2", "passlib", passlib.argon2.using(rounds=2, memory_cost=64, parallelism=1).hash(PASSWORD))


def werkzeugs():
    for method in ("pbkdf2:sha256:1000", "pbkdf2:sha1:1000", "pbkdf2:sha512:1000", "scrypt:1024:8:1"):
        record("werkzeug", "werkzeug", werkzeug.security.generate_password_hash(PASSWORD, method))
    # Its defaults.
    record("werkzeug", "werkzeug", werkzeug.security.generate_password_hash(PASSWORD))
    record("werkzeug", "werkzeug", werkzeug.security.generate_password_hash(PASSWORD, "pbkdf2"))
    record("werkzeug", "werkzeug", werkzeug.security.generate_password_hash(LONG, "pbkdf2:sha256:10", 40), LONG)


def phpass():
    for ident in ("P", "H"):
        record("phpass", "passlib", passlib.phpass.using(rounds=7, ident=ident).hash(PASSWORD))
    record("phpass", "passlib", passlib.phpass.using(rounds=13).hash(LONG), LONG)


def passlibs():
    for scheme in (passlib.pbkdf2_sha1, passlib.pbkdf2_sha256, passlib.pbkdf2_sha512):
        record("passlib", "passlib", scheme.using(rounds=100).hash(PASSWORD))
    record("passlib", "passlib", passlib.pbkdf2_sha256.hash(PASSWORD))
    record("passlib", "passlib", passlib.pbkdf2_sha256.using(rounds=3, salt_size=40).hash(LONG), LONG)


def aspnet():
    for number, digest, iterations, salt, key in (
        (0, "sha1", 250, 16, 16),
        (1, "sha256", 10_000, 16, 32),
        (1, "sha256", 250, 32, 64),
        (2, "sha512", 50, 16, 16),
        (2, "sha512", 100_000, 16, 32),
    ):
        salt = os.urandom(salt)
        derived = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), salt, iterations, key)
        blob = b"\x01" + struct.pack(">III", number, iterations, len(salt)) + salt + derived
        record("aspnet", "hashlib", base64.b64encode(blob).decode())


def ldap():
    for scheme in (passlib.ldap_salted_sha1, passlib.ldap_salted_sha256, passlib.ldap_salted_sha512):
        record("ldap", "passlib", scheme.hash(PASSWORD))
        record("ldap", "passlib", scheme.using(salt_size=16).hash(PASSWORD))


def sha_crypt():
    for salt in (
        "$5$rounds=1000$saltstringsaltst",
        "$6$rounds=1000$saltstringsaltst",
        "$5$short",
        "$6$short",
        "$6$rounds=1234$a.b/c",
    ):
        record("sha_crypt", "crypt(3)", crypt.crypt(PASSWORD, salt))
        record("sha_crypt", "crypt(3)", "{CRYPT}" + crypt.crypt(LONG, salt), LONG)
    record("sha_crypt", "crypt(3)", "{CRYPT}" + crypt.crypt("", "$6$rounds=1000$empty"), "")
    record("bcrypt", "crypt(3)", "{CRYPT}" + crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for make in (bcrypts, argon2s, werkzeugs, phpass, passlibs, aspnet, ldap, sha_crypt):
        make()
    print(json.dumps(made, ensure_ascii=False, indent=1))
