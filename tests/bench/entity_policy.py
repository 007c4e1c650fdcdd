"""Precision and recall of the decisions about entities on labelled conversations.

Run as ``python tests/bench/entity_policy.py [FILE]``; without a file the project's own cases are
measured. Rows are ``{"id", "messages": [{"role", "content"}], "entities": [{"text", "turn",
"policy"}], "note"}`` and list every culture-bound entity. One that is not found counts as kept.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from bllossom_data.examples import Message
from bllossom_data.localization.entities import EntityPlan, plan_entities

POLICIES = ("substitute", "gloss", "transliterate", "keep")
OWN_CASES = Path(__file__).parents[1] / "fixtures/localization/entity_cases.jsonl"


def predicted(plan: EntityPlan, content: str, text: str, turn: int) -> str:
    """The policy decided for what is labelled: of the mention that overlaps one of its places."""
    places: list[tuple[int, int]] = []
    start = content.find(text)
    while start >= 0:
        places.append((start, start + len(text)))
        start = content.find(text, start + 1)
    for decision in plan.decisions:
        for mention in decision.mentions:
            if mention.turn == turn and any(
                mention.start < end and begin < mention.end for begin, end in places
            ):
                return decision.policy
    return "keep"


def unlabelled(plan: EntityPlan, row: dict[str, Any]) -> list[str]:
    """Names that would be changed though nobody labelled them, one for each decision."""
    found: list[str] = []
    for decision in plan.decisions:
        if decision.policy not in ("substitute", "gloss"):
            continue
        labelled = any(
            one["turn"] == mention.turn
            and (one["text"] in mention.text or mention.text in one["text"])
            for one in row["entities"]
            for mention in decision.mentions
        )
        if not labelled:
            found.append(f"{decision.mentions[0].text} ({decision.policy})")
    return found


def measure(gold: Path) -> dict[str, Any]:
    """Figures on labelled conversations.

    Args:
        gold: JSON lines as the module describes them.

    Returns:
        `items`, `entities`, `precision`, `recall` and `f1` of substitutions, `accuracy` over all
        policies, `confusion` (labelled → decided → number), `errors` (one line each). A name that
        is substituted without a label is a wrong substitution.
    """
    confusion: Counter[tuple[str, str]] = Counter()
    errors: list[str] = []
    items = unasked = 0
    for line in gold.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        items += 1
        plan = plan_entities([Message(one["role"], one["content"]) for one in row["messages"]])
        for one in row["entities"]:
            content = row["messages"][one["turn"]]["content"]
            got = predicted(plan, content, one["text"], one["turn"])
            confusion[one["policy"], got] += 1
            if got != one["policy"]:
                errors.append(f"{row['id']}: {one['text']}: {one['policy']} → {got}")
        for name in unlabelled(plan, row):
            unasked += name.endswith("(substitute)")
            errors.append(f"{row['id']}: {name} is not labelled")
    right = confusion["substitute", "substitute"]
    proposed = sum(confusion[policy, "substitute"] for policy in POLICIES) + unasked
    wanted = sum(confusion["substitute", policy] for policy in POLICIES)
    entities = sum(confusion.values())
    precision = right / proposed if proposed else 1.0
    recall = right / wanted if wanted else 1.0
    return {
        "items": items,
        "entities": entities,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if right else 0.0,
        "accuracy": sum(confusion[policy, policy] for policy in POLICIES) / max(1, entities),
        "confusion": {
            policy: {got: confusion[policy, got] for got in POLICIES} for policy in POLICIES
        },
        "errors": errors,
    }


def main() -> None:
    """Prints the figures of one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, default=OWN_CASES)
    figures = measure(parser.parse_args().gold)
    for name in ("items", "entities", "precision", "recall", "f1", "accuracy"):
        value = figures[name]
        print(f"{name:10} {value if isinstance(value, int) else f'{value:.3f}'}")
    print(f"{'labelled':14}" + "".join(f"{policy:>15}" for policy in POLICIES))
    for policy in POLICIES:
        row = figures["confusion"][policy]
        print(f"{policy:14}" + "".join(f"{row[got]:15}" for got in POLICIES))
    print("\n".join(figures["errors"]))


if __name__ == "__main__":
    main()
