"""The card of an instruction dataset: sources, translation, localisation, review."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bllossom_data.manifest import Manifest
from bllossom_data.publishing.card_parts import (
    LANGUAGES,
    CardParts,
    agreement_cells,
    counted,
    number,
    settings_of,
    share,
)
from bllossom_data.publishing.card_words import CardLanguage, check_name, engine_name, name_of
from bllossom_data.publishing.plots import BLUE, GREEN, HATCHED, VIOLET, Bar, Piece, bar_chart

__all__ = ["NUMBERS", "instruction_parts"]

SPLITS = ("train", "validation", "test")
NUMBERS = ("examples_read", "examples", *(f"examples_{split}" for split in SPLITS), "sources")
"""What the prose may name."""
STATES = ("approved", "passed", "removed", "waiting")
PUBLISHED = ("approved", "passed")
LABELS = ("simply_transferred", "target_modified", "newly_created")
STATE_COLOURS = {"approved": BLUE, "passed": GREEN, "removed": HATCHED, "waiting": VIOLET}
EDIT_FATES = ("as_proposed", "corrected", "not_published")
PLOT_WORDS = {
    "en": {"sources": "What became of the examples, by source", "text": "{} of {} published"},
    "ko": {"sources": "출처별 예시의 처리", "text": "{1}개 중 {0}개 배포"},
}


def instruction_parts(manifest: Manifest) -> CardParts:
    """What the manifest of an instruction dataset gives to its card."""
    rows = counted(manifest, "rows")
    read = sum(one["read"] for one in counted(manifest, "sources").values())
    published = sum(one["published"] for one in counted(manifest, "sources").values())
    return CardParts(
        configs=[
            {
                "config_name": name,
                "data_files": [
                    {"split": split, "path": f"data/{name}/{split}.parquet"}
                    for split, count in sorted(splits.items(), key=_by_split)
                    if count
                ],
            }
            for name, splits in sorted(rows.items(), reverse=True)
        ],
        tags=["instruction", "localization"],
        rows=max((sum(splits.values()) for splits in rows.values()), default=0),
        numbers=dict(
            zip(
                NUMBERS,
                (
                    read,
                    published,
                    *(rows.get("ko", {}).get(split, 0) for split in SPLITS),
                    len(manifest.sources),
                ),
                strict=True,
            )
        ),
        contexts={language: _context(manifest, language) for language in LANGUAGES},
        plots={
            f"plots/examples.{language}.svg": _plot(manifest, language) for language in LANGUAGES
        },
    )


def _by_split(one: tuple[str, int]) -> int:
    return SPLITS.index(one[0])


def _context(manifest: Manifest, language: CardLanguage) -> dict[str, Any]:
    examples, localise = counted(manifest, "examples"), settings_of(manifest, "localise")
    states, labels = examples.get("states", {}), examples.get("labels", {})
    return {
        "rows": [
            (name, name_of(split, language), number(count))
            for name, splits in sorted(counted(manifest, "rows").items(), reverse=True)
            for split, count in sorted(splits.items(), key=_by_split)
        ],
        "sources": _source_rows(manifest),
        "states": [
            (name_of(state, language), number(states[state])) for state in STATES if state in states
        ],
        "labels": [
            (name_of(one, language), number(labels[one]), share(labels[one], sum(labels.values())))
            for one in LABELS
            if one in labels
        ],
        "edits": [
            (
                name_of(kind, language),
                number(sum(fates.values())),
                *(number(fates.get(fate, 0)) for fate in EDIT_FATES),
            )
            for kind, fates in sorted(counted(manifest, "edits").items())
        ],
        "engines": _by_name(examples.get("engines", {}), engine_name, language),
        "findings": [
            (check_name(check, language), number(count))
            for check, count in sorted(examples.get("findings", {}).items())
        ],
        "decisions": _by_name(examples.get("decisions", {}), name_of, language),
        "reviewers": [
            (name, number(count))
            for name, count in sorted(
                examples.get("reviewers", {}).items(), key=lambda one: (-one[1], len(one[0]), one)
            )
        ],
        "agreement": agreement_cells(examples.get("votes", {})),
        "user_level": localise.get("user_level", "—"),
        "assistant_level": localise.get("assistant_level", "—"),
        "won_per_dollar": number(localise.get("won_per_dollar", 0)),
        "localises": {
            name: localise.get(name, False) for name in ("entities", "topics", "measures")
        },
    }


def _by_name(
    counts: Mapping[str, int], named: Callable[[str, CardLanguage], str], language: CardLanguage
) -> list[tuple[str, str]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(named(name, language), number(count)) for name, count in ordered]


def _source_rows(manifest: Manifest) -> list[tuple[str, ...]]:
    numbers = counted(manifest, "sources")
    none = {"read": 0, "published": 0}
    return [
        (
            f"[{one.name}]({one.url})" if one.url else one.name,
            one.license,
            one.revision or "—",
            *(number(numbers.get(one.name, none)[key]) for key in ("read", "published")),
        )
        for one in manifest.sources
    ]


def _plot(manifest: Manifest, language: CardLanguage) -> str:
    words, bars = PLOT_WORDS[language], []
    for source in manifest.sources:
        states = Counter(counted(manifest, "source_states").get(source.name, {}))
        pieces = tuple(
            Piece(name_of(state, language), STATE_COLOURS[state], states[state]) for state in STATES
        )
        out = sum(states[state] for state in PUBLISHED)
        text = words["text"].format(number(out), number(states.total()))
        bars.append(Bar(source.name, pieces, text))
    return bar_chart(words["sources"], bars)
