"""From what a page sends to what is kept."""

from django.http import QueryDict

from annotation.forms.submissions import read_rewrite, read_verdict
from annotation.models import Item, Person
from annotation.views.pair_screen import left_answer
from annotation.work.answering import Submission


def read_submission(item: Item, person: Person, sent: QueryDict) -> Submission:
    """Reads a decision about a draft, or a verdict on a pair.

    Raises:
        SubmissionError: it says what is missing.
    """
    if item.project.compares_pairs:
        return read_verdict(item, sent, left_answer(item, person))
    return read_rewrite(item, sent)
