"""How well topic rules and measures agree with hand-labelled items, and what they find in prompts.

    PYTHONPATH=.:tests:tests/bench python tests/bench/topics_and_measures.py [--data ../shared/data]

`measures_unseen.jsonl` was labelled after the code and scored 32 of 40, with one false edit, before
anything was changed for it. With the folder of real data the rules are also counted over public
prompts and, where the folder has it, over LIMA; only numbers are printed, never a text.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from localization_gold import measure_score, topic_score, waiting_score, waits
from rich.console import Console
from rich.table import Table

from bllossom_data.examples import Message
from bllossom_data.localization.measure_text import english_quantities
from bllossom_data.localization.topic_rules import load_topic_rules
from bllossom_data.localization.topics import match_topics

Conversation = list[Message]


def measure() -> dict:
    """Figures on the hand-labelled items: 0-1 for ratios, counts for the rest."""
    topics, waiting = topic_score(), waiting_score()
    figures = {
        "rules": len(load_topic_rules().rules),
        "topics": {
            "right": topics.right,
            "extra": len(topics.extra),
            "missed": len(topics.missed),
            "precision": topics.precision,
            "recall": topics.recall,
        },
        "waiting": {
            "with_subject": waiting.subjects - len(waiting.missed),
            "subjects": waiting.subjects,
            "to_stay": len(waiting.extra),
            "stay": waiting.stay,
        },
    }
    for name in ("measures", "measures_unseen"):
        score = measure_score(f"{name}.jsonl")
        figures[name] = {
            "cases": score.cases,
            "right": score.right,
            "accuracy": score.accuracy,
            "unchanged": score.unchanged,
            "false_edits": len(score.false_edits),
        }
    return figures


def _lima(data: Path) -> Iterator[tuple[str, list[Conversation]]]:
    train = data / "restricted/lima-train/data/lima.json"
    if train.exists():
        yield "lima train", [
            [
                *(Message(role, text) for pair in row.get("history") or []
                  for role, text in zip(("user", "assistant"), pair, strict=True)),
                Message("user", f"{row['instruction']}\n{row.get('input') or ''}".strip()),
                Message("assistant", row["output"]),
            ]
            for row in json.loads(train.read_text(encoding="utf-8"))
        ]  # fmt: skip
    test = data / "restricted/lima-test/evaluation/test_data/lima_test_set.jsonl"
    if test.exists():
        rows = [json.loads(line) for line in test.read_text(encoding="utf-8").splitlines()]
        texts = [row["conversations"] for row in rows]
        yield (
            "lima test",
            [[Message("user", text if isinstance(text, str) else text[0])] for text in texts],
        )


def conversations(data: Path) -> Iterator[tuple[str, list[Conversation]]]:
    path = data / "instruct/mt-bench/fastchat/llm_judge/data/mt_bench/question.jsonl"
    if path.exists():
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        yield "mt-bench", [[Message("user", turn) for turn in row["turns"]] for row in rows]
    yield from _lima(data)


def count(found: list[Conversation]) -> dict:
    """How many conversations a topic rule or a US measure concerns, which, and how many wait."""
    start = time.perf_counter()
    topics = [[match.rule.id for match in match_topics(one)] for one in found]
    seconds = time.perf_counter() - start
    units = [
        {unit for message in one for unit, _ in english_quantities(message.content)}
        for one in found
    ]
    return {
        "conversations": len(found),
        "with_topic": sum(map(bool, topics)),
        "with_measure": sum(map(bool, units)),
        "with_any": sum(bool(one or other) for one, other in zip(topics, units, strict=True)),
        "waiting": sum(map(waits, found)),
        "topics": Counter(topic for one in topics for topic in one),
        "units": Counter(unit for one in units for unit in one),
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    console = Console()
    data = parser.parse_args().data
    console.print_json(data=measure())
    for name, found in conversations(data):
        figures = count(found)
        table = Table(title=f"{name}: {figures['conversations']:,} in {figures['seconds']:.1f} s")
        table.add_column("what")
        table.add_column("conversations", justify="right")
        for key in ("with_topic", "with_measure", "with_any", "waiting"):
            table.add_row(key, f"{figures[key]:,}")
        for kind in ("topics", "units"):
            for key, number in figures[kind].most_common():
                table.add_row(f"  {key}", f"{number:,}")
        console.print(table)


if __name__ == "__main__":
    main()
