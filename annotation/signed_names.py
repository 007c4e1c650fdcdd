"""Names typed at sign-in, as they are kept: a password in the wrong field stays a secret."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HASH_CHARS = 32


def hidden_name(name: str) -> str:
    """A hash of a typed name with the installation's key: the same for the same name."""
    return salted_hmac("annotation.sign_in", name, algorithm="sha256").hexdigest()[:HASH_CHARS]


def hidden_name_of(request: HttpRequest, credentials: Any = None) -> str:
    """What failed sign-ins are counted by."""
    given = credentials if credentials is not None else request.POST
    return hidden_name(str(given.get("username") or ""))
