"""One self-contained HTML page of a build: no network, no clock, the same bytes for the same data.

A page shows text that strangers wrote. Jinja escapes all of it, and a content security policy lets
the browser run this package's own script and nothing else.
"""

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bllossom_data.report import charts, formatting
from bllossom_data.report import tables as table
from bllossom_data.report.comparison import mark_differences, mark_shared
from bllossom_data.report.data import Cluster, ClusterMember, Leak, Report, SampledDocument
from bllossom_data.report.labels import LANGUAGES, reason_label, step_label

__all__ = ["EXCERPT_CHARS", "render_report"]

EXCERPT_CHARS = 700
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Choice:
    """One entry of a filter above the cards."""

    value: str
    label: str
    documents: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """A survivor beside one of its duplicates; the texts are marked HTML."""

    survivor: ClusterMember
    duplicate: ClusterMember
    left: Markup
    right: Markup
    identical: bool


@dataclass(frozen=True, slots=True)
class _LeakView:
    leak: Leak
    left: Markup
    right: Markup


def render_report(report: Report) -> str:
    """Return the page as HTML text, to be written as UTF-8."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: (
            formatting.visible(value)
            if isinstance(value, str) and not isinstance(value, Markup)
            else value
        ),
    )
    environment.filters.update(
        count=formatting.count_data,
        size=formatting.byte_data,
        share=formatting.share_data,
        seconds=formatting.format_seconds,
        number=formatting.format_value,
        excerpt=_excerpt,
        web=_web_address,
    )
    environment.globals.update(
        bar=charts.bar,
        comparison=formatting.comparison,
        histogram=charts.histogram,
        reason_label=reason_label,
        step_label=step_label,
    )
    return environment.get_template("template.html.jinja").render(_context(report))


def _context(report: Report) -> dict[str, object]:
    classes = table.source_classes(report)
    hues = table.language_classes(report)
    sources = list(classes)
    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    script = (_FOLDER / "script.js").read_text(encoding="utf-8")
    fates = table.fates(report, hues)
    return {
        "report": report,
        "total": table.totals(report),
        "verdict": table.verdict(report),
        "style": Markup(style),
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "classes": classes,
        "hues": hues,
        "sources": sources,
        "languages": {name: LANGUAGES.get(name, (name, ""))[0] for name in hues},
        "fates": fates,
        "fate_strip": charts.strip(
            [charts.Segment(fate.name[0], fate.css, fate.documents) for fate in fates],
            "What became of every document: "
            + ", ".join(f"{fate.name[0]} {formatting.format_share(fate.share)}" for fate in fates),
        ),
        "repeats": any(
            counts.documents_out > counts.documents_in
            for step in report.steps
            for counts in step.by_source.values()
        ),
        "seconds": sum(step.seconds for step in report.steps),
        "peak_memory": max((step.peak_memory_bytes or 0 for step in report.steps), default=0),
        "waterfalls": _waterfalls(report, classes),
        "steps": table.step_rows(report),
        "came_in": table.documents_by_source(report, sources),
        "reasons": table.reason_rows(report, sources),
        "signals": table.signal_groups(report.histograms),
        "rejects": _cards(report.rejects),
        "kept": _cards(report.kept),
        "clusters": [(cluster, _pairs(cluster)) for cluster in report.clusters],
        "leaks": [_leak_view(leak) for leak in report.leaks],
        "masked": table.edit_rows(report.personal_data, sources),
        "cleaned": table.edit_rows(report.cleaning, sources),
        "mix_chart": (
            charts.mix_bars(
                report.mix.shares, hues, {n: LANGUAGES.get(n, (n, ""))[0] for n in hues}
            )
            if report.mix
            else Markup()
        ),
        "mix_ratios": (
            tuple(
                table.ratio(values)
                for values in (
                    [share.achieved for share in report.mix.shares],
                    table.asked_shares(report.mix),
                )
            )
            if report.mix
            else ()
        ),
    }


def _waterfalls(report: Report, classes: dict[str, str]) -> list[dict[str, object]]:
    """Return, for documents and for bytes, the chart of all sources and one per source."""
    found: list[dict[str, object]] = []
    for unit, format_amount in (
        ("documents", formatting.format_count),
        ("bytes", formatting.format_bytes),
    ):
        small = {
            source: charts.waterfall(
                table.waterfall_rows(report, classes, unit, source),
                f"{unit.capitalize()} of {source} at each step that changed them",
                format_amount,
                compact=True,
            )
            for source in classes
            if any(source in step.by_source for step in report.steps)
        }
        everything = charts.waterfall(
            table.waterfall_rows(report, classes, unit),
            f"{unit.capitalize()} after each step; the table below has the numbers",
            format_amount,
        )
        found.append({"unit": unit, "all": everything, "by_source": small})
    return found


def _excerpt(text: str) -> str:
    return text[:EXCERPT_CHARS]


def _web_address(address: str | None) -> str:
    """Return the address if a click on it is harmless, otherwise nothing."""
    if address and address.lower().startswith(("https://", "http://")):
        return address
    return ""


def _cards(documents: tuple[SampledDocument, ...]) -> dict[str, object]:
    """Return sampled documents with the choices of the filters above them."""
    reasons = Counter(failure.reason for d in documents for failure in d.failures)
    by_count = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    languages = Counter(document.language for document in documents)
    sources = Counter(document.source for document in documents)
    return {
        "documents": documents,
        "choices": {
            "reason": [_Choice(name, name, count) for name, count in by_count],
            "language": [
                _Choice(name, LANGUAGES.get(name, (name, ""))[0], count)
                for name, count in sorted(languages.items())
            ],
            "source": [_Choice(name, name, count) for name, count in sorted(sources.items())],
        },
    }


def _pairs(cluster: Cluster) -> list[_Pair]:
    survivor = next((member for member in cluster.members if member.survivor), None)
    if survivor is None:
        return []
    pairs: list[_Pair] = []
    for member in cluster.members:
        if member is survivor:
            continue
        left, right = mark_differences(_excerpt(survivor.text), _excerpt(member.text))
        identical = cluster.kind == "exact"
        pairs.append(_Pair(survivor, member, left, right, identical))
    return pairs


def _leak_view(leak: Leak) -> _LeakView:
    left, right = mark_shared(_excerpt(leak.document.text), _excerpt(leak.item_text))
    return _LeakView(leak, left, right)
