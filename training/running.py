"""One run from its file to a finished model; goes on where an earlier attempt stopped."""

import gc
import json
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env
from datasets import disable_progress_bars
from transformers import PrinterCallback
from transformers.integrations import TensorBoardCallback
from transformers.utils import logging as transformers_logging

from bllossom_data.errors import TrainingError, TrainingStopped
from bllossom_data.files import canonical_json, pretty_json, sync_folder, write_atomic
from bllossom_data.progress import Progress, no_progress
from bllossom_data.system_errors import explained
from training.chat import install_template, template_for_inference
from training.checkpoints import last_checkpoint
from training.conversations import PreparationCounts
from training.model_card import write_card
from training.models import (
    build_config,
    check_adapter,
    check_vocabulary,
    compile_layers,
    load_model,
    load_tokenizer,
    merged_adapter,
)
from training.pinned_data import PinnedDataset, open_dataset
from training.pretraining import Corpus, open_corpus, plan_rows, pretraining_trainer
from training.reporting import LogFile, ProgressBar, StopSignal, Throughput
from training.run_file import Run, Stage
from training.stages import (
    freeze_all_but,
    needs_whole_weights,
    outer_layers_model,
    put_back_outer_layers,
    stages_until,
    with_new_rows,
)
from training.throughput import model_size
from training.token_files import tokenizer_hash
from training.trainer_config import trainer_config
from training.tuning import preference_trainer, sft_trainer

