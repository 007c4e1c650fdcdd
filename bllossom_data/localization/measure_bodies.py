"""Weights of bodies: what a conversation reckons from them, and what somebody means to lose."""

import re
from collections.abc import Iterator, Sequence

from bllossom_data.examples import Message
from bllossom_data.localization.measure_text import ENGLISH_NUMBER, TO, english_quantities
from bllossom_data.localization.measure_units import UnitName, converted

__all__ = ["MEANT_TO_CHANGE", "meant_pounds", "used_weights"]

_BMI = re.compile(r"\b(?:BMI|body mass index)\b[^.\n]{0,60}?(?<![\d.])(?P<figure>\d{2}(?:\.\d+)?)")
_PER_POUND = re.compile(
    r"(?<![\d.,])(?P<low>\d{1,4}(?:\.\d{1,3})?|\.\d{1,3})"
    r"(?: ?(?:-|–|to|and) ?(?P<high>\d{1,4}(?:\.\d{1,3})?|\.\d{1,3}))?"
    r" ?[A-Za-z]{1,12}(?: of \w+)? ?"
    r"(?:per|for (?:each|every)|/) ?(?:pound|lb)\b",
    re.IGNORECASE,
)
_KILOGRAMS = re.compile(
    r"(?P<bracket>\((?:about |or |approximately |~)?)?(?<![\d.,])(?P<number>\d+(?:\.\d+)?) ?"
    r"(?:kgs?|kilos?|kilograms?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,$])\d+(?:,\d{3})*(?:\.\d+)?")
_BODY_INCHES = (36, 96)
_IN_KILOGRAMS = 0.45359237
_BMI_OF_POUNDS_AND_INCHES = 703.07
_POUNDS = r"(?:pounds?|lbs?)\b"
_MEANT = re.compile(
    r"\b(?:want|need|hop|try|plan|like|goal|target|help|how|aim|tips?|ways?)\w*\b[^.?!\n]{0,60}"
    r"\b(?:los(?:e|ing)|drop(?:ping)?|shed(?:ding)?|gain(?:ing)?)\b[^.?!\n]{0,20}?"
    rf"{ENGLISH_NUMBER}[ -]?{_POUNDS}",
    re.IGNORECASE,
)
_WEEKLY = re.compile(
    rf"(?:{ENGLISH_NUMBER}{TO})?{ENGLISH_NUMBER}[ -]?{_POUNDS}(?: of (?:fat|weight))?"
    r"(?: (?:a|per|each|every) week| weekly|/week)",
    re.IGNORECASE,
)
_ABOUT_WEIGHT = re.compile(r"\b(?:los(?:e|ing)|weight|fat|diet|calories?)\b", re.IGNORECASE)
MEANT_TO_CHANGE = re.compile(
    r"[빼뺄뺀뺐]|빠[지질진집졌]|줄[이일여인]|늘[리릴어]|감량|체중|몸무게|[찌찔찐]|목표"
    r"|(?<![가-힣])살[을이은 ]|일주일|매주|주당"
)


def used_weights(text: str, stated: set[tuple[UnitName, float]]) -> set[tuple[UnitName, float]]:
    """Weights and heights whose figures would no longer follow from the rounded metric ones.

    Args:
        text: the English conversation.
        stated: its measures.
    """
    weights = sorted(value for unit, value in stated if unit == "pound")
    found: set[tuple[UnitName, float]] = {
        ("pound", weight) for weight in weights if _is_reckoned(weight, text)
    }
    for weight in weights:
        for height in ((unit, value) for unit, value in stated if unit in ("height", "inch")):
            if _has_wrong_index(weight, height, text):
                found |= {("pound", weight), height}
    return found


def _is_reckoned(weight: float, text: str) -> bool:
    """Whether the text gives its kilograms, or a figure that so much per pound makes."""
    in_kilograms = weight * _IN_KILOGRAMS
    near = [
        hit
        for hit in _KILOGRAMS.finditer(text)
        if abs(float(hit["number"]) - in_kilograms) <= 0.01 * in_kilograms
    ]
    if near and not any(hit["bracket"] for hit in near):
        return True
    numbers = {float(hit[0].replace(",", "")) for hit in _NUMBER.finditer(text)} - {weight}
    rates = [
        float(hit[part])
        for hit in _PER_POUND.finditer(text)
        for part in ("low", "high")
        if hit[part]
    ]
    return any(abs(number - rate * weight) <= 0.01 * number for rate in rates for number in numbers)


def _has_wrong_index(weight: float, height: tuple[UnitName, float], text: str) -> bool:
    """Whether the text tells the BMI of both, and their rounded metric values give another."""
    inches = height[1] * (12 if height[0] == "height" else 1)
    if not _BODY_INCHES[0] <= inches <= _BODY_INCHES[1]:
        return False
    index = weight / inches**2 * _BMI_OF_POUNDS_AND_INCHES
    metres = converted(*height).value / 100
    of_metric = converted("pound", weight).value / metres**2
    for hit in _BMI.finditer(text):
        decimals = len(hit["figure"].partition(".")[2])
        figure = float(hit["figure"])
        if abs(index - figure) <= 0.01 * figure and round(of_metric, decimals) != figure:
            return True
    return False


def meant_pounds(messages: Sequence[Message]) -> frozenset[float]:
    """Pounds that somebody means to lose or gain, which are told in whole or half kilograms.

    One that adds up with the weights of the conversation is not among them.

    Args:
        messages: the English conversation.
    """
    text = "\n".join(message.content for message in messages)
    meant = {*_meant(text)}
    weights = {value for unit, value in english_quantities(text) if unit == "pound"}
    return frozenset(
        one for one in meant if not any(one + other in weights for other in weights - {one})
    )


def _meant(text: str) -> Iterator[float]:
    hits = [*_MEANT.finditer(text)]
    if _ABOUT_WEIGHT.search(text):
        hits += _WEEKLY.finditer(text)
    for hit in hits:
        yield from (value for unit, value in english_quantities(hit[0]) if unit == "pound")
