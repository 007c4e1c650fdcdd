"""All figures of the Korean of instruction data: particles, speech level, numbers, names, topics.

    PYTHONPATH=.:tests:tests/bench python tests/bench/localization.py

Each is measured on labels in tests/fixtures. Those of particles, speech level and numbers were
written before the code and have been seen while it was mended. Those of names and topics were
written by somebody who did not see the catalogue; their errors have been read since. The later
names were labelled before the catalogue was enlarged, by the one who enlarged it.
"""

from pathlib import Path
from typing import Any

import entity_policy
import korean_language
import topics_and_measures
import translation_checks
from rich.console import Console
from rich.table import Table

LABELS = Path(__file__).parents[1] / "fixtures" / "localization"


def figures() -> list[tuple[str, str, str]]:
    """What is measured, on what, and how it came out."""
    korean = korean_language.measure()
    numbers: dict[str, Any] = translation_checks.measure()["gold"]
    names = entity_policy.measure(LABELS / "entities.jsonl")
    later = entity_policy.measure(LABELS / "entities_unseen.jsonl")
    others = topics_and_measures.measure()
    josa, levels, ends = korean["josa"], korean["speech_levels"], korean["conversions"]
    topics, measures, unseen = others["topics"], others["measures"], others["measures_unseen"]
    waiting = others["waiting"]
    legitimate, wrong = numbers["legitimate"], numbers["wrong"]
    return [
        ("particles", f"{josa['rows']} words", f"{josa['accuracy']:.1%} right"),
        ("speech level", f"{levels['rows']} sentences", f"{levels['accuracy']:.1%} right"),
        ("ends of sentences", f"{ends['rows']} rewrites", f"{ends['accuracy']:.1%} right"),
        (
            "numbers",
            f"{legitimate} right and {wrong} wrong pairs",
            f"{numbers['false_alarms'] / legitimate:.1%} false alarms, "
            f"{numbers['misses'] / wrong:.1%} missed",
        ),
        ("names", _extent(names), _names(names)),
        ("names, written later", _extent(later), _names(later)),
        (
            "topics",
            f"{others['rules']} rules, {names['items']} items",
            f"precision {topics['precision']:.3f}, recall {topics['recall']:.3f}",
        ),
        (
            "subjects kept for a person",
            f"{waiting['subjects']} with a subject, {waiting['stay']} to stay",
            f"{waiting['with_subject']} and {waiting['to_stay']} wait",
        ),
        (
            "measures",
            f"{measures['cases']} sentences",
            f"{measures['accuracy']:.1%} right, {measures['false_edits']} false edits",
        ),
        (
            "measures, written later",
            f"{unseen['cases']} sentences",
            f"{unseen['accuracy']:.1%} right, {unseen['false_edits']} false edits",
        ),
    ]


def _extent(names: dict[str, Any]) -> str:
    return f"{names['items']} items, {names['entities']} names"


def _names(names: dict[str, Any]) -> str:
    wanted = names["confusion"]["substitute"]
    return (
        f"precision {names['precision']:.3f}, recall {names['recall']:.3f} "
        f"({wanted['substitute']} of {sum(wanted.values())} found)"
    )


def main() -> None:
    table = Table("what", "labels", "result", title="Korean of instruction data")
    for row in figures():
        table.add_row(*row)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
