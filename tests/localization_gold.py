"""Hand-labelled items of the localization, and how well a conversation's topics and measures do.

Labels were written before the rules and the code that they measure (`measures_unseen.jsonl` after
the code). Adjectives of nationality, languages, months, weekdays and acronyms that every Korean
reads (TV, HR, GPA) are no entities.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from bllossom_data.examples import Message, apply_edits
from bllossom_data.localization.american_subjects import kept_name_findings, topic_findings
from bllossom_data.localization.entities import plan_entities
from bllossom_data.localization.measures import measure_edits
from bllossom_data.localization.topics import match_topics

FOLDER = Path(__file__).parent / "fixtures" / "localization"


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def messages_of(item: dict) -> list[Message]:
    return [Message(**one) for one in item["messages"]]


@dataclass(frozen=True)
class TopicScore:
    right: int
    extra: list[tuple[str, str]]
    missed: list[tuple[str, str]]

    @property
    def precision(self) -> float:
        return self.right / max(self.right + len(self.extra), 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + len(self.missed), 1)


def topic_score() -> TopicScore:
    right, extra, missed = 0, [], []
    for item in rows("entities.jsonl"):
        found = [match.rule.id for match in match_topics(messages_of(item))]
        right += item["topic"] in found
        extra += [(item["id"], one) for one in found if one != item["topic"]]
        if item["topic"] and item["topic"] not in found:
            missed.append((item["id"], item["topic"]))
    return TopicScore(right, extra, missed)


def waits(messages: list[Message]) -> bool:
    """Whether anything that the English alone shows keeps the item for a person."""
    plan, topics = plan_entities(messages), match_topics(messages)
    return bool(
        topics
        or any(one.policy in ("substitute", "gloss") for one in plan.decisions)
        or any(topic_findings(messages, topics))
        or any(kept_name_findings(messages, plan))
    )


@dataclass(frozen=True)
class WaitingScore:
    subjects: int
    missed: list[str]
    stay: int
    extra: list[str]


def waiting_score() -> WaitingScore:
    """Items with a subject that pass without a person, and simply transferred ones that wait."""
    items = rows("entities.jsonl")
    subjects = [one for one in items if one["topic"]]
    stay = [one for one in items if one["label"] == "simply_transferred"]
    return WaitingScore(
        len(subjects),
        [one["id"] for one in subjects if not waits(messages_of(one))],
        len(stay),
        [one["id"] for one in stay if waits(messages_of(one))],
    )


@dataclass(frozen=True)
class MeasureScore:
    cases: int
    right: int
    unchanged: int
    false_edits: list[str]
    wrong: list[tuple[str, str, str]]

    @property
    def accuracy(self) -> float:
        return self.right / self.cases


def localized(case: dict) -> str:
    messages = [Message("user", case["question"])] if "question" in case else []
    translations = [None] * len(messages) + [case["korean"]]
    edits, _ = measure_edits([*messages, Message("assistant", case["english"])], translations)
    return apply_edits(case["korean"], edits)


def measure_score(name: str) -> MeasureScore:
    cases = rows(name)
    results = [(case, localized(case)) for case in cases]
    wrong = [
        (case["id"], result, case["expected"])
        for case, result in results
        if result != case["expected"]
    ]
    stay = {case["id"] for case in cases if case["korean"] == case["expected"]}
    false_edits = [one for one, _, _ in wrong if one in stay]
    return MeasureScore(len(cases), len(cases) - len(wrong), len(stay), false_edits, wrong)
