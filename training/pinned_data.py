"""Opens the datasets of a run: which files they are, and proof that they are those files."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.errors import BllossomError, TrainingError, missing_package
from bllossom_data.files import sha256_file
from bllossom_data.manifest import MANIFEST, Manifest, OutputFile, read_manifest
from training.pinning import HubCommit, hub_commit
from training.run_file import DatasetEntry

__all__ = [
    "Lineage",
    "PinnedDataset",
    "SplitFiles",
    "open_dataset",
    "pinned_folder",
    "require_columns",
]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where training rows come from, for the model card.

    Attributes:
        name: how the run calls the dataset.
        repository: repository on the Hub, if it came from there.
        commit: its commit, 40 hexadecimal digits.
        dataset: name in the manifest, if there is one.
        version: version in the manifest.
        license: licence in the manifest.
        config: configuration that was taken.
        split: split that was taken.
        rows: rows of that split.
        file_bytes: size of its Parquet files.
        sha256: SHA-256 over the SHA-256 of these files, in order.
    """

    name: str
    repository: str | None
    commit: str | None
    dataset: str | None
    version: str | None
    license: str | None
    config: str | None
    split: str
    rows: int
    file_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """The Parquet files of one split, in order, with the SHA-256 of each."""

    split: str
    files: tuple[Path, ...]
    hashes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(pq.read_metadata(path).num_rows for path in self.files)


@dataclass(frozen=True, slots=True)
class PinnedDataset:
    """A dataset of a run with its files at hand."""

    entry: DatasetEntry
    train: SplitFiles
    validation: SplitFiles | None
    lineage: Lineage


