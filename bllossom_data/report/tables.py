"""What the report's tables and sentences say, added up from its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bllossom_data.report.charts import Segment, WaterfallRow
from bllossom_data.report.data import (
    Counts,
    EditCount,
    Histogram,
    MixSummary,
    ReasonCount,
    Report,
    StepSummary,
)
from bllossom_data.report.formatting import format_bytes, format_count, format_share
from bllossom_data.report.labels import (
    FAMILIES,
    FATES,
    LANGUAGES,
    edit_label,
    reason_label,
    step_label,
)

__all__ = [
    "EditRow",
    "Fate",
    "ReasonRow",
    "SignalGroup",
    "StepRow",
    "documents_by_source",
    "edit_rows",
    "fates",
    "language_classes",
    "ratio",
    "reason_rows",
    "signal_groups",
    "source_classes",
    "step_rows",
    "totals",
    "verdict",
    "waterfall_rows",
]

_NOTHING = Counts(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the table: its sum over all sources and each source's part."""

    step: StepSummary
    name: tuple[str, str]
    total: Counts
    by_source: tuple[tuple[str, Counts], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of some of the documents that came in."""

    name: tuple[str, str]
    css: str
    documents: int
    share: float


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A drop reason over all sources; `by_source` holds None where a source has no count."""

    reason: str
    name: tuple[str, str]
    documents: int
    documents_only_this: int
    bytes: int
    by_source: tuple[ReasonCount | None, ...]


@dataclass(frozen=True, slots=True)
class EditRow:
    """A kind of edit over all sources."""

    name: tuple[str, str]
    documents: int
    edits: int
    by_source: tuple[EditCount | None, ...]


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """A family of signals: the histograms of each signal, one per language."""

    name: tuple[str, str]
    signals: tuple[tuple[str, tuple[Histogram, ...]], ...]


def _sum(counts: Sequence[Counts]) -> Counts:
    return Counts(
        sum(c.documents_in for c in counts),
        sum(c.bytes_in for c in counts),
        sum(c.documents_out for c in counts),
        sum(c.bytes_out for c in counts),
    )


def _source_names(report: Report) -> list[str]:
    """Return the sources in the recipe's order, then any that only a count mentions."""
    listed = [source.name for source in report.sources]
    counted = [name for step in report.steps for name in step.by_source]
    counted += [count.source for count in report.reasons]
    counted += [count.source for count in (*report.personal_data, *report.cleaning)]
    return list(dict.fromkeys(listed + counted))


def language_classes(report: Report) -> dict[str, str]:
    """Return each language's CSS class: a hue."""
    languages = [*report.languages, *(source.language for source in report.sources)]
    if report.mix:
        languages += [share.language for share in report.mix.shares]
    return {name: f"hue-{min(i, 3)}" for i, name in enumerate(dict.fromkeys(languages))}


def source_classes(report: Report) -> dict[str, str]:
    """Return each source's CSS classes: its language's hue in a shade of its own."""
    hues = language_classes(report)
    language_of = {source.name: source.language for source in report.sources}
    seen: dict[str, int] = {}
    classes: dict[str, str] = {}
    for name in _source_names(report):
        hue = hues.get(language_of.get(name, ""), "hue-3")
        classes[name] = f"{hue} shade-{seen.get(hue, 0) % 5}"
        seen[hue] = seen.get(hue, 0) + 1
    return classes


def totals(report: Report) -> Counts:
    """Return what came into the first step and what left the last one."""
    if not report.steps:
        return _NOTHING
    first = _sum(list(report.steps[0].by_source.values()))
    last = _sum(list(report.steps[-1].by_source.values()))
    return Counts(first.documents_in, first.bytes_in, last.documents_out, last.bytes_out)


def documents_by_source(report: Report, sources: Sequence[str]) -> dict[str, int]:
    """Return how many documents of each source came into the first step."""
    came = report.steps[0].by_source if report.steps else {}
    return {name: came.get(name, _NOTHING).documents_in for name in sources}


def step_rows(report: Report) -> list[StepRow]:
    """Return the rows of the table under the waterfall."""
    return [
        StepRow(
            step,
            step_label(step.name),
            _sum(list(step.by_source.values())),
            tuple(step.by_source.items()),
        )
        for step in report.steps
    ]


def waterfall_rows(
    report: Report, classes: Mapping[str, str], unit: str, source: str | None = None
) -> list[WaterfallRow]:
    """Return the waterfall of `unit` ("documents" or "bytes"), of one source or of all.

    A single source shows only the steps that changed it, and the first.
    """
    rows: list[WaterfallRow] = []
    for step in report.steps:
        chosen = {name: c for name, c in step.by_source.items() if source in (None, name)}
        pairs = {
            name: (c.documents_in, c.documents_out)
            if unit == "documents"
            else (c.bytes_in, c.bytes_out)
            for name, c in chosen.items()
        }
        row = WaterfallRow(
            *step_label(step.name),
            sum(before for before, _ in pairs.values()),
            tuple(
                Segment(name, classes[name], pairs[name][1]) for name in classes if name in pairs
            ),
        )
        if source is None or not rows or row.before != row.after:
            rows.append(row)
    return rows


def fates(report: Report, hues: Mapping[str, str]) -> list[Fate]:
    """Return what became of the documents: published by language, then what each step kept back.

    Copies made by the mix count once here: a step that adds documents keeps none back.
    """
    language_of = {source.name: source.language for source in report.sources}
    kept_back: list[tuple[str, int]] = []
    published = {
        name: counts.documents_in
        for name, counts in (report.steps[0].by_source if report.steps else {}).items()
    }
    total = sum(published.values())
    for step in report.steps:
        gone = 0
        for name, counts in step.by_source.items():
            lost = max(0, counts.documents_in - counts.documents_out)
            gone += lost
            published[name] = published.get(name, 0) - lost
        if gone:
            kept_back.append((step.name, gone))
    by_language: dict[str, int] = {}
    for name, documents in published.items():
        language = language_of.get(name, "")
        by_language[language] = by_language.get(language, 0) + max(0, documents)
    found = [
        Fate(
            (_published(language), FATES["published"][1]),
            f"{hues.get(language, 'hue-3')} shade-0",
            documents,
            documents / total if total else 0.0,
        )
        for language, documents in sorted(by_language.items(), key=lambda item: -item[1])
        if documents
    ]
    found += [
        Fate(FATES.get(step, step_label(step)), f"fate-{step}", gone, gone / total if total else 0)
        for step, gone in sorted(kept_back, key=lambda item: -item[1])
    ]
    return found


def _published(language: str) -> str:
    name = LANGUAGES.get(language, (language, ""))[0]
    return f"{FATES['published'][0]}, {name}" if name else FATES["published"][0]


def reason_rows(report: Report, sources: Sequence[str]) -> list[ReasonRow]:
    """Return one row per drop reason, the most frequent first."""
    found: dict[str, dict[str, ReasonCount]] = {}
    for count in report.reasons:
        found.setdefault(count.reason, {})[count.source] = count
    rows = [
        ReasonRow(
            reason,
            reason_label(reason),
            sum(c.documents for c in counts.values()),
            sum(c.documents_only_this for c in counts.values()),
            sum(c.bytes for c in counts.values()),
            tuple(counts.get(source) for source in sources),
        )
        for reason, counts in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.documents, row.reason))


