"""The dataset card: a Hub header, the prose of ``data_cards/<name>.md``, and counted numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bllossom_data.publishing.tables import markdown_table, size_category, yaml_header
from bllossom_data.recipe import Recipe


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source in the card's table of composition; bytes are UTF-8 bytes of text."""

    source: str
    language: str
    license: str
    revision: str
    documents_in: int
    documents_out: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """What was left after one step, over all sources."""

    step: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class CardNumbers:
    """Everything in a card that is counted.

    Attributes:
        splits: Documents by split, in the order of the card.
        sources: Composition, one row per source and language.
        steps: What every step left.
        reasons: Reason and documents that failed it, most first.
        shares: Language, asked and achieved share of the mix.
        mix_unit: Unit of the shares.
        shortfall: Why the ratio was missed, empty if it was not.
        personal_data: Kind of personal data and how often it was replaced.
        versions: Package and version that decide the result.
        language_model: Name of the language identification.
        words: How words were counted.
        build_command: What builds the dataset again.
    """

    splits: Sequence[tuple[str, int]]
    sources: Sequence[SourceRow]
    steps: Sequence[StepRow]
    reasons: Sequence[tuple[str, int]]
    shares: Sequence[tuple[str, float | None, float]]
    mix_unit: str
    shortfall: str
    personal_data: Sequence[tuple[str, int]]
    versions: Sequence[tuple[str, str]]
    language_model: str
    words: str
    build_command: str


def card_header(recipe: Recipe, numbers: CardNumbers) -> str:
    """Returns the YAML header that the Hub reads, between its two lines of dashes."""
    dataset = recipe.dataset
    header = {
        "license": dataset.license,
        "language": list(dataset.languages),
        "pretty_name": dataset.pretty_name,
        "task_categories": ["text-generation"],
        "size_categories": [size_category(sum(count for _, count in numbers.splits))],
        "tags": ["pretraining", "bllossom"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"}
                    for split, count in numbers.splits
                    if count
                ],
            }
        ],
    }
    return yaml_header(header)


def _share(value: float | None) -> str:
    return "as available" if value is None else f"{value:.2%}"


def render_card(recipe: Recipe, prose: str, numbers: CardNumbers) -> str:
    """Renders the card as Markdown; the same recipe, prose and numbers give the same bytes.

    Args:
        recipe: The dataset's recipe.
        prose: Markdown of ``data_cards/<name>.md``: what the dataset is for, its limits.
        numbers: What was counted in the build.
    """
    sections = [
        card_header(recipe, numbers),
        prose.strip(),
        "## Composition · 구성",
        markdown_table(
            ("source", "language", "licence", "revision", "documents read", "documents", "bytes"),
            [
                (
                    row.source,
                    row.language,
                    row.license,
                    row.revision or "—",
                    f"{row.documents_in:,}",
                    f"{row.documents_out:,}",
                    f"{row.bytes_out:,}",
                )
                for row in numbers.sources
            ],
            4,
        ),
        markdown_table(("split", "documents"), [(name, f"{n:,}") for name, n in numbers.splits], 1),
        f"## Mix · 언어 비율\n\nBy {numbers.mix_unit}:",
        markdown_table(
            ("language", "asked", "achieved"),
            [(name, _share(asked), _share(achieved)) for name, asked, achieved in numbers.shares],
            1,
        ),
    ]
    if numbers.shortfall:
        sections.append(numbers.shortfall)
    sections += [
        "## What each step left · 단계별 남은 문서",
        markdown_table(
            ("step", "documents", "bytes"),
            [(row.step, f"{row.documents:,}", f"{row.bytes:,}") for row in numbers.steps],
            1,
        ),
        "## Why documents were removed · 제외 사유\n\n"
        "A document counts under every rule that it failed.",
        markdown_table(
            ("reason", "documents"), [(name, f"{n:,}") for name, n in numbers.reasons], 1
        ),
        "## Personal data · 개인정보",
        markdown_table(
            ("kind", "replaced"), [(name, f"{n:,}") for name, n in numbers.personal_data], 1
        )
        if numbers.personal_data
        else "Nothing was replaced.",
        "## How to build it again · 재현 방법\n\n"
        f"```sh\n{numbers.build_command}\n```\n\n"
        f"Language identification: {numbers.language_model}. Words: {numbers.words}. "
        "The counts are those of `manifest.json`.",
        markdown_table(("package", "version"), list(numbers.versions), 2),
    ]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"
