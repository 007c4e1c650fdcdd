"""Brings a published version back: at one commit, every file checked against its manifest."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from bllossom_data.errors import BllossomError, HubUnreachableError, PublishingError
from bllossom_data.files import discard_folder, sha256_file
from bllossom_data.manifest import MANIFEST, Manifest, read_manifest
from bllossom_data.progress import Progress
from bllossom_data.publishing.hub import COMMIT, HubPlace, ask, download, open_api
from bllossom_data.system_errors import explained

__all__ = ["fetch_files", "fetch_manifest", "pull_version", "resolve_commit"]

COPY_BYTES = 1 << 20
TAG = re.compile(r"v\d{4}\.\d{2}\.\d+")


def resolve_commit(place: HubPlace, *, pinned: bool) -> str:
    """The commit that a reference means, 40 hexadecimal digits.

    Without a network, a tag is looked up where an earlier pull left it.

    Args:
        place: the dataset and the reference.
        pinned: whether only a commit will do.

    Raises:
        PublishingError: it is a branch, or a tag where a commit is asked, or does not exist.
    """
    if COMMIT.fullmatch(place.revision):
        return place.revision
    repository, revision = place
    if pinned:
        raise PublishingError(
            f"{repository}@{revision}: can be moved to another commit; with --pinned write the 40 "
            "digits of the commit, as `bllossom publish` printed them"
        )
    if not TAG.fullmatch(revision):
        raise PublishingError(
            f"{repository}@{revision}: is neither a commit of 40 digits nor the tag of a version "
            "such as v2026.11.0; a branch means other data tomorrow"
        )
    try:
        refs = ask(
            f"{repository}: its tags",
            lambda: open_api().list_repo_refs(repository, repo_type="dataset"),
        )
    except HubUnreachableError:
        if kept := _kept_reference(place):
            return kept
        raise
    found = next((one.target_commit for one in refs.tags if one.name == revision), None)
    if found is None:
        there = ", ".join(sorted(one.name for one in refs.tags)) or "none"
        raise PublishingError(f"{repository}@{revision}: there is no such tag; there are: {there}")
    return str(found)


def _cache(repository: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"datasets--{repository.replace('/', '--')}"


def _kept_reference(place: HubPlace) -> str | None:
    kept = _cache(place.repository) / "refs" / place.revision
    return kept.read_text(encoding="utf-8").strip() if kept.is_file() else None


def _keep_reference(place: HubPlace, commit: str) -> None:
    # Where the Hub's client itself keeps what a tag means.
    kept = _cache(place.repository) / "refs" / place.revision
    if place.revision != commit:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(commit, encoding="utf-8")


def fetch_manifest(repository: str, commit: str) -> tuple[Path, Manifest]:
    """The folder of a version in the Hub's cache, with its manifest alone.

    Raises:
        PublishingError: it has none or another kind of it, or it cannot be had.
    """
    path = download(repository, commit, MANIFEST)
    if path is None:
        raise PublishingError(
            f"{repository}@{commit}: has no {MANIFEST}, so nothing says which bytes are right; it "
            "was not published by `bllossom publish`"
        )
    try:
        return path.parent, read_manifest(path.parent)
    except BllossomError as error:
        reason = str(error).removeprefix(f"{path}: ").rpartition(";")[0]
        raise PublishingError(
            f"{repository}@{commit}: its {MANIFEST} is none of ours ({reason}); it was not "
            "published by `bllossom publish`, or by a newer one"
        ) from error


def fetch_files(
    repository: str, commit: str, manifest: Manifest, paths: Sequence[str], progress: Progress
) -> None:
    """Downloads files of a version to the Hub's cache and proves them against the manifest.

    Raises:
        PublishingError: a file cannot be had, or has other bytes.
    """
    listed = {file.path: file for file in manifest.files}
    total = sum(listed[path].size for path in paths)
    with progress.work(f"pull {repository}", total, "bytes") as advance:
        for name in paths:
            path = download(repository, commit, name)
            if path is None:
                raise PublishingError(
                    f"{repository}@{commit}: {name} is in the manifest and not in the repository; "
                    "publish the version again"
                )
            if sha256_file(path) != listed[name].sha256:
                # The cache would give the same damaged file for ever.
                path.resolve().unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                raise PublishingError(
                    f"{repository}@{commit}: {name} has other bytes than the manifest says "
                    "(SHA-256 differs); it was removed from the cache, pull again"
                )
            advance(listed[name].size)


def pull_version(
    place: HubPlace, target: Path | None, progress: Progress, *, pinned: bool = False
) -> tuple[Path, str]:
    """Downloads a version, whole and checked, or nothing.

    Args:
        place: the dataset and a commit or a version's tag.
        target: folder that must not exist or hold a version; the Hub's cache if None.
        progress: where it is shown.
        pinned: whether only a commit will do.

    Returns:
        The folder with the files and the commit.

    Raises:
        PublishingError: it cannot be had, is damaged, or `target` holds anything else.
        StepError: `target` cannot be written.
    """
    target = target and target.absolute()
    if target is not None and target.exists():
        _check_replaceable(target)
    commit = resolve_commit(place, pinned=pinned)
    folder, manifest = fetch_manifest(place.repository, commit)
    paths = [file.path for file in manifest.files]
    fetch_files(place.repository, commit, manifest, paths, progress)
    _keep_reference(place, commit)
    if target is None:
        return folder, commit
    _copy(folder, [*paths, MANIFEST], target)
    return target, commit


def _check_replaceable(target: Path) -> None:
    """Makes sure that a folder holds a version that was pulled, and nothing of anybody's own."""
    other = f"{target}: exists and is no dataset that was pulled; give a folder that does not exist"
    if not (target / MANIFEST).is_file():
        raise PublishingError(other)
    try:
        manifest = read_manifest(target)
    except BllossomError as error:
        raise PublishingError(f"{other} ({error})") from error
    ours = {MANIFEST, *(file.path for file in manifest.files)}
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in ours:
            raise PublishingError(
                f"{target}: has {name}, which is no file of the dataset in it, and would be lost; "
                "move it away or give a folder that does not exist"
            )


def _copy(folder: Path, paths: Sequence[str], target: Path) -> None:
    """Copies files to a folder that is there whole or, when stopped, not at all."""
    unfinished = target.with_name(f"{target.name}.pull.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with explained("pull --to", target):
            for name in paths:
                (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
                # `shutil.copyfile` blames the file that is read when the disk is full.
                with (folder / name).open("rb") as source, (unfinished / name).open("wb") as copy:
                    shutil.copyfileobj(source, copy, COPY_BYTES)
            if target.exists():
                discard_folder(target)
            unfinished.replace(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