def edit_rows(counts: Sequence[EditCount], sources: Sequence[str]) -> list[EditRow]:
    """Return one row per kind of edit, the most frequent first."""
    found: dict[str, dict[str, EditCount]] = {}
    for count in counts:
        found.setdefault(count.kind, {})[count.source] = count
    rows = [
        EditRow(
            edit_label(kind),
            sum(c.documents for c in by_source.values()),
            sum(c.edits for c in by_source.values()),
            tuple(by_source.get(source) for source in sources),
        )
        for kind, by_source in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.edits, row.name))


def signal_groups(histograms: Sequence[Histogram]) -> list[SignalGroup]:
    """Return the histograms by family and signal, in the order in which they are given."""
    families: dict[str, dict[str, list[Histogram]]] = {}
    for shown in histograms:
        families.setdefault(shown.family, {}).setdefault(shown.signal, []).append(shown)
    return [
        SignalGroup(
            FAMILIES.get(family, (family.replace("_", " ").capitalize() or "Signals", "")),
            tuple((signal, tuple(group)) for signal, group in signals.items()),
        )
        for family, signals in families.items()
    ]


def asked_shares(mix: MixSummary) -> list[float]:
    """The shares that were asked for, nothing where no ratio was."""
    return [share.asked for share in mix.shares if share.asked is not None]


def ratio(values: Sequence[float]) -> str:
    """Return shares as a ratio, "70 : 30", that no line break splits."""
    return "\u00a0:\u00a0".join(format_share(value).removesuffix("%") for value in values)


def verdict(report: Report) -> tuple[str, str]:
    """Return one sentence about the build in English and one in Korean."""
    total = totals(report)
    if not total.documents_in:
        return "No document came in.", "들어온 문서가 없습니다."
    share = format_share(total.documents_out / total.documents_in)
    size = format_bytes(total.bytes_out)
    english = f"{format_count(total.documents_in)} documents came in; {share} of them, {size}, stay"
    korean = f"문서 {format_count(total.documents_in)}건 가운데 {share}({size})를 남겼습니다"
    cuts = [
        (row.total.documents_in - row.total.documents_out, row.name) for row in step_rows(report)
    ]
    most, name = max(cuts, key=lambda cut: cut[0])
    if most > 0:
        english += f". {name[0]} removed most, {format_count(most)} documents"
        korean += f". 가장 많이 줄인 단계는 {name[1] or name[0]}({format_count(most)}건)입니다"
    if report.mix and report.mix.shares:
        wanted = asked_shares(report.mix)
        achieved = ratio([s.achieved for s in report.mix.shares])
        asked = ratio(wanted)
        names = ":".join(s.language for s in report.mix.shares)
        if not wanted:
            english += f". {names} is {achieved}; no ratio was asked for"
            korean += f". {names} 비율은 {achieved}이며 정해 둔 목표는 없습니다"
        elif report.mix.shortfall:
            english += f". The ratio asked for, {names} {asked}, was not reached: {achieved}"
            korean += f". 목표 비율 {names} {asked}에 이르지 못해 {achieved}입니다"
        else:
            english += f". {names} is {asked}, as asked"
            korean += f". {names} 비율은 목표대로 {asked}입니다"
    return english + ".", korean + "."
