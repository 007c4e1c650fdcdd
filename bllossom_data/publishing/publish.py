"""Uploads a release as one commit and one tag; doing it twice does nothing the second time.

Large files are known to the Hub by their SHA-256, so what arrived before an interruption is not
sent again. The commit names its parent, so it either follows what was seen or is refused; and
before it is tried once more, the repository is asked whether it landed after all.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bllossom_data.errors import PublishingError
from bllossom_data.files import pretty_json, write_atomic
from bllossom_data.manifest import MANIFEST, Manifest, OutputFile, read_manifest
from bllossom_data.progress import Progress
from bllossom_data.publishing.changes import SHARD, Changes, compare_versions
from bllossom_data.publishing.hub import (
    ask,
    cause,
    download,
    hub_error,
    is_transient,
    open_api,
    sign_in,
    wait,
)
from bllossom_data.publishing.hub_files import (
    README,
    VersionBefore,
    files_at,
    holds,
    is_same,
    version_before,
)
from bllossom_data.publishing.lock import Publication

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

__all__ = ["PublishingPlan", "carry_out", "plan_publishing", "write_publication"]

COMMIT_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class PublishingPlan:
    """What would be done.

    Attributes:
        repository: `owner/name`.
        final: folder that is uploaded.
        manifest: its manifest.
        head: commit that the new one follows, None if there is no repository yet.
        landed: commit that already holds this version, if one does.
        tagged: whether the tag is there already.
        uploads: files that the Hub does not have under this name.
        deletions: files of the version before that this one has not.
        changes: what differs from the version before.
        by_hand: files of the version before that somebody changed or removed since.
    """

    repository: str
    final: Path
    manifest: Manifest
    head: str | None
    landed: str | None
    tagged: bool
    uploads: tuple[OutputFile, ...]
    deletions: tuple[str, ...]
    changes: Changes | None
    by_hand: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """Name of the version's tag."""
        return f"v{self.manifest.version}"


