"""How many tokens a run's datasets hold, from a sample of their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.chat import install_template, label_conversation, truncate
from training.pinned_data import PinnedDataset, open_dataset, require_columns
from training.preferences import pair_problem, pair_tokens
from training.run_file import Run

__all__ = ["TokenCount", "counted_tokens"]

SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of the training splits.

    Attributes:
        tokens: by language; one entry `""` where languages do not matter.
        text_bytes: UTF-8 bytes of text by language.
        rows: conversations or pairs that training takes; documents of pretraining.
        row_tokens: tokens that training reads of one of them on average, after the cut.
        exact: whether every row was read.
    """

    tokens: Mapping[str, float]
    text_bytes: Mapping[str, float]
    rows: float
    row_tokens: float
    exact: bool

    @property
    def total(self) -> int:
        """Tokens of all languages, once."""
        return int(sum(self.tokens.values()))

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


def counted_tokens(run: Run, tokenizer: Any, config: Any, progress: Progress) -> TokenCount:
    """Tokens of a run's datasets.

    Args:
        run: the run.
        tokenizer: its tokenizer.
        config: trl's configuration, for what is cut and dropped.
        progress: where to report.

    Raises:
        TrainingError: a dataset is not there, lacks a column, or is not what the run is for.
    """
    datasets = [open_dataset(entry) for entry in run.datasets]
    if run.kind != "pretrain":
        install_template(tokenizer, run.chat.template)
    tokens: dict[str, float] = {}
    text_bytes: dict[str, float] = {}
    kept_rows = kept_tokens = 0.0
    exact = True
    for dataset in datasets:
        sampled, rows, complete = _sample(run, dataset)
        exact = exact and complete
        total = max(1, dataset.train.rows)
        for row in sampled:
            one = _measured(run, dataset, row, tokenizer, config)
            weight = total / rows
            tokens[one.language] = tokens.get(one.language, 0.0) + one.tokens * weight
            text_bytes[one.language] = text_bytes.get(one.language, 0.0) + one.text_bytes * weight
            kept_rows += weight if one.read else 0.0
            kept_tokens += one.read * weight
        progress.say(f"{dataset.entry.name}: {rows:,} of {total:,} rows looked at")
    if run.mix.ratio and (missing := set(run.mix.ratio) - set(tokens)):
        raise TrainingError(
            f"the mix asks for {', '.join(sorted(missing))}, and no sampled document is in it"
        )
    return TokenCount(tokens, text_bytes, kept_rows, kept_tokens / max(1.0, kept_rows), exact)


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


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: tokens it has, tokens that training reads of it (0: it is left out)."""

    language: str
    tokens: int
    read: int
    text_bytes: int = 0


def _measured(
    run: Run, dataset: PinnedDataset, row: Mapping[str, Any], tokenizer: Any, config: Any
) -> _Row:
    if run.kind == "pretrain":
        language = dataset.entry.language or str(row["language"])
        ids = tokenizer.backend_tokenizer.encode(row["text"], add_special_tokens=False).ids
        return _Row(language, len(ids) + 2, len(ids) + 2, len(row["text"].encode()))
    if run.kind == "sft":
        return _measured_conversation(row, tokenizer, config)
    if pair_problem(tokenizer, row):
        return _Row("", 0, 0)
    pair = pair_tokens(tokenizer, row)
    read = 0 if pair.is_dropped(config) else pair.read(config.max_length)
    return _Row("", pair.read(None), read)


def _measured_conversation(row: Mapping[str, Any], tokenizer: Any, config: Any) -> _Row:
    assistant_only = bool(config.assistant_only_loss)
    try:
        whole = label_conversation(tokenizer, row["messages"], assistant_only=assistant_only)
    except ValueError:
        return _Row("", 0, 0)
    tokens = len(whole.input_ids)
    splits = config.packing and config.packing_strategy == "bfd_split"
    if config.max_length is None or splits or tokens <= config.max_length:
        return _Row("", tokens, tokens)
    cut = truncate(whole, config.max_length, config.truncation_mode)
    return _Row("", tokens, len(cut.input_ids) if cut.trained else 0)
