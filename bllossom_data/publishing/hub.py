"""Talks to the Hugging Face Hub: bounded retries, and errors that say what to do.

The token is the one of the Hub's own login or ``HF_TOKEN``; `huggingface_hub` finds it by itself,
so it never passes through here.
"""

import logging
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bllossom_data.errors import HubUnreachableError, PublishingError, missing_package

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = [
    "COMMIT",
    "HubPlace",
    "ask",
    "cause",
    "download",
    "hub_error",
    "is_transient",
    "open_api",
    "repository_problem",
    "sign_in",
    "wait",
]

logger = logging.getLogger(__name__)

COMMIT = re.compile(r"[0-9a-f]{40}")
PLACE = re.compile(r"([\w.-]+/[\w.-]+)@(\S+)", re.ASCII)
ATTEMPTS = 5
# The Hub counts requests in windows of five minutes.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 330.0
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
# The compiled client of Xet raises a `ConnectionError` for these too, with the status in words.
XET_STATUS = re.compile(r"HTTP status (?:client|server) error \((\d{3})")
XET_PATH = "/xet-"

Answer = TypeVar("Answer")


class HubPlace(NamedTuple):
    """A dataset on the Hub and which revision of it: a commit, a tag or a branch."""

    repository: str
    revision: str

    @classmethod
    def parse(cls, text: str) -> "HubPlace":
        """The place that `owner/name@revision` names.

        Raises:
            PublishingError: it is not written like that.
        """
        found = PLACE.fullmatch(text)
        if found is None:
            raise PublishingError(
                f"{text!r} does not name a version; write owner/name@ and a commit of 40 digits or "
                "a tag such as v2026.11.0"
            )
        if problem := repository_problem(found[1]):
            raise PublishingError(f"{found[1]}: {problem}")
        return cls(found[1], found[2])


def open_api() -> "HfApi":
    """The Hub's own client.

    Raises:
        MissingPackageError: huggingface-hub is not installed.
        PublishingError: the token is none.
    """
    try:
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.utils import disable_progress_bars
    except ImportError as error:
        raise missing_package("huggingface-hub", "the Hub", "publishing") from error
    # Progress is told in one place, and in a log without bars.
    disable_progress_bars()
    token = get_token()
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        place = "HF_TOKEN" if "HF_TOKEN" in os.environ else "the token of your login"
        raise PublishingError(
            f"{place}: has characters that no token of the Hub has, such as a space or a letter "
            "outside a-z; copy it again from https://huggingface.co/settings/tokens"
        )
    return HfApi(library_name="bllossom-data")


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    if found := XET_STATUS.search(str(error)) if isinstance(error, ConnectionError) else None:
        return int(found[1])
    return getattr(response, "status_code", None)


def _is_network(error: BaseException) -> bool:
    import httpx2

    unreachable = httpx2.TransportError | ConnectionError | TimeoutError
    wrong = httpx2.UnsupportedProtocol
    return isinstance(error, unreachable) and not isinstance(error, wrong) and not _status(error)


def cause(error: Exception) -> Exception:
    """The failure of the request itself; the client wraps it in a `RuntimeError` in its threads."""
    inner = error.__cause__
    return inner if type(error) is RuntimeError and isinstance(inner, Exception) else error


def is_transient(error: BaseException) -> bool:
    """Whether the same request may go well a little later."""
    return _status(error) in TRANSIENT or _is_network(error)


def wait(what: str, error: BaseException, attempt: int) -> None:
    """Waits before the next attempt (the first is 0): as long as the Hub asks, else ever longer.

    A wait of seconds is told, or it would look like a program that hangs.
    """
    asked_for = _asked_for_seconds(getattr(error, "response", None))
    seconds = min(
        FIRST_WAIT_SECONDS * 2**attempt if asked_for is None else asked_for, LONGEST_WAIT_SECONDS
    )
    if seconds:
        status = _status(error)
        said = f"the Hub answered {status}" if status else "no answer of the Hub"
        logger.warning(
            "%s: %s; attempt %d of %d in %.0f s", what, said, attempt + 2, ATTEMPTS, seconds
        )
    time.sleep(seconds)


