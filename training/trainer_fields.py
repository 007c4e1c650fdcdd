"""Fields of trl's, peft's and transformers' own classes, checked by their own names and types.

Their documentation applies to a run file as it is. Fields that decide where results go or that
this package sets itself are refused with the reason.
"""

import difflib
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from bllossom_data.errors import missing_package
from bllossom_data.files import Place
from bllossom_data.recipe_loading import shown

__all__ = ["OWNED", "config_class", "field_mistakes"]

OWNED: Mapping[str, str] = {
    "output_dir": "`--root` and the run's name say where results go",
    "logging_dir": "curves lie beside the checkpoints of the run",
    "report_to": "TensorBoard and JSONL are always written",
    "disable_tqdm": "the progress bar follows the terminal",
    "resume_from_checkpoint": "the same command always goes on from the last whole checkpoint",
    "seed": "it is the `seed` of the run",
    "data_seed": "it is the `seed` of the run",
    "push_to_hub": "publish the finished model with `bllossom publish`",
    "hub_token": "never in a file; `hf auth login` or HF_TOKEN keeps it",
    "chat_template_path": "it is `template` in [chat]",
    "model_init_kwargs": "they are `dtype` and `attn_implementation` in [model]",
    "remove_unused_columns": "the columns of a batch are decided here",
    "dataset_kwargs": "datasets are prepared here",
    "ignore_data_skip": "a resumed run never sees the same rows twice",
    "save_only_model": "such a checkpoint cannot be gone on from",
    "save_safetensors": "checkpoints are always safetensors",
    "enable_jit_checkpoint": "SIGTERM always saves a checkpoint first",
    "padding_free": "it follows from the attention implementation",
    "use_liger_kernel": "trl has deprecated it and already fuses the head",
    "deepspeed": "give an accelerate configuration to `accelerate launch`",
    "fsdp": "give an accelerate configuration to `accelerate launch`",
    "fsdp_config": "give an accelerate configuration to `accelerate launch`",
}
PRETRAIN_OWNED: Mapping[str, str] = {
    "packing": "documents of pretraining are always packed without loss",
    "packing_strategy": "documents of pretraining are always packed without loss",
    "assistant_only_loss": "documents have no assistant",
    "completion_only_loss": "documents have no completion",
    "shuffle_dataset": "documents are always shuffled by the seed",
    "train_sampling_strategy": "the mix decides the order",
}
LEAST: Mapping[str, float] = {
    "learning_rate": 0,
    "weight_decay": 0,
    "warmup_steps": 0,
    "max_grad_norm": 0,
    "beta": 0,
    "per_device_train_batch_size": 1,
    "per_device_eval_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "max_length": 2,
    "save_total_limit": 1,
    "r": 1,
}
"""Least values, where the libraries would only fail later, or not at all."""
POSITIVE = ("num_train_epochs", "logging_steps", "save_steps", "eval_steps")
TRUNCATION_MODES = ("keep_start", "keep_end")
TOKEN_LOSSES = ("nll", "chunked_nll", "dft")
PREFERENCE_LOSSES = (
    "sigmoid",
    "hinge",
    "ipo",
    "exo_pair",
    "nca_pair",
    "robust",
    "bco_pair",
    "sppo_hard",
    "aot",
    "aot_unpaired",
    "apo_zero",
    "apo_down",
    "discopop",
    "sft",
    "sigmoid_norm",
)
"""What trl's DPOTrainer knows; it would refuse others only in its first step."""
PACKING_STRATEGIES = ("bfd", "bfd_split")


def config_class(kind: str) -> type:
    """The configuration class of trl for a kind of run.

    Raises:
        MissingPackageError: trl is not installed.
    """
    try:
        from trl import DPOConfig, SFTConfig
    except ImportError as error:
        raise missing_package(error.name or "trl", "training", "training") from error
    return DPOConfig if kind == "dpo" else SFTConfig


def _adapter_class() -> type:
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise missing_package(error.name or "peft", "LoRA", "training") from error
    return LoraConfig


def _quantization_class() -> type:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig


