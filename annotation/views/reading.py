"""From what a page sends to what is kept, and back: the same for drafts and for pairs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from annotation.forms.numbers_sent import number_sent
from annotation.forms.submissions import read_rewrite, read_verdict
from annotation.models import Answer, Item, Person
from annotation.templatetags.annotation import decision_name
from annotation.views.pair_screen import (
    left_answer,
    pair_context,
    verdict_fields,
    verdict_in_words,
)
from annotation.views.rewrite_screen import fields_of, rewrite_context
from annotation.views.typed import content_of
from annotation.work.answering import Submission


def read_submission(item: Item, person: Person, sent: QueryDict) -> Submission:
    """Reads a decision about a draft, or a verdict on a pair.

    Raises:
        SubmissionError: it says what is missing.
    """
    if item.project.compares_pairs:
        said = read_verdict(item, sent, left_answer(item, person))
    else:
        said = read_rewrite(item, sent)
    version = number_sent(sent.get("typed_version", "")) or 0
    return replace(said, typed=content_of(sent), typed_version=version)


def screen_context(
    item: Item, person: Person, sent: Mapping[str, Any] | None, standing: Answer | None
) -> dict[str, Any]:
    """What the screen of an item shows.

    Args:
        item: a draft or a pair.
        person: who looks.
        sent: fields that were typed or sent before; None to begin from `standing`.
        standing: the answer that stands, if one does; of one that was taken back, what it said is
            where its person goes on from.
    """
    if standing is not None and standing.undoes is not None:
        standing = standing.undoes
    screen = pair_context if item.project.compares_pairs else rewrite_context
    return screen(item, person, sent, standing)


def fields_for(item: Item, person: Person, answer: Answer) -> dict[str, Any]:
    """Anybody's answer as the fields of this person's page, to go on from there."""
    if item.project.compares_pairs:
        return verdict_fields(answer, left_answer(item, person))
    return fields_of(item, answer)


def in_words(item: Item, person: Person, answer: Answer) -> str:
    """What somebody decided, as this person sees the item."""
    if item.project.compares_pairs:
        return verdict_in_words(answer, left_answer(item, person))
    return decision_name(answer.decision)
