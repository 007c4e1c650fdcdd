"""SFT and DPO: the trainers over conversations and preference pairs."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from trl import DPOTrainer

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.collating import PackedCollator, is_flattened
from training.conversations import (
    PreparationCounts,
    conversation_rows,
    filled,
    languages_of,
)
from training.guarded import GuardedTrainer
from training.models import adapter_config, check_vocabulary, load_model
from training.pinned_data import PinnedDataset, SplitFiles
from training.preferences import preference_rows
from training.run_file import Run
from training.token_trainer import TokenTrainer
from training.trainer_config import for_prepared_rows

__all__ = ["PreferenceTrainer", "preference_trainer", "sft_trainer"]


class PreferenceTrainer(GuardedTrainer, DPOTrainer):
    """trl's DPOTrainer with guarded steps and checkpoints.

    Args:
        position: what a checkpoint says about where its data stands.
        progress: where the reference's reading of the pairs is told, if it comes before training.
    """

    def __init__(
        self, *arguments: Any, position: Mapping[str, Any], progress: Progress, **options: Any
    ) -> None:
        self.position = position
        self._reference_reads: Callable[[int], None] = lambda pairs: None
        sets = [options["train_dataset"], *(options.get("eval_dataset") or {}).values()]
        with ExitStack() as work, _without_tqdm():

            def first_read(pairs: int) -> None:
                # Only now is it known that what trl keeps on the disk does not hold it yet.
                total = sum(len(one) for one in sets)
                told = progress.work("reference log-probabilities", total, "pairs")
                self._reference_reads = work.enter_context(told)
                self._reference_reads(pairs)

            self._reference_reads = first_read
            super().__init__(*arguments, **options)
        self._reference_reads = lambda pairs: None

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """As trl's; tells how far the reference has come when it reads all pairs at once."""
        found = super().compute_ref_log_probs(model, inputs)
        self._reference_reads(len(found[0]) * self.accelerator.num_processes)
        return found

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the tokens since the last entry, from which speed is told."""
        step, tokens = getattr(self, "_logged", (self._initial_global_step, 0))
        if "loss" in logs:
            logs["tokens"] = float(self._total_train_tokens - tokens)
            steps = max(1, self.state.global_step - step)
            rows = steps * self.args.train_batch_size * self.args.gradient_accumulation_steps
            # Both answers of every pair; a token attends to half of its sequence on average.
            sequences = 2 * rows * self.args.world_size
            logs["mean_context"] = logs["tokens"] / sequences / 2
            self._logged = (self.state.global_step, self._total_train_tokens)
        super().log(logs, start_time)


@contextmanager
def _without_tqdm() -> Iterator[None]:
    """No bar of trl's own: this variable is what it asks."""
    before = os.environ.get("TQDM_DISABLE")
    os.environ["TQDM_DISABLE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["TQDM_DISABLE"]
        else:
            os.environ["TQDM_DISABLE"] = before


def _held_out(datasets: Sequence[PinnedDataset]) -> list[tuple[PinnedDataset, SplitFiles]]:
    return [(one, one.validation) for one in datasets if one.validation]


def _languages_or_all(held: Sequence[tuple[PinnedDataset, SplitFiles]]) -> list[str | None]:
    """What to evaluate apart: each language, or everything (None) where nobody says which it is."""
    if not held:
        return []
    return [*languages_of(held)] or [None]


def _sft_evaluation(
    datasets: Sequence[PinnedDataset],
    tokenizer: Any,
    config: Any,
    progress: Progress,
    names: list[str],
) -> dict[str, Any]:
    """Rows to evaluate on by language; sources that training does not have are added to `names`."""
    held = _held_out(datasets)
    packing = config.packing if config.eval_packing is None else config.eval_packing
    evaluation = {}
    for language in _languages_or_all(held):
        found = conversation_rows(
            held, tokenizer, config, progress, packing=packing, language=language
        )
        names += [name for name in found.group_names if name not in names]
        # Groups are counted from 0 again in every set; training's numbers are those that count.
        numbers = [names.index(name) for name in found.group_names]
        rows = found.dataset.map(_renumber, fn_kwargs={"numbers": numbers})
        multiple = config.per_device_eval_batch_size * config.world_size
        evaluation[language or "all"] = filled(rows, multiple)
    return evaluation


def _renumber(row: Mapping[str, Any], numbers: Sequence[int]) -> dict[str, Any]:
    return {"groups": [numbers[group] for group in row["groups"]]}


def sft_trainer(
    run: Run,
    datasets: Sequence[PinnedDataset],
    config: Any,
    model: Any,
    tokenizer: Any,
    position: Mapping[str, Any],
    callbacks: Sequence[Any],
    progress: Progress,
) -> tuple[TokenTrainer, Mapping[str, PreparationCounts]]:
    """The trainer of an SFT run, and what became of its rows."""
    train = conversation_rows(
        [(one, one.train) for one in datasets], tokenizer, config, progress, packing=config.packing
    )
    names = list(train.group_names)
    evaluation = _sft_evaluation(datasets, tokenizer, config, progress, names)
    trainer = TokenTrainer(
        model=model,
        args=for_prepared_rows(config),
        data_collator=PackedCollator(
            tokenizer.pad_token_id, is_flattened(run.model.attn_implementation)
        ),
        train_dataset=filled(train.dataset, config.per_device_train_batch_size * config.world_size),
        eval_dataset=evaluation or None,
        processing_class=tokenizer,
        peft_config=adapter_config(run),
        callbacks=list(callbacks),
        group_names=names,
        in_order=config.train_sampling_strategy == "sequential",
        position=position,
    )
    return trainer, train.counts


def preference_trainer(
    run: Run,
    datasets: Sequence[PinnedDataset],
    config: Any,
    model: Any,
    tokenizer: Any,
    position: Mapping[str, Any],
    callbacks: Sequence[Any],
    progress: Progress,
) -> tuple[PreferenceTrainer, Mapping[str, PreparationCounts]]:
    """The trainer of a DPO run, and what became of its pairs.

    The reference is always loaded from where the run says, never from what trl would find under
    the model's name: a model whose vocabulary was extended in memory would meet a smaller one.
    With an adapter, the model without it is the reference; with precomputed log-probabilities, the
    model before its first step.
    """
    pairs = Path(config.output_dir).with_name("pairs")
    chosen = [(one, one.train) for one in datasets]
    train, counts = preference_rows(chosen, tokenizer, config, progress, pairs)
    held = _held_out(datasets)
    evaluation = {
        language or "all": preference_rows(held, tokenizer, config, progress, pairs, language)[0]
        for language in _languages_or_all(held)
    }
    trainer = PreferenceTrainer(
        model=model,
        ref_model=_reference(run, config, tokenizer),
        args=config,
        train_dataset=train,
        eval_dataset=evaluation or None,
        processing_class=tokenizer,
        peft_config=adapter_config(run),
        callbacks=list(callbacks),
        position=position,
        progress=progress,
    )
    return trainer, counts


def _reference(run: Run, config: Any, tokenizer: Any) -> Any:
    place = run.model.reference
    if place is None and (run.adapter is not None or config.precompute_ref_log_probs):
        return None
    if place is not None and run.adapter is not None:
        raise TrainingError(
            "[model] reference: with [adapter] the model without its adapter is the reference; "
            "leave one of them out"
        )
    reference = load_model(run, place)
    rows = reference.get_input_embeddings().weight.shape[0]
    check_vocabulary(tokenizer, rows, f"reference {place or run.model.path}")
    return reference
