"""The card of preference data: what says so, what gave no preference, who preferred what."""

from typing import Any

from bllossom_data.manifest import Manifest, SourceEntry
from bllossom_data.publishing.card_parts import (
    LANGUAGES,
    CardParts,
    agreement_cells,
    counted,
    number,
    settings_of,
    share,
)
from bllossom_data.publishing.card_words import CardLanguage, engine_name, name_of, outcome_name
from bllossom_data.publishing.plots import (
    BLUE,
    GREEN,
    HATCHED,
    ORANGE,
    VIOLET,
    Bar,
    Piece,
    bar_chart,
)

__all__ = ["NUMBERS", "preference_parts"]

SPLITS = ("train", "validation", "test")
ORIGINS = ("review", "judgement")
NUMBERS = (
    "preferences",
    *(f"preferences_{split}" for split in SPLITS),
    "corrections",
    "judged_pairs",
    "sources",
)
"""What the prose may name."""
ORIGIN_COLOURS = {"review": BLUE, "judgement": GREEN}
OUTCOME_COLOURS = {"accepted as drafted": VIOLET, "waits for a decision": ORANGE}
"""Outcomes that the plot shows apart: an answer that was good enough, one that may still count."""
PLOT_WORDS = {
    "en": {
        "rows": "Rows, by split and by what says so",
        "outcomes": "What became of the answers and pairs, by source",
        "text": "{} of {} in the data",
        "review": "Corrections",
        "judgement": "Judged pairs",
        "others": "No preference",
    },
    "ko": {
        "rows": "분할별 행 수와 근거",
        "outcomes": "출처별 답변과 답변 쌍의 처리",
        "text": "{1}개 중 {0}개 수록",
        "review": "사람이 고친 답변",
        "judgement": "사람이 비교한 쌍",
        "others": "선호로 쓰지 않음",
    },
}


def preference_parts(manifest: Manifest) -> CardParts:
    """What the manifest of preference data gives to its card."""
    rows = counted(manifest, "rows").get("default", {})
    origins = _origins(manifest)
    plots = {}
    for language in LANGUAGES:
        plots[f"plots/rows.{language}.svg"] = _rows_plot(manifest, language)
        plots[f"plots/outcomes.{language}.svg"] = _outcomes_plot(manifest, language)
    return CardParts(
        configs=[
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}.parquet"}
                    for split in SPLITS
                    if rows.get(split)
                ],
            }
        ],
        tags=["preference", "dpo", "trl"],
        rows=sum(rows.values()),
        numbers=dict(
            zip(
                NUMBERS,
                (
                    sum(rows.values()),
                    *(rows.get(split, 0) for split in SPLITS),
                    *(origins[origin] for origin in ORIGINS),
                    len(manifest.sources),
                ),
                strict=True,
            )
        ),
        contexts={language: _context(manifest, language) for language in LANGUAGES},
        plots=plots,
    )


def _origins(manifest: Manifest) -> dict[str, int]:
    """Rows of all splits by what says so."""
    by_split = counted(manifest, "origins").values()
    return {origin: sum(one.get(origin, 0) for one in by_split) for origin in ORIGINS}


def _context(manifest: Manifest, language: CardLanguage) -> dict[str, Any]:
    rows, origins = counted(manifest, "rows").get("default", {}), counted(manifest, "origins")
    people = counted(manifest, "preferences").get("people", {})
    ratio = settings_of(manifest, "collect").get("prefer", {}).get("min_changed_ratio", 0)
    return {
        "rows": [
            (
                name_of(split, language),
                number(rows[split]),
                *(number(origins.get(split, {}).get(origin, 0)) for origin in ORIGINS),
            )
            for split in SPLITS
            if split in rows
        ],
        "sources": [_source_row(manifest, one, language) for one in manifest.sources],
        "quarantined": number(
            sum(one["quarantined"] for one in counted(manifest, "sources").values())
        ),
        "without": [
            (source, outcome_name(reason, language), number(count))
            for source, reasons in sorted(counted(manifest, "without").items())
            for reason, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
        ],
        "has": {origin: bool(count) for origin, count in _origins(manifest).items()},
        "min_changed": f"{ratio * 100:g}%",
        "systems": _system_rows(manifest, language),
        "lengths": _length_rows(manifest, language),
        "people": [
            (name, number(count))
            for name, count in sorted(people.items(), key=lambda one: (-one[1], one[0]))
        ],
        "agreement": agreement_cells(counted(manifest, "preferences").get("votes", {})),
    }


