"""What people decided, as files: only what is approved, in the order of the ids.

The same database gives the same bytes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.models import Answer, Item, Project
from annotation.work.answering import counting_answers
from annotation.work.states import State
from bllossom_data.files import atomic_path, canonical_json


def export_file(project: Project, path: Path) -> int:
    """Writes the decisions of a project.

    Returns:
        How many lines were written.
    """
    count = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for line in export_lines(project):
            file.write(line)
            count += 1
    return count


def export_lines(project: Project) -> Iterator[str]:
    """Lines of ``decisions.jsonl`` for drafts, of judgements for pairs."""
    approved = (
        Item.objects.filter(project=project, state=State.APPROVED)
        .select_related("outcome__person")
        .defer("search_text")
        .order_by("key")
    )
    for item in approved.iterator(chunk_size=500):
        if not project.compares_pairs:
            yield canonical_json(decision(item)) + "\n"
            continue
        votes = [item.outcome]
        if project.kind == Project.Kind.EVALUATION:
            # What an adjudicator settled is told beside the votes, which all count there.
            votes = counting_answers(item) + [one for one in votes if one.as_adjudicator]
        for vote in votes:
            yield canonical_json(judgement(item, vote)) + "\n"


def decision(item: Item) -> dict[str, Any]:
    """The decision that stands, as `bllossom_data.examples.Review` reads it."""
    answer: Answer = item.outcome
    messages = answer.messages if answer.decision == "correct" else []
    return {
        "example_id": item.key,
        "decision": answer.decision,
        "draft_sha256": item.draft_sha256 or None,
        "messages": messages,
        "label": answer.label or None,
        "reviewer": answer.person.pseudonym,
        "decided_at": utc(answer.created_at),
        "comment": answer.comment or "; ".join(dict.fromkeys(answer.dismissed.values())),
        # A finding is kept as its check and a hash of what it says.
        "dismissed": sorted({key.rpartition("-")[0] for key in answer.dismissed}),
    }


def judgement(item: Item, vote: Answer) -> dict[str, Any]:
    """One person's verdict on a pair; a tie and unacceptable answers are said, not dropped."""
    pair = item.payload
    return {
        "id": item.key,
        "prompt": pair["prompt"],
        "first": pair["first"]["text"],
        "second": pair["second"]["text"],
        "verdict": vote.decision,
        "both_unacceptable": vote.first_acceptable is False and vote.second_acceptable is False,
        "judge": vote.person.pseudonym,
        "settles": vote.as_adjudicator,
        "license": pair["license"],
        "first_system": pair["first"]["system"],
        "second_system": pair["second"]["system"],
        "first_acceptable": vote.first_acceptable,
        "second_acceptable": vote.second_acceptable,
        "shown_first": vote.shown_first,
        "category": pair["category"],
        "decided_at": utc(vote.created_at),
        "comment": vote.comment,
    }


def preference_rows(project: Project) -> Iterator[dict[str, Any]]:
    """Rows as TRL reads preferences: of what is approved, with a better and acceptable answer.

    In an evaluation, where every vote counts, an answer is better where more than half of the
    people say so, and acceptable where more than half of them say so; a pair without such a
    majority gives no row. What an adjudicator settled counts over the votes.
    """
    approved = Item.objects.filter(project=project, state=State.APPROVED).order_by("key")
    for item in approved.select_related("project", "outcome__person").defer("search_text"):
        votes = _settling_votes(item)
        better = _majority([vote.decision for vote in votes])
        if better not in ("first", "second"):
            continue
        said = [getattr(vote, f"{better}_acceptable") for vote in votes]
        told = [one for one in said if one is not None]
        if told and _majority(told) is not True:
            continue
        worse = "second" if better == "first" else "first"
        yield {
            "prompt": item.payload["prompt"],
            "chosen": [{"role": "assistant", "content": item.payload[better]["text"]}],
            "rejected": [{"role": "assistant", "content": item.payload[worse]["text"]}],
            "id": item.key,
            "origin": "judgement",
            "chosen_by": ", ".join(
                vote.person.pseudonym for vote in votes if vote.decision == better
            ),
            "license": item.payload["license"],
        }


def _settling_votes(item: Item) -> list[Answer]:
    by_vote = item.project.kind == Project.Kind.EVALUATION
    if by_vote and not (item.outcome and item.outcome.as_adjudicator):
        return counting_answers(item)
    return [item.outcome] if item.outcome else []


def _majority(said: Sequence[Any]) -> Any:
    """What more than half say; None where nothing is."""
    most = Counter(said).most_common(1)
    return most[0][0] if most and 2 * most[0][1] > len(said) else None


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
