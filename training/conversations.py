"""Rows of SFT and DPO: read, checked, labelled, cut to length and packed."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from accelerate import PartialState
from datasets import Dataset, concatenate_datasets, load_from_disk
from numpy.typing import NDArray
from trl import pack_dataset

from bllossom_data.errors import TrainingError
from bllossom_data.files import TEMPORARY_SUFFIX, canonical_json
from bllossom_data.progress import Progress
from training.chat import IGNORED, label_conversation, special_token_in, truncate
from training.collating import FILLING
from training.pinned_data import PinnedDataset, SplitFiles, require_columns

__all__ = [
    "ConversationRows",
    "PreparationCounts",
    "conversation_rows",
    "filled",
    "preference_rows",
]

MOST_TOLD = 3


@dataclass(slots=True)
class PreparationCounts:
    """What became of the rows, for the log and the model card.

    Attributes:
        rows: rows read.
        tokens: tokens kept.
        trained_tokens: tokens that count in the loss.
        truncated: rows that were cut to `max_length`.
        dropped: rows of which nothing trained was left after the cut.
        broken: rows that are not conversations, by what is wrong.
    """

    rows: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    truncated: int = 0
    dropped: int = 0
    broken: dict[str, int] = field(default_factory=dict)

    def leave_out(self, problem: str) -> None:
        """Counts a row that cannot be used."""
        self.broken[problem] = self.broken.get(problem, 0) + 1


@dataclass(frozen=True, slots=True)
class ConversationRows:
    """Rows ready for the trainer.

    Attributes:
        dataset: columns `input_ids`, `labels`, `groups` and, if packed, `seq_lengths`.
        group_names: what `groups` counts: dataset and language.
        counts: what became of the rows, by dataset.
    """

    dataset: Dataset
    group_names: tuple[str, ...]
    counts: Mapping[str, PreparationCounts]


def _records(files: SplitFiles, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for path in files.files:
        for batch in pq.ParquetFile(path).iter_batches(512, columns=list(columns)):
            yield from batch.to_pylist()


def languages_of(chosen: Sequence[tuple[PinnedDataset, SplitFiles]]) -> list[str]:
    """Languages of rows, sorted; none if a dataset does not say the language of its rows."""
    found: set[str] = set()
    for dataset, files in chosen:
        if dataset.entry.language:
            found.add(dataset.entry.language)
        elif "language" in pq.read_schema(files.files[0]).names:
            for path in files.files:
                column = pq.read_table(path, columns=["language"]).column("language")
                found |= {str(one) for one in column.unique().to_pylist()}
        else:
            return []
    return sorted(found)


def conversation_rows(
    chosen: Sequence[tuple[PinnedDataset, SplitFiles]],
    tokenizer: Any,
    config: Any,
    progress: Progress,
    *,
    packing: bool,
    language: str | None = None,
) -> ConversationRows:
    """Labelled rows of all datasets of a run.

    Args:
        chosen: datasets and the split of each that is wanted; need the column `messages`.
        tokenizer: with its chat template.
        config: trl's SFTConfig: `max_length`, `truncation_mode`, `assistant_only_loss`,
            `packing_strategy`, `shuffle_dataset` and `seed` mean what trl says.
        progress: where to report.
        packing: whether several conversations share a row.
        language: take only rows in this language.

    Raises:
        TrainingError: a column is missing, or no row is left.
    """
    columns: dict[str, list[NDArray[np.int32]]] = {"input_ids": [], "labels": [], "groups": []}
    names: dict[str, int] = {}
    counts: dict[str, PreparationCounts] = {}
    splitting = packing and config.packing_strategy == "bfd_split"
    limit = None if splitting else config.max_length
    for dataset, files in chosen:
        there = require_columns(dataset, ["messages"], "sft")
        counted = counts.setdefault(dataset.entry.name, PreparationCounts())
        wanted = ["messages", *(["language"] if "language" in there else [])]
        with progress.work(f"label {dataset.entry.name}", files.rows, "rows") as advance:
            for record in _records(files, wanted):
                advance(1)
                spoken = dataset.entry.language or record.get("language")
                if language is not None and spoken != language:
                    continue
                counted.rows += 1
                row = _labelled(record, tokenizer, config, limit, counted)
                if row is None:
                    continue
                name = f"{dataset.entry.name}-{spoken}" if spoken else dataset.entry.name
                group = names.setdefault(name, len(names))
                # Arrays, because a Python list takes ten times the memory of its ids.
                columns["input_ids"].append(np.array(row.input_ids, dtype=np.int32))
                columns["labels"].append(np.array(row.labels, dtype=np.int32))
                columns["groups"].append(np.full(len(row.input_ids), group, dtype=np.int32))
        _tell(dataset.entry.name, counted, progress)
    if not columns["input_ids"]:
        raise TrainingError(
            "no row is left to train on: "
            + "; ".join(f"{name}: {_summary(one)}" for name, one in counts.items())
        )
    dataset_rows = Dataset.from_dict(columns)
    if packing:
        if config.shuffle_dataset:
            dataset_rows = dataset_rows.shuffle(seed=config.seed)
        dataset_rows = pack_dataset(dataset_rows, config.max_length, config.packing_strategy)
    if config.shuffle_dataset:
        dataset_rows = dataset_rows.shuffle(seed=config.seed)
    return ConversationRows(dataset_rows, tuple(names), counts)


def filled(rows: Dataset, multiple: int) -> Dataset:
    """Rows brought to a multiple by rows that train nothing.

    Processes that share batches would else fill the last one with rows that were seen already.
    """
    missing = -len(rows) % multiple
    if not missing:
        return rows
    empty: dict[str, Any] = {"input_ids": [0], "labels": [IGNORED], "groups": [FILLING]}
    if "seq_lengths" in rows.column_names:
        empty["seq_lengths"] = [1]
    more = Dataset.from_list([empty] * missing, features=rows.features)
    return concatenate_datasets([rows, more])


def _labelled(
    record: Mapping[str, Any],
    tokenizer: Any,
    config: Any,
    limit: int | None,
    counted: PreparationCounts,
) -> Any:
    try:
        row = label_conversation(
            tokenizer, record["messages"], assistant_only=config.assistant_only_loss
        )
    except ValueError as error:
        counted.leave_out(str(error))
        return None
    if limit is not None and len(row.input_ids) > limit:
        counted.truncated += 1
        row = truncate(row, limit, config.truncation_mode)
        if not row.trained:
            counted.dropped += 1
            return None
    counted.tokens += len(row.input_ids)
    counted.trained_tokens += row.trained
    return row


def _summary(counted: PreparationCounts) -> str:
    told = [f"{counted.rows:,} rows", f"{counted.trained_tokens:,} of {counted.tokens:,} tokens"]
    told[1] += " trained"
    if counted.truncated:
        told.append(f"{counted.truncated:,} cut to max_length")
    if counted.dropped:
        told.append(f"{counted.dropped:,} dropped, nothing trained was left of them")
    for problem, times in Counter(counted.broken).most_common(MOST_TOLD):
        told.append(f"{times:,} left out ({problem})")
    return ", ".join(told)


def _tell(name: str, counted: PreparationCounts, progress: Progress) -> None:
    progress.say(f"{name}: {_summary(counted)}")


def preference_rows(
    chosen: Sequence[tuple[PinnedDataset, SplitFiles]],
    tokenizer: Any,
    progress: Progress,
    folder: Path,
    language: str | None = None,
) -> tuple[Dataset, Mapping[str, PreparationCounts]]:
    """Preference pairs of all datasets of a run, as trl's DPOTrainer reads them.

    They lie in a file, because what trl works out about them, such as the reference's
    log-probabilities, it keeps beside that file: for the other processes, and for when the run is
    gone on with.

    Args:
        chosen: datasets and the split of each that is wanted; need `prompt`, `chosen` and
            `rejected`, all text or all messages.
        tokenizer: the tokenizer, for its special tokens.
        progress: where to report.
        folder: where the pairs are kept, by their hash.
        language: take only pairs in this language.

    Raises:
        TrainingError: a column is missing, or no pair is left.
    """
    columns = ("prompt", "chosen", "rejected")
    rows: list[dict[str, Any]] = []
    counts: dict[str, PreparationCounts] = {}
    for dataset, files in chosen:
        require_columns(dataset, columns, "dpo (an explicit prompt)")
        if language is not None and dataset.entry.language not in (None, language):
            continue
        counted = counts.setdefault(dataset.entry.name, PreparationCounts())
        spoken = ["language"] if language is not None and not dataset.entry.language else []
        for record in _records(files, (*columns, *spoken)):
            if spoken and record.pop("language") != language:
                continue
            counted.rows += 1
            if problem := _pair_problem(tokenizer, record):
                counted.leave_out(problem)
                continue
            rows.append(record)
        left_out = sum(counted.broken.values())
        progress.say(
            f"{dataset.entry.name}: {counted.rows:,} pairs"
            + (f", {left_out:,} left out ({', '.join(counted.broken)})" if left_out else "")
        )
    if not rows:
        raise TrainingError(
            "no pair is left to train on: "
            + "; ".join(f"{name}: {', '.join(one.broken)}" for name, one in counts.items())
        )
    if len({isinstance(row["prompt"], str) for row in rows}) > 1:
        raise TrainingError(
            "some datasets hold their pairs as text and others as messages; train on one kind"
        )
    return _on_disk(rows, folder), counts


def _on_disk(rows: Sequence[Mapping[str, Any]], folder: Path) -> Dataset:
    digest = hashlib.sha256(canonical_json(rows).encode()).hexdigest()
    place = folder / digest[:32]
    with PartialState().main_process_first():
        if not place.is_dir():
            scratch = place.with_name(f"{place.name}{TEMPORARY_SUFFIX}")
            shutil.rmtree(scratch, ignore_errors=True)
            Dataset.from_list(list(rows)).save_to_disk(scratch)
            scratch.replace(place)
    return load_from_disk(place)


def _pair_problem(tokenizer: Any, record: Mapping[str, Any]) -> str | None:
    if any(not record[name] for name in ("prompt", "chosen", "rejected")):
        return "a part is empty"
    if record["chosen"] == record["rejected"]:
        return "chosen and rejected are the same"
    if len({isinstance(record[name], str) for name in ("prompt", "chosen", "rejected")}) > 1:
        return "text and messages in one pair"
    for part in (record["prompt"], record["chosen"], record["rejected"]):
        texts = [part] if isinstance(part, str) else [turn["content"] or "" for turn in part]
        for text in texts:
            if token := special_token_in(tokenizer, text):
                return f"a text spells out the special token {token}"
    return None
