"""What a run would take: steps, tokens, memory of a device, time. Nothing is trained.

Each stage is planned for itself, as training starts it. Memory is estimated (`training.memory`);
time assumes a share of the GPU's peak that is written beside it, and is called an estimate too.
"""

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bllossom_data.errors import TrainingError
from bllossom_data.progress import Progress, duration
from training.memory import USABLE, Load, Memory, estimate_memory
from training.models import build_config, check_vocabulary, load_tokenizer
from training.planned_tokens import TokenCount, counted_tokens
from training.run_file import Run, Stage
from training.stages import needs_whole_weights, stages_until, with_new_rows
from training.throughput import GIB, GPUS, Gpu, ModelSize, model_size
from training.trainer_config import trainer_config

__all__ = ["Plan", "StagePlan", "plan_run", "print_plan"]

ASSUMED_MFU = 0.4
OPTIMIZER_BYTES = {"adamw_8bit": 2, "adamw_bnb_8bit": 2, "paged_adamw_8bit": 2, "adafactor": 0.1}


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage would take; a run without stages is one.

    Attributes:
        name: name of the stage, or of the run.
        sharding: `ddp` or `fsdp`: how its devices share the work.
        steps: optimizer steps.
        tokens: tokens read.
        memory: per device.
        seconds: time at `ASSUMED_MFU` of the peak.
        fits: whether one device has the memory.
        alternatives: what would fit, if this does not.
    """

    name: str
    sharding: str
    steps: int
    tokens: int
    memory: Memory
    seconds: float
    fits: bool
    alternatives: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The stage for programs."""
        content = asdict(self)
        content["memory"]["total"] = self.memory.total
        return content


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would take.

    Attributes:
        name: name of the run.
        gpu: the GPU.
        devices: how many of them.
        parameters: weights of the model.
        tokens_exact: whether tokens are counted, not estimated from a sample.
        data_tokens: tokens that the datasets hold once.
        stages: its stages in order.
    """

    name: str
    gpu: Gpu
    devices: int
    parameters: int
    tokens_exact: bool
    data_tokens: int
    stages: tuple[StagePlan, ...]

    @property
    def steps(self) -> int:
        """Optimizer steps of all stages."""
        return sum(one.steps for one in self.stages)

    @property
    def tokens(self) -> int:
        """Tokens read in all stages."""
        return sum(one.tokens for one in self.stages)

    @property
    def seconds(self) -> float:
        """Time of all stages."""
        return sum(one.seconds for one in self.stages)

    @property
    def memory(self) -> Memory:
        """Of the stage that needs most of a device."""
        return max((one.memory for one in self.stages), key=lambda one: one.total)

    @property
    def fits(self) -> bool:
        """Whether one device has the memory in every stage."""
        return all(one.fits for one in self.stages)

    def as_json(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "name": self.name,
            "gpu": asdict(self.gpu),
            "devices": self.devices,
            "parameters": self.parameters,
            "steps": self.steps,
            "tokens": self.tokens,
            "tokens_exact": self.tokens_exact,
            "data_tokens": self.data_tokens,
            "seconds": self.seconds,
            "fits": self.fits,
            "assumed_mfu": ASSUMED_MFU,
            "stages": [one.as_json() for one in self.stages],
        }

    def refuse_what_cannot_fit(self) -> None:
        """Raises TrainingError if a stage needs more memory than a device has."""
        for stage in self.stages:
            if stage.fits:
                continue
            where = self.name if stage.name == self.name else f"{self.name}, stage {stage.name}"
            would = "".join(f"\n  {one}" for one in stage.alternatives) or "\n  a smaller model"
            raise TrainingError(
                f"{where}: about {stage.memory.total / GIB:.0f} GiB are needed on each "
                f"{self.gpu.name} of {self.gpu.memory_bytes / GIB:.0f} GiB. What would fit:{would}"
            )


def _adapter_parameters(run: Run, size: ModelSize) -> int:
    if run.adapter is None:
        return 0
    rank = int(run.adapter.get("r", 8))
    shapes = {
        "q_proj": size.hidden + size.attention_width,
        "k_proj": size.hidden + size.key_value_width,
        "v_proj": size.hidden + size.key_value_width,
        "o_proj": size.hidden + size.attention_width,
        "gate_proj": size.hidden + size.intermediate,
        "up_proj": size.hidden + size.intermediate,
        "down_proj": size.hidden + size.intermediate,
    }
    wanted = run.adapter.get("target_modules") or ["q_proj", "v_proj"]
    names = list(shapes) if wanted == "all-linear" else wanted
    low_rank = size.layers * rank * sum(shapes.get(name, 0) for name in names)
    whole = run.adapter.get("modules_to_save") or []
    return low_rank + len({"embed_tokens", "lm_head"} & set(whole)) * size.vocabulary * size.hidden


def _load(run: Run, config: Any, size: ModelSize, devices: int, sharded: bool) -> Load:
    four_bits = bool(run.quantization and run.quantization.get("load_in_4bit"))
    eight_bits = bool(run.quantization and run.quantization.get("load_in_8bit"))
    width = 4.0 if run.model.dtype == "float32" else 2.0
    weight_bytes = 0.56 if four_bits else 1.0 if eight_bits else width
    optimizer = OPTIMIZER_BYTES.get(str(config.optim).rpartition(".")[2].lower(), 2 * width)
    pairs = run.kind == "dpo"
    kept = pairs and not config.precompute_ref_log_probs and run.adapter is None
    return Load(
        weight_bytes,
        0.0 if run.adapter is not None else 1.0,
        _adapter_parameters(run, size),
        float(optimizer),
        config.per_device_train_batch_size * (2 if pairs else 1),
        config.max_length or 1024,
        bool(config.gradient_checkpointing),
        kept,
        run.model.attn_implementation == "sdpa" and (run.kind == "pretrain" or _packs(config)),
        devices,
        sharded,
    )


def _packs(config: Any) -> bool:
    return bool(getattr(config, "packing", False))


def _alternatives(
    size: ModelSize, load: Load, gpu: Gpu, run: Run, *, sharding: bool
) -> tuple[str, ...]:
    def fits(other: Load, on: Gpu = gpu) -> bool:
        return estimate_memory(size, other).total <= USABLE * on.memory_bytes

    found = []
    fewer = [
        rows for rows in (1, 2, 4, 8, 16) if rows < load.rows and fits(replace(load, rows=rows))
    ]
    if fewer:
        rows = fewer[-1] // (2 if run.kind == "dpo" else 1)
        found.append(f"per_device_train_batch_size = {max(1, rows)}")
    if not load.checkpointing and fits(replace(load, checkpointing=True)):
        found.append("gradient_checkpointing = true")
    for devices in (2, 4, 8, 16, 32, 64) if sharding else ():
        if devices > load.devices and fits(replace(load, devices=devices, sharded=True)):
            found.append(f"--sharding fsdp --devices {devices}")
            break
    if sharding and load.devices > 1 and not load.sharded and fits(replace(load, sharded=True)):
        found.append(f"--sharding fsdp on these {load.devices} devices")
    if run.adapter is None and run.kind != "pretrain":
        rank = 16 * size.layers * 7 * 2 * size.hidden
        adapted = replace(load, trained_ratio=0.0, adapter_parameters=rank, reference=False)
        if fits(adapted):
            found.append("[adapter] r = 16 (LoRA)")
        elif fits(replace(adapted, weight_bytes=0.56)):
            found.append("[adapter] and [quantization] load_in_4bit = true (QLoRA)")
    found += [
        f"--gpu {other.name}"
        for other in GPUS.values()
        if other.memory_bytes > gpu.memory_bytes and fits(load, other)
    ][:1]
    return tuple(found)


def plan_run(
    run: Run,
    root: Path,
    gpu_name: str,
    devices: int,
    sharding: Literal["ddp", "fsdp"] | str,
    progress: Progress,
    until: str | None = None,
) -> Plan:
    """Plans a run.

    Args:
        run: the run.
        root: folder of all runs.
        gpu_name: a key of `GPUS`.
        devices: number of GPUs.
        sharding: `fsdp` if they share the weights; a stage that needs whole weights is planned
            on ddp all the same, as training refuses it on fsdp.
        progress: where to report.
        until: name of the stage to end with.

    Raises:
        TrainingError: the GPU or the stage is not known, or data, model or tokenizer are not there.
    """
    gpu = GPUS.get(gpu_name)
    if gpu is None:
        raise TrainingError(f"GPU {gpu_name!r} is not known; known: {', '.join(GPUS)}")
    stages = stages_until(run, until)
    run = with_new_rows(run)
    model_config = build_config(run.model)
    tokenizer = load_tokenizer(run.model)
    check_vocabulary(tokenizer, model_config.vocab_size, run.model.path or "the model")
    first = trainer_config(run, root / run.name, run.stages[0] if run.stages else None)
    counted = counted_tokens(run, tokenizer, first, progress)
    size = model_size(model_config)
    planned = []
    for stage in stages or (None,):
        config = trainer_config(run, root / run.name, stage)
        shared = sharding == "fsdp" and not (stage and needs_whole_weights(stage))
        planned.append(_plan_stage(run, stage, config, counted, size, gpu, devices, shared))
    return Plan(
        run.name,
        gpu,
        devices,
        size.parameters,
        counted.exact or bool(run.stages) or "max_steps" in run.trainer,
        counted.total,
        tuple(planned),
    )


def _plan_stage(
    run: Run,
    stage: Stage | None,
    config: Any,
    counted: TokenCount,
    size: ModelSize,
    gpu: Gpu,
    devices: int,
    sharded: bool,
) -> StagePlan:
    of_stage = _stage_size(size, stage)
    load = _load(run, config, of_stage, devices, sharded)
    if stage is not None:
        load = replace(load, trained_ratio=_trained_ratio(of_stage, stage))
    steps, tokens = _amount(run, config, counted, devices)
    per_token = of_stage.flops_per_token(load.tokens, frozen_ratio=1.0 - load.trained_ratio)
    # A frozen forward pass of the reference, and the forward pass that checkpointing repeats.
    repeated = int(run.kind == "dpo") + int(load.checkpointing)
    flops = tokens * (per_token + 2 * repeated * of_stage.matmul_parameters)
    memory = estimate_memory(of_stage, load)
    whole = stage is not None and needs_whole_weights(stage)
    return StagePlan(
        stage.name if stage else run.name,
        "fsdp" if sharded else "ddp",
        steps,
        tokens,
        memory,
        flops / (gpu.flops * ASSUMED_MFU * devices),
        memory.total <= USABLE * gpu.memory_bytes,
        _alternatives(of_stage, load, gpu, run, sharding=not whole),
    )


def _stage_size(size: ModelSize, stage: Stage | None) -> ModelSize:
    if stage is None or not stage.only_first_last_layers:
        return size
    layers = min(size.layers, 2 * stage.only_first_last_layers)
    embeddings = size.vocabulary * size.hidden
    per_layer = (size.matmul_parameters - embeddings) // size.layers
    dropped = (size.layers - layers) * per_layer
    return replace(
        size,
        layers=layers,
        parameters=size.parameters - dropped,
        matmul_parameters=size.matmul_parameters - dropped,
    )


def _trained_ratio(size: ModelSize, stage: Stage) -> float:
    """Share (0-1) of the weights that a stage keeps gradients and moments of."""
    matrix = size.vocabulary * size.hidden
    layer = (size.matmul_parameters - matrix) / size.layers
    parts = {"all": size.parameters, "layers": layer * size.layers, "norm": size.hidden}
    # Of a matrix with new rows, the optimizer holds all rows.
    parts |= dict.fromkeys(("embeddings", "head", "new-input-rows", "new-output-rows"), matrix)
    trained = sum(parts.get(name, layer) for name in set(stage.trainable))
    return min(1.0, trained / size.parameters)


def _amount(run: Run, config: Any, counted: TokenCount, devices: int) -> tuple[int, int]:
    """Steps and tokens of one stage."""
    batch_rows = config.per_device_train_batch_size * devices
    step_rows = batch_rows * config.gradient_accumulation_steps
    packed = run.kind == "pretrain" or _packs(config)
    if config.max_steps > 0:
        length = config.max_length if packed else counted.row_tokens
        return config.max_steps, int(config.max_steps * step_rows * length)
    if run.kind == "pretrain":
        tokens = counted.of_epochs(config.num_train_epochs, run.mix.ratio, run.mix.unit)
        return max(1, math.ceil(tokens / config.max_length / step_rows)), int(tokens)
    rows = counted.rows * counted.row_tokens / config.max_length if packed else counted.rows
    batches = math.ceil(math.ceil(rows) / batch_rows)
    per_epoch = max(1, math.ceil(batches / config.gradient_accumulation_steps))
    tokens = config.num_train_epochs * counted.rows * counted.row_tokens
    return math.ceil(config.num_train_epochs * per_epoch), int(tokens)


def print_plan(plan: Plan) -> None:
    """Prints a plan for a person."""
    from rich.console import Console
    from rich.table import Table

    about = "" if plan.tokens_exact else "about "
    table = Table(show_header=False, title=f"{plan.name} on {plan.devices} x {plan.gpu.name}")
    table.add_row("parameters", f"{plan.parameters:,}")
    table.add_row("steps", f"{about}{plan.steps:,}")
    table.add_row("tokens read", f"{about}{plan.tokens:,}")
    table.add_row("tokens in the data", f"{plan.data_tokens:,}")
    for stage in plan.stages:
        if len(plan.stages) > 1 or stage.name != plan.name:
            table.add_section()
            table.add_row(f"stage {stage.name}", f"{stage.steps:,} steps, {stage.tokens:,} tokens")
        for name in ("weights", "gradients", "optimizer", "activations", "runtime"):
            table.add_row(f"memory: {name}", f"{getattr(stage.memory, name) / GIB:.1f} GiB")
        table.add_row(
            "memory of a device, estimated",
            f"{stage.memory.total / GIB:.1f} of {plan.gpu.memory_bytes / GIB:.1f} GiB"
            f" ({stage.sharding}): {'fits' if stage.fits else 'does not fit'}",
        )
    table.add_section()
    table.add_row("time", duration(plan.seconds))
    console = Console()
    console.print(table)
    if len({one.sharding for one in plan.stages}) > 1:
        last = [one.name for one in plan.stages if one.sharding == "ddp"][-1]
        console.print(
            f"Up to {last}, whole weights are trained: start with the DDP configuration and "
            f"--until {last}, then go on with FSDP.",
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        f"Memory is estimated; time assumes {ASSUMED_MFU:.0%} of the GPU's peak (assumed, not "
        "measured).",
        highlight=False,
        soft_wrap=True,
    )
