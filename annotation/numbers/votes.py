"""The votes of a project, as the measures want them."""

from typing import Any

from annotation.models import COUNTING, Answer, Project
from annotation.numbers.win_rates import Vote


def votes_by_item(project: Project) -> list[dict[str, str]]:
    """What each annotator decided, one mapping for each item, by pseudonym."""
    items: dict[int, dict[str, str]] = {}
    for answer in _counting(project).values_list("item_id", "person__pseudonym", "decision"):
        item, person, decision = answer
        items.setdefault(item, {})[person] = decision
    return list(items.values())


def verdicts(project: Project) -> list[Vote]:
    """Every annotator's verdict on a pair, with the systems that nobody saw."""
    found = _counting(project).values_list(
        "item__key",
        "item__payload__first__system",
        "item__payload__second__system",
        "decision",
        "shown_first",
        "first_acceptable",
        "second_acceptable",
    )
    return [Vote(*row) for row in found]


def _counting(project: Project) -> Any:
    found = Answer.objects.filter(item__project=project, **COUNTING)
    return found.order_by("item__key", "created_at", "pk")
