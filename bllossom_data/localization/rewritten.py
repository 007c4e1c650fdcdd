"""What checks say of a Korean message after its rewrites: for builds, and for what people type."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bllossom_data.examples import Edit, Finding, Label, Message
from bllossom_data.korean.josa import particle
from bllossom_data.korean.josa_problems import josa_problems
from bllossom_data.korean.speech_level import Profile, SpeechLevel, profile_findings
from bllossom_data.korean.translationese import translationese
from bllossom_data.translation.checks import CheckContext, check_message
from bllossom_data.translation.markdown import parse_markdown
from bllossom_data.translation.marks import mark_findings
from bllossom_data.translation.structure import structure_problems

__all__ = ["OF_WORDING", "WRITTEN_ANEW", "check_rewritten", "eased_where_anew"]

OF_WORDING = frozenset(("addresses", "answer", "commentary", "numbers", "structure"))
"""Names of the checks that compare with an English text which nobody translates any more."""
WRITTEN_ANEW: frozenset[Label] = frozenset(("target_modified", "newly_created"))
"""What became of the culture of texts that tell other facts than the English."""
TOLD_SENTENCES = 3
TOLD_SHARE = 0.5
"""From so many sentences, and such a share of them in 해라체, on, a text is left as it is told."""


def check_rewritten(
    english: Message,
    korean: str | None,
    turn: int,
    level: SpeechLevel,
    edits: Sequence[Edit] = (),
) -> Iterator[Finding]:
    """What is wrong with one Korean message, in the order of the checks.

    Args:
        english: the message that it comes from.
        korean: its text after all rewrites, Markdown; None where it is untranslated.
        turn: number of the message, from 0.
        level: speech level that its speaker should keep.
        edits: the rewrites proposed for the conversation.
    """
    if korean is None:
        yield Finding("untranslated", "error", "옮기지 못한 부분이 있습니다.", turn)
        return
    deliberate = tuple(
        (edit.before, edit.after)
        for edit in edits
        if edit.kind in ("entity", "measure") and edit.turn == turn
    )
    context = CheckContext(role=english.role, turn=turn, edits=deliberate)
    yield from check_message(english.content, korean, context)
    for problem in structure_problems(english.content, korean):
        yield Finding(problem.check, "error", problem.message, turn)
    for lost in _lost_inline(english.content, korean):
        said = f"글 속의 코드·수식이 빠졌습니다: {lost}"
        yield Finding("structure", "error", said, turn)
    yield from mark_findings(english.content, korean, turn)
    for start, end, expected in josa_problems(korean):
        said = f"조사 {_quoted(korean[start:end], '은')} {_quoted(expected, '이')} 맞습니다."
        yield Finding("josa", "error", said, turn, start, end)
    for mark in translationese(korean):
        yield Finding("translationese", "warning", mark.suggestion, turn, mark.start, mark.end)
    if english.role != "system" and not _is_told(korean):
        for finding in profile_findings(korean, level).findings:
            yield replace(finding, turn=turn)


def _quoted(form: str, josa: str) -> str:
    # Both forms at once, (으)로 and 은(는), are read without their brackets.
    letters = re.sub("[^가-힣]", "", form)
    return f"‘{form}’{particle(letters, josa)}"


def eased_where_anew(
    findings: Iterable[Finding], edits: Sequence[Edit], label: str | None = None
) -> Iterator[Finding]:
    """Findings, those about facts and wording as warnings in turns whose subject moved to Korea.

    Other facts have other numbers, addresses, steps and first words, so an error there would stop
    nothing but what was asked for.

    Args:
        findings: what checks say of a draft or of what a person made of it.
        edits: the rewrites proposed.
        label: what a person says became of the culture of a text of their own; where it was
            modified, every turn may have been written anew.
    """
    is_anew = label in WRITTEN_ANEW
    anew = {edit.turn for edit in edits if edit.kind == "topic"}
    for finding in findings:
        if finding.check in OF_WORDING and (is_anew or finding.turn in anew):
            yield replace(finding, level="warning")
        else:
            yield finding


_INLINE_MARKS = re.compile(r"[`$]")


def _lost_inline(english: str, korean: str) -> list[str]:
    """Code and formulas in the prose of a message that its translation does not show as often."""
    if not _INLINE_MARKS.search(english):
        return []
    lost = _inline(english) - _inline(korean)
    return list(lost)


def _inline(markdown: str) -> Counter[str]:
    slots = (held for one in parse_markdown(markdown).segments for held in one.slots)
    return Counter(held for held in slots if held[0] in "`$")


def _is_told(text: str) -> bool:
    """Whether a text is a story, a poem or an essay, whose 해라체 is its genre."""
    told: Profile = profile_findings(text, "해라체")
    return told.judged >= TOLD_SENTENCES and told.share >= TOLD_SHARE
