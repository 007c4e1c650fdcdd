"""Checks of a translation that need no model: what blocks it, and what a reviewer should see.

An error means that the text cannot be published as it is; a warning only informs. Particles,
speech level and translationese have their own module, and so has the structure of the Markdown.
"""

import re

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, has_hangul, prose, report
from bllossom_data.translation.checks_commentary import check_commentary
from bllossom_data.translation.checks_direction import check_direction
from bllossom_data.translation.checks_english import (
    check_echo,
    check_english_words,
    check_untranslated,
)
from bllossom_data.translation.checks_exchange import check_exchange
from bllossom_data.translation.checks_kept import (
    check_addresses,
    check_glossary,
    check_numbers,
    check_slots,
    check_weekdays,
)
from bllossom_data.translation.checks_negation import check_negation
from bllossom_data.translation.checks_opening import check_opening
from bllossom_data.translation.checks_order import check_order
from bllossom_data.translation.checks_periods import check_periods
from bllossom_data.translation.checks_reply import check_answer, check_refusal
from bllossom_data.translation.checks_sentences import check_sentences
from bllossom_data.translation.checks_sides import check_sides
from bllossom_data.translation.checks_text import (
    check_balance,
    check_empty,
    check_length,
    check_letters,
    check_lines,
    check_questions,
    check_repetition,
)
from bllossom_data.translation.checks_wrapping import check_wrapping
from bllossom_data.translation.culture_markers import check_culture_markers
from bllossom_data.translation.maths import formulas

__all__ = [
    "DOUBTED_CHECKS",
    "MESSAGE_CHECKS",
    "OF_SEGMENTS_ONLY",
    "OF_SEGMENTS_TOO",
    "REVERSAL_CHECKS",
    "SEGMENT_CHECKS",
    "VALUE_CHECKS",
    "CheckContext",
    "check_message",
    "check_message_length",
    "check_segment",
]

SEGMENT_CHECKS = (
    check_slots,
    check_untranslated,
    check_echo,
    check_answer,
    check_opening,
    check_commentary,
    check_wrapping,
    check_refusal,
    check_repetition,
    check_letters,
    check_glossary,
    check_addresses,
    check_numbers,
    check_periods,
    check_weekdays,
    check_order,
    check_exchange,
    check_sentences,
    check_negation,
    check_direction,
    check_sides,
    check_length,
    check_english_words,
    check_questions,
    check_lines,
    check_balance,
    check_culture_markers,
)
# Lines, lengths and questions are a matter of the segments; slots are filled in a whole message.
MESSAGE_CHECKS = (
    check_untranslated,
    check_echo,
    check_answer,
    check_opening,
    check_commentary,
    check_wrapping,
    check_refusal,
    check_repetition,
    check_letters,
    check_glossary,
    check_addresses,
    check_numbers,
    check_weekdays,
    check_english_words,
    check_balance,
    check_culture_markers,
)
REVERSAL_CHECKS = frozenset(("order", "exchange", "negation", "direction"))
"""Names of the checks that say a meaning was turned round; who obeys a false one turns it round."""
_SURE_OF_MEANING = REVERSAL_CHECKS | {"sentences"}
OF_SEGMENTS_ONLY = _SURE_OF_MEANING | {
    "negation_missing",
    "slots",
    "slot_order",
    "length",
    "lines",
    "questions",
    "unrelated",
}
"""Names of the checks whose findings are lost where only the whole message is looked at."""
VALUE_CHECKS = frozenset(("numbers", "weekdays"))
"""Names of the checks of values, which two segments of a message may have exchanged."""
OF_SEGMENTS_TOO = VALUE_CHECKS | {"answer", "commentary", "echo", "untranslated"}
"""Names of the checks that may say of a segment what the whole message does not show: a heading
that stayed English among Korean paragraphs is a small part of it, and a greeting before one of them
is not where the message begins."""
DOUBTED_CHECKS = VALUE_CHECKS | _SURE_OF_MEANING
"""Names of the checks whose warnings are seldom wrong and easily put right by whoever is told."""
_CODE = re.compile(
    r"^(?P<fence>[ \t>]*(?:```+|~~~+))[^\n]*\n.*?(?:^[ \t>]*(?:```+|~~~+)[ \t]*$|\Z)"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE | re.DOTALL,
)


def check_segment(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """What is wrong with the translation of one segment.

    Args:
        source: English with slots.
        korean: its translation, with the same slots.
        context: what is known of the segment.

    Returns:
        Errors first; spans are in `korean`. Nothing for a segment without text.
    """
    if empty := check_empty(source, korean, context):
        return empty
    found = [one for check in SEGMENT_CHECKS for one in check(source, korean, context)]
    return sorted(found, key=lambda one: one.level)


def check_message(
    source_markdown: str, korean_markdown: str, context: CheckContext
) -> list[Finding]:
    """What is wrong with the translation of one whole message.

    Code is left out on both sides. Every paragraph must have been translated, not only most.

    Args:
        source_markdown: English Markdown.
        korean_markdown: its translation, slots filled in.
        context: what is known of the message; its kind does not matter.

    Returns:
        Errors first; spans are in `korean_markdown`.
    """
    if empty := check_empty(source_markdown, korean_markdown, context):
        return empty
    source, korean = _without_code(source_markdown), _without_code(korean_markdown)
    found = [one for check in MESSAGE_CHECKS for one in check(source, korean, context)]
    if not any(one.check == "untranslated" for one in found):
        found += _untranslated_paragraphs(source, korean, context)
    return sorted(found, key=lambda one: one.level)


def check_message_length(
    source_markdown: str, korean_markdown: str, context: CheckContext
) -> list[Finding]:
    """Whether a message without its code is far longer or shorter than its translation can be.

    Args:
        source_markdown: English Markdown.
        korean_markdown: what a person wrote for it; of a draft, the segments were looked at.
        context: what is known of the message.
    """
    return check_length(_without_code(source_markdown), _without_code(korean_markdown), context)


def _without_code(markdown: str) -> str:
    """The text with code and maths as spaces, so that places stay."""
    text = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), markdown)
    pieces, done = [], 0
    for start, end in formulas(text):
        pieces += [text[done:start], re.sub(r"[^\n]", " ", text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])


# Every item of a list is one.
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n|[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]))*")


def _untranslated_paragraphs(source: str, korean: str, context: CheckContext) -> list[Finding]:
    findings = []
    known = " ".join(source.split())
    for match in _PARAGRAPH.finditer(korean):
        text = match[0]
        if (
            has_hangul(text)
            or not _is_sentence(prose(text, context))
            or " ".join(text.split()) not in known
        ):
            continue
        if any(one.level == "error" for one in check_untranslated(text, text, context)):
            message = f"번역되지 않은 문단이 있습니다: ‘{text[:40]}’"
            findings.append(report("untranslated", "error", message, context, match.span()))
    return findings


_MIN_SENTENCE_WORDS = 4


def _is_sentence(text: str) -> bool:
    """Whether a paragraph is prose: a message may hold code and tags that nobody marked as such."""
    words = re.findall(r"(?<![\w#{<.-])[A-Za-z][A-Za-z'’]*(?![\w=(.:_-]*[=(_])", text)
    return len(words) >= _MIN_SENTENCE_WORDS and re.search(r"[=;{}<>|]", text) is None