@cache
def _allowed(owner: Any) -> Mapping[str, Any]:
    """Names that a class takes, with their types; `Any` where it gives none."""
    hints: dict[str, Any] = {}
    for one in reversed(owner.__mro__):
        try:
            hints |= get_type_hints(one)
        except (NameError, TypeError):
            # A type that is only imported for type checkers cannot be looked up.
            continue
    # BitsAndBytesConfig is a dataclass by name only: what it takes is in its signature.
    names = [
        name
        for name, parameter in inspect.signature(owner).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    return {name: hints.get(name, Any) for name in names}


def _type_problem(kind: Any, value: object) -> str | None:
    try:
        TypeAdapter(kind, config={"arbitrary_types_allowed": True}).validate_python(
            value, strict=True
        )
    except ValidationError as error:
        wanted = " or ".join(
            dict.fromkeys(
                one["msg"].removeprefix("Input should be ")
                for one in error.errors()
                if one["type"] not in ("none_required", "is_instance_of")
            )
        )
        return f"must be {wanted}" if wanted else "is of the wrong type"
    except Exception:
        # pydantic cannot build a schema of every annotation of another library.
        return None
    return None


def _range_problem(name: str, value: object) -> str | None:
    if not isinstance(value, int | float):
        return None
    if not math.isfinite(value):
        return "must be a finite number"
    if value < LEAST.get(name, value):
        return f"must be {LEAST[name]:g} or more"
    if name in POSITIVE and value <= 0:
        return "must be above 0"
    if name == "max_steps" and value <= 0 and value != -1:
        return "must be above 0, or left out to train for num_train_epochs"
    return None


def _choice_problem(name: str, value: object, owner: Any) -> str | None:
    """Why a text is none of those that a field takes, or None."""
    losses = PREFERENCE_LOSSES if owner.__name__ == "DPOConfig" else TOKEN_LOSSES
    allowed = {"truncation_mode": TRUNCATION_MODES, "loss_type": losses}.get(name)
    for one in (value if isinstance(value, list) else [value]) if allowed else ():
        if one not in (allowed or ()):
            return _not_one_of(str(one), allowed or ())
    return None


def _not_one_of(value: str, allowed: Sequence[str]) -> str:
    """That a value is none of those that are allowed, with the nearest one or all of them."""
    near = difflib.get_close_matches(value, allowed, n=1, cutoff=0.6)
    told = f'did you mean "{near[0]}"?' if near else f"allowed: {', '.join(allowed)}"
    return f'"{value}" is not known; {told}'


def _attention_mistake(model: object) -> Iterator[tuple[Place, str]]:
    """An attention implementation that transformers does not have."""
    chosen = model.get("attn_implementation") if isinstance(model, dict) else None
    # One of the Hub's kernels is named `owner/name`.
    if not isinstance(chosen, str) or "/" in chosen:
        return
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    known = ["eager", *ALL_ATTENTION_FUNCTIONS.valid_keys()]
    if chosen not in known:
        shorter = [name for name in known if "|" not in name]
        yield ("model", "attn_implementation"), f": {_not_one_of(chosen, shorter)}"


def _mistakes_in(
    table: object,
    owner: Any,
    place: Place,
    owned: Mapping[str, str],
) -> Iterator[tuple[Place, str]]:
    if not isinstance(table, dict):
        return
    allowed = _allowed(owner)
    for name, value in table.items():
        if name in owned:
            yield (*place, name), f" is not set here: {owned[name]}"
        elif name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
            meant = f"; did you mean `{near[0]}`?" if near else ""
            yield (
                (*place, name),
                f" is not a field of {owner.__module__.partition('.')[0]}'s "
                + (f"{owner.__name__}{meant}"),
            )
        elif problem := (
            _type_problem(allowed[name], value)
            or _range_problem(name, value)
            or _choice_problem(name, value, owner)
        ):
            yield (*place, name), f" = {shown(value)}: {problem}"
    strategy = table.get("packing_strategy", "bfd")
    if strategy not in PACKING_STRATEGIES:
        yield (
            (*place, "packing_strategy"),
            f' = {shown(strategy)}: must be "bfd" or "bfd_split" (others mix documents)',
        )


def field_mistakes(raw: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Mistakes in the tables of a run file that belong to other libraries.

    Raises:
        MissingPackageError: one of these libraries is not installed.
    """
    kind = raw.get("kind")
    if kind not in ("pretrain", "sft", "dpo"):
        return
    yield from _attention_mistake(raw.get("model"))
    owned = {**OWNED, **PRETRAIN_OWNED} if kind == "pretrain" else OWNED
    owner = config_class(kind)
    yield from _mistakes_in(raw.get("trainer"), owner, ("trainer",), owned)
    stages = raw.get("stages")
    for index, stage in enumerate(stages if isinstance(stages, list) else ()):
        if isinstance(stage, dict):
            place: Place = ("stages", index, "trainer")
            staged = {**owned, "max_steps": "it is the stage's own `max_steps`"}
            yield from _mistakes_in(stage.get("trainer"), owner, place, staged)
    others: tuple[tuple[str, Callable[[], type]], ...] = (
        ("adapter", _adapter_class),
        ("quantization", _quantization_class),
    )
    for name, other in others:
        if raw.get(name) is not None:
            yield from _mistakes_in(raw[name], other(), (name,), {})
    modules = raw.get("adapter")
    if isinstance(modules, dict) and "lm_head" in (modules.get("target_modules") or ()):
        yield (
            ("adapter", "target_modules"),
            ': an adapter on "lm_head" would not be trained; put it in `modules_to_save`',
        )
