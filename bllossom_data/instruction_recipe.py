"""The recipe of an instruction dataset: translated, localised, reviewed."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from bllossom_data.recipe_fields import (
    Address,
    Dataset,
    Name,
    RecipePath,
    SourcePath,
    Table,
    Text,
    listed,
    optional,
)

__all__ = [
    "InstructionRecipe",
    "InstructionSource",
    "ProviderChoice",
    "SpeechLevel",
    "TopicRewrites",
]

Layout = Literal["lima", "alpaca", "sharegpt", "messages"]
SpeechLevel = Literal["합쇼체", "해요체"]
Parameters = dict[str, str | int | float | bool]
BATCH = "Ask through the Batch API: half the price, and up to a day for an answer."
TIMEOUT = "Longest wait for one reply, in seconds"
REASONING_TOKENS = "Room for a model's thinking, in addition to what an answer needs."


class InstructionSource(Table):
    """One place that English instruction data comes from."""

    name: Name = Field(description="Name of the source; unique in the recipe, part of every id.")
    path: SourcePath = Field(
        description="File or folder, `hf://datasets/owner/name@COMMIT/file` on the Hub, or "
        "`sample:NAME` for a built-in sample."
    )
    layout: Layout | None = optional(None, "Told from the columns if not given.")
    split: Literal["train", "validation", "test"] | None = optional(
        None, "Split of all rows; told from a column `split` or the file name if not given."
    )
    license: Text = Field(description="Licence of the source, an SPDX or Hub identifier.")
    url: Address | None = optional(None, "Where the source is published.")
    revision: Text | None = optional(None, "Commit, date or edition that was taken.")


class ProviderChoice(Table):
    """An engine that translates what the memory does not know; asked in the order given."""

    engine: Literal["deepl", "openai", "seq2seq"] = Field(description="Which engine.")
    model: Text | None = optional(None, "Model of `openai`, or folder of a `seq2seq` model.")
    base_url: Address | None = optional(
        None, "Address of `openai`'s interface, of whatever speaks it; else OPENAI_BASE_URL."
    )
    parameters: Parameters = optional({}, "More for the engine, by its own names.")
    timeout_seconds: float | None = optional(
        None, f"{TIMEOUT}; 180 of `openai` and 30 of `deepl` if not given.", gt=0
    )
    reasoning_tokens: int = optional(0, f"`openai`: {REASONING_TOKENS}", ge=0)
    batch: bool = optional(False, f"`openai`: {BATCH}")

    @field_validator("batch")
    @classmethod
    def _of_openai(cls, batch: bool, info: ValidationInfo) -> bool:
        if batch and info.data.get("engine") not in ("openai", None):
            raise ValueError('is only for `engine = "openai"`')
        return batch

    @field_validator("timeout_seconds")
    @classmethod
    def _of_a_server(cls, seconds: float | None, info: ValidationInfo) -> float | None:
        if seconds is not None and info.data.get("engine") == "seq2seq":
            raise ValueError("is for engines that are asked over a network")
        return seconds

    @field_validator("model")
    @classmethod
    def _named(cls, model: str | None, info: ValidationInfo) -> str | None:
        if model is None and info.data.get("engine") in ("openai", "seq2seq"):
            raise ValueError(f'is required with `engine = "{info.data["engine"]}"`')
        return model


class Translate(Table):
    """How English becomes Korean: the translation memory first, then engines."""

    memories: tuple[RecipePath, ...] = optional(
        (), "Files of parallel text (.tmx, or .jsonl as in the sample) to know from.", strict=False
    )
    providers: tuple[ProviderChoice, ...] = optional((), "Engines, one table each.", strict=False)
    concurrency: int = optional(8, "Requests under way at once.", ge=1, le=256)
    max_dollars: float | None = optional(None, "Never spend more in this build.", gt=0)
    max_characters: int | None = optional(None, "Never send more characters.", gt=0)


class TopicRewrites(Table):
    """A chat model that proposes how a subject of another society becomes one of Korea."""

    engine: Literal["openai"] = optional("openai", "Which engine.")
    model: Text = Field(description="Model that proposes rewrites of whole subjects.")
    base_url: Address | None = optional(
        None, "Address of the interface, of whatever speaks it; else OPENAI_BASE_URL."
    )
    parameters: Parameters = optional({}, "More for the engine, by its own names.")
    timeout_seconds: float = optional(180.0, f"{TIMEOUT}.", gt=0)
    reasoning_tokens: int = optional(0, REASONING_TOKENS, ge=0)
    batch: bool = optional(False, BATCH)
    concurrency: int = optional(4, "Requests under way at once.", ge=1, le=256)
    max_dollars: float | None = optional(None, "Never spend more on rewrites in this build.", gt=0)
    max_characters: int | None = optional(None, "Never send more characters for them.", gt=0)


class Localise(Table):
    """What is rewritten for Korean readers; everything is a proposal that people see."""

    entities: bool = optional(True, "Propose Korean counterparts of Western names.")
    topics: bool = optional(True, "Mark items whose subject belongs to another society.")
    topic_rewrites: TopicRewrites | None = optional(
        None, "Let a chat model propose rewrites of marked items; without it, people write them."
    )
    measures: bool = optional(True, "Propose metric units, won and Korean dates.")
    won_per_dollar: int = optional(1400, "Rate for prices, as of the dataset's version.", gt=0)
    user_level: SpeechLevel = optional("해요체", "Speech level of what users say.")
    assistant_level: SpeechLevel = optional("합쇼체", "Speech level of the answers.")


class Reviewing(Table):
    """Which decisions of people are used."""

    decisions: RecipePath | None = optional(
        None, "Decisions (.jsonl) beside those imported by `bllossom review import`."
    )
    wait: bool = optional(
        True, "Wait until every item is decided; else publish what is, and keep the rest waiting."
    )
    read_all: bool = optional(
        False, "Have people read every item, also training items of which no check says anything."
    )


class InstructionRecipe(Table):
    """A whole recipe of an instruction dataset."""

    dataset: Dataset = Field(description="What the dataset is called and where it goes.")
    sources: tuple[InstructionSource, ...] = listed("Sources, one table each.")
    translate: Translate = optional(Translate(), "How English becomes Korean.")
    localise: Localise = optional(Localise(), "What is rewritten for Korean readers.")
    review: Reviewing = optional(Reviewing(), "Which decisions of people are used.")
