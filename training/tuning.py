"""SFT and DPO: the trainers over conversations and preference pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from trl import DPOTrainer

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress
from training.collating import PackedCollator, is_flattened
from training.conversations import (
    PreparationCounts,
    conversation_rows,
    filled,
    preference_rows,
)
from training.guarded import GuardedTrainer
from training.models import adapter_config, check_vocabulary, load_model
from training.pinned_data import PinnedDataset
from training.run_file import Run
from training.token_trainer import TokenTrainer
from training.trainer_config import for_prepared_rows

__all__ = ["PreferenceTrainer", "preference_trainer", "sft_trainer"]


class PreferenceTrainer(GuardedTrainer, DPOTrainer):
    """trl's DPOTrainer with guarded steps and checkpoints."""

    def __init__(self, *arguments: Any, position: Mapping[str, Any], **options: Any) -> None:
        self.position = position
        super().__init__(*arguments, **options)

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


def _languages(dataset: PinnedDataset) -> str:
    return dataset.entry.language or dataset.entry.name


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
    packing = config.packing if config.eval_packing is None else config.eval_packing
    evaluated_at_once = config.per_device_eval_batch_size * config.world_size
    names = list(train.group_names)
    evaluation = {}
    for one in datasets:
        if one.validation:
            held = conversation_rows(
                [(one, one.validation)], tokenizer, config, progress, packing=packing
            )
            known = [names.index(name) if name in names else None for name in held.group_names]
            names += [name for name in held.group_names if name not in names]
            moved = [names.index(name) for name in held.group_names]
            rows = held.dataset
            if known != list(range(len(known))):
                rows = rows.map(
                    lambda row, moved=moved: {"groups": [moved[one] for one in row["groups"]]}
                )
            evaluation[_languages(one)] = filled(rows, evaluated_at_once)
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
    train, counts = preference_rows([(one, one.train) for one in datasets], progress)
    evaluation = {
        _languages(one): preference_rows([(one, one.validation)], progress)[0]
        for one in datasets
        if one.validation
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
    )
    if not len(trainer.train_dataset):
        raise TrainingError(
            f"every prompt has {config.max_length:,} tokens or more (max_length), so nothing of "
            "an answer would be read; raise max_length"
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
