"""Make the peer's database: Django's own migrations, then the people that every test knows.

May be run again. Each user's password is in PEOPLE; the users of KINDS are named after the hasher that made
their hash, and their password is the name and "-pass-1".
"""
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peerproj.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402

PEOPLE = (
    ("alice", "alice-pass-1", {"email": "alice@example.com", "first_name": "Alice", "last_name": "Liddell"}),
    ("ida", "ida-pass-1", {"email": "ida@example.com", "first_name": "Ida", "is_active": False}),
    ("root", "root-pass-1", {"email": "root@example.com", "is_staff": True, "is_superuser": True}),
    ("bob", "bob-pass-1", {"email": "bob@example.com"}),
    ("carol", "carol-pass-1", {"email": "carol@example.com"}),
    ("zoë", "pässwörd-ñ-漢字-1", {"email": "zoe@example.com", "first_name": "Zoë"}),
    ("spacey", "  padded pass  ", {}),
    ("nopass", None, {}),  # an unusable password
)
KINDS = ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5")

call_command("migrate", verbosity=0)
User = get_user_model()
for name, password, more in PEOPLE:
    if not User.objects.filter(username=name).exists():
        User.objects.create_user(name, password=password, **more)
if os.environ.get("EVERY_HASH_KIND"):
    for kind in KINDS:
        if not User.objects.filter(username=kind).exists():
            User.objects.create(username=kind, password=make_password(f"{kind}-pass-1", hasher=kind))
