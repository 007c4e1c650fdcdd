"""Decisions about names compared with labels that were written before the catalogue was.

python tests/bench/entity_policy.py [--errors]

A name of the labels that is not in the catalogue is kept. A substitution where the labels keep a
name, or name none, is a false one; precision is what counts, because a wrong one is worse than none.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bllossom_data.examples import Message
from bllossom_data.localization.entities import EntityPlan, plan_entities

GOLD = Path(__file__).parents[1] / "fixtures" / "localization" / "entities.jsonl"


def decided(plan: EntityPlan, turn: int, text: str) -> str:
    """What the plan does with a name that the labels have, wherever it stands in its turn."""
    content = plan.messages[turn].content
    for one in plan.entities:
        for mention in one.mentions:
            there = content[mention.start : mention.end]
            if mention.turn == turn and (there in text or text in there):
                return one.policy
    return "keep"


def measure(gold: Path = GOLD) -> dict[str, Any]:
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    confusion: Counter[tuple[str, str]] = Counter()
    errors: list[tuple[str, str, str, str]] = []
    unlisted = 0
    begun = time.perf_counter()
    for row in rows:
        plan = plan_entities([Message(**message) for message in row["messages"]])
        listed = [(one["turn"], one["text"]) for one in row["entities"]]
        for one in row["entities"]:
            found = decided(plan, one["turn"], one["text"])
            confusion[one["policy"], found] += 1
            if "substitute" in (one["policy"], found) and one["policy"] != found:
                errors.append((row["id"], one["text"], one["policy"], found))
        for planned in plan.entities:
            if planned.policy != "substitute":
                continue
            for mention in planned.mentions:
                text = plan.messages[mention.turn].content[mention.start : mention.end]
                if not any(
                    turn == mention.turn and (text in name or name in text) for turn, name in listed
                ):
                    unlisted += 1
                    errors.append((row["id"], text, "not listed", "substitute"))
    right = confusion["substitute", "substitute"]
    made = unlisted + sum(n for (_, found), n in confusion.items() if found == "substitute")
    wanted = sum(n for (label, _), n in confusion.items() if label == "substitute")
    return {
        "items": len(rows),
        "entities": sum(confusion.values()),
        "precision": right / made if made else 1.0,
        "recall": right / wanted,
        "substituted": made,
        "wanted": wanted,
        "confusion": {f"{label} → {found}": n for (label, found), n in sorted(confusion.items())},
        "errors": errors,
        "items_per_second": len(rows) / (time.perf_counter() - begun),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list every wrong decision")
    options = parser.parse_args()
    console = Console(width=100)
    result = measure()
    errors = result.pop("errors")
    table = Table("figure", "value", title="Names: labels and decisions")
    for name, value in result.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value))
    console.print(table)
    for error in errors if options.errors else ():
        console.print(*error, sep=" | ", highlight=False)


if __name__ == "__main__":
    main()
