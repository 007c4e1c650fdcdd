"""What the kinds of dataset give to a card: numbers, words, plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bllossom_data.manifest import Manifest
from bllossom_data.publishing.agreement import measure_agreement
from bllossom_data.publishing.card_words import CardLanguage

__all__ = ["LANGUAGES", "CardParts", "agreement_cells", "counted", "number", "settings_of", "share"]

LANGUAGES: tuple[CardLanguage, ...] = ("en", "ko")
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CardParts:
    """What one kind of dataset puts into its card.

    Attributes:
        configs: configurations and their files, as the Hub's header lists them.
        tags: of the header.
        rows: rows of the largest configuration.
        numbers: what the prose may name.
        contexts: by language, what its template shows.
        plots: SVG by path.
    """

    configs: Sequence[Mapping[str, Any]]
    tags: Sequence[str]
    rows: int
    numbers: Mapping[str, int]
    contexts: Mapping[CardLanguage, Mapping[str, Any]]
    plots: Mapping[str, str]


def counted(manifest: Manifest, table: str) -> Counts:
    """A table of the manifest's counts, empty where nothing of the kind was counted."""
    return manifest.counts.get(table, {})


def settings_of(manifest: Manifest, step: str) -> Mapping[str, Any]:
    """What the recipe said about a step, empty where there was no such step."""
    return next((one.settings for one in manifest.steps if one.name == step), {})


def number(value: int) -> str:
    """A whole number with separators."""
    return f"{value:,}"


def share(part: int, whole: int) -> str:
    """A share in per cent, two digits behind the point."""
    return f"{part / whole:.2%}" if whole else "—"


def agreement_cells(votes: Mapping[str, int]) -> dict[str, str]:
    """How far people agreed, as a card tells it; `judged` is empty where nothing is known."""
    found = measure_agreement(votes)
    return {
        "judged": number(found.examples) if found.examples else "",
        "pairs": number(found.pairs),
        "same": share(found.same_pairs, found.pairs),
        "alpha": "" if found.alpha is None else f"{found.alpha:.2f}",
    }