def _asked_for_seconds(response: Any) -> float | None:
    """How long the Hub asks to wait: in ``Retry-After``, or until its window of requests ends."""
    from huggingface_hub.utils import parse_ratelimit_headers

    if response is None:
        return None
    with suppress(KeyError, ValueError):
        seconds = float(response.headers["retry-after"])
        return seconds if 0 <= seconds < float("inf") else None
    window = parse_ratelimit_headers(response.headers)
    return float(window.reset_in_seconds) if window and not window.remaining else None


def repository_problem(name: str) -> str | None:
    """Why the Hub has no repository of this name, or None."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    if "://" in name:
        owner_and_name = "/".join(name.rstrip("/").split("/")[-2:])
        return f"is an address; give owner/name, such as {owner_and_name}"
    if name.count("/") != 1 or not all(name.split("/")):
        # The Hub would take a single word for a dataset of whoever is signed in.
        return "the name of a repository is owner/name"
    try:
        validate_repo_id(name)
    except HFValidationError:
        return (
            "the name of a repository is owner/name of letters a-z and A-Z, digits, - _ and ., at "
            "most 96 in all; it neither begins nor ends with - or ., and has no --, .. or .git"
        )
    return None


def sign_in(repository: str) -> None:
    """Makes sure that somebody is signed in who may write to a repository, as far as is known.

    Raises:
        PublishingError: nobody is, or the Hub says that they may not.
    """
    person = ask("your login", open_api().whoami)
    role = person.get("auth", {}).get("accessToken", {}).get("role")
    if role == "read":
        raise PublishingError(
            f"{repository}: your token may only read; make one with the right `write` at "
            "https://huggingface.co/settings/tokens and sign in with `hf auth login`"
        )
    owner = repository.partition("/")[0]
    owners = [person["name"], *(one["name"] for one in person.get("orgs", []))]
    # Of a fine-grained token the Hub need not tell all owners.
    if role == "write" and owner not in owners:
        raise PublishingError(
            f"{repository}: you are signed in as {person['name']} and may write to "
            f"{', '.join(owners)} only; sign in as somebody of {owner} with `hf auth login`, or "
            "give another repository with --repo"
        )


def ask(what: str, call: Callable[[], Answer], attempts: int = ATTEMPTS) -> Answer:
    """Asks the Hub something that may be asked twice.

    Args:
        what: what is asked of what, such as `bllossom/demo: its tags`; begins the message.
        call: the request.
        attempts: how often to ask; once where the client itself asks again.

    Raises:
        PublishingError: it failed for good, or again and again.
    """
    _hide_signatures()
    for attempt in range(attempts):
        try:
            return call()
        except PublishingError:
            raise
        except Exception as failure:
            error = cause(failure)
            if not is_transient(error) or attempt == attempts - 1:
                raise hub_error(what, error) from error
            wait(what, error, attempt)
    raise AssertionError("unreachable")


@cache
def _hide_signatures() -> None:
    """Cuts what gives a right from the addresses that the client logs where it asks again."""

    def without_query(record: logging.LogRecord) -> bool:
        record.msg, record.args = (
            re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1", record.getMessage()),
            (),
        )
        return True

    from huggingface_hub.utils.logging import get_logger

    # The client sets up its logging when it is first asked for a logger.
    get_logger("huggingface_hub")
    for handler in logging.getLogger("huggingface_hub").handlers:
        handler.addFilter(without_query)


def hub_error(what: str, error: Exception) -> PublishingError:
    """What a failure of the client means, and what to do."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        advice = "HF_HUB_OFFLINE switches the Hub off; unset it to ask the Hub"
        return HubUnreachableError(f"{what}: {advice}")
    if _is_network(error):
        given = os.environ.get("HF_ENDPOINT")
        place = f" at HF_ENDPOINT={given}" if given else ""
        return HubUnreachableError(
            f"{what}: the Hub{place} cannot be reached ({_line(error)}); check the network, then "
            "start again: files that arrived whole are kept"
        )
    return PublishingError(f"{what}: {_refusal(error) or _failure(error)}")


