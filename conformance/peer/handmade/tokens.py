"""The hand-made dialect's two tokens."""
import time
import jwt
from django.conf import settings


def _sign(user, seconds, key):
    now = int(time.time())
    return jwt.encode({"user_id": user.pk, "exp": now + seconds, "iat": now}, key, algorithm="HS256")


def access_for(user):
    return _sign(user, settings.HANDMADE_ACCESS_SECONDS, settings.SECRET_KEY)


def refresh_for(user):
    return _sign(user, settings.HANDMADE_REFRESH_SECONDS, settings.REFRESH_TOKEN_SECRET)
