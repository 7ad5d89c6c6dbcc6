"""Per-user keys for drf-jwt (JWT_USER_SECRETS)."""
import hashlib


def per_user_key(user):
    """A key that changes when the user's password does."""
    return hashlib.sha256(f"peer:{user.pk}:{user.password}".encode()).hexdigest()
