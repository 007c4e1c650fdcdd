"""Which weights a stage trains: freezing by name, only new rows, only the outer layers."""

import json
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from bllossom_data.errors import TrainingError
from training.models import EXTENSION, local_folder
from training.run_file import Run, Stage

__all__ = [
    "freeze_all_but",
    "needs_whole_weights",
    "outer_layers_model",
    "put_back_outer_layers",
    "stages_until",
    "with_new_rows",
]

NEW_ROWS = ("new-input-rows", "new-output-rows")
PARTS = ("all", "embeddings", "head", "norm", "layers", *NEW_ROWS)


def with_new_rows(run: Run) -> Run:
    """The run with `new_rows_from`, where a stage trains new rows.

    What `bllossom vocab merge` wrote beside the model says where they begin, so that nobody copies
    a number.

    Args:
        run: a run.

    Raises:
        TrainingError: nothing says where new rows begin, or run file and model contradict.
    """
    if not any(set(NEW_ROWS) & set(stage.trainable) for stage in run.stages):
        return run
    path = local_folder(run.model.path, "path") / EXTENSION if run.model.path else None
    if path is None or not path.is_file():
        if run.new_rows_from is not None:
            return run
        raise TrainingError(
            f"{path or 'random weights'}: nothing says where new rows begin; set `new_rows_from` "
            "in the run file, or take a model that `bllossom vocab merge` wrote"
        )
    try:
        written = int(json.loads(path.read_text("utf-8"))["new_rows_from"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path}: does not say where new rows begin ({error}); write the model again with "
            "`bllossom vocab merge`"
        ) from error
    if run.new_rows_from not in (None, written):
        raise TrainingError(
            f"new_rows_from = {run.new_rows_from}, but {path} says {written}; leave it out of the "
            "run file"
        )
    return run.model_copy(update={"new_rows_from": written})


def stages_until(run: Run, until: str | None) -> tuple[Stage, ...]:
    """The stages of a run up to one of them, or all.

    Args:
        run: a run.
        until: name of the last stage that is wanted.

    Raises:
        TrainingError: the run has no such stage.
    """
    names = [stage.name for stage in run.stages]
    if until is None:
        return run.stages
    if until not in names:
        raise TrainingError(f"--until {until}: the run has the stages {', '.join(names) or 'none'}")
    return run.stages[: names.index(until) + 1]


def needs_whole_weights(stage: Stage) -> bool:
    """Whether a stage trains single rows or outer layers, which FSDP does not keep whole."""
    trained = set(stage.trainable)
    rows = ("new-input-rows" in trained and not trained & {"all", "embeddings"}) or (
        "new-output-rows" in trained and not trained & {"all", "head"}
    )
    return rows or stage.only_first_last_layers is not None


def freeze_all_but(
    model: nn.Module, trainable: Sequence[str], new_rows_from: int | None
) -> frozenset[str]:
    """Freezes every weight but those named; of new rows, keeps the old ones as they are.

    The staged unfreezing of EEVE (Kim et al. 2024, arXiv 2402.14714, section 3.2). A frozen row
    stays bit-equal: its gradient is set to 0 from the first step on, so Adam's moments stay 0, and
    weight decay is off for the matrix it lies in.

    Args:
        model: a Llama-like model; changed in place.
        trainable: names as `Stage.trainable` has them.
        new_rows_from: first new row of the embeddings.

    Returns:
        Names of parameters that weight decay must not move.

    Raises:
        TrainingError: a name means nothing in this model, or nothing would be trained.
    """
    count = model.config.num_hidden_layers
    head, embeddings = model.get_output_embeddings(), model.get_input_embeddings()
    patterns = [_pattern(name, count) for name in trainable]
    rows: dict[str, nn.Parameter] = {}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(any(one.fullmatch(name) for one in patterns))
    for part, module in (("new-input-rows", embeddings), ("new-output-rows", head)):
        if part in trainable and not module.weight.requires_grad:
            name = next(name for name, one in model.named_parameters() if one is module.weight)
            rows[name] = module.weight
    for parameter in rows.values():
        _keep_old_rows(parameter, new_rows_from or 0)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError(f"trainable = {list(trainable)} trains nothing in this model")
    return frozenset(rows)


def _pattern(name: str, layers: int) -> re.Pattern[str]:
    whole = {
        "all": r".*",
        "embeddings": r"model\.embed_tokens\.weight",
        "head": r"lm_head\.weight",
        "norm": r"model\.norm\.weight",
        "layers": r"model\.layers\..*",
        "new-input-rows": r"(?!)",
        "new-output-rows": r"(?!)",
    }
    if name in whole:
        return re.compile(whole[name])
    found = re.fullmatch(r"layers\.(\d+|last)", name)
    number = layers - 1 if name.endswith("last") else int(found[1]) if found else layers
    if found is None or number >= layers:
        raise TrainingError(
            f"trainable: {name!r} is no part of a model of {layers} layers; allowed: "
            f'{", ".join(PARTS)}, "layers.0" to "layers.{layers - 1}", "layers.last"'
        )
    return re.compile(rf"model\.layers\.{number}\..*")


def _keep_old_rows(parameter: nn.Parameter, new_rows_from: int) -> None:
    if not 0 < new_rows_from < parameter.shape[0]:
        raise TrainingError(
            f"new_rows_from = {new_rows_from}: the embeddings have {parameter.shape[0]:,} rows, so "
            f"it must lie between 1 and {parameter.shape[0] - 1:,}"
        )
    parameter.requires_grad_(True)

    def without_old_rows(gradient: torch.Tensor) -> torch.Tensor:
        kept = gradient.clone()
        kept[:new_rows_from] = 0
        return kept

    parameter.register_hook(without_old_rows)


def outer_layers_model(model: Any, count: int) -> Any:
    """The model with only its `count` first and last layers (ELO, arXiv 2601.03648, section 3).

    Args:
        model: a Llama-like model; changed in place, its middle layers are dropped.
        count: layers at each end.

    Raises:
        TrainingError: the model has not more layers than that.
    """
    layers = model.model.layers
    if len(layers) <= 2 * count:
        raise TrainingError(
            f"only_first_last_layers = {count}: the model has {len(layers)} layers, so nothing "
            "would be left out"
        )
    kept = [*layers[:count], *layers[-count:]]
    for index, layer in enumerate(kept):
        # The number of a layer is only its place in the cache.
        layer.self_attn.layer_idx = index
    model.model.layers = nn.ModuleList(kept)
    model.config.num_hidden_layers = len(kept)
    if getattr(model.config, "layer_types", None):
        types = model.config.layer_types
        model.config.layer_types = [*types[:count], *types[-count:]]
    return model


def put_back_outer_layers(whole: Any, trained: Any) -> Any:
    """The whole model with what was trained in its outer layers put back.

    Args:
        whole: the model as it was before; changed in place.
        trained: what `outer_layers_model` made of it, trained.
    """
    count = len(trained.model.layers) // 2
    for mine, new in zip(whole.model.layers[:count], trained.model.layers[:count], strict=True):
        mine.load_state_dict(new.state_dict())
    for mine, new in zip(whole.model.layers[-count:], trained.model.layers[-count:], strict=True):
        mine.load_state_dict(new.state_dict())
    for name in ("embed_tokens", "norm"):
        getattr(whole.model, name).load_state_dict(getattr(trained.model, name).state_dict())
    whole.lm_head.load_state_dict(trained.lm_head.state_dict())
    return whole
