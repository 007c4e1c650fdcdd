"""Recipes: one TOML file says everything that decides what a dataset becomes.

The file is checked completely before any work, and all mistakes are told at once. pydantic does the
checking in strict mode: `"5"` is not 5, and a key that nobody reads is a mistake, not a comment.
"""

import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bllossom_data.corpus.rules import THRESHOLD_NAMES
from bllossom_data.errors import RecipeError
from bllossom_data.files import Place, toml_line, toml_lines

__all__ = ["SAMPLE_PREFIX", "EvaluationSet", "Recipe", "Source", "load_recipe", "shown", "table_in"]

SAMPLE_PREFIX = "sample:"
RATIO_TOLERANCE = 1e-6
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _must_match(pattern: str, hint: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(hint)
        return value

    return AfterValidator(check)


def _resolve_path(value: object, info: ValidationInfo) -> object:
    """Fill in `${VARIABLE}` and make the path absolute, from the recipe's own folder."""
    if not isinstance(value, str) or value.startswith(SAMPLE_PREFIX) or info.context is None:
        return value
    variables: Mapping[str, str] = info.context["variables"]
    missing = [name for name in VARIABLE.findall(value) if name not in variables]
    if missing:
        raise ValueError(
            "; ".join(
                f"${{{name}}} has no value: give it with `--set {name}=VALUE` "
                f"or the environment variable {name}"
                for name in dict.fromkeys(missing)
            )
        )
    filled = VARIABLE.sub(lambda found: variables[found.group(1)], value)
    if not filled or "${" in filled:
        raise ValueError("must be a path; a variable in it is written ${NAME}")
    return os.path.normpath(info.context["folder"] / Path(filled).expanduser())


def _threshold(value: object) -> float | int | None:
    if value == "off":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError('must be a finite number, or "off" to switch the rule off')
    return value


def _threshold_name(name: str) -> str:
    if name not in THRESHOLD_NAMES:
        near = difflib.get_close_matches(name, THRESHOLD_NAMES, n=1)
        meant = f"; did you mean `{near[0]}`?" if near else "."
        raise ValueError(f"is not a threshold{meant} There are: {', '.join(THRESHOLD_NAMES)}")
    return name


def _sum_is_one(ratio: dict[str, float]) -> dict[str, float]:
    if ratio and abs((total := math.fsum(ratio.values())) - 1) > RATIO_TOLERANCE:
        raise ValueError(f"must sum to 1, not {total:g}")
    return ratio


Text = Annotated[str, Field(min_length=1)]
Name = Annotated[
    str, _must_match(r"[a-z0-9][a-z0-9-]*", "must be small letters a-z, digits and hyphens")
]
Version = Annotated[
    str,
    _must_match(
        r"[0-9]{4}\.(0[1-9]|1[0-2])\.(0|[1-9][0-9]*)(-dev)?",
        "must be YEAR.MONTH.NUMBER such as 2026.11.0, or 2026.11.0-dev while you try things",
    ),
]
HubName = Annotated[str, _must_match(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "must be owner/name")]
Language = Literal["ko", "en"]
Format = Literal[
    "jsonl", "parquet", "csv", "tsv", "text", "markdown", "html", "aihub", "modu", "hwpx"
]
Unit = Literal["bytes", "tokens"]
RecipePath = Annotated[str, Field(min_length=1), BeforeValidator(_resolve_path)]
Sha256 = Annotated[str, _must_match(r"[0-9a-f]{64}", "must be 64 digits 0-9a-f")]
ThresholdName = Annotated[str, AfterValidator(_threshold_name)]
Thresholds = dict[ThresholdName, Annotated[float | int | None, PlainValidator(_threshold)]]
Address = Annotated[
    str, _must_match(r"[a-z][a-z0-9+.-]*://\S+", "must be an address such as https://…")
]
Ratio = Annotated[dict[Language, Annotated[float, Field(ge=0, le=1)]], AfterValidator(_sum_is_one)]
Seed = Annotated[int, Field(ge=0, lt=1 << 32)]


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )


def _optional(default: Any, description: str, **limits: Any) -> Any:
    return Field(default=default, description=description, **limits)


def _list(description: str, **more: Any) -> Any:
    # TOML has lists and frozen models want tuples, which strict mode would refuse.
    return Field(strict=False, min_length=1, description=description, **more)


class Dataset(_Table):
    """What the dataset is called and where it goes."""

    name: Name = Field(description="Name of the dataset; also the folder of its builds.")
    version: Version = Field(description="A `-dev` version may change, any other never does.")
    license: Text = Field(description="Licence of the whole, an SPDX or Hub identifier.")
    pretty_name: Text = Field(description="Title on the dataset card.")
    languages: tuple[Language, ...] = _list("Languages that the dataset may hold.")
    hub: HubName | None = _optional(None, "Repository on the Hugging Face Hub, `owner/name`.")


