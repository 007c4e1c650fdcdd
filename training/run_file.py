"""The run file: one TOML file for one training job, over data pinned by commit.

The tables of this module are ours; everything under ``[trainer]``, ``[adapter]`` and
``[quantization]`` belongs to trl, peft and transformers and keeps their names and meaning
(`training.trainer_fields`).
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo

from bllossom_data.errors import RunFileError
from bllossom_data.files import Place, toml_line, toml_lines
from bllossom_data.recipe_fields import (
    VARIABLE,
    Language,
    Name,
    Seed,
    Sha256,
    Table,
    Text,
    absolute_path,
    listed,
    optional,
)
from bllossom_data.recipe_loading import key_text, mistake
from training.pinning import HUB_PLACE, pinning_problem
from training.trainer_fields import field_mistakes

__all__ = ["Chat", "DatasetEntry", "Mix", "Model", "Run", "Stage", "load_run", "mistakes_told"]

Kind = Literal["pretrain", "sft", "dpo"]


def fill_in(value: object, info: ValidationInfo) -> object:
    """Fill in `${VARIABLE}`."""
    if not isinstance(value, str) or info.context is None:
        return value
    variables: Mapping[str, str] = info.context["variables"]
    for name in VARIABLE.findall(value):
        if name not in variables:
            raise ValueError(
                f"${{{name}}} has no value: give it with `--set {name}=VALUE` or the environment "
                f"variable {name}"
            )
    return VARIABLE.sub(lambda found: variables[found.group(1)], value)


def resolve_place(value: object, info: ValidationInfo) -> object:
    """Fill in `${VARIABLE}`; a folder becomes absolute."""
    filled = fill_in(value, info)
    if not isinstance(value, str) or not isinstance(filled, str) or info.context is None:
        return filled
    folder = absolute_path(value, filled, info.context["folder"])
    if HUB_PLACE.fullmatch(filled) and not Path(folder).exists():
        if problem := pinning_problem(filled):
            raise ValueError(problem)
        return filled
    return folder


def resolve_template(value: object, info: ValidationInfo) -> object:
    """The path of a template of one's own made absolute; a name stays as it is."""
    filled = fill_in(value, info)
    if not isinstance(value, str) or not isinstance(filled, str) or info.context is None:
        return filled
    if filled.endswith((".jinja", ".j2")):
        return absolute_path(value, filled, info.context["folder"])
    return filled


PlaceText = Annotated[str, Field(min_length=1), BeforeValidator(resolve_place)]
FilledSha256 = Annotated[Sha256, BeforeValidator(fill_in)]


class Model(Table):
    """Where training begins."""

    path: PlaceText | None = optional(
        None, "Folder of a model, or `owner/name@commit` on the Hub; none with `config`."
    )
    config: dict[str, Any] | None = optional(
        None,
        "Begin from random weights: fields of a transformers configuration (`model_type`, …).",
    )
    tokenizer: PlaceText | None = optional(None, "Folder or `owner/name@commit`; else the model's.")
    dtype: Literal["float32", "bfloat16"] = optional(
        "bfloat16", "Type of the weights; full training in float32 keeps fp32 master weights."
    )
    attn_implementation: Text = optional(
        "sdpa", "`sdpa`, `flex_attention`, `flash_attention_2` or what transformers offers."
    )
    compile: bool = optional(
        False, "Compile every layer (torch.compile); worth its minutes in long runs on a GPU."
    )
    reference: PlaceText | None = optional(
        None, "dpo: the reference model; else the model that training begins from."
    )


class DatasetEntry(Table):
    """One dataset, pinned."""

    path: PlaceText = Field(
        description="Folder of a build (with `manifest.json`), a Parquet file with its `sha256`, "
        "or `owner/name@commit` on the Hub."
    )
    sha256: FilledSha256 | None = optional(None, "SHA-256 of the Parquet file that `path` names.")
    name: Name = Field(description="How logs and the model card call it.")
    config: Text | None = optional(None, "Configuration, such as `ko` or `bilingual`.")
    split: Text = optional("train", "Split to train on.")
    validation_split: Text | None = optional(None, "Split to evaluate on, if any.")
    language: Language | None = optional(
        None, "Language of all rows; else the column `language` says it."
    )


class Mix(Table):
    """What languages the stream of pretraining is made of."""

    unit: Literal["tokens", "bytes"] = optional(
        "bytes", "What shares are counted in; the paper's 7:3 is in bytes."
    )
    ratio: dict[Language, Annotated[float, Field(gt=0, le=1)]] = optional(
        {}, "Share (0-1) of each language, sum 1; empty: as the datasets come."
    )


class Chat(Table):
    """How conversations become text."""

    template: Annotated[str, BeforeValidator(resolve_template)] | None = optional(
        None, "`llama3`, `llama2` or a .jinja file; else the one whose tokens the tokenizer has."
    )


