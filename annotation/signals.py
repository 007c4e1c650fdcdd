"""Sign-ins and sign-outs go into the log."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from annotation.signed_names import hidden_name
from annotation.work.auditing import record


@receiver(user_logged_in)
def _logged_in(sender: Any, user: Any, **_: Any) -> None:
    record(user, "signed_in")


@receiver(user_logged_out)
def _logged_out(sender: Any, user: Any, **_: Any) -> None:
    if user is not None:
        record(user, "signed_out")


@receiver(user_login_failed)
def _failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    record(None, "sign_in_failed", name_hmac=hidden_name(str(credentials.get("username") or "")))
