"""How many tokens a run's datasets hold, from a sample of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.chat import install_template, label_conversation
from training.pinned_data import PinnedDataset, open_dataset, require_columns
from training.run_file import Run

__all__ = ["TokenCount", "counted_tokens"]

SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of the training splits.

    Attributes:
        tokens: by language; one entry `""` where languages do not matter.
        text_bytes: UTF-8 bytes of text by language.
        lengths: tokens of sampled rows.
        exact: whether every row was read.
    """

    tokens: Mapping[str, float]
    text_bytes: Mapping[str, float]
    lengths: Sequence[int]
    exact: bool

    @property
    def total(self) -> int:
        """Tokens of all languages, once."""
        return int(sum(self.tokens.values()))

    def mean_length(self, longest: int | None) -> float:
        """Mean tokens of a row after the cut."""
        cut = [min(one, longest) if longest else one for one in self.lengths]
        return max(1.0, sum(cut) / max(1, len(cut)))

    def of_epochs(self, epochs: float, ratio: Mapping[Any, float], unit: str) -> float:
        """Tokens read until the language that runs out first was taken `epochs` times."""
        if not ratio:
            return epochs * self.total
        amounts = self.tokens if unit == "tokens" else self.text_bytes
        least = min(amounts.get(language, 0.0) / share for language, share in ratio.items())
        return epochs * sum(
            least * share / max(1.0, amounts[language]) * self.tokens[language]
            for language, share in ratio.items()
        )


def counted_tokens(run: Run, tokenizer: Any, progress: Progress) -> TokenCount:
    """Tokens of a run's datasets.

    Args:
        run: the run.
        tokenizer: its tokenizer.
        progress: where to report.

    Raises:
        TrainingError: a dataset is not there, lacks a column, or is not what the run is for.
    """
    datasets = [open_dataset(entry) for entry in run.datasets]
    if run.kind != "pretrain":
        install_template(tokenizer, run.chat.template)
    tokens: dict[str, float] = {}
    text_bytes: dict[str, float] = {}
    lengths: list[int] = []
    exact = True
    for dataset in datasets:
        sampled, rows, complete = _sample(run, dataset)
        exact = exact and complete
        total = max(1, dataset.train.rows)
        for row in sampled:
            language, length, size = _measured(run, dataset, row, tokenizer)
            lengths.append(length)
            tokens[language] = tokens.get(language, 0.0) + length * total / rows
            text_bytes[language] = text_bytes.get(language, 0.0) + size * total / rows
        progress.say(f"{dataset.entry.name}: {rows:,} of {total:,} rows looked at")
    if run.mix.ratio and (missing := set(run.mix.ratio) - set(tokens)):
        raise TrainingError(
            f"the mix asks for {', '.join(sorted(missing))}, and no sampled document is in it"
        )
    return TokenCount(tokens, text_bytes, lengths, exact)


def _sample(run: Run, dataset: PinnedDataset) -> tuple[list[dict[str, Any]], int, bool]:
    if run.kind == "pretrain":
        need = ["text"] if dataset.entry.language else ["text", "language"]
    else:
        need = ["messages"] if run.kind == "sft" else ["prompt", "chosen", "rejected"]
    require_columns(dataset, need, run.kind)
    share = -(-SAMPLE_ROWS // len(dataset.train.files))
    found: list[dict[str, Any]] = []
    for path in dataset.train.files:
        batches = pq.ParquetFile(path).iter_batches(min(share, 256), columns=need)
        rows = (row for batch in batches for row in batch.to_pylist())
        found += islice(rows, share)
    return found, max(1, len(found)), len(found) == dataset.train.rows


def _measured(
    run: Run, dataset: PinnedDataset, row: Mapping[str, Any], tokenizer: Any
) -> tuple[str, int, int]:
    """Language, tokens and bytes of a row."""
    if run.kind == "pretrain":
        language = dataset.entry.language or str(row["language"])
        ids = tokenizer.backend_tokenizer.encode(row["text"], add_special_tokens=False).ids
        return language, len(ids) + 2, len(row["text"].encode())
    if run.kind == "sft":
        try:
            return "", len(label_conversation(tokenizer, row["messages"]).input_ids), 0
        except ValueError:
            return "", 0, 0
    length = 0
    for answer in ("chosen", "rejected"):
        if isinstance(row["prompt"], str):
            length += len(tokenizer(row["prompt"] + row[answer])["input_ids"])
        else:
            turns = [*row["prompt"], *row[answer]]
            length += len(tokenizer.apply_chat_template(turns, return_dict=True)["input_ids"])
    return "", length, 0
