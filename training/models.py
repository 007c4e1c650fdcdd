"""Loads the model and tokenizer of a run, and refuses a pair that does not fit."""

import difflib
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from bllossom_data.errors import TrainingError, missing_package
from training.pinned_data import pinned_folder
from training.pinning import hub_commit
from training.run_file import Model, Run

__all__ = [
    "EXTENSION",
    "adapter_config",
    "build_config",
    "check_adapter",
    "check_vocabulary",
    "compile_layers",
    "load_model",
    "load_tokenizer",
    "local_folder",
    "merged_adapter",
]

EXTENSION = "extension.json"
"""What `bllossom vocab merge` writes beside a model: what it added."""


def local_folder(place: str, key: str) -> Path:
    """Folder of a model or tokenizer that a run file names.

    Raises:
        TrainingError: it is not there.
    """
    if commit := hub_commit(place):
        return pinned_folder(commit, "model")
    folder = Path(place)
    if not folder.is_dir():
        raise TrainingError(
            f"{folder}: no such folder; check `{key}` in [model], or run what makes it first"
        )
    return folder


def load_tokenizer(model: Model) -> Any:
    """The tokenizer of a run.

    Raises:
        TrainingError: it is not there, or is damaged.
    """
    place, key = (model.tokenizer, "tokenizer") if model.tokenizer else (model.path, "path")
    assert place is not None, "the run file was checked"
    folder = local_folder(place, key)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{folder}: no tokenizer can be read from here ({error})") from error
    if not getattr(tokenizer, "is_fast", False):
        raise TrainingError(
            f"{folder}: this tokenizer has no tokenizer.json, without which nobody knows which "
            "token a character belongs to; convert it first"
        )
    return tokenizer


def build_config(model: Model) -> Any:
    """The configuration of a run's model, without its weights.

    Raises:
        TrainingError: it is not there, or is not a causal language model's.
    """
    if model.config is not None:
        fields = dict(model.config)
        kind = fields.pop("model_type", "llama")
        try:
            return AutoConfig.for_model(kind, **fields)
        except (ValueError, TypeError) as error:
            raise TrainingError(f"[model.config]: {error}") from error
    assert model.path is not None, "the run file was checked"
    folder = local_folder(model.path, "path")
    try:
        return AutoConfig.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{folder}: no model can be read from here ({error})") from error


def check_vocabulary(tokenizer: Any, rows: int, where: str) -> None:
    """Makes sure that every token has a row.

    Args:
        tokenizer: the tokenizer.
        rows: rows of the model's input embedding; padding rows at the end are fine.
        where: how the message calls the model.

    Raises:
        TrainingError: there are fewer rows than tokens.
    """
    if len(tokenizer) > rows:
        raise TrainingError(
            f"{where}: the tokenizer has {len(tokenizer):,} tokens and the model {rows:,} rows; "
            "give the tokenizer that belongs to the model, or extend the model with "
            "`bllossom vocab` first"
        )


def _quantization(run: Run) -> Any:
    if run.quantization is None:
        return None
    try:
        import bitsandbytes  # noqa: F401  (transformers asks for it only later, without a reason)
    except ImportError as error:
        raise missing_package("bitsandbytes", "QLoRA", "training,qlora") from error
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(**run.quantization)


def load_model(run: Run, place: str | None = None, *, quantized: bool = True) -> Any:
    """The model that a run begins from.

    Args:
        run: the run.
        place: another model with the same settings, such as a reference or an earlier stage.
        quantized: whether [quantization] is followed.

    Raises:
        TrainingError: the model is not there, or is damaged.
        MissingPackageError: [quantization] without bitsandbytes.
    """
    dtype = getattr(torch, run.model.dtype)
    attention = run.model.attn_implementation
    if place is None and run.model.config is not None:
        torch.manual_seed(run.seed)
        config = build_config(run.model)
        try:
            return AutoModelForCausalLM.from_config(
                config, dtype=dtype, attn_implementation=attention
            )
        except ImportError as error:
            raise TrainingError(_no_attention(attention, error)) from error
        except (ValueError, TypeError, ZeroDivisionError) as error:
            raise TrainingError(f"[model]: no model can be made of this ({error})") from error
    folder = local_folder(place or run.model.path or "", "path")
    try:
        return AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=attention,
            quantization_config=_quantization(run) if quantized else None,
        )
    except ImportError as error:
        raise TrainingError(_no_attention(attention, error)) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{folder}: no model can be read from here ({error})") from error


def _no_attention(attention: str, error: ImportError) -> str:
    return (
        f'[model] attn_implementation = "{attention}": what it needs is not installed ({error}); '
        'install it, or choose "sdpa"'
    )


def compile_layers(model: Any) -> None:
    """Compiles every decoder layer: all are alike, so one compilation serves them all.

    Args:
        model: a Llama-like model; changed in place, names of weights stay.
    """
    for layer in model.model.layers:
        layer.compile()


def merged_adapter(run: Run, adapter: Path, place: str | None) -> Any:
    """The model that a run began from, whole and in its own type, with an adapter merged into it.

    Args:
        run: the run.
        adapter: folder of the trained adapter.
        place: where the stage began from, if not from the run's model.
    """
    from peft import PeftModel

    base = load_model(run, place, quantized=False)
    return PeftModel.from_pretrained(base, adapter).merge_and_unload()


def check_adapter(run: Run, model: nn.Module) -> None:
    """Makes sure that a run's adapter finds what it is for.

    peft leaves out a name that it does not find, if it finds another one.

    Raises:
        TrainingError: `target_modules` names a module that the model has not.
    """
    names = {name for name, _ in model.named_modules()}
    last = sorted({name.rpartition(".")[2] for name in names if name.endswith("_proj")})
    targets = (run.adapter or {}).get("target_modules") or ()
    # Text is an expression of peft's own, or "all-linear".
    for target in () if isinstance(targets, str) else targets:
        if not any(name == target or name.endswith(f".{target}") for name in names):
            near = difflib.get_close_matches(target, last, n=1, cutoff=0.5)
            raise TrainingError(
                f'[adapter] target_modules: the model has no module "{target}"'
                + (f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(last)}")
            )


def adapter_config(run: Run) -> Any:
    """Configuration of a run's adapter for peft, or None.

    Raises:
        TrainingError: peft refuses the fields together.
    """
    if run.adapter is None:
        return None
    from peft import LoraConfig

    try:
        return LoraConfig(**{"task_type": "CAUSAL_LM", **run.adapter})
    except (ValueError, TypeError) as error:
        raise TrainingError(f"[adapter]: {error}") from error
