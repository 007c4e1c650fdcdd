"""What the questions of a conversation ask for: numbers that conversion would change."""

import re
from collections.abc import Sequence
from itertools import pairwise

from bllossom_data.examples import Message
from bllossom_data.localization.measure_text import english_quantities
from bllossom_data.localization.measure_units import UnitName

__all__ = ["asked_measures", "asks_for_a_past_price", "numbers_are_the_subject"]

_LENGTHS: tuple[UnitName, ...] = ("mile", "foot", "inch", "yard", "height")
_SIZES: tuple[UnitName, ...] = (*_LENGTHS, "acre", "square_foot", "square_mile")
_WITH_METRIC = re.compile(
    r"(?<![\d,.])[\d,.]{1,15}[ -]?(?:[A-Za-z]{1,12} ){1,3}"
    r"\((?:about |or |approximately )?[\d,.]{1,15} ?"
    r"(?:km|kilomet|m\b|met(?:er|re)|cm|centimet|kg|kilo|°?C\b)[^)\n]{0,20}\)"
)
# What is asked of the one who asks is answered with advice, not with a fact.
_OF_SOMETHING = r"\b(?! (?:I|we|you|my|your|our|too|should)\b)"
_ASKED_FACTS: tuple[tuple[re.Pattern[str], tuple[UnitName, ...]], ...] = tuple(
    (re.compile(question, re.IGNORECASE), units)
    for question, units in (
        (
            rf"\bhow (?:tall|high|deep|wide|thick|far)(?: (?:up|down|away))?"
            rf" (?:is|are|was|were|do|does|did|can){_OF_SOMETHING}"
            rf"|\bhow long (?:is|are|was|were){_OF_SOMETHING}"
            r"|\bwhat(?:'s| is| was) the (?:height|length|depth|width|distance|elevation) "
            r"(?:of|between|from)\b(?! (?:my|your|our)\b)",
            _LENGTHS,
        ),
        (rf"\bhow (?:big|large) (?:is|are|was|were|do|does|did){_OF_SOMETHING}", _SIZES),
        (
            rf"\bhow heavy (?:is|are|was|were){_OF_SOMETHING}"
            rf"|\bhow much (?:do|does|did){_OF_SOMETHING}[^?\n]{{1,60}}\bweigh\b",
            ("pound", "ounce"),
        ),
        (rf"\bhow fast (?:is|are|was|were|do|does|did|can){_OF_SOMETHING}", ("mph",)),
        (rf"\bhow (?:hot|cold) (?:is|was){_OF_SOMETHING}", ("fahrenheit",)),
    )
)

_ASKED = re.compile(
    r"\bconver(?:t|ts|ting|sion)\b|\bhow many (?:square |fluid )?(?:feet|miles|inches|yards|pounds|"
    r"ounces|gallons|cups|quarts|pints|dollars|cents|tablespoons|teaspoons)\b"
    r"|\bin (?:feet|miles|inches|yards|pounds|ounces|gallons|fahrenheit|dollars|mph|celsius"
    r"|kilometers|meters|cm|kg)\s*\?"
    r"|\b(?:solve|calculate|compute)\b|\bword problem\b"
    r"|\b(?:write|create|implement|fix|debug)\b.{0,60}\b(?:function|program|script|code|class|"
    r"query|regex|method)\b",
    re.IGNORECASE | re.DOTALL,
)
_PROBLEM = re.compile(
    r"\bhow (?:much|many|far|long|fast|old)\b|\bwhen (?:do|will) they\b"
    r"|\bwhat (?:is|was|are) the (?:total|average|speed|area|distance|sum|probability)\b"
    r"|\bfind the\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"\b(?:I|I'm|I'd|I've|my|we|our|me)\b")
_EQUATION = re.compile(r"\d[^\n=]{0,20}[-+×*/÷−][^\n=]{0,20}=\s*\$?\d")
_PAST_PRICE = re.compile(r"\bhow (?:much|expensive) (?:did|was|were)\b|\bsell for\b", re.IGNORECASE)


def numbers_are_the_subject(messages: Sequence[Message]) -> bool:
    """Whether the conversation is a conversion, a problem of arithmetic or a program."""
    asked = "\n".join(message.content for message in messages if message.role == "user")
    if _ASKED.search(asked):
        return True
    answers = "\n".join(message.content for message in messages if message.role == "assistant")
    numbers = len(re.findall(r"\d+(?:\.\d+)?", asked))
    return (
        numbers >= 2
        and _PROBLEM.search(asked) is not None
        and (_EQUATION.search(answers) is not None or _SPEAKER.search(asked) is None)
    )


def asked_measures(messages: Sequence[Message]) -> set[tuple[UnitName, float]]:
    """Measures with which an answer tells the height, the distance or the like that was asked for.

    Args:
        messages: the English conversation.
    """
    found: set[tuple[UnitName, float]] = set()
    for question, answer in pairwise(messages):
        if question.role == "user" and answer.role == "assistant":
            asked = {
                unit
                for pattern, units in _ASKED_FACTS
                if pattern.search(question.content)
                for unit in units
            }
            # With the metric value beside it, nothing needs to be converted.
            told = english_quantities(_WITH_METRIC.sub(" ", answer.content)) if asked else set()
            found |= {one for one in told if one[0] in asked}
    return found


def asks_for_a_past_price(messages: Sequence[Message]) -> bool:
    """Whether a question is about what something did cost, which won of today would change."""
    return any(one.role == "user" and _PAST_PRICE.search(one.content) for one in messages)