def _refusal(error: Exception) -> str | None:
    """What the Hub will not do, and what to do about it; None if it is something else."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import (
        GatedRepoError,
        LocalTokenNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    status = _status(error)
    response: Any = getattr(error, "response", None)
    asked = response.request.method if response is not None else None
    if isinstance(error, GatedRepoError):
        return (
            "its owner gives access to whoever asks for it on its page; ask there, and sign in "
            "with `hf auth login` or set HF_TOKEN"
        )
    if isinstance(error, RevisionNotFoundError):
        return "there is no such commit, tag or branch; see the repository's History"
    # For a repository that is not there, too, the Hub answers 401 to whoever is not signed in.
    if isinstance(error, RepositoryNotFoundError) or (status == 401 and get_token() is None):
        return (
            "there is no such repository, or it is private; check the name, and if it is private "
            "sign in with `hf auth login` or set HF_TOKEN (`hf auth whoami` says who you are)"
        )
    if isinstance(error, LocalTokenNotFoundError):
        return "you are not signed in; run `hf auth login` or set HF_TOKEN"
    if status == 401:
        return (
            "the Hub does not know your token: it is wrong, or has expired; sign in with "
            "`hf auth login` or set HF_TOKEN, then start again: files that arrived whole are kept"
        )
    if status == 403 and asked in ("GET", "HEAD"):
        return "your token may not read there; take one with the right `read` for this owner"
    if status == 403:
        return (
            "your token may not write there; take one with the right `write` for this owner, or "
            "give another repository with --repo"
        )
    if status == 404 and XET_PATH in str(error):
        return "this Hub does not speak Xet; set HF_HUB_DISABLE_XET=1 and start again"
    if status == 404:
        return "there is no such thing, or it is private; check the name and `hf auth whoami`"
    return None


def _failure(error: Exception) -> str:
    """What went wrong otherwise, and what to do about it."""
    from huggingface_hub import constants

    status, endpoint = _status(error), os.environ.get("HF_ENDPOINT", "")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        return f"HF_ENDPOINT={endpoint}: is no address of a Hub; write https://… or unset it"
    if status in TRANSIENT:
        return (
            f"the Hub answered {status} again and again; start again in a while: files that "
            "arrived whole are kept"
        )
    if status is not None:
        return f"the Hub answered {status}: {_line(error)}; put that right and start again"
    if getattr(error, "errno", None) is not None:
        place = getattr(error, "filename", None) or constants.HF_HUB_CACHE
        reason = getattr(error, "strerror", None) or _line(error)
        return f"{place}: {reason}; free some space or check the folder, then start again"
    return _line(error)


def _line(error: Exception) -> str:
    """What an error says in one line; what the Hub itself said where it did."""
    if told := getattr(error, "server_message", None):
        return " ".join(str(told).split())
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip(" :") if lines else type(error).__name__


def download(repository: str, revision: str, path: str) -> Path | None:
    """A file of a dataset in the Hub's cache, downloaded if it is not there; None if it has none.

    Raises:
        PublishingError: it cannot be had.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    def fetch() -> Path | None:
        try:
            return Path(hf_hub_download(repository, path, repo_type="dataset", revision=revision))
        except LocalEntryNotFoundError as error:
            raise error.__cause__ or error from error
        except EntryNotFoundError:
            return None

    # The client asks again by itself, for half a minute.
    return ask(f"{repository}@{revision}: {path}", fetch, attempts=1)
