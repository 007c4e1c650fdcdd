"""Whether the text that a decision publishes is fit for it: Korean, whole, of its own example."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from bllossom_data.examples import Finding, Review, Role
from bllossom_data.korean.speech_level import SpeechLevel
from bllossom_data.localization.rewritten import WRITTEN_ANEW, check_rewritten, eased_where_anew
from bllossom_data.translation.checks import CheckContext, check_message_length
from pipelines.drafts import Draft
from pipelines.executor import in_processes
from pipelines.foreign_texts import ForeignTexts
from pipelines.reviewing import is_void

__all__ = ["judge_text", "mistakes_of_all"]

DECISIONS_AT_ONCE = 25


def judge_text(
    review: Review,
    draft: Draft,
    levels: Mapping[Role, SpeechLevel],
    foreign: Sequence[Finding] = (),
) -> tuple[list[str], list[str]]:
    """What stands against publishing what a person decided, and what else they should know.

    Args:
        review: the decision; its turns have the roles of the draft.
        draft: the draft of the example as it is now.
        levels: speech level that each role should keep.
        foreign: what `ForeignTexts` says of the decision.

    Returns:
        Mistakes; then warnings about a person's text that the draft did not have.
    """
    if not _publishes(review, draft):
        return [], []
    mistakes, warnings = [], []
    if review.label is None and draft.label == "removed":
        mistakes.append(
            f'label: the draft is proposed as "removed" and decision = "{review.decision}" '
            'publishes it; decide "remove", or give the label that the example has now'
        )
    known = {(one.check, one.turn, one.message) for one in draft.findings}
    for found in (*foreign, *_findings(review, draft, levels), *_lengths(review, draft)):
        if found.check in review.dismissed:
            continue
        place = "messages" if found.turn is None else f"messages[{found.turn}]"
        if found.level == "error":
            mistakes.append(
                f'{place}: error "{found.check}": {found.message} Correct the text; '
                f'if it is right as it is, give "dismissed": ["{found.check}"] and say why in '
                "`comment`"
            )
        elif review.messages and (found.check, found.turn, found.message) not in known:
            warnings.append(f'{place}: warning "{found.check}": {found.message}')
    return mistakes, warnings


def _publishes(review: Review, draft: Draft) -> bool:
    if review.decision == "accept":
        return not is_void(review, draft)
    return review.decision == "correct"


def mistakes_of_all(
    decided: Sequence[Review],
    drafts: Mapping[str, Draft],
    levels: Mapping[Role, SpeechLevel],
    workers: int,
) -> list[str]:
    """What stands against publishing many decisions, each with its example.

    Args:
        decided: decisions about some of the drafts.
        drafts: all drafts of the build, by example.
        levels: speech level that each role should keep.
        workers: processes to use; changes nothing in what is said.
    """
    foreign = ForeignTexts(drafts)
    each = [(one, drafts[one.example_id], foreign.findings(one)) for one in decided]
    pieces = [
        each[first : first + DECISIONS_AT_ONCE] for first in range(0, len(each), DECISIONS_AT_ONCE)
    ]
    found = in_processes(partial(_together, levels), pieces, min(workers, len(pieces)))
    return [mistake for piece in found for mistake in piece]


def _together(
    levels: Mapping[Role, SpeechLevel], decided: Sequence[tuple[Review, Draft, list[Finding]]]
) -> list[str]:
    return [
        f"{review.example_id}: {mistake}"
        for review, draft, foreign in decided
        for mistake in judge_text(review, draft, levels, foreign)[0]
    ]


def _findings(
    review: Review, draft: Draft, levels: Mapping[Role, SpeechLevel]
) -> Iterator[Finding]:
    final = review.messages or draft.korean()
    findings: list[Finding] = []
    for turn, (english, korean) in enumerate(zip(draft.messages, final, strict=True)):
        findings += check_rewritten(
            english, korean.content, turn, levels[english.role], draft.edits
        )
    return eased_where_anew(findings, draft.edits)


def _lengths(review: Review, draft: Draft) -> Iterator[Finding]:
    """Turns that a person changed and that can be no whole translation, or hold more than one."""
    if (review.label or draft.label) in WRITTEN_ANEW:
        return
    anew = {edit.turn for edit in draft.edits if edit.kind == "topic"}
    for turn, (english, korean) in enumerate(zip(draft.messages, review.messages, strict=False)):
        if turn not in anew and korean.content != draft.rewritten(turn):
            context = CheckContext(role=english.role, turn=turn)
            yield from check_message_length(english.content, korean.content, context)
