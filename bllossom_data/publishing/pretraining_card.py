"""The card of a corpus of documents: composition, mix, what each step removed and why."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bllossom_data.manifest import Manifest
from bllossom_data.publishing.card_parts import (
    LANGUAGES,
    CardParts,
    counted,
    number,
    settings_of,
    share,
)
from bllossom_data.publishing.card_words import (
    CardLanguage,
    edit_name,
    identifier_name,
    language_name,
    name_of,
    reason_name,
)
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

__all__ = ["NUMBERS", "pretraining_parts"]

NUMBERS = ("documents_read", "bytes_read", "documents", "bytes", "sources")
"""What the prose may name."""
STEPS = ("ingest", "decide", "deduplicate", "decontaminate", "clean", "mix", "export")
"""Steps after which the card counts what is there; measuring removes nothing."""
COLOURS = {"ko": BLUE, "en": ORANGE}
DUPLICATES = ("exact_duplicate", "near_duplicate")
MOST_BARS = 24
PLOT_WORDS = {
    "en": {
        "composition": "Bytes of text published, by source",
        "steps": "Documents after each step",
        "others": "{} other sources",
        "kept": "kept",
        "removed": "removed in this step",
        "bytes": "{} bytes",
    },
    "ko": {
        "composition": "출처별 배포 분량(바이트)",
        "steps": "단계별 남은 문서 수",
        "others": "그 밖의 출처 {}곳",
        "kept": "남음",
        "removed": "이 단계에서 제외",
        "bytes": "{}바이트",
    },
}


def pretraining_parts(manifest: Manifest) -> CardParts:
    """What the manifest of a corpus gives to its card."""
    splits = {name: one["documents"] for name, one in sorted(counted(manifest, "splits").items())}
    documents = sum(splits.values())
    flow = _flow(manifest)
    plots = {}
    for language in LANGUAGES:
        plots[f"plots/composition.{language}.svg"] = _composition_plot(manifest, language)
        plots[f"plots/steps.{language}.svg"] = _steps_plot(flow, language)
    files = [
        {"split": split, "path": f"data/{split}-*.parquet"}
        for split, count in splits.items()
        if count
    ]
    return CardParts(
        configs=[{"config_name": "default", "data_files": files}],
        tags=["pretraining"],
        rows=documents,
        numbers=dict(
            zip(
                NUMBERS,
                (
                    *flow.get("ingest", (0, 0)),
                    documents,
                    flow.get("export", (0, 0))[1],
                    len(manifest.sources),
                ),
                strict=True,
            )
        ),
        contexts={language: _context(manifest, flow, splits, language) for language in LANGUAGES},
        plots=plots,
    )


def _flow(manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Documents and bytes after each step."""
    return {
        step: (
            sum(one["documents"] for one in table.values()),
            sum(one["bytes"] for one in table.values()),
        )
        for step in STEPS
        if (table := counted(manifest, step))
    }


def _context(
    manifest: Manifest,
    flow: Mapping[str, tuple[int, int]],
    splits: Mapping[str, int],
    language: CardLanguage,
) -> dict[str, Any]:
    reasons = Counter[str]()
    for table in counted(manifest, "removed").values():
        reasons.update(table)
    personal = Counter[str]()
    for table in counted(manifest, "personal_data").values():
        personal.update(table)
    measure = settings_of(manifest, "measure")
    duplicates = counted(manifest, "duplicates").get("all", {})
    return {
        "splits": [(name_of(split, language), number(n)) for split, n in splits.items()],
        "languages": list(manifest.languages),
        "language_heads": [language_name(one, language) for one in manifest.languages],
        "sources": _source_rows(manifest),
        "unit": settings_of(manifest, "mix").get("unit", "bytes"),
        **_mix(manifest, language),
        "steps": _step_rows(flow, language),
        "reasons": [
            (reason_name(reason, language), number(count))
            for reason, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
        ],
        "quarantined": _quarantined(manifest),
        "duplicates": {name: number(count) for name, count in duplicates.items()},
        "minhash": settings_of(manifest, "deduplicate"),
        "evaluation_sets": [
            (name, *(number(one[key]) for key in ("texts", "too_short", "contaminated")))
            for name, one in sorted(counted(manifest, "evaluation_sets").items())
        ],
        "overlap": settings_of(manifest, "decontaminate"),
        "contaminated": number(reasons["contaminated"]),
        "masks_personal_data": settings_of(manifest, "clean").get("personal_data", False),
        "personal_data": [
            (edit_name(kind, language), number(count)) for kind, count in sorted(personal.items())
        ],
        "words": measure.get("words", ""),
        "language_model": identifier_name(manifest.models[0].name, language)
        if manifest.models
        else "",
    }