def _source_row(manifest: Manifest, source: SourceEntry, language: CardLanguage) -> tuple[str, ...]:
    numbers = counted(manifest, "sources").get(source.name, {})
    return (
        f"[{source.name}]({source.url})" if source.url else source.name,
        _reviewed(manifest, source.name, language),
        source.license,
        source.revision or "—",
        *(number(numbers.get(key, 0)) for key in ("read", "compared", "preferences")),
    )


def _reviewed(manifest: Manifest, source: str, language: CardLanguage) -> str:
    """What a source is: the review of a version of a dataset, or judged pairs."""
    settings = settings_of(manifest, "collect").get("sources", [])
    dataset = next((one.get("reviewed") for one in settings if one["name"] == source), None)
    if dataset is None:
        return "Judged pairs" if language == "en" else "사람이 비교한 답변 쌍"
    return f"Review of `{dataset}`" if language == "en" else f"`{dataset}` 검토"


def _system_rows(manifest: Manifest, language: CardLanguage) -> list[tuple[str, ...]]:
    pairs = [
        (count, better, worse)
        for better, others in counted(manifest, "systems").items()
        for worse, count in others.items()
    ]
    return [
        (engine_name(better, language), engine_name(worse, language), number(count))
        for count, better, worse in sorted(pairs, key=lambda one: (-one[0], one[1:]))
    ]


def _length_rows(manifest: Manifest, language: CardLanguage) -> list[tuple[str, ...]]:
    rows = sum(counted(manifest, "rows").get("default", {}).values())
    return [
        (
            name_of(side, language),
            number(one["characters"]),
            f"{one['characters'] / rows:,.1f}" if rows else "—",
            number(one["longer"]),
            share(one["longer"], rows),
        )
        for side in ("chosen", "rejected")
        if (one := counted(manifest, "lengths").get(side))
    ]


def _rows_plot(manifest: Manifest, language: CardLanguage) -> str:
    words, bars = PLOT_WORDS[language], []
    for split in SPLITS:
        if origins := counted(manifest, "origins").get(split):
            pieces = tuple(
                Piece(words[origin], ORIGIN_COLOURS[origin], origins.get(origin, 0))
                for origin in ORIGINS
            )
            bars.append(Bar(name_of(split, language), pieces, number(sum(origins.values()))))
    return bar_chart(words["rows"], bars)


def _outcomes_plot(manifest: Manifest, language: CardLanguage) -> str:
    words, bars = PLOT_WORDS[language], []
    settings = settings_of(manifest, "collect").get("sources", [])
    reviewed = {one["name"] for one in settings if one.get("reviewed")}
    for source in manifest.sources:
        found = counted(manifest, "sources").get(source.name, {}).get("preferences", 0)
        without = counted(manifest, "without").get(source.name, {})
        own = "review" if source.name in reviewed else "judgement"
        pieces = [
            Piece(words[origin], ORIGIN_COLOURS[origin], found if origin == own else 0)
            for origin in ORIGINS
        ]
        pieces += (
            Piece(outcome_name(reason, language), colour, without.get(reason, 0))
            for reason, colour in OUTCOME_COLOURS.items()
        )
        rest = sum(n for reason, n in without.items() if reason not in OUTCOME_COLOURS)
        pieces.append(Piece(words["others"], HATCHED, rest))
        text = words["text"].format(number(found), number(found + sum(without.values())))
        bars.append(Bar(source.name, tuple(pieces), text))
    return bar_chart(words["outcomes"], bars)
