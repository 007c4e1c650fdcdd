"""How far a project and its people are."""

from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from django.db.models import Count, Sum

from annotation.comparing.word_difference import edit_distance_ratio
from annotation.models import Answer, Person, Project
from annotation.work.states import State


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of items by state; the withdrawn are not part of the whole."""

    counts: dict[str, int]
    answers_wanted: int
    answers_given: int

    @property
    def total(self) -> int:
        """Items that want or have a decision."""
        return sum(count for state, count in self.counts.items() if state != State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Work:
    """What one person did; of answers that count.

    Attributes:
        accepted: drafts taken as they were.
        corrected: drafts taken with changes.
        other: rejected, taken out, or to be translated again; of pairs, all.
        median_seconds: of work on an item, pauses left out; None where none was measured.
        mean_edit_ratio: 0-1, share of characters that corrections changed; None without any.
    """

    pseudonym: str
    answers: int
    accepted: int
    corrected: int
    other: int
    median_seconds: float | None
    mean_edit_ratio: float | None


def progress_of(project: Project) -> Progress:
    """How far a project is."""
    counts = {state.value: 0 for state in State}
    found = project.items.order_by().values_list("state").annotate(count=Count("pk"))
    counts.update(dict(found))
    sums = project.items.exclude(state=State.WITHDRAWN).aggregate(
        wanted=Sum("needed"), given=Sum("answered")
    )
    return Progress(counts, sums["wanted"] or 0, sums["given"] or 0)


def work_of(project: Project, person: Person | None = None) -> list[Work]:
    """What each person did, or one person alone."""
    answers = Answer.objects.filter(item__project=project, current=True, undoes=None)
    if person is not None:
        answers = answers.filter(person=person)
    by_person: dict[str, list[Answer]] = {}
    found = answers.select_related("person", "item").defer("item__search_text")
    for answer in found.iterator(chunk_size=500):
        by_person.setdefault(answer.person.pseudonym, []).append(answer)
    return [_work(name, said) for name, said in sorted(by_person.items())]


def _work(pseudonym: str, answers: list[Answer]) -> Work:
    seconds = [answer.seconds for answer in answers if answer.seconds]
    ratios = [ratio for answer in answers if (ratio := _edit_ratio(answer)) is not None]
    accepted = sum(answer.decision == "accept" for answer in answers)
    corrected = sum(answer.decision == "correct" for answer in answers)
    return Work(
        pseudonym,
        len(answers),
        accepted,
        corrected,
        len(answers) - accepted - corrected,
        float(median(seconds)) if seconds else None,
        fmean(ratios) if ratios else None,
    )


def _edit_ratio(answer: Answer) -> float | None:
    """How much a correction changed of the draft that was proposed."""
    korean: list[dict[str, Any]] = answer.item.payload.get("korean") or []
    if answer.decision != "correct" or len(korean) != len(answer.messages):
        return None
    before = "\n".join(turn["content"] for turn in korean)
    after = "\n".join(turn["content"] for turn in answer.messages)
    return edit_distance_ratio(before, after)