__all__ = ["Finished", "run_folder", "train"]

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run.

    Attributes:
        folder: folder of the run.
        model: folder of the trained model with its tokenizer and card.
        steps: optimizer steps of all stages.
        trained_now: whether this call trained anything.
    """

    folder: Path
    model: Path
    steps: int
    trained_now: bool


@dataclass(frozen=True, slots=True)
class _Job:
    """What all stages of a run share."""

    run: Run
    folder: Path
    datasets: Sequence[PinnedDataset]
    tokenizer: Any
    corpus: Corpus | None
    progress: Progress
    stop: StopSignal
    counts: dict[str, PreparationCounts]


def run_folder(run: Run, root: Path) -> Path:
    """Folder of everything that a run writes."""
    return root.absolute() / run.name


def train(run: Run, root: Path, progress: Progress, until: str | None = None) -> Finished:
    """Trains a run, or finishes it.

    Args:
        run: the run.
        root: folder of all runs.
        progress: where to report.
        until: name of the stage to end with, for the next to be started with other devices.

    Raises:
        TrainingError: it cannot start or go on; the message says what to do.
        TrainingStopped: it was told to stop, and its checkpoint is saved.
    """
    folder = run_folder(run, root)
    with explained("train", folder, goes_on=True), StopSignal() as stop, _memory_explained():
        return _train(run, folder, progress, stop, until)


@contextmanager
def _memory_explained() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            "the GPU has not enough memory; `bllossom train --plan` says what would fit: a "
            "smaller per_device_train_batch_size with more gradient_accumulation_steps, a "
            "shorter max_length, [adapter], or more GPUs with FSDP"
        ) from error


def _quiet() -> None:
    """Turns off the bars and notes of the libraries: the progress of a run is told once."""
    disable_progress_bars()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|trl)\.")


def _train(
    run: Run, folder: Path, progress: Progress, stop: StopSignal, until: str | None
) -> Finished:
    stages_until(run, until)
    _quiet()
    run = with_new_rows(run)
    first = trainer_config(run, folder / "checkpoints", run.stages[0] if run.stages else None)
    state = PartialState()
    if not state.is_main_process:
        progress = no_progress()
    verify = state.is_local_main_process
    datasets = [open_dataset(entry, verify=verify) for entry in run.datasets]
    tokenizer = load_tokenizer(run.model)
    check_vocabulary(tokenizer, build_config(run.model).vocab_size, run.model.path or "the model")
    if run.kind != "pretrain":
        install_template(tokenizer, run.chat.template)
    corpus = None
    if run.kind == "pretrain":
        cache = folder.parent / "tokens"
        with state.local_main_process_first():
            corpus = open_corpus(run, datasets, tokenizer, first.max_length, cache, progress)
    job = _Job(run, folder, datasets, tokenizer, corpus, progress, stop, {})
    fingerprint = _fingerprint(job)
    final = folder / "final"
    if (done := _result(final)) is not None:
        if done["fingerprint"] != fingerprint:
            raise TrainingError(
                f"{final}: holds a model that was trained from other settings or data; give the "
                "run another name, or move that folder away"
            )
        if state.is_main_process and not (final / "README.md").is_file():
            write_card(run, folder, final, datasets, corpus, done["counts"])
        return Finished(folder, final, done["steps"], trained_now=False)
    place, steps = _train_stages(job, final, fingerprint, until)
    return Finished(folder, place, steps, trained_now=True)


def _fingerprint(job: _Job) -> Mapping[str, Any]:
    return {
        "run": json.loads(job.run.model_dump_json(exclude={"model"})),
        "data": [one.lineage.sha256 for one in job.datasets],
        "tokenizer": tokenizer_hash(job.tokenizer),
    }


def _result(folder: Path) -> dict[str, Any] | None:
    path = folder / RESULT
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _train_stages(
    job: _Job, final: Path, fingerprint: Mapping[str, Any], until: str | None
) -> tuple[Path, int]:
    """Trains what is not trained yet; gives the last model and the steps up to it."""
    place: str | None = None
    steps = rows = 0
    stages: Sequence[Stage | None] = job.run.stages or (None,)
    for number, stage in enumerate(stages):
        last = number == len(stages) - 1
        folder = job.folder / "stages" / stage.name if stage else job.folder
        target = final if last else folder / "result"
        done = _result(target)
        if done is None:
            config = trainer_config(job.run, folder / "checkpoints", stage)
            done = _train_stage(job, stage, config, place, target, steps, rows, fingerprint)
        steps, rows, place = done["steps"], done["rows"], str(target)
        if not last and stage is not None and stage.name == until:
            return target, steps
    if PartialState().is_main_process:
        counts = (_result(final) or {})["counts"]
        write_card(job.run, job.folder, final, job.datasets, job.corpus, counts)
    return final, steps


def _position(job: _Job, config: Any, rows: int) -> dict[str, Any]:
    batch_rows = _batch_rows(config)
    return {
        "data": [one.lineage.sha256 for one in job.datasets],
        "tokenizer": tokenizer_hash(job.tokenizer),
        "seed": job.run.seed,
        "mix": {"unit": job.run.mix.unit, "ratio": dict(job.run.mix.ratio)},
        "max_length": config.max_length,
        "rows_per_step": batch_rows,
        "rows_before": rows,
    }


def _batch_rows(config: Any) -> int:
    return int(
        config.per_device_train_batch_size * config.gradient_accumulation_steps * config.world_size
    )


def _train_stage(
    job: _Job,
    stage: Stage | None,
    config: Any,
    place: str | None,
    target: Path,
    steps: int,
    rows: int,
    fingerprint: Mapping[str, Any],
) -> dict[str, Any]:
    # A trainer and its model refer to each other: without this, those of the stage or run before
    # would still be in memory beside these.
    gc.collect()
    model = load_model(job.run, place)
    check_adapter(job.run, model)
    frozen: frozenset[str] = frozenset()
    if stage is not None:
        if stage.only_first_last_layers:
            model = outer_layers_model(model, stage.only_first_last_layers)
        frozen = freeze_all_but(model, stage.trainable, job.run.new_rows_from)
        _refuse_under_fsdp(stage)
    if job.run.model.compile:
        compile_layers(model)
    name = stage.name if stage else job.run.kind
    bar = ProgressBar(job.progress, name)
    callbacks = [
        Throughput(_flops_per_token(job.run, config, model), config.world_size),
        LogFile(job.folder / "log.jsonl", name),
        TensorBoardCallback(_tensorboard(job.folder / "tensorboard" / name)),
        bar,
        job.stop,
    ]
    trainer = _trainer(job, config, model, rows, callbacks)
    trainer.remove_callback(PrinterCallback)
    trainer.frozen_rows = frozen
    checkpoint = _checkpoint(Path(config.output_dir), trainer.position, job.progress)
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except BaseException as error:
        bar.close(error)
        raise
    bar.close()
    if job.stop.received and trainer.state.global_step < trainer.state.max_steps:
        raise TrainingStopped(
            f"stopped by {job.stop.received} after step {trainer.state.global_step} of "
            f"{trainer.state.max_steps}; the checkpoint is saved, and the same command goes on "
            "from there"
        )
    done = {
        "fingerprint": fingerprint,
        "steps": steps + trainer.state.global_step,
        "rows": rows + trainer.state.global_step * _batch_rows(config),
        "counts": {name: asdict(counted) for name, counted in job.counts.items()},
    }
    _save_result(job, stage, trainer, place, target, done)
    return done


def _refuse_under_fsdp(stage: Stage) -> None:
    if parse_flag_from_env("ACCELERATE_USE_FSDP") and needs_whole_weights(stage):
        raise TrainingError(
            f"stage {stage.name!r}: single rows and outer layers are trained on whole weights, "
            "which FSDP does not keep; use the DDP configuration up to this stage (--until), "
            "or train whole matrices"
        )


def _tensorboard(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder)) if PartialState().is_main_process else None


def _flops_per_token(run: Run, config: Any, model: Any) -> Callable[[float], float]:
    trained = sum(one.numel() for one in model.parameters() if one.requires_grad)
    share = trained / max(1, sum(one.numel() for one in model.parameters()))
    frozen = 1.0 if run.adapter is not None else 1 - share
    size = model_size(model.config)
    # A pair of DPO is also read by the reference, without a backward pass.
    read_twice = run.kind == "dpo" and not config.precompute_ref_log_probs
    reference = 2 * size.matmul_parameters if read_twice else 0

    def per_token(context: float) -> float:
        # A row of n tokens attends to n / 2 on average.
        return size.flops_per_token(2 * context, frozen_ratio=frozen) + reference

    return per_token


def _trainer(job: _Job, config: Any, model: Any, rows: int, callbacks: Sequence[Any]) -> Any:
    position = _position(job, config, rows)
    if job.corpus is not None:
        mix = plan_rows(job.run, job.corpus, config, _batch_rows(config), rows)
        shares = ", ".join(
            f"{stream.language} {share:.2%} ({epochs:.2f} epochs)"
            for stream, share, epochs in zip(
                job.corpus.streams, mix.shares, mix.epochs, strict=True
            )
        )
        job.progress.say(f"mix by {job.run.mix.unit}: {shares}; {len(mix):,} rows")
        return pretraining_trainer(
            job.run, job.corpus, mix, config, model, job.tokenizer, position, callbacks
        )
    build = sft_trainer if job.run.kind == "sft" else preference_trainer
    trainer, counts = build(
        job.run, job.datasets, config, model, job.tokenizer, position, callbacks, job.progress
    )
    job.counts.update(counts)
    return trainer


def _checkpoint(folder: Path, position: Mapping[str, Any], progress: Progress) -> Path | None:
    found = last_checkpoint(folder) if folder.is_dir() else None
    if found is None:
        return None
    for problem in found.damaged:
        progress.say(f"not gone on from: {problem}")
    other = [
        f"  {name}: {canonical_json(found.position.get(name))} then, {canonical_json(value)} now"
        for name, value in position.items()
        if found.position.get(name) != value
    ]
    if other:
        raise TrainingError(
            f"{found.folder}: its place in the data means another one now; put these back, give "
            "the run another name, or remove its checkpoints:\n" + "\n".join(other)
        )
    progress.say(f"goes on from {found.folder}")
    return found.folder


def _save_result(
    job: _Job,
    stage: Stage | None,
    trainer: Any,
    place: str | None,
    target: Path,
    done: Mapping[str, Any],
) -> None:
    """Writes model and tokenizer, and last the record that they are whole."""
    scratch = target.with_name(f"{target.name}.tmp")
    main = trainer.is_world_process_zero()
    if main:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
    trainer.accelerator.wait_for_everyone()
    if job.run.adapter is not None:
        trainer.save_model(str(scratch / "adapter"))
        if main:
            # Into the weights as they were, not into what four bits or shards made of them.
            merged_adapter(job.run, scratch / "adapter", place).save_pretrained(scratch)
    elif stage is not None and stage.only_first_last_layers:
        if main:
            whole = load_model(job.run, place)
            trained = trainer.accelerator.unwrap_model(trainer.model)
            put_back_outer_layers(whole, trained).save_pretrained(scratch)
    else:
        trainer.save_model(str(scratch))
    if main:
        for left_over in scratch.rglob("training_args.bin"):
            left_over.unlink()
        template = job.tokenizer.chat_template
        if job.run.kind != "pretrain":
            job.tokenizer.chat_template = template_for_inference(template)
        job.tokenizer.save_pretrained(scratch)
        job.tokenizer.chat_template = template
        write_atomic(scratch / RESULT, pretty_json(done))
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
        sync_folder(target.parent)
    trainer.accelerator.wait_for_everyone()
