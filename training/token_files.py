"""Corpora as token ids on disk, made once per dataset and tokenizer and then only mapped.

One folder per Parquet file and language: the ids of all documents one after the other, where each
document ends, how many bytes of text it had, and which source it came from. Training reads any
place in them without reading what lies before (the layout of nanotron's and datatrove's tokenised
shards, with bytes and sources beside).
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bllossom_data.errors import TrainingError
from bllossom_data.files import canonical_json, sync_folder, write_atomic
from bllossom_data.progress import Progress
from training.pinned_data import PinnedDataset, SplitFiles, require_columns

__all__ = ["TokenPart", "tokenizer_hash", "tokens_of_split"]

LAYOUT = 1
BATCH_ROWS = 256
RECORD = "part.json"


@dataclass(frozen=True, slots=True)
class TokenPart:
    """Documents of one language from one Parquet file.

    Attributes:
        language: `ko` or `en`.
        tokens: ids of all documents, mapped from disk, each document with its first and last
            special token.
        ends: where each document ends in `tokens`, int64.
        text_bytes: UTF-8 bytes of each document, int64.
        sources: source of each document, an index into `source_names`.
        source_names: names of sources.
    """

    language: str
    tokens: NDArray[Any]
    ends: NDArray[np.int64]
    text_bytes: NDArray[np.int64]
    sources: NDArray[np.uint16]
    source_names: tuple[str, ...]


def tokenizer_hash(tokenizer: Any) -> str:
    """SHA-256 over everything that decides the ids of a text."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    # Padding and truncation are switches of a call, not part of the vocabulary.
    content.pop("padding", None)
    content.pop("truncation", None)
    special = [tokenizer.bos_token, tokenizer.eos_token]
    return hashlib.sha256(canonical_json([content, special], "tokenizer").encode()).hexdigest()


def tokens_of_split(
    dataset: PinnedDataset,
    files: SplitFiles,
    tokenizer: Any,
    cache: Path,
    progress: Progress,
) -> list[TokenPart]:
    """Token files of one split, made where they are not there yet.

    A killed run goes on with the first Parquet file that is not finished.

    Args:
        dataset: the dataset; needs the columns `text`, and `language` unless the run says it.
        files: the split's files.
        tokenizer: a transformers tokenizer.
        cache: folder of all token files; may be shared by runs.
        progress: where to report.

    Raises:
        TrainingError: a column is missing, or a language is neither `ko` nor `en`.
    """
    need = ["text"] if dataset.entry.language else ["text", "language"]
    columns = require_columns(dataset, need, "pretraining")
    hashed = tokenizer_hash(tokenizer)
    parts: list[TokenPart] = []
    for path, digest in zip(files.files, files.hashes, strict=True):
        key = canonical_json([LAYOUT, digest, hashed, dataset.entry.language])
        folder = cache / hashlib.sha256(key.encode()).hexdigest()[:32]
        if not (folder / RECORD).is_file():
            _tokenize_file(dataset, path, columns, tokenizer, folder, progress)
        parts += _opened(folder, dataset.entry.name)
    return parts


def _opened(folder: Path, dataset: str) -> Iterator[TokenPart]:
    record = json.loads((folder / RECORD).read_text("utf-8"))
    names = tuple(str(name) if name else dataset for name in record["sources"])
    for language in record["languages"]:
        place = folder / language
        yield TokenPart(
            language,
            np.memmap(place / "tokens.bin", dtype=record["dtype"], mode="r"),
            np.load(place / "ends.npy", mmap_mode="r"),
            np.load(place / "text_bytes.npy", mmap_mode="r"),
            np.load(place / "sources.npy", mmap_mode="r"),
            names,
        )


class _Writer:
    """Collects the documents of one language; only the ids go straight to disk."""

    def __init__(self, folder: Path, dtype: str) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._dtype = dtype
        self._file = (folder / "tokens.bin").open("wb")
        self._lengths: list[int] = []
        self._text_bytes: list[int] = []
        self._sources: list[int] = []

    def add(self, ids: Sequence[int], text_bytes: int, source: int) -> None:
        self._file.write(np.asarray(ids, dtype=self._dtype).tobytes())
        self._lengths.append(len(ids))
        self._text_bytes.append(text_bytes)
        self._sources.append(source)

    def close(self) -> None:
        self._file.close()
        np.save(self._folder / "ends.npy", np.cumsum(self._lengths, dtype=np.int64))
        np.save(self._folder / "text_bytes.npy", np.asarray(self._text_bytes, dtype=np.int64))
        np.save(self._folder / "sources.npy", np.asarray(self._sources, dtype=np.uint16))
        sync_folder(self._folder)


def _batches(path: Path, columns: Sequence[str], language: str | None) -> Iterator[Any]:
    wanted = [name for name in ("text", "language", "source") if name in columns]
    for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS, columns=wanted):
        rows = batch.to_pydict()
        count = batch.num_rows
        languages = [language] * count if language else rows["language"]
        yield rows["text"], languages, rows.get("source", [None] * count)


class _Documents:
    """Writes the documents of one Parquet file, each to the files of its language."""

    def __init__(self, dataset: PinnedDataset, path: Path, tokenizer: Any, folder: Path) -> None:
        self._dataset = dataset
        self._path = path
        self._folder = folder
        self.dtype = "uint16" if len(tokenizer) <= 1 << 16 else "uint32"
        # A copy, and one that reads `<|end_of_text|>` as text: a document that writes about it
        # does not end there.
        self._tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self._tokenizer.encode_special_tokens = True
        bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
        self._first = [] if bos is None else [bos]
        self._last = [] if eos is None else [eos]
        self.writers: dict[str, _Writer] = {}
        self.sources: dict[str | None, int] = {}

    def add(
        self, texts: Sequence[str], languages: Sequence[str], names: Sequence[str | None]
    ) -> None:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        for text, language, name, one in zip(texts, languages, names, encoded, strict=True):
            source = self.sources.setdefault(name, len(self.sources))
            ids = [*self._first, *one.ids, *self._last]
            self._writer(language).add(ids, len(text.encode()), source)

    def _writer(self, language: str) -> _Writer:
        if language not in self.writers:
            if language not in ("ko", "en"):
                raise TrainingError(
                    f"{self._path}: a row is in {language!r}; the mix knows ko and en, say "
                    f"`language` for dataset {self._dataset.entry.name!r} if all rows are in one"
                )
            self.writers[language] = _Writer(self._folder / language, self.dtype)
        return self.writers[language]


def _tokenize_file(
    dataset: PinnedDataset,
    path: Path,
    columns: Sequence[str],
    tokenizer: Any,
    folder: Path,
    progress: Progress,
) -> None:
    scratch = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    documents = _Documents(dataset, path, tokenizer, scratch)
    total = pq.read_metadata(path).num_rows
    with progress.work(f"tokenise {path.name}", total, "documents") as advance:
        for texts, languages, names in _batches(path, columns, dataset.entry.language):
            documents.add([text or "" for text in texts], languages, names)
            advance(len(texts))
    for writer in documents.writers.values():
        writer.close()
    record = {
        "dtype": documents.dtype,
        "languages": sorted(documents.writers),
        "sources": list(documents.sources),
    }
    write_atomic(scratch / RECORD, canonical_json(record))
    shutil.rmtree(folder, ignore_errors=True)
    scratch.replace(folder)
    sync_folder(folder.parent)