class Stage(Table):
    """A part of a run in which only some weights are trained."""

    name: Name = Field(description="Name of the stage; its folder.")
    max_steps: int = Field(gt=0, description="Optimizer steps.")
    trainable: tuple[Text, ...] = listed(
        'What is trained: "all", "embeddings", "head", "norm", "layers", "layers.0", '
        '"layers.last", "new-input-rows" and "new-output-rows" (rows from `new_rows_from` on).'
    )
    only_first_last_layers: int | None = optional(
        None,
        "Train in a model of only this many first and last layers, and put them back (ELO).",
        ge=1,
    )
    trainer: dict[str, Any] = optional({}, "Fields of `[trainer]` with other values in this stage.")


class Run(Table):
    """One training job."""

    name: Name = Field(description="Name of the run; also the folder of what it writes.")
    kind: Kind = Field(description="`pretrain`, `sft` or `dpo`.")
    seed: Seed = optional(42, "Decides the order of the data and what is random in training.")
    model: Model = Field(description="Where training begins.")
    datasets: tuple[DatasetEntry, ...] = listed("What is trained on.")
    mix: Mix = optional(Mix(), "pretrain: shares of the languages.")
    chat: Chat = optional(Chat(), "sft, dpo: the chat template.")
    stages: tuple[Stage, ...] = Field(
        default=(), strict=False, description="pretrain: parts with other weights frozen."
    )
    new_rows_from: int | None = optional(
        None,
        "First row of the embeddings that vocabulary expansion added; none: what `extension.json` "
        "beside the model says.",
        gt=0,
    )
    trainer: dict[str, Any] = optional({}, "Fields of trl's SFTConfig or DPOConfig, by name.")
    adapter: dict[str, Any] | None = optional(None, "Train LoRA: fields of peft's LoraConfig.")
    quantization: dict[str, Any] | None = optional(
        None, "QLoRA: fields of transformers' BitsAndBytesConfig."
    )


def load_run(path: Path, variables: Mapping[str, str]) -> Run:
    """Reads and checks a run file.

    Args:
        path: the TOML file; relative paths in it start at its folder.
        variables: values of `${NAME}` in paths, relative ones from where the command runs; the
            environment is asked for the others.

    Raises:
        RunFileError: every mistake, one on a line, with line number, key, value and what is
            allowed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise RunFileError(f"{path}: the run file cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RunFileError(f"{path}: the run file is not TOML in UTF-8: {error}") from error
    context = {"folder": path.absolute().parent, "variables": {**os.environ, **variables}}
    mistakes: list[tuple[Place, str]] = []
    run: Run | None = None
    try:
        run = Run.model_validate(raw, context=context)
    except ValidationError as error:
        found = error.errors()
        wrong = [one["loc"] for one in found]
        mistakes += (
            mistake(Run, one, "run file")
            for one in found
            # A list whose only item is wrong is not empty as well.
            if not any(other[: len(one["loc"])] == one["loc"] != other for other in wrong)
        )
    mistakes += field_mistakes(raw)
    if run is not None and not mistakes:
        mistakes += _mistakes_across(run)
    if run is None or mistakes:
        raise RunFileError(mistakes_told(path, text, mistakes))
    return run


def mistakes_told(path: Path, text: str, mistakes: list[tuple[Place, str]]) -> str:
    """All mistakes of a run file, one on a line, in the order of the lines."""
    lines = toml_lines(text)
    told = sorted((toml_line(lines, place), key_text(place) + what) for place, what in mistakes)
    return (
        f"{path}: nothing was trained, {len(told)} mistake{'s' * (len(told) > 1)} in the run file:"
        "\n" + "\n".join(f"  line {line}: {what}" for line, what in told)
    )


def _mistakes_across(run: Run) -> Iterator[tuple[Place, str]]:
    """What only two tables together get wrong."""
    if (run.model.path is None) == (run.model.config is None):
        yield ("model",), ": give either `path` (a model) or `config` (random weights)"
    if run.model.config is not None and run.model.tokenizer is None:
        yield ("model", "tokenizer"), " is required with `config`"
    if run.model.reference is not None and run.kind != "dpo":
        yield ("model", "reference"), f": a reference model is for dpo, this is {run.kind}"
    if run.quantization is not None and run.adapter is None:
        yield ("quantization",), ": quantised weights cannot be trained; add [adapter]"
    if run.kind != "pretrain":
        for name in ("mix", "stages"):
            if name in run.model_fields_set:
                yield (name,), f" is for pretrain, this is {run.kind}"
    elif run.chat.template is not None:
        yield ("chat",), " is for sft and dpo, this is pretrain"
    if run.mix.ratio and abs(sum(run.mix.ratio.values()) - 1) > 1e-6:
        yield ("mix", "ratio"), f": the shares sum to {sum(run.mix.ratio.values()):g}, not 1"
    if not any(one.validation_split for one in run.datasets):
        for place, fields in (
            (("trainer",), run.trainer),
            *((("stages", index, "trainer"), one.trainer) for index, one in enumerate(run.stages)),
        ):
            if fields.get("eval_strategy", "no") != "no":
                yield (*place, "eval_strategy"), ": no dataset has a `validation_split`"
    names = [one.name for one in run.datasets]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("datasets", index, "name"), f' = "{name}": another one has this name'
    for index, stage in enumerate(run.stages):
        if stage.only_first_last_layers and run.adapter is not None:
            yield ("stages", index, "only_first_last_layers"), ": not together with [adapter]"