class Source(_Table):
    """One place that raw text comes from."""

    name: Name = Field(description="Name of the source; unique in the recipe.")
    path: RecipePath = Field(description="File or folder, or `sample:NAME` for a built-in sample.")
    format: Format | None = _optional(None, "Told from the file names if not given.")
    language: Language | None = _optional(None, "Decided for each document if not given.")
    license: Text = Field(description="Licence of the source, an SPDX or Hub identifier.")
    url: Address | None = _optional(None, "Where the source is published.")
    revision: Text | None = _optional(None, "Commit, date or edition that was taken.")
    text_columns: tuple[Text, ...] = _list("Columns of text, in order.", default=("text",))
    markup: Literal["plain", "markdown"] = _optional(
        "plain", "`markdown`: front matter in the text is taken off into the metadata."
    )
    id_column: Text | None = _optional(None, "Column with the source's own identifier.")
    priority: int = _optional(0, "Of duplicates, the one with the highest priority is kept.")
    weight: float = _optional(
        1.0, "How often it is taken, relative to others of its language.", gt=0
    )
    expected_bytes: int | None = _optional(
        None, "Uncompressed size; a warning if less is read.", gt=0
    )


class LanguageModel(_Table):
    """A fastText model for language identification instead of the built-in one."""

    path: RecipePath | None = _optional(None, "Model file; or give `url`.")
    url: Address | None = _optional(None, "Where the model is downloaded from, once.")
    sha256: Sha256 | None = _optional(None, "SHA-256 of the model; required with `url`.")

    @field_validator("url")
    @classmethod
    def _one_place(cls, url: str | None, info: ValidationInfo) -> str | None:
        if "path" in info.data and (info.data["path"] is None) == (url is None):
            raise ValueError("give one of `path` and `url`")
        return url

    @field_validator("sha256")
    @classmethod
    def _checked_download(cls, sha256: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("url") is not None and sha256 is None:
            raise ValueError("is required with `url`: a download must be the file you chose")
        return sha256


class Measure(_Table):
    """How signals are measured."""

    words: Literal["fast", "exact"] = _optional(
        "fast", "`exact` counts as Kiwi and spaCy do, `fast` by a close model."
    )
    language_model: LanguageModel | None = _optional(None, "Built-in model if not given.")


class Decide(_Table):
    """Which documents are kept: thresholds on signals."""

    profile: Literal["fineweb2"] = _optional("fineweb2", "Named set of thresholds.")
    ko: Thresholds = _optional({}, 'Thresholds changed for Korean, "off" for none.')
    en: Thresholds = _optional({}, 'Thresholds changed for English, "off" for none.')


class Deduplicate(_Table):
    """How near-duplicates are found: MinHash bands propose pairs, true similarity decides."""

    ngram_words: int = _optional(5, "Words in one shingle.", ge=1)
    bands: int = _optional(16, "Bands of the signature.", ge=1, le=1000)
    rows_per_band: int = _optional(7, "Hashes in one band.", ge=1, le=1000)
    min_jaccard: float = _optional(0.8, "Shared shingles of duplicates, 0-1.", gt=0, le=1)
    seed: Seed = _optional(1, "Seed of the hash functions.")


class EvaluationSet(_Table):
    """Test items that must not be in the training data."""

    name: Name = Field(description="Name of the evaluation set; unique in the recipe.")
    path: RecipePath = Field(description="File or folder with the items.")
    fields: tuple[Text, ...] = _list("Columns of an item that hold text to look for.")


class Decontaminate(_Table):
    """Which evaluation sets are kept out."""

    evaluation_sets: tuple[EvaluationSet, ...] = _optional((), "One table each.", strict=False)


class Clean(_Table):
    """What is rewritten inside kept documents."""

    personal_data: bool = _optional(True, "Replace phone numbers, e-mails and the like.")


class Mix(_Table):
    """How much of each language and source the dataset holds."""

    unit: Unit = _optional("bytes", "Unit of `budget` and `ratio`.")
    tokenizer: RecipePath | None = _optional(None, '`tokenizer.json`; for `unit = "tokens"`.')
    ratio: Ratio = _optional({}, "Share of each language, sum 1; as it comes if not given.")
    budget: int | None = _optional(None, "Size in `unit`; all there is if not given.", gt=0)
    max_epochs: int = _optional(1, "Times a document may be repeated.", ge=1, le=65535)
    seed: Seed = _optional(1, "Seed of the selection and the order.")

    @field_validator("tokenizer")
    @classmethod
    def _counts_tokens(cls, tokenizer: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("unit") == "tokens" and tokenizer is None:
            raise ValueError('is required with `unit = "tokens"`')
        return tokenizer


class Export(_Table):
    """How the published files look."""

    shard_bytes: int = _optional(500_000_000, "Text in one file, UTF-8 bytes.", ge=1_000)
    validation_ratio: float = _optional(0.0, "Documents held out for validation.", ge=0, lt=1)


class Recipe(_Table):
    """A whole recipe."""

    dataset: Dataset = Field(description="What the dataset is called and where it goes.")
    sources: tuple[Source, ...] = _list("Sources, one table each.")
    measure: Measure = _optional(Measure(), "How signals are measured.")
    decide: Decide = _optional(Decide(), "Which documents are kept.")
    deduplicate: Deduplicate = _optional(Deduplicate(), "How duplicates are found.")
    decontaminate: Decontaminate = _optional(Decontaminate(), "What is kept out.")
    clean: Clean = _optional(Clean(), "What is rewritten.")
    mix: Mix = _optional(Mix(), "How much of what.")
    export: Export = _optional(Export(), "How the published files look.")


def table_in(annotation: Any) -> type[BaseModel] | None:
    """The table that a type holds, if it holds one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(table_in, get_args(annotation))), None)


def shown(value: object) -> str:
    """A value as TOML shows it, cut to a line."""
    shown = "none" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def load_recipe(path: Path, variables: Mapping[str, str]) -> Recipe:
    """Read and check a recipe.

    Args:
        path: the TOML file; relative paths in it start at its folder.
        variables: values for `${NAME}` in paths; the environment is asked for the others.

    Raises:
        RecipeError: every mistake, one on a line, with line number, key, value and what is allowed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise RecipeError(f"{path}: the recipe cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RecipeError(f"{path}: the recipe is not TOML in UTF-8: {error}") from error
    context = {"folder": path.absolute().parent, "variables": {**os.environ, **variables}}
    mistakes = list(_mistakes_across(raw))
    try:
        recipe = Recipe.model_validate(raw, context=context)
    except ValidationError as error:
        # Items that are wrong themselves make pydantic call their list empty as well.
        found = [one for one in error.errors() if one["type"] != "too_short" or not one["input"]]
        mistakes += map(_mistake, found)
    if not mistakes:
        return recipe
    lines = toml_lines(text)
    told = sorted((toml_line(lines, place), _key(place) + message) for place, message in mistakes)
    raise RecipeError(
        f"{path}: nothing was built, {len(told)} mistake{'s' * (len(told) > 1)} in the recipe:\n"
        + "\n".join(f"  line {line}: {message}" for line, message in told)
    )


def _mistake(details: Any) -> tuple[Place, str]:
    """Where and what, in the words of a recipe."""
    place = tuple(part for part in details["loc"] if part != "[key]")
    if details["type"] == "missing":
        return place, " is required"
    if details["type"] == "extra_forbidden":
        table: type[BaseModel] = Recipe
        for part in place[:-1]:
            if isinstance(part, str):
                table = table_in(table.model_fields[part].annotation) or table
        near = difflib.get_close_matches(str(place[-1]), table.model_fields, n=1, cutoff=0.5)
        meant = f"; did you mean `{near[0]}`?" if near else "."
        allowed = ", ".join(table.model_fields)
        return place, f" is not a key of a recipe{meant} Allowed here: {allowed}"
    if details["type"] in ("too_short", "string_too_short"):
        return place, " must not be empty"
    cause = details.get("ctx", {}).get("error")
    message = str(cause) if cause else details["msg"].replace("Input should", "must", 1)
    return place, f" = {shown(details['input'])}: {message}"


def _at(raw: object, *keys: str) -> Any:
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def _mistakes_across(raw: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What only two tables together get wrong, told even where other keys are wrong too."""
    languages = _at(raw, "dataset", "languages")
    chosen = languages if isinstance(languages, list) else ["ko", "en"]
    for place in (("sources",), ("decontaminate", "evaluation_sets")):
        tables, seen = _at(raw, *place), list[object]()
        for index, table in enumerate(tables if isinstance(tables, list) else ()):
            name, language = _at(table, "name"), _at(table, "language")
            if name is not None and name in seen:
                yield (*place, index, "name"), f" = {shown(name)}: another one has this name"
            if language in ("ko", "en") and language not in chosen:
                yield (*place, index, "language"), f' = "{language}": not in dataset.languages'
            seen.append(name)
    ratio = _at(raw, "mix", "ratio")
    for language in ratio if isinstance(ratio, dict) else ():
        if language in ("ko", "en") and language not in chosen:
            yield ("mix", "ratio", language), ": not in dataset.languages"


def _key(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)[1:]
