"""References to the Hub that always mean the same bytes."""

import re
from typing import NamedTuple

__all__ = ["HUB_PLACE", "HubCommit", "hub_commit", "pinning_problem"]

HUB_PLACE = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>\S*))?", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")


class HubCommit(NamedTuple):
    """A repository on the Hub at one commit (40 hexadecimal digits)."""

    repository: str
    commit: str


def pinning_problem(place: str) -> str | None:
    """Why `owner/name@revision` could mean other bytes tomorrow, or None if it cannot."""
    found = HUB_PLACE.fullmatch(place)
    if found is None:
        return "must be a folder, or owner/name@commit on the Hub"
    repository, revision = found["repository"], found["revision"]
    if revision is None:
        return (
            f"no such folder, and as a repository on the Hub it has no commit: write "
            f"{repository}@ and the 40 digits that `bllossom publish` printed or the Hub shows "
            "under History"
        )
    if not COMMIT.fullmatch(revision):
        return (
            f'the revision "{revision}" can move, so the run could not be repeated: write the '
            "40 digits of a commit (0-9a-f) instead of a branch, a tag or a short commit"
        )
    return None


def hub_commit(place: str) -> HubCommit | None:
    """The pinned repository that a checked place names, or None if it is a folder."""
    found = HUB_PLACE.fullmatch(place)
    if found is None or found["revision"] is None or not COMMIT.fullmatch(found["revision"]):
        return None
    return HubCommit(found["repository"], found["revision"])
