"""Whether the text that a decision publishes can be published: Korean, whole, with all its code."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from bllossom_data.examples import Finding, Review, Role
from bllossom_data.korean.speech_level import SpeechLevel
from bllossom_data.localization.rewritten import (
    check_rewritten,
    eased_where_anew,
)
from pipelines.drafts import Draft
from pipelines.executor import in_processes
from pipelines.reviewing import is_void

__all__ = ["mistakes_of_all", "text_mistakes"]

DECISIONS_AT_ONCE = 25


def text_mistakes(
    review: Review, draft: Draft, levels: Mapping[Role, SpeechLevel]
) -> Iterator[str]:
    """What stands against publishing what a person decided, as on the review page.

    Args:
        review: the decision; its turns have the roles of the draft.
        draft: the draft of the example as it is now.
        levels: speech level that each role should keep.
    """
    if review.decision not in ("accept", "correct"):
        return
    if review.decision == "accept" and is_void(review, draft):
        return
    for found in _errors(review, draft, levels):
        if found.check not in review.dismissed:
            yield (
                f'messages[{found.turn}]: error "{found.check}": {found.message} Correct the text; '
                f'if it is right as it is, give "dismissed": ["{found.check}"] and say why in '
                "`comment`"
            )


def mistakes_of_all(
    decided: Sequence[tuple[Review, Draft]], levels: Mapping[Role, SpeechLevel], workers: int
) -> list[str]:
    """What stands against publishing many decisions, each with its example.

    Args:
        decided: decisions and the drafts that they are about.
        levels: speech level that each role should keep.
        workers: processes to use; changes nothing in what is said.
    """
    pieces = [
        decided[first : first + DECISIONS_AT_ONCE]
        for first in range(0, len(decided), DECISIONS_AT_ONCE)
    ]
    found = in_processes(partial(_together, levels), pieces, min(workers, len(pieces)))
    return [mistake for piece in found for mistake in piece]


def _together(
    levels: Mapping[Role, SpeechLevel], decided: Sequence[tuple[Review, Draft]]
) -> list[str]:
    return [
        f"{review.example_id}: {mistake}"
        for review, draft in decided
        for mistake in text_mistakes(review, draft, levels)
    ]


def _errors(review: Review, draft: Draft, levels: Mapping[Role, SpeechLevel]) -> Iterator[Finding]:
    final = review.messages or draft.korean()
    findings: list[Finding] = []
    for turn, (english, korean) in enumerate(zip(draft.messages, final, strict=True)):
        findings += check_rewritten(
            english, korean.content, turn, levels[english.role], draft.edits
        )
    label = (review.label or draft.label) if review.messages else None
    for found in eased_where_anew(findings, draft.edits, label):
        if found.level == "error":
            yield found
