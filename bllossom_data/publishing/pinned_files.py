"""Single files of datasets on the Hub that a recipe names by their commit."""

import hashlib
import re
from functools import cache
from pathlib import Path

from bllossom_data.errors import PublishingError
from bllossom_data.publishing.hub import download
from bllossom_data.recipe_fields import HUB_FILE

__all__ = ["pinned_file"]


@cache
def pinned_file(place: str) -> Path:
    """A file of a dataset on the Hub, downloaded if the Hub's cache has it not.

    What lies in the cache is compared with the hash that the Hub knows it by, once in a process.

    Args:
        place: ``hf://datasets/owner/name@commit/file``.

    Raises:
        PublishingError: it cannot be had, or other bytes lie in the cache; those are removed.
    """
    if (found := HUB_FILE.fullmatch(place)) is None:
        raise PublishingError(f"{place!r}: write hf://datasets/owner/name@COMMIT/file")
    repository, commit, path = found.groups()
    file = download(repository, commit, path)
    if file is None:
        raise PublishingError(
            f"{place}: there is no such file in this commit; see the files at "
            f"https://huggingface.co/datasets/{repository}/tree/{commit}"
        )
    blob = file.resolve()
    if not _has_the_bytes_of_its_name(blob):
        blob.unlink()
        raise PublishingError(
            f"{place}: {blob} in the cache has other bytes than the Hub sent; it was removed, run "
            "the same command again"
        )
    return file


def _has_the_bytes_of_its_name(blob: Path) -> bool:
    """Whether a file of the Hub's cache is what it is called: a SHA-256 (LFS), or git's SHA-1."""
    if re.fullmatch("[0-9a-f]{64}", blob.name):
        digest = hashlib.sha256()
    elif re.fullmatch("[0-9a-f]{40}", blob.name):
        digest = hashlib.sha1(b"blob %d\0" % blob.stat().st_size, usedforsecurity=False)
    else:
        return True
    with blob.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest() == blob.name
