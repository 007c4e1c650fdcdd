"""Pretraining: the mix of a run as rows, and its trainer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.collating import MixCollator, is_flattened, plan_columns
from training.mixture import MixedRows, mix_rows
from training.models import adapter_config
from training.pinned_data import PinnedDataset
from training.run_file import Run
from training.token_files import TokenPart, tokenizer_hash, tokens_of_split
from training.token_stream import TokenStream
from training.token_trainer import TokenTrainer
from training.trainer_config import for_prepared_rows

__all__ = ["Corpus", "open_corpus", "plan_rows", "pretraining_trainer"]

LANGUAGES = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The streams of a run.

    Attributes:
        streams: training streams, one per language.
        validation: evaluation streams, one per language, in one fixed order.
        tokens: tokens of the training split of each dataset.
        tokenizer: hash of the tokenizer.
    """

    streams: tuple[TokenStream, ...]
    validation: tuple[TokenStream, ...]
    tokens: Mapping[str, int]
    tokenizer: str

    @property
    def group_names(self) -> tuple[str, ...]:
        """Sources of all streams, in the order in which batches count them."""
        return tuple(
            f"{stream.language}/{name}"
            for stream in (*self.streams, *self.validation)
            for name in stream.group_names
        )


def open_corpus(
    run: Run,
    datasets: Sequence[PinnedDataset],
    tokenizer: Any,
    max_length: int,
    cache: Path,
    progress: Progress,
) -> Corpus:
    """Token files of all datasets as streams.

    Args:
        run: the run.
        datasets: its datasets.
        tokenizer: its tokenizer.
        max_length: tokens of a row.
        cache: folder of token files.
        progress: where to report.
    """
    parts: list[TokenPart] = []
    validation: list[TokenPart] = []
    tokens: dict[str, int] = {}
    for dataset in datasets:
        made = tokens_of_split(dataset, dataset.train, tokenizer, cache, progress)
        tokens[dataset.entry.name] = sum(len(part.tokens) for part in made)
        parts += made
        if dataset.validation:
            validation += tokens_of_split(dataset, dataset.validation, tokenizer, cache, progress)
    first = 0
    streams: list[list[TokenStream]] = []
    for group in (parts, validation):
        of_group = []
        for language in LANGUAGES:
            if any(part.language == language for part in group):
                stream = TokenStream(language, group, max_length, run.seed, first)
                first += len(stream.group_names)
                of_group.append(stream)
        streams.append(of_group)
    return Corpus(tuple(streams[0]), tuple(streams[1]), tokens, tokenizer_hash(tokenizer))


def plan_rows(run: Run, corpus: Corpus, config: Any, batch_rows: int, skipped: int) -> MixedRows:
    """The rows of one stage, after those that earlier stages have used.

    Args:
        run: the run.
        corpus: its streams.
        config: trl's SFTConfig; `max_steps`, else `num_train_epochs` says how much is trained on.
        batch_rows: rows of one optimizer step on all devices.
        skipped: rows that earlier stages have used.
    """
    rows = config.max_steps * batch_rows if config.max_steps > 0 else None
    return mix_rows(
        corpus.streams,
        {str(language): share for language, share in run.mix.ratio.items()},
        run.mix.unit,
        rows=rows,
        epochs=config.num_train_epochs,
        skipped=skipped,
    )


def _evaluation(corpus: Corpus, batch_rows: int) -> dict[str, Dataset]:
    first = len(corpus.streams)
    sets = {}
    for index, stream in enumerate(corpus.validation):
        rows = -(-stream.total_tokens // stream.max_length)
        missing = -rows % batch_rows
        columns = {
            "stream": [first + index] * rows + [-1] * missing,
            "row": [*range(rows), *[0] * missing],
        }
        sets[stream.language] = Dataset.from_dict(columns)
    return sets


def pretraining_trainer(
    run: Run,
    corpus: Corpus,
    mix: MixedRows,
    config: Any,
    model: Any,
    tokenizer: Any,
    position: Mapping[str, Any],
    callbacks: Sequence[Any],
) -> TokenTrainer:
    """The trainer of one stage."""
    if run.quantization is not None and run.adapter is None:
        raise TrainingError("quantised weights cannot be trained without [adapter]")
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    prepared = for_prepared_rows(config)
    # An epoch of the trainer is the whole plan; how often documents come is the mix's business.
    prepared.num_train_epochs = 1
    batch_rows = (
        config.per_device_train_batch_size * config.gradient_accumulation_steps * config.world_size
    )
    whole = tuple(stream.total_tokens for stream in corpus.validation)
    return TokenTrainer(
        model=model,
        args=prepared,
        data_collator=MixCollator(
            (*corpus.streams, *corpus.validation),
            (*mix.ends, *whole),
            pad,
            is_flattened(run.model.attn_implementation),
        ),
        train_dataset=Dataset.from_dict(plan_columns(mix, batch_rows)),
        eval_dataset=_evaluation(corpus, config.per_device_eval_batch_size * config.world_size)
        or None,
        processing_class=tokenizer,
        peft_config=adapter_config(run),
        callbacks=list(callbacks),
        group_names=corpus.group_names,
        in_order=True,
        position=position,
        evaluated_bytes={stream.language: stream.predicted_bytes() for stream in corpus.validation},
    )