def plan_publishing(
    repository: str,
    final: Path,
    progress: Progress,
    *,
    private: bool = False,
    replaces_card: bool = False,
) -> PublishingPlan:
    """Looks at the Hub and says what is to be done there; changes nothing.

    Args:
        repository: `owner/name`.
        final: the folder to upload.
        progress: where the download of the version before is shown.
        private: whether nobody but the owners may see the repository.
        replaces_card: whether a card that belongs to no version may be written over.

    Raises:
        PublishingError: the Hub cannot be asked, the version exists with other content, or the
            repository holds something that no version brought, or is public against `private`.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    api = open_api()
    sign_in(repository)
    manifest = read_manifest(final)
    files = (*manifest.files, _manifest_file(final))

    def references() -> Any:
        try:
            return api.list_repo_refs(repository, repo_type="dataset")
        except RepositoryNotFoundError:
            return None

    refs = ask(repository, references)
    if refs is None:
        first = compare_versions(None, (final, manifest))
        return PublishingPlan(repository, final, manifest, None, None, False, files, (), first)
    if private:
        _check_private(repository)
    head = next(one.target_commit for one in refs.branches if one.name == "main")
    tags = {one.name: one.target_commit for one in refs.tags}
    tag = f"v{manifest.version}"
    if tag in tags:
        if not holds(repository, tags[tag], final):
            raise _other_content(repository, manifest, tags[tag])
        return PublishingPlan(repository, final, manifest, head, tags[tag], True, (), (), None)
    landed = _landed(repository, final, manifest, head)
    if landed:
        return PublishingPlan(repository, final, manifest, head, landed, False, (), (), None)
    tree = files_at(repository, head)
    before = version_before(repository, head, tree, final, manifest, progress)
    if before:
        _check_is_later(repository, manifest.version, before.manifest.version)
    old = {file.path for file in before.manifest.files} if before else set()
    strays = {path for path in tree if SHARD.fullmatch(path)} - {file.path for file in files}
    foreign_card = before is None and _has_other_card(tree, files, final)
    if foreign_card and not replaces_card:
        raise PublishingError(
            f"{repository}: has a {README} that no version brought, and publishing would write "
            "over it; keep what you need of it in the prose of the card beside the recipe, then "
            "give --replace-card"
        )
    if strays and before is None:
        raise PublishingError(
            f"{repository}: has data that no version lists, and whoever loads the dataset would "
            f"get it too: {', '.join(sorted(strays)[:5])}; remove it there, or publish elsewhere"
        )
    return PublishingPlan(
        repository,
        final,
        manifest,
        head,
        None,
        False,
        tuple(one for one in files if not is_same(final / one.path, one, tree.get(one.path))),
        tuple(sorted(old - {file.path for file in files} | strays)),
        compare_versions((before.folder, before.manifest) if before else None, (final, manifest)),
        _changed_by_hand(repository, before, tags, tree) if before else (README,) * foreign_card,
    )


def _check_is_later(repository: str, version: str, before: str) -> None:
    """Makes sure that `main` does not go back.

    Raises:
        PublishingError: what it holds is later.
    """
    # Somebody may have written another version into the manifest there.
    numbers = [tuple(map(int, re.findall("[0-9]+", one))) for one in (version, before)]
    if numbers[0] < numbers[1]:
        raise PublishingError(
            f"{repository}: holds version {before}, and {version} is earlier: whoever loads the "
            "dataset without a revision would get it instead; give the recipe a later version, "
            "build and publish that"
        )


def _changed_by_hand(
    repository: str, before: VersionBefore, tags: Mapping[str, str], tree: Mapping[str, Any]
) -> tuple[str, ...]:
    """Files that somebody changed since the version before, its manifest among them."""
    tagged = tags.get(f"v{before.manifest.version}")
    if tagged is None:
        return before.by_hand
    published = files_at(repository, tagged).get(MANIFEST)
    same = published is not None and published.blob_id == tree[MANIFEST].blob_id
    return before.by_hand if same else (*before.by_hand, MANIFEST)


def _has_other_card(tree: Mapping[str, Any], files: Sequence[OutputFile], final: Path) -> bool:
    ours = next((one for one in files if one.path == README), None)
    return bool(ours and README in tree and not is_same(final / README, ours, tree[README]))


def _manifest_file(final: Path) -> OutputFile:
    data = (final / MANIFEST).read_bytes()
    return OutputFile(MANIFEST, len(data), hashlib.sha256(data).hexdigest())


def _title(manifest: Manifest) -> str:
    return f"Publish {manifest.name} {manifest.version}"


def _landed(repository: str, final: Path, manifest: Manifest, head: str) -> str | None:
    """The commit that an earlier attempt made without coming to its tag, or None.

    Raises:
        PublishingError: it made one with other content.
    """
    if holds(repository, head, final):
        return head
    commits = ask(
        f"{repository}: its commits",
        lambda: open_api().list_repo_commits(repository, repo_type="dataset", revision=head),
    )
    for commit in commits:
        if commit.title == _title(manifest):
            if holds(repository, commit.commit_id, final):
                return str(commit.commit_id)
            raise _other_content(repository, manifest, commit.commit_id)
    return None


def _other_content(repository: str, manifest: Manifest, commit: str) -> PublishingError:
    there = download(repository, commit, MANIFEST)
    name = read_manifest(there.parent).name if there else manifest.name
    if name != manifest.name:
        return PublishingError(
            f"{repository}: holds the dataset {name!r}, not {manifest.name!r}, and has its version "
            f"{manifest.version} too (commit {commit}); give another repository with --repo"
        )
    return PublishingError(
        f"{repository}: version {manifest.version} is there with other content (commit {commit}), "
        "and a version never changes; give the recipe the next version, build and publish that"
    )


def carry_out(plan: PublishingPlan, progress: Progress, *, private: bool) -> Publication:
    """Uploads, commits and tags what is not there yet.

    Raises:
        PublishingError: it failed; the same command goes on from there.
    """
    api, repository = open_api(), plan.repository
    commit = plan.landed
    if commit is None:
        if plan.head is None:
            ask(
                f"{repository}: to create it",
                lambda: api.create_repo(
                    repository, repo_type="dataset", private=private, exist_ok=True
                ),
            )
            plan = replace(plan, head=_head_before(repository))
        commit = _upload_and_commit(plan, progress)
    if not plan.tagged:
        ask(
            f"{repository}: tag {plan.tag}",
            lambda: api.create_tag(
                repository, tag=plan.tag, revision=commit, repo_type="dataset", exist_ok=True
            ),
        )
    refs = ask(repository, lambda: api.list_repo_refs(repository, repo_type="dataset"))
    tagged = next((one.target_commit for one in refs.tags if one.name == plan.tag), None)
    if tagged != commit:
        raise PublishingError(
            f"{repository}: tag {plan.tag} points to {tagged}, not to the commit {commit} that was "
            "made; somebody else published at the same time: see the repository's History"
        )
    return Publication(
        plan.manifest.version, repository, plan.tag, commit, _manifest_file(plan.final).sha256
    )


def _head_before(repository: str) -> str:
    """The commit that a first version follows, seen before anything is uploaded.

    Whoever commits after it makes ours fail, instead of coming under it unseen.

    Raises:
        PublishingError: somebody else has published meanwhile.
    """
    head = str(ask(repository, lambda: open_api().dataset_info(repository)).sha)
    if MANIFEST in files_at(repository, head):
        raise PublishingError(
            f"{repository}: somebody else has published there at the same moment (commit {head}); "
            "nothing was uploaded; the same command compares with theirs"
        )
    return head


def _check_private(repository: str) -> None:
    """Makes sure that nothing is shown to everybody which was to be private.

    Raises:
        PublishingError: the repository is there and public.
    """
    if not ask(repository, lambda: open_api().dataset_info(repository)).private:
        raise PublishingError(
            f"{repository}: --private, but it is there and public; make it private in its settings "
            "on the Hub, or publish without --private"
        )


def _upload_and_commit(plan: PublishingPlan, progress: Progress) -> str:
    from huggingface_hub import CommitOperationDelete

    from bllossom_data.publishing.uploads import upload_files

    additions = upload_files(plan.repository, plan.final, plan.uploads, progress)
    assert plan.head is not None
    deletions = [CommitOperationDelete(path) for path in plan.deletions]
    return _commit_once(plan, [*additions, *deletions], plan.head)


def _commit_once(
    plan: PublishingPlan,
    operations: Sequence["CommitOperationAdd | CommitOperationDelete"],
    head: str,
) -> str:
    """Commits; after every failure that leaves it open, asks whether the commit is there."""
    api, what = open_api(), f"{plan.repository}: the commit"
    for attempt in range(COMMIT_ATTEMPTS):
        try:
            made = api.create_commit(
                plan.repository,
                list(operations),
                commit_message=_title(plan.manifest),
                repo_type="dataset",
                parent_commit=head,
            )
            return str(made.oid)
        except Exception as failure:
            error = cause(failure)
            status = getattr(getattr(error, "response", None), "status_code", None)
            if status not in (409, 412) and not is_transient(error):
                refused = f"{hub_error(what, error)}; nothing of this version was published"
                raise PublishingError(refused) from error
            info = ask(plan.repository, lambda: api.dataset_info(plan.repository))
            if landed := _landed(plan.repository, plan.final, plan.manifest, str(info.sha)):
                return landed
            if str(info.sha) != head:
                raise PublishingError(
                    f"{plan.repository}: somebody else committed {info.sha} meanwhile; nothing of "
                    "this version was published. Look at their change, then run the same command "
                    "again: the files are uploaded already"
                ) from error
            if attempt == COMMIT_ATTEMPTS - 1:
                raise hub_error(what, error) from error
            wait(what, error, attempt)
    raise AssertionError("unreachable")


def write_publication(plan: PublishingPlan, publication: Publication) -> Path:
    """Writes a copy of the manifest with the commit beside the build, and says where.

    The uploaded manifest cannot hold the hash of the commit that it is part of.
    """
    path = plan.final.parent / "published.json"
    content = {**asdict(read_manifest(plan.final)), "publication": asdict(publication)}
    write_atomic(path, pretty_json(content, "manifest"))
    return path