def pinned_folder(place: HubCommit, kind: str) -> Path:
    """Folder of a repository at a commit, downloaded to the Hub's cache if it is not there.

    Args:
        place: the repository and its commit.
        kind: `dataset` or `model`.

    Raises:
        TrainingError: it cannot be had.
        MissingPackageError: huggingface-hub is not installed.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise missing_package("huggingface-hub", "the Hub", "training") from error
    try:
        folder = snapshot_download(
            place.repository,
            repo_type=kind,
            revision=place.commit,
            # The same weights in the formats of other programs.
            ignore_patterns=["original/*", "*.pth", "*.gguf"] if kind == "model" else None,
        )
    except Exception as error:
        # The Hub client has a dozen kinds of errors; all of them mean that it is not here.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise TrainingError(
            f"{place.repository}@{place.commit}: the {kind} cannot be had ({reason}); check name, "
            "commit, network, and access with `hf auth login`"
        ) from error
    return Path(folder)


def open_dataset(entry: DatasetEntry, *, verify: bool = True) -> PinnedDataset:
    """Finds the files of a dataset and proves that they are the pinned ones.

    Args:
        entry: the dataset as the run file names it.
        verify: whether to read and hash files that a manifest lists; of the processes of one
            machine, one is enough.

    Raises:
        TrainingError: it is not there, its files are not those of its manifest, a split is
            missing or empty.
    """
    commit = hub_commit(entry.path)
    if commit is None and entry.path.endswith(".parquet"):
        return _single_file(entry)
    folder = pinned_folder(commit, "dataset") if commit else Path(entry.path)
    manifest = _manifest(folder, required=commit is None)
    train = _split_files(entry, folder, manifest, entry.split, verify)
    validation = (
        _split_files(entry, folder, manifest, entry.validation_split, verify)
        if entry.validation_split
        else None
    )
    lineage = Lineage(
        entry.name,
        commit.repository if commit else None,
        commit.commit if commit else None,
        manifest.name if manifest else None,
        manifest.version if manifest else None,
        manifest.license if manifest else None,
        entry.config,
        entry.split,
        train.rows,
        sum(path.stat().st_size for path in train.files),
        _combined(train.hashes),
    )
    return PinnedDataset(entry, train, validation, lineage)


def _combined(hashes: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _single_file(entry: DatasetEntry) -> PinnedDataset:
    path = Path(entry.path)
    if not path.is_file():
        raise TrainingError(f"{path}: no such file; check `path` of dataset {entry.name!r}")
    found = sha256_file(path)
    if entry.sha256 is None:
        raise TrainingError(
            f"{path}: a file without a manifest is pinned by its content; if this is the file, "
            f'write sha256 = "{found}" to dataset {entry.name!r}'
        )
    if found != entry.sha256:
        raise TrainingError(
            f"{path}: SHA-256 is {found}, the run file says {entry.sha256}; take the file that "
            "was meant, or write the new value"
        )
    files = SplitFiles(entry.split, (path,), (found,))
    _refuse_empty(entry, files)
    lineage = Lineage(
        entry.name,
        *(None,) * 6,
        split=entry.split,
        rows=files.rows,
        file_bytes=path.stat().st_size,
        sha256=_combined(files.hashes),
    )
    return PinnedDataset(entry, files, None, lineage)


def _manifest(folder: Path, *, required: bool) -> Manifest | None:
    if not folder.is_dir():
        raise TrainingError(f"{folder}: no such folder; build or pull the dataset first")
    if not (folder / MANIFEST).is_file():
        if not required:
            return None
        final = folder / "final"
        hint = f"did you mean {final}?" if (final / MANIFEST).is_file() else "build it first"
        raise TrainingError(
            f"{folder}: has no {MANIFEST}, so nothing says which bytes were trained on; {hint}"
        )
    try:
        return read_manifest(folder)
    except BllossomError as error:
        raise TrainingError(str(error)) from error


def _split_files(
    entry: DatasetEntry, folder: Path, manifest: Manifest | None, split: str, verify: bool
) -> SplitFiles:
    listed = {file.path: file for file in manifest.files} if manifest else None
    names = sorted(
        listed or (path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    )
    inside = rf"(data/)?{re.escape(entry.config)}/" if entry.config else r"(data/)?"
    pattern = re.compile(rf"{inside}{re.escape(split)}(-[^/]*)?\.parquet")
    chosen = [name for name in names if pattern.fullmatch(name)]
    if not chosen:
        there = ", ".join(name for name in names if name.endswith(".parquet")) or "no Parquet file"
        wanted = f"config {entry.config!r}, " if entry.config else ""
        raise TrainingError(
            f"dataset {entry.name!r}: {wanted}split {split!r} is not in {folder}; there: {there}"
        )
    hashes = [_checked(folder / name, listed[name] if listed else None, verify) for name in chosen]
    files = SplitFiles(split, tuple(folder / name for name in chosen), tuple(hashes))
    _refuse_empty(entry, files)
    return files


def _checked(path: Path, listed: OutputFile | None, verify: bool) -> str:
    if not path.is_file():
        raise TrainingError(f"{path}: missing, though the manifest lists it; pull it again")
    if listed is not None and not verify:
        return listed.sha256
    found = sha256_file(path)
    if listed is not None and found != listed.sha256:
        raise TrainingError(
            f"{path}: other bytes than the manifest says (SHA-256 differs); build or pull the "
            "dataset again"
        )
    return found


def _refuse_empty(entry: DatasetEntry, files: SplitFiles) -> None:
    if files.rows == 0:
        raise TrainingError(
            f"dataset {entry.name!r}: split {files.split!r} has no rows; there is nothing to "
            "train on"
        )


HELD: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages",),
    **dict.fromkeys(("prompt", "chosen", "rejected"), ("text", "messages")),
}
"""What columns hold that do not hold text."""


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_messages(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


_HOLDS = {"text": _is_text, "messages": _is_messages}


def require_columns(
    dataset: PinnedDataset, columns: Sequence[str], purpose: str
) -> tuple[str, ...]:
    """Column names of a dataset, after a check that some are there and hold what they should.

    Raises:
        TrainingError: a column is missing or of another type; the message says which there are.
    """
    schema = pq.read_schema(dataset.train.files[0])
    there = tuple(schema.names)
    if missing := [name for name in columns if name not in there]:
        named = " and ".join(missing)
        told = f"columns {named}, which are" if len(missing) > 1 else f"column {named}, which is"
        raise TrainingError(
            f"dataset {dataset.entry.name!r}: {purpose} needs the {told} not there; there are: "
            f"{', '.join(there)}"
        )
    for name in columns:
        found, allowed = schema.field(name).type, HELD.get(name, ("text",))
        if not any(_HOLDS[one](found) for one in allowed):
            raise TrainingError(
                f"dataset {dataset.entry.name!r}: the column {name} holds {found}, and must hold "
                f"{' or '.join(allowed)} for {purpose}; choose another dataset, or write the "
                "column as that"
            )
    return there
