"""Rows of SFT: read, checked, labelled, cut to length and packed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from datasets import Dataset, concatenate_datasets
from numpy.typing import NDArray
from trl import pack_dataset

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.chat import IGNORED, label_conversation, truncate
from training.collating import FILLING
from training.pinned_data import PinnedDataset, SplitFiles, require_columns

__all__ = [
    "ConversationRows",
    "PreparationCounts",
    "conversation_rows",
    "filled",
    "records",
    "summary",
]

MOST_TOLD = 3


@dataclass(slots=True)
class PreparationCounts:
    """What became of the rows, for the log and the model card.

    Attributes:
        rows: rows read; of DPO, pairs.
        tokens: tokens kept; of DPO, in both sequences of a pair.
        trained_tokens: tokens that count in the loss.
        truncated: rows that were cut to `max_length`; of DPO, sequences.
        dropped: rows of which nothing trained was left after the cut.
        broken: rows that are not what the run is for, by what is wrong.
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


def records(files: SplitFiles, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a split with some columns."""
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
            for record in records(files, wanted):
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
            + "; ".join(f"{name}: {summary(one)}" for name, one in counts.items())
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


def summary(counted: PreparationCounts, noun: str = "rows", cut: str = "") -> str:
    """What became of the rows, in one line.

    Args:
        counted: the counts.
        noun: what a row is called.
        cut: what is cut to `max_length`, if not the row itself.
    """
    told = [f"{counted.rows:,} {noun}", f"{counted.trained_tokens:,} of {counted.tokens:,} tokens"]
    told[1] += " trained"
    if counted.truncated:
        told.append(f"{counted.truncated:,} {cut}cut to max_length")
    if counted.dropped:
        told.append(f"{counted.dropped:,} dropped, nothing trained was left of them")
    for problem, times in Counter(counted.broken).most_common(MOST_TOLD):
        told.append(f"{times:,} left out ({problem})")
    return ", ".join(told)


def _tell(name: str, counted: PreparationCounts, progress: Progress) -> None:
    progress.say(f"{name}: {summary(counted)}")