def _source_rows(manifest: Manifest) -> list[tuple[str, ...]]:
    read, published = counted(manifest, "ingest"), counted(manifest, "export")
    spoken = counted(manifest, "source_languages")
    none = {"documents": 0, "bytes": 0}
    return [
        (
            f"[{one.name}]({one.url})" if one.url else one.name,
            one.license,
            one.revision or "—",
            number(read.get(one.name, none)["documents"]),
            number(published.get(one.name, none)["documents"]),
            *(number(spoken.get(one.name, {}).get(language, 0)) for language in manifest.languages),
            number(published.get(one.name, none)["bytes"]),
        )
        for one in manifest.sources
    ]


def _mix(manifest: Manifest, language: CardLanguage) -> dict[str, Any]:
    """Shares of the mix, asked and achieved; the documents held out are in no share."""
    settings = settings_of(manifest, "mix")
    unit, asked = settings.get("unit", "bytes"), settings.get("ratio", {})
    rows = dict(sorted(counted(manifest, "mix_languages").items()))
    whole = sum(one.get(unit, 0) for one in rows.values())
    available = sum(one.get(f"available_{unit}", 0) for one in rows.values())
    missed = [
        name
        for name, one in rows.items()
        if whole and name in asked and abs(one.get(unit, 0) / whole - asked[name]) > 0.005
    ]
    return {
        "mix": [
            (
                language_name(name, language),
                f"{asked[name]:.2%}" if name in asked else "—",
                share(one.get(unit, 0), whole),
                number(one.get(unit, 0)),
                number(one.get(f"available_{unit}", 0)),
            )
            for name, one in rows.items()
        ],
        "asked_ratio": bool(asked),
        "missed": [language_name(name, language) for name in missed],
        "left_out": number(available - whole) if available > whole else "",
    }


def _step_rows(
    flow: Mapping[str, tuple[int, int]], language: CardLanguage
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    before = 0
    for step, (documents, size) in flow.items():
        change = before - documents
        # Documents that are repeated come in with the mix.
        shown = "—" if step == "ingest" else (number(change) if change >= 0 else f"+{-change:,}")
        rows.append((name_of(step, language), number(documents), shown, number(size)))
        before = documents
    return rows


def _quarantined(manifest: Manifest) -> str:
    total = sum(sum(one.values()) for one in counted(manifest, "quarantined").values())
    return number(total) if total else ""


def _steps_plot(flow: Mapping[str, tuple[int, int]], language: CardLanguage) -> str:
    words = PLOT_WORDS[language]
    bars, before = [], 0
    for step, (documents, _) in flow.items():
        removed = before - documents if before > documents else 0
        text = f"{documents:,}" + (f"  (−{removed:,})" if removed else "")
        kept, gone = (
            Piece(words["kept"], GREEN, documents),
            Piece(words["removed"], HATCHED, removed),
        )
        bars.append(Bar(name_of(step, language), (kept, gone), text))
        before = documents
    return bar_chart(words["steps"], bars)


def _composition_plot(manifest: Manifest, language: CardLanguage) -> str:
    words = PLOT_WORDS[language]
    sizes = counted(manifest, "source_bytes")
    ordered = sorted(sizes.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    bars = [_source_bar(name, one, language) for name, one in ordered[:MOST_BARS]]
    if rest := ordered[MOST_BARS:]:
        together = Counter[str]()
        for _, one in rest:
            together.update(one)
        bars.append(_source_bar(words["others"].format(len(rest)), together, language))
    return bar_chart(words["composition"], bars)


def _source_bar(name: str, sizes: Mapping[str, int], language: CardLanguage) -> Bar:
    pieces = tuple(
        Piece(language_name(code, language), COLOURS.get(code, VIOLET), size)
        for code, size in sorted(sizes.items(), reverse=True)
    )
    total = PLOT_WORDS[language]["bytes"].format(f"{sum(sizes.values()):,}")
    return Bar(name, pieces, total)
