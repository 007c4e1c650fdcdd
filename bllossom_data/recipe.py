"""The recipe of a pretraining dataset: everything that decides what it becomes."""

import difflib
import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, field_validator

from bllossom_data.corpus.rules import THRESHOLD_NAMES
from bllossom_data.recipe_fields import (
    Address,
    Dataset,
    Language,
    Name,
    RecipePath,
    Seed,
    Sha256,
    Table,
    Text,
    listed,
    optional,
)

__all__ = ["Dataset", "EvaluationSet", "Recipe", "Source"]

RATIO_TOLERANCE = 1e-6


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


Format = Literal[
    "jsonl", "parquet", "csv", "tsv", "text", "markdown", "html", "aihub", "modu", "hwpx"
]
Unit = Literal["bytes", "tokens"]
ThresholdName = Annotated[str, AfterValidator(_threshold_name)]
Thresholds = dict[ThresholdName, Annotated[float | int | None, PlainValidator(_threshold)]]
Ratio = Annotated[dict[Language, Annotated[float, Field(ge=0, le=1)]], AfterValidator(_sum_is_one)]


class Source(Table):
    """One place that raw text comes from."""

    name: Name = Field(description="Name of the source; unique in the recipe.")
    path: RecipePath = Field(description="File or folder, or `sample:NAME` for a built-in sample.")
    format: Format | None = optional(None, "Told from the file names if not given.")
    language: Language | None = optional(None, "Decided for each document if not given.")
    license: Text = Field(description="Licence of the source, an SPDX or Hub identifier.")
    url: Address | None = optional(None, "Where the source is published.")
    revision: Text | None = optional(None, "Commit, date or edition that was taken.")
    text_columns: tuple[Text, ...] = listed("Columns of text, in order.", default=("text",))
    markup: Literal["plain", "markdown"] = optional(
        "plain", "`markdown`: front matter in the text is taken off into the metadata."
    )
    id_column: Text | None = optional(None, "Column with the source's own identifier.")
    priority: int = optional(0, "Of duplicates, the one with the highest priority is kept.")
    weight: float = optional(
        1.0, "How often it is taken, relative to others of its language.", gt=0
    )
    expected_bytes: int | None = optional(
        None, "Uncompressed size; a warning if less is read.", gt=0
    )


class LanguageModel(Table):
    """A fastText model for language identification instead of the built-in one."""

    path: RecipePath | None = optional(None, "Model file; or give `url`.")
    url: Address | None = optional(None, "Where the model is downloaded from, once.")
    sha256: Sha256 | None = optional(None, "SHA-256 of the model; required with `url`.")

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


class Measure(Table):
    """How signals are measured."""

    words: Literal["fast", "exact"] = optional(
        "fast", "`exact` counts as Kiwi and spaCy do, `fast` by a close model."
    )
    language_model: LanguageModel | None = optional(None, "Built-in model if not given.")


class Decide(Table):
    """Which documents are kept: thresholds on signals."""

    profile: Literal["fineweb2"] = optional("fineweb2", "Named set of thresholds.")
    ko: Thresholds = optional({}, 'Thresholds changed for Korean, "off" for none.')
    en: Thresholds = optional({}, 'Thresholds changed for English, "off" for none.')


class Deduplicate(Table):
    """How near-duplicates are found: MinHash bands propose pairs, true similarity decides."""

    ngram_words: int = optional(5, "Words in one shingle.", ge=1)
    bands: int = optional(16, "Bands of the signature.", ge=1, le=1000)
    rows_per_band: int = optional(7, "Hashes in one band.", ge=1, le=1000)
    min_jaccard: float = optional(0.8, "Shared shingles of duplicates, 0-1.", gt=0, le=1)
    seed: Seed = optional(1, "Seed of the hash functions.")


class EvaluationSet(Table):
    """Test items that must not be in the training data."""

    name: Name = Field(description="Name of the evaluation set; unique in the recipe.")
    path: RecipePath = Field(description="File or folder with the items.")
    fields: tuple[Text, ...] = listed("Columns of an item that hold text to look for.")


class Decontaminate(Table):
    """Which evaluation sets are kept out."""

    evaluation_sets: tuple[EvaluationSet, ...] = optional((), "One table each.", strict=False)


class Clean(Table):
    """What is rewritten inside kept documents."""

    personal_data: bool = optional(True, "Replace phone numbers, e-mails and the like.")


class Mix(Table):
    """How much of each language and source the dataset holds."""

    unit: Unit = optional("bytes", "Unit of `budget` and `ratio`.")
    tokenizer: RecipePath | None = optional(None, '`tokenizer.json`; for `unit = "tokens"`.')
    ratio: Ratio = optional({}, "Share of each language, sum 1; as it comes if not given.")
    budget: int | None = optional(None, "Size in `unit`; all there is if not given.", gt=0)
    max_epochs: int = optional(1, "Times a document may be repeated.", ge=1, le=65535)
    seed: Seed = optional(1, "Seed of the selection and the order.")

    @field_validator("tokenizer")
    @classmethod
    def _counts_tokens(cls, tokenizer: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("unit") == "tokens" and tokenizer is None:
            raise ValueError('is required with `unit = "tokens"`')
        return tokenizer


class Export(Table):
    """How the published files look."""

    shard_bytes: int = optional(500_000_000, "Text in one file, UTF-8 bytes.", ge=1_000)
    validation_ratio: float = optional(0.0, "Documents held out for validation.", ge=0, lt=1)


class Recipe(Table):
    """A whole recipe."""

    dataset: Dataset = Field(description="What the dataset is called and where it goes.")
    sources: tuple[Source, ...] = listed("Sources, one table each.")
    measure: Measure = optional(Measure(), "How signals are measured.")
    decide: Decide = optional(Decide(), "Which documents are kept.")
    deduplicate: Deduplicate = optional(Deduplicate(), "How duplicates are found.")
    decontaminate: Decontaminate = optional(Decontaminate(), "What is kept out.")
    clean: Clean = optional(Clean(), "What is rewritten.")
    mix: Mix = optional(Mix(), "How much of what.")
    export: Export = optional(Export(), "How the published files look.")
